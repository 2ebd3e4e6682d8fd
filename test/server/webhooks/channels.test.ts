import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CalendarId, ConnectionId } from '../../../src/calendar/ids.ts';
import { disconnect } from '../../../src/jobs/disconnect.ts';
import type { Engine } from '../../../src/jobs/engine.ts';
import { keepChannel } from '../../../src/jobs/keep-channel.ts';
import { findTarget } from '../../../src/jobs/target.ts';
import { claimJob, enqueueSync, FenceLostError, finishJob } from '../../../src/store/jobs.ts';
import { createProviders } from '../../../src/serve.ts';
import { asSystem, inTenant } from '../../../src/store/tenant.ts';
import { accounts, withoutQuotas } from '../../support/activities.ts';
import { Death, type Fate, startLife } from '../../support/mortal-engine.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { connect } from '../connections/support.ts';
import { query } from '../../support/query.ts';
import { noteLooked, readAsked, type Rung } from './support.ts';

/* The life of channels, with the sandbox ringing the real server. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let stack: Stack;
beforeAll(async () => {
  const switches = {
    ...withoutQuotas,
    'google.pushDelayMs': 20,
    'outlook.notificationDelayMs': 20,
  };
  stack = await startStack({ withWorker: false, sandbox: { switches } });
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.sandbox.faults.clear();
  stack.sandbox.clockOffsetMs = 0;
});

interface StoredChannel {
  id: string;
  state: string;
  external_id: string | null;
  secret_hash: string;
  expires_at: Date | null;
  renew_at: Date | null;
}

const listStored = ({ calendarId }: Rung) =>
  query<StoredChannel>(
    stack,
    'select * from channels where calendar_id = $1 order by created_at, id',
    [calendarId],
  );

async function readCalendar({ calendarId }: Rung) {
  const [row] = await query<{ watch_problem: string | null; watch_retry_at: Date | null }>(
    stack,
    'select watch_problem, watch_retry_at from calendars where id = $1',
    [calendarId],
  );
  if (!row) throw new Error('no calendar');
  return row;
}

/** The server's engine, its clock and the sandbox's ahead of the real one. */
function engineAt(aheadMs: number, changes: Partial<Engine> = {}): Engine {
  stack.sandbox.clockOffsetMs = aheadMs;
  const real = stack.context.runtime;
  const runtime = { ...real, now: () => real.now() + aheadMs };
  const providers = createProviders(stack.context.config, runtime);
  return { ...stack.context, runtime, providers, ...changes };
}

/** One run of the calendar's job, as far as its channel goes. */
async function keep(engine: Engine, calendar: Rung): Promise<Date | null> {
  const { runtime, store } = engine;
  // Whoever held it before is dead.
  await query(stack, 'delete from jobs');
  const now = () => new Date(runtime.now());
  await inTenant(store, calendar, (tx) =>
    enqueueSync(tx, [calendar], { now: now(), newId: runtime.newId }),
  );
  const job = await asSystem(store, (tx) =>
    claimJob(tx, { workerId: runtime.newId(), now: now(), leaseMs: 10_000, perTenantMax: 8 }),
  );
  if (!job) throw new Error('no job to claim');
  const target = await inTenant(store, calendar, (tx) => findTarget(engine, tx, job));
  if (!target) throw new Error('nothing may be done for the calendar');
  const { nextAt } = await keepChannel(engine, target);
  await inTenant(store, calendar, (tx) =>
    finishJob(tx, job, { now: now(), nextRunAt: null, notBefore: null, error: null }),
  );
  return nextAt;
}

/** Calls about channels, since this was called. */
function watchCalls(): () => string[] {
  const before = stack.sandbox.calls.length;
  return () =>
    stack.sandbox.calls
      .slice(before)
      .map(({ operation }) => operation)
      .filter((operation) => /watch|channels|subscriptions/.test(operation));
}

describe.each(['google', 'outlook'] as const)('%s', (slug) => {
  const email = accounts[slug];
  let person: Person;
  let calendar: Rung & { connectionId: ConnectionId };
  beforeEach(async () => {
    person = await stack.addPerson();
    const { id } = await connect(stack, person, slug, email);
    const [row] = await query<{ id: CalendarId }>(
      stack,
      `update calendars set direction = 'both' where connection_id = $1 and is_write_target
       returning id`,
      [id],
    );
    if (!row) throw new Error('no calendar to write to');
    calendar = { tenantId: person.tenantId, connectionId: id, calendarId: row.id };
  });
  afterEach(async () => {
    stack.sandbox.faults.clear();
    stack.sandbox.clockOffsetMs = 0;
    await disconnect(engineAt(0), { ...calendar, deleteCopies: false });
  });

  const opening = slug === 'google' ? 'events.watch' : 'subscriptions.create';
  const stopping = slug === 'google' ? 'channels.stop' : 'subscriptions.delete';

  /** Somebody changes the calendar at the provider. */
  async function changeThere(): Promise<void> {
    const token = stack.sandbox.issueToken({ provider: slug, email });
    const start = new Date(Date.now() + DAY).toISOString().slice(0, 19);
    const [path, body] =
      slug === 'google'
        ? [
            '/calendar/v3/calendars/primary/events',
            {
              summary: 'Theirs',
              start: { dateTime: `${start}Z` },
              end: { dateTime: `${start}Z` },
            },
          ]
        : [
            '/v1.0/me/events',
            {
              subject: 'Theirs',
              start: { dateTime: start, timeZone: 'UTC' },
              end: { dateTime: start, timeZone: 'UTC' },
            },
          ];
    const answer = await fetch(stack.sandboxServer.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async function expectRings(): Promise<void> {
    await noteLooked(stack, calendar);
    const { requested } = await readAsked(stack, calendar);
    await changeThere();
    await waitFor('a ring', async () => {
      const asked = await readAsked(stack, calendar);
      return asked.requested > requested && asked.hasJob;
    });
  }

  const states = async () => (await listStored(calendar)).map(({ state }) => state);

  test('[W9] a channel is opened once, rings when somebody changes the calendar there, and costs nothing while it lives', async () => {
    const calls = watchCalls();
    const nextAt = await keep(engineAt(0), calendar);
    const [channel] = await listStored(calendar);
    expect(calls()).toEqual([opening]);
    expect(channel).toMatchObject({ state: 'live' });
    expect(channel?.secret_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(nextAt).toEqual(channel?.renew_at);
    const leftMs = (channel?.expires_at?.getTime() ?? 0) - (nextAt?.getTime() ?? 0);
    expect(leftMs).toBeGreaterThanOrEqual(18 * HOUR);
    expect(leftMs).toBeLessThanOrEqual(30 * HOUR);
    await expectRings();

    for (const aheadMs of [0, HOUR, DAY, 4 * DAY]) await keep(engineAt(aheadMs), calendar);
    expect(calls()).toEqual([opening]);
  });

  test('[W9] it is stopped when events no longer come in, or there is nowhere to ring', async () => {
    await keep(engineAt(0), calendar);
    const calls = watchCalls();
    const direct = (direction: string) =>
      query(stack, 'update calendars set direction = $2 where id = $1', [
        calendar.calendarId,
        direction,
      ]);
    await direct('out');
    expect(await keep(engineAt(0), calendar)).toBeNull();
    expect(calls()).toEqual([stopping]);
    expect(await states()).toEqual([]);

    await direct('in');
    await keep(engineAt(0), calendar);
    expect(await states()).toEqual(['live']);
    expect(await keep(engineAt(0, { webhookUrl: null }), calendar)).toBeNull();
    expect(calls()).toEqual([stopping, opening, stopping]);
    expect(await states()).toEqual([]);
  });

  test('[W10] it is renewed before it ends, and rings on without a gap', async () => {
    await keep(engineAt(0), calendar);
    const [before] = await listStored(calendar);
    const calls = watchCalls();
    const nextAt = await keep(engineAt(6.6 * DAY), calendar);
    const after = await listStored(calendar);
    expect(after).toMatchObject([{ state: 'live' }]);
    expect(nextAt).toEqual(after[0]?.renew_at);
    expect(after[0]?.expires_at?.getTime()).toBeGreaterThan(before?.expires_at?.getTime() ?? 0);
    if (slug === 'google') {
      expect(calls()).toEqual([opening, stopping]);
      expect(after[0]?.id).not.toBe(before?.id);
    } else {
      expect(calls()).toEqual(['subscriptions.update']);
      expect(after[0]?.id).toBe(before?.id);
    }
    await expectRings();
  });

  test('[W10] one that ended while we were down is followed by a new one and a look', async () => {
    await keep(engineAt(0), calendar);
    await noteLooked(stack, calendar);
    const [before] = await listStored(calendar);
    const { requested } = await readAsked(stack, calendar);
    await keep(engineAt(9 * DAY), calendar);
    const after = await listStored(calendar);
    expect(after).toMatchObject([{ state: 'live' }]);
    expect(after[0]?.id).not.toBe(before?.id);
    const asked = await readAsked(stack, calendar);
    expect(asked).toMatchObject({ requested: requested + 1, hasJob: true });
    await expectRings();
  });

  test('[W8] [F39] one that the provider has dropped is opened anew when it says so, and when renewing finds out', async () => {
    await keep(engineAt(0), calendar);
    const [first] = await listStored(calendar);
    await query(stack, 'update channels set renew_at = now() where id = $1', [first?.id]);
    if (slug === 'outlook') {
      const token = stack.sandbox.issueToken({ provider: slug, email });
      const path = `${stack.sandboxServer.url}/v1.0/subscriptions/${first?.external_id}`;
      await fetch(path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    }
    await keep(engineAt(0), calendar);
    const after = await listStored(calendar);
    expect(after).toMatchObject([{ state: 'live' }]);
    expect(after[0]?.id).not.toBe(first?.id);
    await expectRings();
  });

  test('[W11] wherever keeping a channel is killed, one channel rings in the end', async () => {
    const count = await countSteps('killed');
    for (let at = 0; at < count; at++) {
      await forget();
      const life = startLife(stack, { at });
      await keep(life.engine, calendar).catch(expectDeath);
      await keep(engineAt(0), calendar);
      expect(
        (await states()).filter((state) => state === 'live'),
        `killed at ${at}`,
      ).toEqual(['live']);
    }
    await expectRings();
  });

  test('[W11] an answer that is lost costs a second try, later, and one channel rings in the end', async () => {
    await forget();
    const { steps } = startLife(stack, {});
    const life = startLife(stack, {});
    await keep(life.engine, calendar);
    const at = life.steps.findIndex((step) =>
      /^after call POST .*(watch|subscriptions)/.test(step),
    );
    expect(steps).toEqual([]);
    await forget();
    const calls = watchCalls();
    const nextAt = await keep(startLife(stack, { at, fate: 'answer-lost' }).engine, calendar);
    expect(await states()).toEqual(['opening']);
    const waitMs = (nextAt?.getTime() ?? 0) - Date.now();
    expect(waitMs).toBeGreaterThan(30_000);
    expect(waitMs).toBeLessThan(80_000);
    expect(await readCalendar(calendar)).toMatchObject({ watch_problem: null });
    await keep(engineAt(0), calendar);
    expect(calls()).toEqual([opening]);
    await keep(engineAt(2 * 60_000), calendar);
    expect((await states()).filter((state) => state === 'live')).toEqual(['live']);
    expect(await readCalendar(calendar)).toEqual({ watch_problem: null, watch_retry_at: null });
    stack.sandbox.clockOffsetMs = 0;
    await expectRings();
  });

  test('[W12] [F39] a calendar that cannot be watched says so and is tried again the next day; nothing fails', async () => {
    stack.sandbox.faults.add({
      match: { provider: slug, operation: opening },
      effect: { kind: 'status', status: 400 },
      times: 1,
    });
    const calls = watchCalls();
    const nextAt = await keep(engineAt(0), calendar);
    const waitMs = (nextAt?.getTime() ?? 0) - Date.now();
    expect(waitMs).toBeGreaterThan(23 * HOUR);
    expect(waitMs).toBeLessThan(31 * HOUR);
    expect(await states()).toEqual([]);
    const { watch_problem } = await readCalendar(calendar);
    expect(watch_problem).toMatch(/^The calendar service does not tell us/);
    await keep(engineAt(20 * HOUR), calendar);
    expect(calls()).toEqual([opening]);

    await keep(engineAt(31 * HOUR), calendar);
    expect(await states()).toEqual(['live']);
    expect(await readCalendar(calendar)).toEqual({ watch_problem: null, watch_retry_at: null });
  });

  test('[W13] [attack 15] a disconnect stops the channel there before the tokens are gone, and forgets it here', async () => {
    await keep(engineAt(0), calendar);
    const [channel] = await listStored(calendar);
    const calls = watchCalls();
    await disconnect(engineAt(0), { ...calendar, deleteCopies: false });
    expect(calls()).toEqual([stopping]);
    expect(await listStored(calendar)).toEqual([]);
    await noteLooked(stack, calendar);
    await changeThere();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ids = [channel?.id, channel?.external_id];
    const late = stack.sandbox.notifications.filter(
      ({ channelId, state }) => ids.includes(channelId ?? '') && state !== 'sync',
    );
    expect(late).toEqual([]);
    expect((await readAsked(stack, calendar)).hasJob).toBe(false);
  });

  test('[W13] a provider that does not answer keeps a disconnect a few seconds at most', async () => {
    await keep(engineAt(0), calendar);
    const engine = engineAt(0);
    const hung = { stopChannel: () => new Promise<never>(() => {}) };
    const providers = new Map(
      [...engine.providers].map(([name, provider]) => [name, { ...provider, ...hung }]),
    );
    const start = performance.now();
    await disconnect({ ...engine, providers }, { ...calendar, deleteCopies: false });
    expect(performance.now() - start).toBeLessThan(9_000);
    expect(await listStored(calendar)).toEqual([]);
  });

  if (slug === 'outlook') {
    test('[W8] asked by the provider, it is renewed before its time', async () => {
      await keep(engineAt(0), calendar);
      const [channel] = await listStored(calendar);
      // The secret is known to the provider alone; what it says is played by the row here.
      await query(stack, 'update channels set renew_at = now() where id = $1', [channel?.id]);
      const calls = watchCalls();
      await keep(engineAt(0), calendar);
      expect(calls()).toEqual(['subscriptions.update']);
      const [after] = await listStored(calendar);
      expect(after?.renew_at?.getTime()).toBeGreaterThan(Date.now() + 4 * DAY);
    });
  }

  /** As if the calendar had never been watched. */
  async function forget(): Promise<void> {
    await query(stack, 'delete from channels where calendar_id = $1', [calendar.calendarId]);
    await query(
      stack,
      'update calendars set watch_retry_at = null, watch_problem = null where id = $1',
      [calendar.calendarId],
    );
  }

  async function countSteps(fate: Fate): Promise<number> {
    await forget();
    const life = startLife(stack, { fate });
    await keep(life.engine, calendar);
    return life.steps.length;
  }
});

function expectDeath(error: unknown): void {
  if (!(error instanceof Death) && !(error instanceof FenceLostError)) throw error;
}
