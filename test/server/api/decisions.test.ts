import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import type { AuditList } from '../../../src/api/schemas/audit.ts';
import type { CalendarList } from '../../../src/api/schemas/calendars.ts';
import type { ConnectReply } from '../../../src/api/schemas/connections.ts';
import type {
  DecisionCount,
  DecisionList,
  ResolveManyReply,
} from '../../../src/api/schemas/decisions.ts';
import type { History } from '../../../src/api/schemas/history.ts';
import { choices, listChoices } from '../../../src/sync/choices.ts';
import { linkStates } from '../../../src/store/database.ts';
import {
  accounts,
  addActivity,
  addLead,
  runJobs,
  withoutQuotas,
} from '../../support/activities.ts';
import { personAt } from '../../support/person-at-provider.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let owner: Person;
let colleague: Person;

beforeAll(async () => {
  stack = await startStack({ withWorker: false, sandbox: { switches: withoutQuotas } });
});
afterAll(() => stack.stop());
beforeEach(async () => {
  owner = await stack.addPerson({ role: 'admin', name: 'Anna Berg' });
  colleague = await stack.addPerson({ tenantId: owner.tenantId, name: 'Ben Okafor' });
  await stack.connect(owner, 'google', accounts.google);
});

const decisions = (person = owner, cursor?: string) =>
  person.client.get<DecisionList>(`/api/decisions${cursor ? `?cursor=${cursor}` : ''}`);
const count = async (person = owner) =>
  (await person.client.get<DecisionCount>('/api/decisions/count')).count;
const resolve = async (copyIds: string[], choice: string, person = owner) =>
  (
    await person.client.send<ResolveManyReply>('POST', '/api/decisions/resolve', {
      choice,
      copy_ids: copyIds,
    })
  ).results;
const titles = ({ copies }: DecisionList) => copies.map(({ activity }) => activity.title);
const titlesThere = async () =>
  (await listLiveEvents(stack, 'google', accounts.google)).map(({ title }) => title);

/** Events whose copies were deleted in the calendar after they had been edited here. */
async function addDetached(names: string[]): Promise<void> {
  const events: Activity[] = [];
  for (const title of names) {
    const { id } = await addActivity(owner, { title });
    await runJobs(stack);
    events.push(await owner.client.get<Activity>(`/api/activities/${id}`));
  }
  const there = personAt(stack, 'google', accounts.google);
  for (const { id, version, google_event_id } of events) {
    await there.remove(google_event_id ?? '');
    await owner.client.send('PATCH', `/api/activities/${id}`, { version, location: 'Elsewhere' });
  }
  await owner.client.send('POST', '/api/calendar/sync', {});
  await runJobs(stack);
}

test('[U13] whatever waits for one’s word is in one list, with its versions and its choices', async () => {
  const [first, second] = [`First ${randomUUID()}`, `Second ${randomUUID()}`];
  expect(await decisions()).toEqual({ count: 0, brakes: [], copies: [], next_cursor: null });
  await addDetached([first, second]);
  const list = await decisions();
  expect(list.count).toBe(2);
  expect(await count()).toBe(2);
  expect(titles(list).sort()).toEqual([first, second].sort());
  for (const { activity, copy_id } of list.copies) {
    expect(activity.copies.find(({ id }) => id === copy_id)).toMatchObject({
      state: 'detached',
      choices: ['put-back', 'delete'],
    });
  }
  const [one] = list.copies;
  await owner.client.send('DELETE', `/api/activities/${one?.activity.id}`);
  expect(titles(await decisions())).not.toContain(one?.activity.title);
  expect(await count()).toBe(1);
});

test('[U13] each says when its event is and with which lead, also a conflict, and where there is no lead', async () => {
  const there = personAt(stack, 'google', accounts.google);
  const [gone, met, alone] = ['Gone', 'Met', 'Alone'].map((title) => `${title} ${randomUUID()}`);
  await addDetached([gone ?? '']);
  const { id } = await addActivity(owner, { title: met });
  const { start, end } = await owner.client.get<Activity>(`/api/activities/${id}`);
  const times = { start: start.slice(0, 16), end: end.slice(0, 16) };
  const imported = await there.create({ title: alone, ...times });
  await owner.client.send('POST', '/api/calendar/sync', {});
  await runJobs(stack);
  const planned = await owner.client.get<Activity>(`/api/activities/${id}`);
  const [cameIn] = await query<{ id: string }>(
    stack,
    'select id from calendar_events where google_event_id = $1',
    [imported],
  );
  for (const [here, copy] of [
    [id, planned.google_event_id],
    [cameIn?.id, imported],
  ] as const) {
    await there.edit(copy ?? '', { location: 'There' });
    const { version } = await owner.client.get<Activity>(`/api/activities/${here}`);
    await owner.client.send('PATCH', `/api/activities/${here}`, { version, location: 'Here' });
  }
  await owner.client.send('POST', '/api/calendar/sync', {});
  await runJobs(stack);

  const { copies } = await decisions();
  const told = copies.map(({ copy_id, activity, lead }) => ({
    title: activity.title,
    state: activity.copies.find((copy) => copy.id === copy_id)?.state,
    when: [activity.start, activity.end, activity.time_zone],
    lead: lead && [lead.name, lead.id === activity.lead_id],
  }));
  const when = [start, end, 'Europe/Berlin'];
  expect(told).toHaveLength(3);
  expect(told).toEqual(
    expect.arrayContaining([
      { title: gone, state: 'detached', when, lead: ['Carla', true] },
      { title: met, state: 'conflict', when, lead: ['Carla', true] },
      { title: alone, state: 'conflict', when, lead: null },
    ]),
  );
  await there.remove(imported);
});

test('[U13] the list is one’s own: neither colleagues nor admins nor other companies are told', async () => {
  const title = `Quiet ${randomUUID()}`;
  await addDetached([title]);
  const [asked] = (await decisions()).copies;
  const admin = await stack.addPerson({ tenantId: owner.tenantId, role: 'admin' });
  const stranger = await stack.addPerson({ role: 'admin' });
  for (const person of [colleague, admin, stranger]) {
    expect(await decisions(person)).toMatchObject({ count: 0, copies: [], brakes: [] });
    expect(await count(person)).toBe(0);
    expect(await resolve([asked?.copy_id ?? ''], 'delete', person)).toEqual(['not-found']);
  }
  expect(titles(await decisions())).toEqual([title]);
});

test('[U13] it comes in pages that begin where the last one ended, and a page’s cursor is its reader’s', async () => {
  const { id } = await addActivity(owner, { title: 'Many' });
  await runJobs(stack);
  // As many as three pages hold; each with a copy of its own.
  await query(
    stack,
    `with events as (
       insert into calendar_events (tenant_id, id, owner_id, title, is_all_day, start_date, end_date,
         starts_at, ends_at, visibility, show_as, created_at, updated_at)
       select tenant_id, gen_random_uuid(), owner_id, 'Event ' || n, true, '2031-01-01', '2031-01-02',
         now(), now(), 'default', 'busy', now(), now()
       from calendar_events, generate_series(1, 60) n where id = $1 returning *)
     insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, state, state_since,
       created_at)
     select e.tenant_id, gen_random_uuid(), e.id, l.connection_id, l.calendar_id, 'refused',
       now() - make_interval(secs => (substr(e.title, 7)::int / 2)), now()
     from events e, event_links l where l.event_id = $1`,
    [id],
  );
  const found: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  for (; pages < 10; pages++) {
    const page = await decisions(owner, cursor);
    expect(page.count).toBe(60);
    expect(page.copies.length).toBeLessThanOrEqual(25);
    found.push(...page.copies.map(({ copy_id }) => copy_id));
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  expect(pages).toBe(2);
  expect(new Set(found).size).toBe(60);
  const answer = await colleague.client.fetch(`/api/decisions?cursor=${cursor}`);
  expect(answer.status).toBe(400);
});

test('[U13] what the list asks is what a copy’s choices are, whatever state the copy is in', async () => {
  const { id } = await addActivity(owner);
  await runJobs(stack);
  const conflict = [{ unit: 'title' as const, winner: 'local' as const, lost: 'Theirs' }];
  for (const state of linkStates) {
    for (const is_revived of [false, true]) {
      for (const open of [null, [], conflict]) {
        await query(
          stack,
          'update event_links set state = $2, is_revived = $3, conflict = $4 where event_id = $1',
          [id, state, is_revived, open && JSON.stringify(open)],
        );
        const isAsked =
          listChoices({ state, is_revived, conflict: open, copy_id: null }).length > 0;
        expect([state, is_revived, open, await count()]).toEqual([
          state,
          is_revived,
          open,
          isAsked ? 1 : 0,
        ]);
      }
    }
  }
});

test('[U14] one choice settles many, each for itself: what is settled or strange stops none', async () => {
  const names = ['one', 'two', 'three'].map((name) => `${name} ${randomUUID()}`);
  await addDetached(names);
  const ids = (await decisions()).copies.map(({ copy_id }) => copy_id);
  expect(await resolve([ids[0] ?? ''], 'put-back')).toEqual(['done']);
  expect(
    await resolve([ids[1] ?? '', randomUUID(), ids[0] ?? '', ids[2] ?? ''], 'put-back'),
  ).toEqual(
    // What was put back is a new copy: the old one is no more.
    ['done', 'not-found', 'not-found', 'done'],
  );
  expect(await count()).toBe(0);
  await runJobs(stack);
  expect(await titlesThere()).toEqual(expect.arrayContaining(names));
});

test('[U14] a choice that a copy does not have is refused for that copy, and the number is bounded', async () => {
  await addDetached([`kept ${randomUUID()}`]);
  const [asked] = (await decisions()).copies;
  const id = asked?.copy_id ?? '';
  for (const choice of choices.filter((one) => !['put-back', 'delete'].includes(one))) {
    expect(await resolve([id], choice)).toEqual(['not-open']);
  }
  const many = Array.from({ length: 101 }, () => randomUUID());
  const send = (copy_ids: string[], choice = 'keep') =>
    owner.client.sendRaw('POST', '/api/decisions/resolve', { choice, copy_ids });
  expect((await send(many)).status).toBe(400);
  expect((await send([])).status).toBe(400);
  expect((await send([id, id])).status).toBe(400);
  expect((await send([id], 'burn')).status).toBe(400);
  expect(await count()).toBe(1);
});

test('[U13] deletions that wait are one decision, which says on which side the events are gone', async () => {
  const lead = await addLead(owner);
  for (let index = 0; index < 12; index++) {
    await addActivity(owner, { lead_id: lead, title: `Meeting ${index}` });
  }
  await runJobs(stack);
  const { activities } = await owner.client.get<{ activities: Activity[] }>(
    `/api/activities?lead_id=${lead}`,
  );
  const there = personAt(stack, 'google', accounts.google);
  for (const { google_event_id } of activities) await there.remove(google_event_id ?? '');
  await owner.client.send('POST', '/api/calendar/sync', {});
  await runJobs(stack);

  const list = await decisions();
  expect(list).toMatchObject({
    count: 1,
    copies: [],
    brakes: [
      {
        provider: 'google',
        account: accounts.google,
        gone_there_count: 12,
        gone_here_count: 0,
        brake: { count: 12, decision: null },
      },
    ],
  });
  expect(list.brakes[0]?.titles).toHaveLength(5);
  expect((await decisions(colleague)).count).toBe(0);
  const { connection_id, calendar_id } = list.brakes[0] ?? {};
  await owner.client.send(
    'POST',
    `/api/calendar/connections/${connection_id}/calendars/${calendar_id}/brake`,
    { choice: 'keep' },
  );
  expect(await count()).toBe(0);
});

const audit = async (person = owner, cursor?: string) =>
  person.client.get<AuditList>(`/api/admin/audit${cursor ? `?cursor=${cursor}` : ''}`);

test('[U16] the company’s record tells admins who did what, and nothing of what is in a calendar', async () => {
  const { integrations = [] } = await owner.client.get<ConnectReply>(
    '/api/calendar/connect?action=list',
  );
  const id = integrations[0]?.id ?? '';
  const path = `/api/calendar/connections/${id}/calendars`;
  const { calendars } = await owner.client.get<CalendarList>(path);
  const target = calendars.find(({ is_write_target }) => is_write_target);
  const calendarName = `Calendar ${randomUUID()}`;
  const title = `Secret ${randomUUID()}`;
  const event = await addActivity(owner, { title });
  await runJobs(stack);
  await owner.client.send('PATCH', `/api/activities/${event.id}`, { version: 1, title: 'Other' });
  const { entries: changes } = await owner.client.get<History>(
    `/api/activities/${event.id}/history`,
  );
  await owner.client.send('POST', `/api/activities/${event.id}/history/${changes[0]?.id}/undo`);
  await owner.client.send('PATCH', `${path}/${target?.id}`, { is_write_target: false });
  await owner.client.send('PATCH', `${path}/${target?.id}`, { direction: 'in' });
  await owner.client.send('PUT', '/api/admin/policies', {
    import_days_back: 30,
    import_days_ahead: 400,
    ingest: 'all',
  });
  await owner.client.send('POST', '/api/calendar/connect', {
    action: 'disconnect',
    integration_id: id,
  });
  await stack.connect(owner, 'google', accounts.google);
  await query(stack, 'update calendars set name = $2 where id = $1', [target?.id, calendarName]);

  const { entries, next_cursor } = await audit();
  expect(next_cursor).toBeNull();
  expect(entries.map(({ action }) => action).reverse()).toEqual([
    'connected',
    'started',
    'change-undone',
    'write-target-changed',
    'direction-changed',
    'policies-changed',
    'disconnected',
    'reconnected',
  ]);
  const of = (action: string) => entries.find((one) => one.action === action);
  expect(of('connected')).toMatchObject({
    user: { id: owner.userId, name: 'Anna Berg' },
    account: accounts.google,
    provider: 'google',
  });
  expect(of('direction-changed')).toMatchObject({
    changes: [{ what: 'direction', from: 'both', to: 'in' }],
    calendar: { name: calendarName, is_primary: true },
  });
  expect(of('connected')?.calendar).toBeNull();
  expect(of('policies-changed')?.changes).toEqual([{ what: 'import_days_back', from: 90, to: 30 }]);
  expect(of('disconnected')?.choice).toBe('copies-kept');
  expect(JSON.stringify(entries)).not.toContain(title);
  // Other admins are told which of the account's calendars it was, and not its name.
  const admin = await stack.addPerson({ tenantId: owner.tenantId, role: 'admin' });
  const { entries: told } = await audit(admin);
  expect(told.find((one) => one.action === 'direction-changed')?.calendar).toEqual({
    name: null,
    is_primary: true,
  });
  expect(JSON.stringify(told)).not.toContain(calendarName);

  const answer = await colleague.client.fetch('/api/admin/audit');
  expect(answer.status).toBe(403);
  const stranger = await stack.addPerson({ role: 'admin' });
  expect((await audit(stranger)).entries).toEqual([]);
});

test('[U16] the record is only ever added to, and is read in pages', async () => {
  await query(
    stack,
    `insert into audit_entries (tenant_id, id, at, user_id, action)
     select $1, gen_random_uuid(), date_trunc('second', now()) - make_interval(secs => n / 3), $2, 'started'
     from generate_series(1, 118) n`,
    [owner.tenantId, owner.userId],
  );
  const ids: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  for (; pages < 10; pages++) {
    const page = await audit(owner, cursor);
    ids.push(...page.entries.map(({ id }) => id));
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  expect([pages, ids.length, new Set(ids).size]).toEqual([2, 120, 120]);
  const write = (sql: string) =>
    stack.context.store.app.executeQuery({ sql, parameters: [] } as never).then(
      () => 'written',
      (error: { code?: string }) => error.code,
    );
  expect(await write('delete from audit_entries')).toBe('42501');
  expect(await write("update audit_entries set action = 'connected'")).toBe('42501');
});

test('[U15] what becomes of copies on a disconnect is the company’s rule, unless the person says otherwise', async () => {
  const disconnect = async (body: object = {}) => {
    const { integrations = [], disconnect_copies } = await owner.client.get<ConnectReply>(
      '/api/calendar/connect?action=list',
    );
    await owner.client.send('POST', '/api/calendar/connect', {
      action: 'disconnect',
      integration_id: integrations[0]?.id,
      ...body,
    });
    return disconnect_copies;
  };
  const plan = async () => {
    const { title } = await addActivity(owner, { title: `Copy ${randomUUID()}` });
    await runJobs(stack);
    return title;
  };
  const kept = await plan();
  expect(await disconnect()).toBe('keep');
  expect(await titlesThere()).toContain(kept);

  const policies = { import_days_back: 90, import_days_ahead: 400, ingest: 'all' };
  const rule = (disconnect_copies?: string) =>
    owner.client.send('PUT', '/api/admin/policies', { ...policies, disconnect_copies });
  expect(await rule('delete')).toMatchObject({ disconnect_copies: 'delete' });
  expect(await rule()).toMatchObject({ disconnect_copies: 'delete' });
  await stack.connect(owner, 'google', accounts.google);
  const gone = await plan();
  expect(await disconnect()).toBe('delete');
  expect(await titlesThere()).not.toContain(gone);

  await stack.connect(owner, 'google', accounts.google);
  const asked = await plan();
  await disconnect({ delete_copies: false });
  expect(await titlesThere()).toContain(asked);
});
