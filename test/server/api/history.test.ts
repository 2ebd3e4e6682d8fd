import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Activity, ActivityList } from '../../../src/api/schemas/activities.ts';
import type {
  History,
  HistoryEntry,
  ResolveReply,
  UndoReply,
} from '../../../src/api/schemas/history.ts';
import { accounts, addActivity, runJobs } from '../../support/activities.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let owner: Person;
let colleague: Person;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  owner = await stack.addPerson({ name: 'Anna Berg' });
  colleague = await stack.addPerson({ tenantId: owner.tenantId, name: 'Ben Okafor' });
  await stack.connect(owner, 'google', accounts.google);
});

const read = (id: string) => owner.client.get<Activity>(`/api/activities/${id}`);
const edit = (id: string, version: number, changes: object) =>
  owner.client.send<Activity>('PATCH', `/api/activities/${id}`, { version, ...changes });
const history = async (id: string) =>
  (await owner.client.get<History>(`/api/activities/${id}/history`)).entries;
const post = (path: string, body?: object, person = owner) =>
  person.client.sendRaw('POST', `/api/activities/${path}`, body);
const undo = async (id: string, entry: HistoryEntry | undefined) => {
  const answer = await post(`${id}/history/${entry?.id}/undo`);
  return (await answer.json()) as UndoReply & { code?: string };
};
const refusal = async (answer: Promise<Response>) => {
  const response = await answer;
  return [response.status, ((await response.json()) as { code: string }).code];
};
const links = (id: string) =>
  query<Record<string, unknown>>(
    stack,
    'select * from event_links where event_id = $1 order by created_at, id',
    [id],
  );
const setLink = (id: string, columns: string, values: unknown[] = []) =>
  query(stack, `update event_links set ${columns} where event_id = $1`, [id, ...values]);
/** An event with its copy in the calendar. */
const plan = async (changes: object = {}) => {
  const { id } = await addActivity(owner, { title: `Visit ${randomUUID()}`, ...changes });
  await runJobs(stack);
  return read(id);
};
const titlesThere = async () =>
  (await listLiveEvents(stack, 'google', accounts.google)).map(({ title }) => title);

test('[U3] the history tells its owner who changed what, from what to what, and nobody else', async () => {
  const { id, version, title } = await plan({ visibility: 'private' });
  await edit(id, version, {
    title: 'Dinner',
    show_as: 'free',
    start: '2030-01-01',
    end: '2030-01-02',
  });
  const [latest, first] = await history(id);
  expect(latest).toMatchObject({
    user: 'Anna Berg',
    account: null,
    change: 'updated',
    before: { title, show_as: 'busy', when: { is_all_day: false } },
    after: {
      title: 'Dinner',
      show_as: 'free',
      when: { is_all_day: true, start: '2030-01-01', end: '2030-01-02', time_zone: null },
    },
    undoes: null,
    can_undo: true,
  });
  expect(first).toMatchObject({ change: 'created', can_undo: false });
  const answer = await colleague.client.fetch(`/api/activities/${id}/history`);
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain('Dinner');
});

test('[U3] what came from a calendar is told by its account', async () => {
  const { id } = await plan();
  await query(
    stack,
    `insert into event_history (tenant_id, id, event_id, at, connection_id, change, before, after)
     select tenant_id, $2, event_id, now(), connection_id, 'updated', '{"title": "a"}', '{"title": "b"}'
     from event_links where event_id = $1`,
    [id, randomUUID()],
  );
  expect((await history(id))[0]).toMatchObject({ user: null, account: accounts.google });
});

test('[U2] an edit is taken back by one call, as one’s own, and that can be taken back too', async () => {
  const { id, version, title } = await plan({ location: 'Here' });
  await edit(id, version, { title: 'Dinner', location: 'There' });
  await edit(id, version + 1, { location: 'Elsewhere' });
  const [, entry] = await history(id);
  const undone = await undo(id, entry);
  expect(undone).toMatchObject({
    overwritten: ['location'],
    activity: { title, location: 'Here', version: version + 3 },
  });
  const [latest, , again] = await history(id);
  expect(latest).toMatchObject({ change: 'updated', undoes: entry?.id, user: 'Anna Berg' });
  // It is as it was before: nothing to take back any more.
  expect(again).toMatchObject({ id: entry?.id, can_undo: false });
  expect((await undo(id, entry)).code).toBe('undo-not-possible');
  expect((await undo(id, latest)).activity).toMatchObject({
    title: 'Dinner',
    location: 'Elsewhere',
  });
  await runJobs(stack);
  expect(await titlesThere()).toContain('Dinner');
});

test('[U2] a deletion is taken back within 30 days, and the restoration too', async () => {
  const { id, title } = await plan();
  await owner.client.send('DELETE', `/api/activities/${id}`);
  await runJobs(stack);
  expect(await titlesThere()).not.toContain(title);
  const [deletion] = await history(id);
  expect((await undo(id, deletion)).activity).toMatchObject({ title, status: 'confirmed' });
  await runJobs(stack);
  expect(await titlesThere()).toContain(title);
  const [restoration] = await history(id);
  expect(restoration).toMatchObject({ change: 'restored', undoes: deletion?.id });
  expect((await undo(id, restoration)).activity).toBeNull();

  await query(
    stack,
    `update calendar_events set deleted_at = now() - interval '31 days' where id = $1`,
    [id],
  );
  const notFound = [404, 'activity-not-found'];
  expect(await refusal(post(`${id}/restore`))).toEqual(notFound);
  expect((await owner.client.fetch(`/api/activities/${id}/history`)).status).toBe(404);
  expect(await refusal(post(`${id}/history/${randomUUID()}/undo`))).toEqual([
    404,
    'history-entry-not-found',
  ]);
});

test('[U2] what a calendar brought is taken back by deleting it', async () => {
  const { id } = await plan();
  const entryId = randomUUID();
  await query(
    stack,
    `insert into event_history (tenant_id, id, event_id, at, connection_id, change)
     select tenant_id, $2, event_id, now(), connection_id, 'created' from event_links
     where event_id = $1`,
    [id, entryId],
  );
  const entry = (await history(id)).find((one) => one.id === entryId);
  expect(entry?.can_undo).toBe(true);
  expect((await undo(id, entry)).activity).toBeNull();
});

test('[U4] a cancelled event lives again, and its copy is made anew as another', async () => {
  const { id, title } = await plan();
  const [old] = await links(id);
  await query(stack, "update calendar_events set status = 'cancelled' where id = $1", [id]);
  await setLink(
    id,
    "state = 'closed', state_reason = 'gone', is_remote_gone = true, remote = null, next_attempt_at = null",
  );
  expect(await read(id)).toMatchObject({
    status: 'cancelled',
    can_restore: true,
    // Nothing tells where.
    cancelled_in: null,
  });
  const answer = await post(`${id}/restore`);
  expect(await answer.json()).toMatchObject({ status: 'confirmed', can_restore: false });
  const [closed, fresh] = await links(id);
  expect(closed).toMatchObject({ id: old?.['id'], state: 'closed', state_reason: 'replaced' });
  expect(fresh).toMatchObject({ state: 'pending', origin: 'local', external_id: null });
  expect(fresh?.['calendar_id']).toBe(old?.['calendar_id']);
  expect(await refusal(post(`${id}/restore`))).toEqual([409, 'nothing-to-restore']);
  await runJobs(stack);
  // The first one was never deleted there in this test.
  expect((await titlesThere()).filter((one) => one === title)).toHaveLength(2);
});

test('[U4] an event that never had a copy gets one when it is restored', async () => {
  const { id } = await addActivity(owner);
  await owner.client.send('DELETE', `/api/activities/${id}`);
  await runJobs(stack);
  expect((await links(id)).map(({ state }) => state)).toEqual(['closed']);
  await post(`${id}/restore`);
  await runJobs(stack);
  expect((await read(id)).copies).toMatchObject([{ state: 'synced' }]);
});

test('[U4] restored before its copies were removed, they stay; what is being removed is looked at', async () => {
  const { id } = await plan();
  await owner.client.send('DELETE', `/api/activities/${id}`);
  await post(`${id}/restore`);
  await runJobs(stack);
  expect(await links(id)).toHaveLength(1);
  expect((await read(id)).copies).toMatchObject([{ state: 'synced' }]);

  await owner.client.send('DELETE', `/api/activities/${id}`);
  await setLink(id, `sent = '{"kind": "delete"}'`);
  await post(`${id}/restore`);
  expect((await read(id)).copies).toMatchObject([{ state: 'pending' }]);
  await runJobs(stack);
  expect(await links(id)).toHaveLength(1);
  expect((await read(id)).copies).toMatchObject([{ state: 'synced' }]);
});

test('[U4] restored when its deletion was answered and nothing had come of that yet, it is there again', async () => {
  const { id, title } = await plan();
  await owner.client.send('DELETE', `/api/activities/${id}`);
  await runJobs(stack);
  expect(await titlesThere()).not.toContain(title);
  // As it was for a moment.
  await setLink(id, `state = 'syncing', state_reason = null, next_attempt_at = now()`);
  await post(`${id}/restore`);
  await runJobs(stack);
  expect(await read(id)).toMatchObject({ status: 'confirmed', copies: [{ state: 'synced' }] });
  expect((await titlesThere()).filter((one) => one === title)).toHaveLength(1);
});

test('[U4] what was deleted lately is listed to its owner only', async () => {
  const { id } = await plan();
  await owner.client.send('DELETE', `/api/activities/${id}`);
  const deleted = async (person: Person) =>
    (await person.client.get<ActivityList>('/api/activities?deleted=true')).activities;
  expect(await deleted(owner)).toMatchObject([{ id, can_restore: true }]);
  expect(await deleted(colleague)).toEqual([]);
  const { activities } = await owner.client.get<ActivityList>('/api/activities');
  expect(activities.map((one) => one.id)).not.toContain(id);
  expect(await refusal(post(`${id}/restore`, undefined, colleague))).toEqual([
    404,
    'activity-not-found',
  ]);
});

const conflict = (lost: string) => JSON.stringify([{ unit: 'title', winner: 'local', lost }]);
const resolve = (id: string, copy: string | undefined, choice: string) =>
  post(`${id}/copies/${copy}/resolve`, { choice });

test('[U5] a conflict shows both versions, and one click takes the other', async () => {
  const { id, title } = await plan();
  await setLink(id, `state = 'conflict', state_reason = 'Both.', conflict = $2`, [
    conflict('Theirs'),
  ]);
  const [copy] = (await read(id)).copies;
  expect(copy).toMatchObject({
    conflict: [{ unit: 'title', winner: 'crm', lost: { title: 'Theirs' } }],
    choices: ['keep', 'take-other'],
    origin: 'crm',
    can_edit: true,
  });
  expect(await refusal(resolve(id, copy?.id, 'put-back'))).toEqual([409, 'choice-not-open']);
  const answer = (await (await resolve(id, copy?.id, 'take-other')).json()) as ResolveReply;
  expect(answer.activity).toMatchObject({
    title: 'Theirs',
    copies: [{ state: 'pending', conflict: [], choices: [] }],
  });
  expect((await history(id))[0]).toMatchObject({ before: { title }, after: { title: 'Theirs' } });
  await runJobs(stack);
  expect(await titlesThere()).toContain('Theirs');
  expect(await refusal(resolve(id, copy?.id, 'keep'))).toEqual([409, 'choice-not-open']);
  expect(await refusal(resolve(id, randomUUID(), 'keep'))).toEqual([404, 'copy-not-found']);
});

test('[U5] kept, a conflict is settled and nothing else changes', async () => {
  const { id, version, title } = await plan();
  await setLink(id, `state = 'conflict', conflict = $2`, [conflict('Theirs')]);
  const [copy] = (await read(id)).copies;
  await resolve(id, copy?.id, 'keep');
  expect(await read(id)).toMatchObject({ version, copies: [{ state: 'synced', conflict: [] }] });
  // It says who, and there is nothing to be taken back.
  expect((await history(id))[0]).toMatchObject({
    change: 'settled',
    user: 'Anna Berg',
    account: null,
    before: { title: 'Theirs' },
    after: { title },
    can_undo: false,
  });
});

test('[U5] a detached copy is put back, or its event deleted here too', async () => {
  const { id } = await plan();
  await setLink(id, "state = 'detached', is_remote_gone = true, next_attempt_at = null");
  const before = await read(id);
  const [copy] = before.copies;
  expect(copy?.choices).toEqual(['put-back', 'delete']);
  expect(before.can_restore).toBe(true);
  await resolve(id, copy?.id, 'put-back');
  expect((await links(id)).map(({ state }) => state)).toEqual(['closed', 'pending']);
  // Nothing happened to the event itself.
  expect(await history(id)).toHaveLength(1);
  await setLink(
    id,
    "state = 'detached', is_remote_gone = true where state <> 'closed' and event_id = $1 --",
  );
  const again = (await read(id)).copies[0];
  expect(await (await resolve(id, again?.id, 'delete')).json()).toEqual({ activity: null });
});

test('[U5] what came back after its deletion is kept, or deleted on both sides', async () => {
  const first = await plan();
  await setLink(first.id, "state = 'conflict', is_revived = true");
  const [copy] = (await read(first.id)).copies;
  expect(copy).toMatchObject({ is_revived: true, choices: ['keep', 'delete'] });
  await resolve(first.id, copy?.id, 'keep');
  expect((await read(first.id)).copies).toMatchObject([{ state: 'synced', is_revived: false }]);
  expect((await history(first.id))[0]).toMatchObject({ change: 'settled', user: 'Anna Berg' });

  const second = await plan();
  await setLink(second.id, "state = 'conflict', is_revived = true");
  await resolve(second.id, second.copies[0]?.id, 'delete');
  await runJobs(stack);
  expect(await titlesThere()).not.toContain(second.title);
});

test('[U5] what the provider refused is tried again', async () => {
  const { id, copies } = await plan();
  await setLink(id, "state = 'refused', state_reason = 'No.', next_attempt_at = null");
  expect((await read(id)).copies[0]?.choices).toEqual(['retry']);
  await resolve(id, copies[0]?.id, 'retry');
  expect((await read(id)).copies).toMatchObject([{ state: 'pending', reason: null }]);
});

test('[U9] [F22] a meeting of somebody else is not changed here, and the refusal names them', async () => {
  const { id, version } = await plan();
  const organizer = 'host@elsewhere.example';
  await setLink(id, "origin = 'remote', can_edit = false, organizer = $2", [organizer]);
  const activity = await read(id);
  expect(activity).toMatchObject({
    can_edit: false,
    copies: [{ origin: 'calendar', can_edit: false, organizer }],
  });
  const path = `/api/activities/${id}`;
  const refused = await owner.client.sendRaw('PATCH', path, { version, title: 'Mine' });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({
    code: 'not-organizer',
    detail: expect.stringContaining(organizer),
  });
  expect((await owner.client.sendRaw('DELETE', path)).status).toBe(403);
  // A copy of our own beside it can be changed, and so can the event.
  await query(
    stack,
    `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
      created_at)
     select tenant_id, $2, connection_id, 'other', 'Other', false, true, now() from event_links
     where event_id = $1`,
    [id, randomUUID()],
  );
  await query(
    stack,
    `insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, state, state_since,
      created_at)
     select c.tenant_id, $2, $1, c.connection_id, c.id, 'pending', now(), now() from calendars c
     where c.external_id = 'other' and c.tenant_id = $3`,
    [id, randomUUID(), owner.tenantId],
  );
  expect((await read(id)).can_edit).toBe(true);
});
