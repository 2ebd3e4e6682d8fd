import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { LEASE_MS, runOneJob } from '../../../src/jobs/worker.ts';
import { claimJob, FenceLostError, finishJob } from '../../../src/store/jobs.ts';
import { asSystem, inTenant } from '../../../src/store/tenant.ts';
import {
  accounts,
  addActivity,
  addLead,
  getActivity,
  runJobs,
  withoutQuotas,
} from '../../support/activities.ts';
import { startLife } from '../../support/mortal-engine.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { query } from '../../support/query.ts';

const MINUTE_MS = 60_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    withWorker: false,
    sandbox: { switches: withoutQuotas },
    // What is due when is decided by the test's clock alone: nobody rings.
    env: { WEBHOOK_URL: 'off' },
  });
});
afterAll(() => stack.stop());
afterEach(async () => {
  stack.sandbox.faults.clear();
  // What one test left to do is not the next one's.
  await query(stack, 'delete from jobs');
});

const providers = ['google', 'outlook'] as const;

async function addConnected(...wanted: ('google' | 'outlook')[]): Promise<Person> {
  const person = await stack.addPerson();
  for (const provider of wanted) {
    expect(await stack.connect(person, provider, accounts[provider])).toContain('connected');
  }
  await runJobs(stack);
  return person;
}

/** Calls at the calendar APIs since this was called, but for the looks that calendars get by the clock. */
function watchCalls(): () => string[] {
  const before = stack.sandbox.calls.length;
  return () =>
    stack.sandbox.calls
      .slice(before)
      .filter(({ operation }) => !operation.startsWith('oauth'))
      .filter((call) => !isFeed(call))
      .map(({ operation }) => operation);
}

const isFeed = ({ provider, operation }: { provider: string; operation: string }) =>
  operation === 'calendarView.delta' || (provider === 'google' && operation === 'events.list');

async function liveTitles(provider: 'google' | 'outlook', title: string): Promise<string[]> {
  const events = await listLiveEvents(stack, provider, accounts[provider]);
  return events.map((event) => event.title).filter((one) => one.startsWith(title));
}

test('[E1] an event that cannot be stored leaves neither copies, history nor jobs', async () => {
  const person = await addConnected('google');
  const { client, tenantId } = person;
  const readJobs = () =>
    inTenant(stack.context.store, { tenantId }, (tx) =>
      tx.selectFrom('jobs').select(['id', 'requested', 'run_at']).execute(),
    );
  const jobs = await readJobs();
  const refused = await client.sendRaw('POST', '/api/activities', {
    lead_id: '00000000-0000-4000-8000-000000000000',
    title: 'For nobody',
    start: '2026-11-24T09:00',
    end: '2026-11-24T10:00',
    time_zone: 'Europe/Berlin',
  });
  expect(refused.ok).toBe(false);
  const rows = await inTenant(stack.context.store, { tenantId }, async (tx) => [
    await tx.selectFrom('calendar_events').select('id').execute(),
    await tx.selectFrom('event_links').select('id').execute(),
    await tx.selectFrom('event_history').select('id').execute(),
  ]);
  expect(rows.flat()).toEqual([]);
  expect(await readJobs()).toEqual(jobs);
});

test('[E2] an event goes to every connection of its owner, and to nobody else', async () => {
  const person = await addConnected('google', 'outlook');
  await addConnected('google');
  const activity = await addActivity(person, { title: 'E2 everywhere' });
  expect(activity.copies.map(({ state }) => state)).toEqual(['pending', 'pending']);
  await runJobs(stack);
  for (const provider of providers) {
    expect(await liveTitles(provider, 'E2 everywhere')).toHaveLength(1);
  }
});

test('[E2] an event goes to the calendars that were chosen for it, and to no other later on', async () => {
  const person = await addConnected('google', 'outlook');
  const { integrations } = await person.client.get<{
    integrations: { id: string; provider: string }[];
  }>('/api/calendar/connect?action=list');
  const idOf = (wanted: string) => integrations.find(({ provider }) => provider === wanted)?.id;
  const chosen = { title: 'E2 chosen', connection_ids: [idOf('outlook')] };
  const activity = await addActivity(person, chosen);
  const nowhere = await addActivity(person, { title: 'E2 nowhere', connection_ids: [] });
  expect(activity.copies.map(({ provider }) => provider)).toEqual(['outlook']);
  expect(nowhere.copies).toEqual([]);
  // Connected anew, it gets what it lacks: but for what was kept out of it.
  const disconnect = { action: 'disconnect', integration_id: idOf('google') };
  await person.client.send('POST', '/api/calendar/connect', disconnect);
  await stack.connect(person, 'google', accounts.google);
  await runJobs(stack);
  // Deleted and restored, it is where it was.
  for (const { id } of [activity, nowhere]) {
    await person.client.send('DELETE', `/api/activities/${id}`);
    await runJobs(stack);
    await person.client.send('POST', `/api/activities/${id}/restore`);
  }
  await runJobs(stack);
  expect(await liveTitles('outlook', 'E2 chosen')).toHaveLength(1);
  expect(await liveTitles('google', 'E2 chosen')).toHaveLength(0);
  for (const provider of providers) {
    expect(await liveTitles(provider, 'E2 nowhere')).toHaveLength(0);
  }
});

test('[E2] the chosen calendars are one’s own, and take events', async () => {
  const person = await addConnected('google');
  const stranger = await addConnected('outlook');
  const [foreign] = (await addActivity(stranger, { title: 'E2 foreign' })).copies;
  const [own] = (await addActivity(person, { title: 'E2 own' })).copies;
  const ask = async (id: string | undefined) => {
    const lead_id = await addLead(person);
    const when = { start: '2031-01-02', end: '2031-01-03' };
    const body = { lead_id, title: 'E2 refused', ...when, connection_ids: [id] };
    const answer = await person.client.sendRaw('POST', '/api/activities', body);
    const { code, pointer } = (await answer.json()) as { code: string; pointer?: string };
    return `${answer.status} ${code} ${pointer}`;
  };
  expect(await ask(foreign?.connection_id)).toBe('404 connection-not-found /connection_ids/0');
  const disconnect = { action: 'disconnect', integration_id: own?.connection_id };
  await person.client.send('POST', '/api/calendar/connect', disconnect);
  expect(await ask(own?.connection_id)).toBe('409 connection-not-ready /connection_ids/0');
});

test('[E2] an account connected later gets the coming events, and none twice when reconnected', async () => {
  const person = await stack.addPerson();
  await addActivity(person, { title: 'E2 later' });
  await addActivity(person, {
    title: 'E2 long ago',
    start: '2020-01-02',
    end: '2020-01-03',
    time_zone: undefined,
  });
  for (let rounds = 0; rounds < 3; rounds++) {
    await stack.connect(person, 'outlook', accounts.outlook);
    await runJobs(stack);
  }
  expect(await liveTitles('outlook', 'E2 later')).toHaveLength(1);
  expect(await liveTitles('outlook', 'E2 long ago')).toHaveLength(0);
});

test('[E2] disconnecting and connecting the same account again duplicates nothing', async () => {
  const person = await addConnected('google');
  const activity = await addActivity(person, { title: 'E2 again' });
  await runJobs(stack);
  const connectionId = activity.copies[0]?.connection_id;
  await person.client.send('POST', '/api/calendar/connect', {
    action: 'disconnect',
    integration_id: connectionId,
  });
  await stack.connect(person, 'google', accounts.google);
  await runJobs(stack);
  expect(await liveTitles('google', 'E2 again')).toHaveLength(1);
  const { version } = await getActivity(person, activity.id);
  const path = `/api/activities/${activity.id}`;
  await person.client.send('PATCH', path, { version, title: 'E2 again, edited' });
  await runJobs(stack);
  expect(await liveTitles('google', 'E2 again')).toEqual(['E2 again, edited']);
});

test('[E3] ids and the time of the last sync stand on the event', async () => {
  const person = await addConnected('google', 'outlook');
  const { id } = await addActivity(person, { title: 'E3 ids' });
  await runJobs(stack);
  const activity = await getActivity(person, id);
  for (const provider of providers) {
    const [event] = (await listLiveEvents(stack, provider, accounts[provider])).filter(
      ({ title }) => title === 'E3 ids',
    );
    expect(activity[`${provider}_event_id`]).toBe(event?.id);
  }
  expect(Date.parse(activity.last_synced_at ?? '')).toBeGreaterThan(Date.now() - MINUTE_MS);
});

test('[E3] of several accounts at one provider, the first one’s id stands on the event', async () => {
  const person = await addConnected('google');
  expect(await stack.connect(person, 'google', 'ben@northwind.sandbox')).toContain('connected');
  await runJobs(stack);
  const { id } = await addActivity(person, { title: 'E3 twice' });
  await runJobs(stack);
  const { client } = person;
  const { integrations } = await client.get<{ integrations: { id: string; email: string }[] }>(
    '/api/calendar/connect?action=list',
  );
  const first = integrations.find(({ email }) => email === accounts.google)?.id;
  const idOfFirst = async () => {
    const { copies, google_event_id } = await getActivity(person, id);
    const copy = copies.find(({ connection_id }) => connection_id === first);
    expect(google_event_id).toBe(copy?.external_id);
  };
  await idOfFirst();
  // Whichever copy is written last.
  for (const title of ['E3 once more', 'E3 and again']) {
    await client.send('PATCH', `/api/activities/${id}`, {
      version: (await getActivity(person, id)).version,
      title,
    });
    await runJobs(stack);
    await idOfFirst();
  }
});

test('[Q1] one job at a time per connection, other connections meanwhile', async () => {
  const person = await addConnected('google', 'outlook');
  await addActivity(person);
  const claim = () =>
    asSystem(stack.context.store, (tx) =>
      claimJob(tx, {
        workerId: crypto.randomUUID(),
        now: new Date(),
        leaseMs: LEASE_MS,
        perTenantMax: 8,
      }),
    );
  // The same calendar is asked for again while its job is held.
  const first = await claim();
  await addActivity(person);
  const second = await claim();
  expect(first?.connection_id).toBeDefined();
  expect(second?.connection_id).toBeDefined();
  expect(second?.connection_id).not.toBe(first?.connection_id);
  expect(await claim()).toBeUndefined();
  expect(await runJobs(stack, LEASE_MS + 1)).toBeGreaterThanOrEqual(2);
});

test('[Q3] a worker that lost its lease writes nothing more', async () => {
  const person = await addConnected('google');
  const { id } = await addActivity(person, { title: 'Q3 stalled' });
  const stalled = startLife(stack, {}).engine;
  const { send } = stalled.runtime;
  // The call takes longer than the lease, and the heart stands still; another worker finishes.
  stalled.runtime.sleep = (_ms, signal) =>
    new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
  stalled.runtime.send = async (request) => {
    const answer = await send(request);
    if (request.method === 'POST') {
      await runJobs(stack, LEASE_MS + 1);
      const path = `/api/activities/${id}`;
      const { version } = await getActivity(person, id);
      await person.client.send('PATCH', path, { version, title: 'Q3 edited since' });
      await runJobs(stack, LEASE_MS + 2);
    }
    return answer;
  };
  await runOneJob(stalled);
  // What the stalled one had heard is old: taken for news, it would undo the edit.
  expect(await getActivity(person, id)).toMatchObject({
    title: 'Q3 edited since',
    copies: [{ state: 'synced' }],
  });
  expect(await liveTitles('google', 'Q3')).toEqual(['Q3 edited since']);
});

test('[Q3] a job that was taken over cannot be ended by who held it before', async () => {
  const person = await addConnected('google');
  await addActivity(person);
  const claimAt = (aheadMs: number) =>
    asSystem(stack.context.store, (tx) =>
      claimJob(tx, {
        workerId: crypto.randomUUID(),
        now: new Date(Date.now() + aheadMs),
        leaseMs: LEASE_MS,
        perTenantMax: 8,
      }),
    );
  const first = await claimAt(0);
  const second = await claimAt(LEASE_MS + 1);
  if (!first || !second) throw new Error('there was no job');
  expect(second.id).toBe(first.id);
  const end = { now: new Date(), nextRunAt: null, notBefore: null, error: null };
  await expect(
    inTenant(stack.context.store, { tenantId: first.tenant_id }, (tx) => finishJob(tx, first, end)),
  ).rejects.toThrow(FenceLostError);
  await runJobs(stack, 3 * LEASE_MS);
});

test('[Q4] what is sent was stored before, and no transaction is open meanwhile', async () => {
  const person = await addConnected('google');
  const { id } = await addActivity(person, { title: 'Q4 intent' });
  const { engine, steps } = startLife(stack, {});
  const { send } = engine.runtime;
  const stored: unknown[] = [];
  engine.runtime.send = async (request) => {
    const open = steps.filter((step) => step === 'before transaction').length;
    const ended = steps.filter((step) => /^after (commit|reading)$/.test(step)).length;
    expect([request.url, open - ended]).toEqual([request.url, 0]);
    const rows = await inTenant(stack.context.store, person, (tx) =>
      tx
        .selectFrom('event_links')
        .select('sent')
        .where('event_id', '=', id as never)
        .execute(),
    );
    stored.push(rows[0]?.sent);
    return send(request);
  };
  await runOneJob(engine);
  expect(stored).toMatchObject([{ kind: 'create', fields: { title: 'Q4 intent' } }]);
});

test('[Q5] a request that comes while its job is running causes another run', async () => {
  const person = await addConnected('google');
  await addActivity(person, { title: 'Q5 first' });
  const { engine } = startLife(stack, {});
  const { send } = engine.runtime;
  let isAsked = false;
  engine.runtime.send = async (request) => {
    if (!isAsked) {
      isAsked = true;
      await addActivity(person, { title: 'Q5 second' });
    }
    return send(request);
  };
  await runOneJob(engine);
  expect(await runJobs(stack)).toBeGreaterThan(0);
  expect((await liveTitles('google', 'Q5')).sort()).toEqual(['Q5 first', 'Q5 second']);
});

test('[Q5] nor is a request lost that comes after the run has looked for the last time', async () => {
  const person = await addConnected('google');
  await addActivity(person, { title: 'Q5 before' });
  const now = new Date();
  const job = await asSystem(stack.context.store, (tx) =>
    claimJob(tx, { workerId: crypto.randomUUID(), now, leaseMs: LEASE_MS, perTenantMax: 8 }),
  );
  if (!job) throw new Error('there was no job');
  await addActivity(person, { title: 'Q5 at the end' });
  await inTenant(stack.context.store, { tenantId: job.tenant_id }, (tx) =>
    finishJob(tx, job, { now, nextRunAt: null, notBefore: null, error: null }),
  );
  expect(await runJobs(stack)).toBe(1);
  expect((await liveTitles('google', 'Q5 at the end')).length).toBe(1);
});

test('[Q6] edits that wait become one write, of what changed, on the version it is based on', async () => {
  const person = await addConnected('google', 'outlook');
  const { id } = await addActivity(person, { title: 'Q6 folded' });
  await runJobs(stack);
  for (const location of ['A', 'B', 'C']) {
    const { version } = await getActivity(person, id);
    await person.client.send('PATCH', `/api/activities/${id}`, { version, location });
  }
  const calls = watchCalls();
  const sent: { method: string; body: string; ifMatch: string | undefined }[] = [];
  const { engine } = startLife(stack, {});
  const { send } = engine.runtime;
  engine.runtime.send = async (request) => {
    const { method, body = '', headers = {} } = request;
    const ifMatch = headers['if-match'] ?? headers['If-Match'];
    if (method !== 'GET') sent.push({ method, body, ifMatch });
    return send(request);
  };
  while (await runOneJob(engine));
  expect(calls().sort()).toEqual(['events.patch', 'events.update']);
  for (const { method, body, ifMatch } of sent) {
    expect(method).toBe('PATCH');
    expect(ifMatch).toMatch(/"/);
    expect(body).toContain('"C"');
    expect(body).not.toContain('Q6 folded');
  }
});

test('[Q6] an edit made there meanwhile is merged, not overwritten', async () => {
  const person = await addConnected('google');
  const { id } = await addActivity(person, { title: 'Q6 merged' });
  await runJobs(stack);
  const [event] = (await listLiveEvents(stack, 'google', accounts.google)).filter(
    ({ title }) => title === 'Q6 merged',
  );
  const token = stack.sandbox.issueToken({ provider: 'google', email: accounts.google });
  await fetch(`${stack.sandboxServer.url}/calendar/v3/calendars/primary/events/${event?.id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ location: 'Moved there' }),
  });
  const { version } = await getActivity(person, id);
  await person.client.send('PATCH', `/api/activities/${id}`, { version, title: 'Q6 merged, here' });
  await runJobs(stack);
  const activity = await getActivity(person, id);
  expect(activity).toMatchObject({ title: 'Q6 merged, here', location: 'Moved there' });
  expect(activity.copies[0]?.state).toBe('synced');
  expect(await liveTitles('google', 'Q6 merged')).toEqual(['Q6 merged, here']);
});

test('[D2] a copy deleted there, met by an edit here that was not yet written, is put to a person', async () => {
  const person = await addConnected('google');
  const { id } = await addActivity(person, { title: 'D2 gone' });
  await runJobs(stack);
  const { google_event_id: eventId } = await getActivity(person, id);
  const token = stack.sandbox.issueToken({ provider: 'google', email: accounts.google });
  await fetch(`${stack.sandboxServer.url}/calendar/v3/calendars/primary/events/${eventId}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  const { version } = await getActivity(person, id);
  await person.client.send('PATCH', `/api/activities/${id}`, { version, title: 'D2 gone, edited' });
  const calls = watchCalls();
  await runJobs(stack);
  const activity = await getActivity(person, id);
  expect(activity.copies[0]?.state).toBe('detached');
  expect(activity.status).toBe('confirmed');
  expect(calls()).not.toContain('events.insert');
  expect(await liveTitles('google', 'D2 gone')).toEqual([]);
});

for (const provider of providers) {
  test(`[R2] ${provider}: a rate limit is waited out to the second, the whole connection with it`, async () => {
    const person = await addConnected(provider);
    const { id } = await addActivity(person, { title: `F2 ${provider}` });
    stack.sandbox.faults.add({
      match: { provider, method: 'POST', path: 'events' },
      effect: { kind: 'status', status: 429, retryAfterS: 30 },
    });
    await runJobs(stack);
    const waiting = (await getActivity(person, id)).copies[0];
    expect(waiting?.state).toBe('rate_limited');
    expect(waiting?.reason).toMatch(/slow down/);
    const waitMs = Date.parse(waiting?.next_attempt_at ?? '') - Date.now();
    expect(waitMs).toBeGreaterThan(25_000);
    expect(waitMs).toBeLessThanOrEqual(30_000);

    // Nor does a new edit break the wait.
    await addActivity(person, { title: `F2 ${provider} more` });
    const calls = watchCalls();
    await runJobs(stack, 25_000);
    expect(calls()).toEqual([]);
    await runJobs(stack, 31_000);
    expect(await liveTitles(provider, `F2 ${provider}`)).toHaveLength(2);
  });

  test(`[R3] ${provider}: an event that is refused is set aside, the others go on, an edit tries again`, async () => {
    const person = await addConnected(provider);
    const bad = await addActivity(person, { title: `F3 ${provider} bad` });
    stack.sandbox.faults.add({
      match: { provider, method: 'POST', path: 'events' },
      effect: { kind: 'status', status: 400, reason: 'invalid' },
    });
    const good = await addActivity(person, { title: `F3 ${provider} good` });
    await runJobs(stack);
    expect((await getActivity(person, bad.id)).copies[0]).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('refused'),
    });
    expect((await getActivity(person, good.id)).copies[0]?.state).toBe('synced');
    const calls = watchCalls();
    await runJobs(stack, 60 * MINUTE_MS);
    expect(calls()).toEqual([]);

    const { version } = await getActivity(person, bad.id);
    const path = `/api/activities/${bad.id}`;
    await person.client.send('PATCH', path, { version, title: `F3 ${provider} mended` });
    await runJobs(stack);
    expect((await getActivity(person, bad.id)).copies[0]?.state).toBe('synced');
  });

  test(`[R4] ${provider}: an outage is waited out with growing pauses, and nothing is lost`, async () => {
    const person = await addConnected(provider);
    const activities = await Promise.all(
      Array.from({ length: 5 }, (_, n) => addActivity(person, { title: `F4 ${provider} ${n}` })),
    );
    stack.sandbox.faults.add({
      match: { provider, path: 'events' },
      effect: { kind: 'status', status: 503 },
      times: 'always',
    });
    let aheadMs = 0;
    const pauses: number[] = [];
    for (let round = 0; round < 4; round++) {
      await runJobs(stack, aheadMs);
      const { copies } = await getActivity(person, activities[0]?.id ?? '');
      expect(copies[0]?.state).toBe('retrying');
      expect(copies[0]?.reason).toMatch(/keep trying/);
      const nextAt = Date.parse(copies[0]?.next_attempt_at ?? '') - Date.now();
      pauses.push(nextAt - aheadMs);
      aheadMs = nextAt + 1_000;
    }
    expect(pauses[3]).toBeGreaterThan(2 * (pauses[0] ?? 0));
    stack.sandbox.faults.clear();
    await runJobs(stack, aheadMs + 20 * MINUTE_MS);
    expect(await liveTitles(provider, `F4 ${provider}`)).toHaveLength(5);
  });

  test(`[R5] ${provider}: what waits for a grant that ended goes out after the reconnect`, async () => {
    const person = await addConnected(provider);
    const email = accounts[provider];
    stack.sandbox.revokeGrant({ provider, email });
    const { id } = await addActivity(person, { title: `F5 ${provider}` });
    // An hour later: not every provider takes back the access tokens that are out.
    await runJobs(stack, 61 * MINUTE_MS);
    const waiting = { state: 'needs_reconnect', next_attempt_at: null };
    expect((await getActivity(person, id)).copies).toMatchObject([waiting]);
    const { integrations } = await person.client.get<{ integrations: { state: string }[] }>(
      '/api/calendar/connect?action=list',
    );
    expect(integrations).toMatchObject([{ state: 'needs_reconnect' }]);
    const calls = watchCalls();
    await runJobs(stack, 120 * MINUTE_MS);
    expect(calls()).toEqual([]);

    expect(await stack.connect(person, provider, email)).toContain('connected');
    await runJobs(stack);
    expect((await getActivity(person, id)).copies[0]?.state).toBe('synced');
    expect(await liveTitles(provider, `F5 ${provider}`)).toHaveLength(1);
  });
}

test('[R6] an idle product makes no calls but those of its sweeps', async () => {
  const person = await addConnected('google', 'outlook');
  await addActivity(person, { title: 'F6 idle' });
  await runJobs(stack);
  const calls = watchCalls();
  for (let round = 1; round <= 5; round++) await runJobs(stack, round * 60 * MINUTE_MS);
  expect(calls()).toEqual([]);
});

test('an event without a lead cannot be made by naming a foreign one', async () => {
  const [mine, other] = [await stack.addPerson(), await stack.addPerson()];
  const foreign = await addLead(other);
  const answer = await mine.client.sendRaw('POST', '/api/activities', {
    lead_id: foreign,
    title: 'On a foreign lead',
    start: '2026-11-24',
    end: '2026-11-25',
  });
  expect(answer.status).toBe(404);
});
