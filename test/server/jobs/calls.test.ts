import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, runJobs, withoutQuotas } from '../../support/activities.ts';
import {
  addOurs,
  type Calls,
  type Day,
  importOf,
  look,
  type Side,
  scenarios,
} from '../../support/calls-of-a-day.ts';
import { personAt } from '../../support/person-at-provider.ts';
import { query } from '../../support/query.ts';
import { type Person, startAll, startStack, type Stack } from '../../support/stack.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Thousands of events are put in one by one. */
const TIMEOUT_MS = 120_000;

let stack: Stack;
beforeAll(async () => {
  // Pages that overlap or are empty cost what they cost: here each is as full as it can be.
  const whole = { 'outlook.deltaReplays': false, 'outlook.deltaEmptyPages': false };
  stack = await startStack({
    withWorker: false,
    // What keeps a channel ringing is counted elsewhere.
    env: { WEBHOOK_URL: 'off' },
    sandbox: { switches: { ...withoutQuotas, ...whole } },
  });
});
afterAll(() => stack.stop());

/** A new person and a new account, connected but not started. */
async function openDay(side: Side): Promise<Day & { person: Person; email: string }> {
  const domain = side === 'google' ? 'northwind.sandbox' : 'northwind.onmicrosoft.sandbox';
  const email = `${randomUUID().slice(0, 8)}@${domain}`;
  const tenantId = stack.sandbox.world.findAccount(side, accounts[side])?.tenantId ?? null;
  const account = { provider: side, email, name: 'Test', tenantId } as const;
  stack.sandbox.addAccount({ ...account, kind: 'work', timeZone: 'Europe/Berlin' });
  const person = await stack.addPerson();
  const at = personAt(stack, side, email);
  expect(await stack.connect(person, side, email, { isStarted: false })).toContain('connected');

  const uncounted = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = await work();
    stack.sandbox.clearRecords();
    return result;
  };
  const isGoogle = side === 'google';
  const root = isGoogle ? '/calendar/v3/calendars/primary/events' : '/v1.0/me/events';
  return {
    side,
    person,
    email,
    client: person.client,
    there: {
      fill: (count) =>
        uncounted(async () => {
          for (let index = 0; index < count; index++) await at.create({ title: `Event ${index}` });
        }),
      listIds: (limit) =>
        uncounted(async () => {
          const size = isGoogle ? 'maxResults' : '$top';
          const page = await at.call('GET', `${root}?${size}=${limit}`);
          return ((page['items'] ?? page['value']) as { id: string }[]).map(({ id }) => id);
        }),
      retitle: (ids, title) =>
        uncounted(async () => {
          for (const id of ids) await at.edit(id, { title });
        }),
      remove: (id) =>
        uncounted(async () => {
          await at.remove(id);
        }),
    },
    start: () => startAll(person),
    runJobs: async () => {
      await runJobs(stack);
    },
    takeCalls: async () => takeCalls(),
    async endAccessToken() {
      stack.sandbox.expireAccessTokens({ provider: side, email });
    },
    async endBookmark() {
      stack.sandbox.faults.add({
        match: {
          provider: side,
          method: 'GET',
          path: isGoogle ? 'syncToken=' : 'deltatoken=',
        },
        effect: {
          kind: 'status',
          status: 410,
          reason: isGoogle ? 'fullSyncRequired' : 'SyncStateNotFound',
        },
      });
    },
  };
}

function takeCalls(): Calls {
  const calls = stack.sandbox.calls.filter(({ operation }) => !operation.startsWith('oauth'));
  const byOperation: Record<string, number> = {};
  for (const { operation } of calls) byOperation[operation] = (byOperation[operation] ?? 0) + 1;
  const quotaUnits = calls.reduce((sum, call) => sum + call.quotaUnits, 0);
  stack.sandbox.clearRecords();
  return { byOperation, quotaUnits };
}

const sizes: Record<Side, number[]> = { google: [0, 1, 2_500, 2_501], outlook: [0, 1, 500, 501] };

describe.each(['google', 'outlook'] as const)('%s', (side) => {
  const all = [...sizes[side].map(importOf), ...scenarios];
  test.each(all)('calls, exactly: $name', { timeout: TIMEOUT_MS }, async ({ run, expected }) => {
    const day = await openDay(side);
    await day.takeCalls();
    await run(day);
    expect(await day.takeCalls()).toEqual(expected[side]);
  });

  test('[P6] the echo of a write is one list at most, and nothing in ten days', async () => {
    const day = await openDay(side);
    await day.start();
    await day.runJobs();
    await addOurs(day);
    await day.runJobs();
    const before = await readRows(day.person);
    await day.takeCalls();
    await look(day);
    const { byOperation } = await day.takeCalls();
    expect(Object.values(byOperation)).toEqual([1]);
    expect(Object.keys(byOperation)[0]).toMatch(/list|delta/);

    stack.sandbox.clearRecords();
    for (let days = 1; days <= 10; days++) await runJobs(stack, days * DAY_MS);
    const writes = stack.sandbox.calls.filter(
      ({ method, operation }) => method !== 'GET' && !operation.startsWith('oauth'),
    );
    expect(writes).toEqual([]);
    expect(await readRows(day.person)).toEqual(before);
  });
});

/** What a person would see changed: events and their history, and what is agreed with the copies. */
async function readRows({ tenantId }: Person): Promise<unknown[]> {
  return query(
    stack,
    `select e.*, l.etag, l.base, l.remote, l.state, l.last_synced_at as copy_synced_at,
       (select count(*) from event_history h where h.tenant_id = e.tenant_id) as changes
     from calendar_events e join event_links l on l.tenant_id = e.tenant_id and l.event_id = e.id
     where e.tenant_id = $1`,
    [tenantId],
  );
}
