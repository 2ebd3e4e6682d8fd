import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  Calendar,
  CalendarList,
  Preview,
  RunList,
  SyncReply,
} from '../../../src/api/schemas/calendars.ts';
import type { AdminConnections, Connection } from '../../../src/api/schemas/connections.ts';
import { addActivity, getActivity, runJobs } from '../../support/activities.ts';
import { personAt } from '../../support/person-at-provider.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { anna, connect, list } from '../connections/support.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let owner: Person;
let connection: Connection;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
});
afterAll(() => stack.stop());

/** A person of their own for each test, with a Google account that is started. */
async function begin(options: { isStarted?: boolean } = {}): Promise<void> {
  owner = await stack.addPerson({ role: 'admin' });
  await stack.connect(owner, 'google', anna.googleAtWork, options);
  connection = (await list(owner))[0] as Connection;
}

const base = () => `/api/calendar/connections/${connection.id}`;
const calendars = async () =>
  (await owner.client.get<CalendarList>(`${base()}/calendars`)).calendars;
const target = async () => (await calendars()).find((one) => one.is_write_target) as Calendar;
const patch = (id: string, body: object) =>
  owner.client.sendRaw('PATCH', `${base()}/calendars/${id}`, body);
const change = async (id: string, body: object) => {
  const answer = await patch(id, body);
  return ((await answer.json()) as CalendarList).calendars.find((one) => one.id === id);
};
const refusal = async (answer: Promise<Response>) => {
  const response = await answer;
  return [response.status, ((await response.json()) as { code: string }).code];
};
const stored = async (id: string) =>
  (await query(stack, 'select * from calendars where id = $1', [id]))[0] ?? {};
const set = (id: string, columns: string, values: unknown[] = []) =>
  query(stack, `update calendars set ${columns} where id = $1`, [id, ...values]);

/** Another calendar of the account. */
async function addCalendar(changes: { canWrite?: boolean } = {}): Promise<string> {
  const id = randomUUID();
  await query(
    stack,
    `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
      created_at) values ($1, $2::uuid, $3, $2::text, 'Other', false, $4, now())`,
    [owner.tenantId, id, connection.id, changes.canWrite ?? true],
  );
  return id;
}

test('[U1] the calendar that is chosen first goes both ways, and the others are left alone', async () => {
  await begin();
  const all = await calendars();
  expect(all.filter((one) => one.direction !== 'none')).toHaveLength(1);
  expect(all[0]).toMatchObject({
    direction: 'both',
    is_write_target: true,
    can_write: true,
    state: 'active',
    problem: null,
    is_quiet: false,
    links: {},
    brake: null,
    watch: { kind: 'polled', channel_count: 0 },
    unreadable: { count: 0, items: [] },
  });
});

test('[U1] one calendar of a connection is the one that new events go to', async () => {
  await begin();
  const [first, other] = [(await target()).id, await addCalendar()];
  expect(await refusal(patch(other, { is_write_target: true }))).toEqual([
    409,
    'calendar-not-usable',
  ]);
  await change(other, { direction: 'out', is_write_target: true });
  expect((await target()).id).toBe(other);
  expect(await stored(first)).toMatchObject({ direction: 'both', is_write_target: false });

  const activity = await addActivity(owner);
  const [link] = await query(stack, 'select calendar_id from event_links where event_id = $1', [
    activity.id,
  ]);
  expect(link).toEqual({ calendar_id: other });

  // Where nothing goes out, nothing new goes.
  expect(await change(other, { direction: 'in' })).toMatchObject({ is_write_target: false });
});

test('[U1] what cannot be written to is only read', async () => {
  await begin();
  const id = await addCalendar({ canWrite: false });
  const unusable = [409, 'calendar-not-usable'];
  expect(await refusal(patch(id, { direction: 'both' }))).toEqual(unusable);
  expect(await refusal(patch(id, { direction: 'out' }))).toEqual(unusable);
  expect(await change(id, { direction: 'in' })).toMatchObject({ direction: 'in' });
  expect(await refusal(patch(randomUUID(), { direction: 'in' }))).toEqual([
    404,
    'calendar-not-found',
  ]);
  await set(id, "state = 'removed', direction = 'none'");
  expect(await refusal(patch(id, { direction: 'in' }))).toEqual(unusable);
});

test('[U1] switched on, a calendar is looked at as a whole, at once', async () => {
  await begin();
  const id = await addCalendar();
  const before = await stored(id);
  await change(id, { direction: 'both' });
  const after = await stored(id);
  expect(after['pull_requested']).toBe(Number(before['pull_requested']) + 1);
  expect(after['next_full_pull_at']).toBeInstanceOf(Date);
  expect(await query(stack, 'select 1 from jobs where calendar_id = $1', [id])).toHaveLength(1);
});

test('[U1] switched off, it keeps what is in it, says paused, and goes on from there', async () => {
  await begin();
  const activity = await addActivity(owner);
  await runJobs(stack);
  const { id } = await target();
  await change(id, { direction: 'none' });
  const [paused] = (await getActivity(owner, activity.id)).copies;
  expect(paused).toMatchObject({
    state: 'paused',
    reason: expect.stringContaining('switched off'),
  });
  // Nor does a reconnect wake it.
  await stack.connect(owner, 'google', anna.googleAtWork);
  expect((await getActivity(owner, activity.id)).copies[0]?.state).toBe('paused');
  expect((await calendars()).every((one) => one.direction === 'none')).toBe(true);

  await change(id, { direction: 'both', is_write_target: true });
  expect((await getActivity(owner, activity.id)).copies[0]).toMatchObject({
    state: 'pending',
    reason: null,
    external_id: paused?.external_id,
  });
});

test('[U1] a calendar tells what is known of it', async () => {
  await begin();
  const activity = await addActivity(owner);
  await runJobs(stack);
  const { id } = await target();
  const until = new Date(Date.now() + 86_400_000);
  await set(
    id,
    "next_pull_at = $2, pull_done = pull_requested, last_pulled_at = now(), watch_problem = 'It is not reachable.'",
    [until],
  );
  await query(stack, 'delete from channels where calendar_id = $1', [id]);
  await query(
    stack,
    `insert into unreadable_items (tenant_id, calendar_id, external_id, reason, since)
     select $1, $2, n::text, 'Its zone is unknown.', now() from generate_series(1, 25) n`,
    [owner.tenantId, id],
  );
  expect(await target()).toMatchObject({
    links: { synced: expect.any(Number) },
    next_look_at: until.toISOString(),
    watch: { kind: 'polled', reason: 'It is not reachable.' },
    unreadable: { count: 25 },
  });
  expect((await target()).unreadable.items).toHaveLength(20);
  await query(
    stack,
    `insert into channels (tenant_id, id, connection_id, calendar_id, secret_hash, state, expires_at,
      created_at) values ($1, $2, $3, $4, 'x', 'live', $5, now())`,
    [owner.tenantId, randomUUID(), connection.id, id, until],
  );
  expect((await target()).watch).toEqual({
    kind: 'channel',
    reason: null,
    channel_count: 1,
    expires_at: until.toISOString(),
  });
  expect(activity.id).toBeDefined();
});

test('[U6] sync now asks for what one owns and can reach, and the calendar says so', async () => {
  await begin();
  const { id } = await target();
  const sync = (body: object) => owner.client.sendRaw('POST', '/api/calendar/sync', body);
  const asked = async (body: object) => {
    const answer = await sync(body);
    expect(answer.status).toBe(202);
    return ((await answer.json()) as SyncReply).asked.map((one) => one.id);
  };
  const pulls = async () => Number((await stored(id))['pull_requested']);
  const before = await pulls();
  for (const body of [{}, { connection_id: connection.id }, { calendar_id: id }]) {
    expect(await asked(body)).toEqual([id]);
  }
  expect(await pulls()).toBe(before + 3);
  expect((await target()).asked_at).not.toBeNull();

  const activity = await addActivity(owner);
  await runJobs(stack);
  await query(
    stack,
    "update event_links set state = 'refused', state_reason = 'No.' where event_id = $1",
    [activity.id],
  );
  expect(await asked({ activity_id: activity.id })).toEqual([id]);
  expect((await getActivity(owner, activity.id)).copies[0]?.state).toBe('pending');

  const two = { connection_id: connection.id, calendar_id: id };
  expect((await sync(two)).status).toBe(400);
  await query(stack, "update calendar_integrations set state = 'needs_reconnect' where id = $1", [
    connection.id,
  ]);
  const notReady = [409, 'connection-not-ready'];
  expect(await refusal(sync({ connection_id: connection.id }))).toEqual(notReady);
  expect(await refusal(sync({ calendar_id: id }))).toEqual(notReady);
  expect(await asked({})).toEqual([]);
  // Nobody waits for a run that will not be.
  expect((await target()).asked_at).toBeNull();
  expect((await target()).next_look_at).toBeNull();
});

test('[U6] the latest runs are told with their counts', async () => {
  await begin();
  const { id } = await target();
  await query(
    stack,
    `insert into sync_runs (tenant_id, id, connection_id, calendar_id, started_at, ended_at, calls,
      changes_in, error)
     select $1, gen_random_uuid(), $2, $3, now() - n * interval '1 minute', now(), n, 2, null
     from generate_series(1, 60) n`,
    [owner.tenantId, connection.id, id],
  );
  const { runs } = await owner.client.get<RunList>(`${base()}/runs`);
  expect(runs).toHaveLength(50);
  expect(runs[0]).toMatchObject({ calls: 1, changes_in: 2, changes_out: 0, error: null });
});

test('[U5] many deletions at once wait for a person’s word, and the next run hears it', async () => {
  await begin();
  const { id } = await target();
  const decide = (choice: string) =>
    owner.client.sendRaw('POST', `${base()}/calendars/${id}/brake`, { choice });
  expect(await refusal(decide('keep'))).toEqual([409, 'choice-not-open']);
  const since = new Date().toISOString();
  await set(id, 'brake = $2', [JSON.stringify({ count: 20, total: 40, since, decision: null })]);
  expect((await target()).brake).toEqual({ count: 20, total: 40, since, decision: null });
  const before = Number((await stored(id))['pull_requested']);
  expect((await decide('delete')).status).toBe(200);
  expect(await stored(id)).toMatchObject({
    brake: { count: 20, total: 40, since, decision: 'delete' },
    pull_requested: before + 1,
  });
});

test('[U7] what was planned before waits for the start; what is planned now goes at once', async () => {
  owner = await stack.addPerson();
  const older = await addActivity(owner, { title: 'Older' });
  await stack.connect(owner, 'google', anna.googleAtWork, { isStarted: false });
  connection = (await list(owner))[0] as Connection;
  expect(connection).toMatchObject({ state: 'active', first_sync_at: null });
  const newer = await addActivity(owner, { title: 'Newer' });
  await runJobs(stack);
  expect((await getActivity(owner, newer.id)).copies[0]?.state).toBe('synced');
  expect((await getActivity(owner, older.id)).copies).toEqual([]);
  expect(await stored((await target()).id)).toMatchObject({ last_pulled_at: null });
  expect(
    await refusal(
      owner.client.sendRaw('POST', '/api/calendar/sync', { connection_id: connection.id }),
    ),
  ).toEqual([409, 'connection-not-ready']);
  // Nor does a reconnect start it.
  await stack.connect(owner, 'google', anna.googleAtWork, { isStarted: false });
  expect((await getActivity(owner, older.id)).copies).toEqual([]);

  const started = await owner.client.send<Connection>('POST', `${base()}/start`);
  expect(started.first_sync_at).not.toBeNull();
  await runJobs(stack);
  const { last_pulled_at: first } = await stored((await target()).id);
  expect(first).toBeInstanceOf(Date);
  expect((await getActivity(owner, older.id)).copies[0]?.state).toBe('synced');

  // Once begun, a reconnect goes on by itself.
  await query(stack, "update calendar_integrations set state = 'needs_reconnect' where id = $1", [
    connection.id,
  ]);
  expect(await refusal(owner.client.sendRaw('POST', `${base()}/start`))).toEqual([
    409,
    'connection-not-ready',
  ]);
  await stack.connect(owner, 'google', anna.googleAtWork, { isStarted: false });
  await runJobs(stack);
  const again = (await stored((await target()).id))['last_pulled_at'] as Date;
  expect(again.getTime()).toBeGreaterThan((first as Date).getTime());
  expect((await list(owner))[0]?.first_sync_at).toBe(started.first_sync_at);
});

test('[U7] the preview counts what would come in and go out, and changes nothing', async () => {
  owner = await stack.addPerson();
  await addActivity(owner, { title: 'Out' });
  await stack.connect(owner, 'google', 'ben@northwind.sandbox', { isStarted: false });
  connection = (await list(owner))[0] as Connection;
  for (const title of ['One', 'Two']) {
    await personAt(stack, 'google', 'ben@northwind.sandbox').create({ title });
  }
  const { id } = await target();
  const before = [await stored(id), await query(stack, 'select count(*) from calendar_events')];
  const preview = await owner.client.get<Preview>(`${base()}/preview`);
  expect(preview).toEqual({
    calendars: [
      {
        id,
        name: expect.any(String),
        in_count: 2,
        out_count: 1,
        ours_count: 0,
        series_count: 0,
        unreadable_count: 0,
        left_out_count: 0,
        is_whole: true,
      },
    ],
    notified_count: 0,
    import_days_back: 90,
  });
  expect([await stored(id), await query(stack, 'select count(*) from calendar_events')]).toEqual(
    before,
  );
  // Started, it is as it was foretold; then all of it is ours.
  await owner.client.send('POST', `${base()}/start`);
  await runJobs(stack);
  const { calendars: later } = await owner.client.get<Preview>(`${base()}/preview`);
  expect(later).toMatchObject([{ in_count: 0, out_count: 0, ours_count: 3 }]);
});

test('[U7] what came from one account is not copied into the next one by its start', async () => {
  owner = await stack.addPerson();
  await stack.connect(owner, 'google', 'ben@northwind.sandbox');
  await runJobs(stack);
  await stack.connect(owner, 'outlook', anna.outlook);
  await runJobs(stack);
  const rows = await query(
    stack,
    `select count(distinct l.connection_id)::int as count from event_links l
     where l.tenant_id = $1 group by l.event_id having bool_or(l.origin = 'remote')`,
    [owner.tenantId],
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every(({ count }) => count === 1)).toBe(true);
});

test('[U8] a calendar that was not read for a day says so, and admins are told how many', async () => {
  await begin();
  const { id } = await target();
  const quietCount = async () =>
    (await owner.client.get<AdminConnections>('/api/admin/connections')).connections.find(
      (one) => one.id === connection.id,
    )?.quiet_count;
  await set(id, "last_pulled_at = now() - interval '23 hours'");
  expect(await target()).toMatchObject({ is_quiet: false, problem: null });
  expect(await quietCount()).toBe(0);
  await set(id, "last_pulled_at = now() - interval '25 hours'");
  expect(await target()).toMatchObject({
    is_quiet: true,
    problem: expect.stringContaining('more than a day'),
  });
  expect(await quietCount()).toBe(1);
  // What is not to be read is not missed.
  await set(id, "direction = 'out'");
  expect((await target()).is_quiet).toBe(false);
  expect(await quietCount()).toBe(0);
});

test('[U10] another window or rule lists what is read once more; only admins say so', async () => {
  await begin();
  const path = '/api/admin/policies';
  expect(await owner.client.get(path)).toEqual({
    import_days_back: 90,
    import_days_ahead: 400,
    ingest: 'all',
    disconnect_copies: 'keep',
  });
  const { id } = await target();
  const pulls = async () => Number((await stored(id))['pull_requested']);
  const before = await pulls();
  const policies = {
    import_days_back: 30,
    import_days_ahead: 365,
    ingest: 'with-lead',
    disconnect_copies: 'keep',
  };
  expect(await owner.client.send('PUT', path, policies)).toEqual(policies);
  expect(await pulls()).toBe(before + 1);
  await owner.client.send('PUT', path, policies);
  expect(await pulls()).toBe(before + 1);
  const wrong = { ...policies, import_days_ahead: 1 };
  expect((await owner.client.sendRaw('PUT', path, wrong)).status).toBe(400);
  const member = await stack.addPerson({ tenantId: owner.tenantId });
  expect((await member.client.sendRaw('PUT', path, policies)).status).toBe(403);
});

test('connecting again chooses no calendar where a person chose none', async () => {
  await begin();
  await change((await target()).id, { direction: 'in' });
  await connect(stack, owner, 'google', anna.googleAtWork);
  expect(await target()).toBeUndefined();
  expect((await list(owner))[0]).toMatchObject({ write_calendar: null, reason: null });
});
