import { randomUUID } from 'node:crypto';
import { Client as Database } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import type { Busy, CalendarEvents, Colleagues } from '../../../src/api/schemas/calendar-events.ts';
import { addLead } from '../../support/activities.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let database: Database;
let owner: Person;
let colleague: Person;
let stranger: Person;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  const tenantId = await stack.addTenant();
  owner = await stack.addPerson({ tenantId, name: 'Anna Berg' });
  colleague = await stack.addPerson({ tenantId, name: 'Ben Okafor' });
  stranger = await stack.addPerson({ name: 'Mallory Stone' });
});
afterAll(async () => {
  await database?.end();
  await stack?.stop();
});

/** A person of the owner's company with nothing planned. */
const newcomer = () => stack.addPerson({ tenantId: owner.tenantId, name: 'Cleo Adler' });

async function plan(person: Person, members: object = {}): Promise<Activity> {
  return person.client.send<Activity>('POST', '/api/activities', {
    lead_id: await addLead(person),
    title: 'Lunch',
    start: '2030-05-06T09:00',
    end: '2030-05-06T10:30',
    time_zone: 'Europe/Berlin',
    ...members,
  });
}

const may = { from: '2030-05-01T00:00:00Z', to: '2030-06-01T00:00:00Z' };
const query = (window: { from: string; to: string }) => String(new URLSearchParams(window));
const look = (person: Person, window = may) =>
  person.client.get<CalendarEvents>(`/api/calendar/events?${query(window)}`);
const busyTimes = (person: Person, whose: Person, window = may) =>
  person.client.get<Busy>(`/api/colleagues/${whose.userId}/busy?${query(window)}`);

/** Rows as an import leaves them: without a lead, in one calendar. */
async function connectCalendar(person: Person, name: string): Promise<[string, string]> {
  const [connectionId, calendarId] = [randomUUID(), randomUUID()];
  await database.query(
    `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email, state,
      state_since, first_sync_at, created_at, updated_at)
     values ($1, $2, $3, 'GOOGLE', $4, $5, 'active', now(), now(), now(), now())`,
    [person.tenantId, connectionId, person.userId, randomUUID(), `${name}@example.com`],
  );
  await database.query(
    `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
      direction, is_write_target, created_at)
     values ($1, $2::uuid, $3, $2::text, $4, true, true, 'both', false, now())`,
    [person.tenantId, calendarId, connectionId, name],
  );
  return [connectionId, calendarId];
}

const link = (person: Person, eventId: string, ids: [string, string], columns: object = {}) => {
  const row = {
    tenant_id: person.tenantId,
    id: randomUUID(),
    event_id: eventId,
    connection_id: ids[0],
    calendar_id: ids[1],
    external_id: randomUUID(),
    state: 'synced',
    state_since: new Date(),
    created_at: new Date(),
    ...columns,
  };
  const names = Object.keys(row);
  return database.query(
    `insert into event_links (${names.join()}) values (${names.map((_, at) => `$${at + 1}`).join()})`,
    Object.values(row),
  );
};

test('[V1] one’s own events of a window are listed by start, series as their occurrences', async () => {
  const person = await newcomer();
  await plan(person, { title: 'Before', start: '2030-04-30T09:00', end: '2030-05-01T02:00' });
  await plan(person, { title: 'After', start: '2030-06-01T02:00', end: '2030-06-01T03:00' });
  await plan(person, {
    title: 'Over midnight',
    start: '2030-04-30T09:00',
    end: '2030-05-01T09:00',
  });
  const lead_id = await addLead(person);
  const series = await plan(person, {
    title: 'Weekly',
    lead_id,
    start: '2030-05-07T09:00',
    end: '2030-05-07T10:00',
    recurrence: { rules: ['FREQ=WEEKLY;COUNT=8'] },
  });
  await person.client.send(
    'PATCH',
    `/api/activities/${series.id}/occurrences/2030-05-14T09:00:00`,
    {
      version: 1,
      scope: 'this',
      title: 'Moved',
      start: '2030-05-15T11:00',
      end: '2030-05-15T12:00',
      time_zone: 'Europe/Berlin',
    },
  );
  await person.client.send(
    'DELETE',
    `/api/activities/${series.id}/occurrences/2030-05-21T09:00:00`,
  );
  const gone = await plan(person, { title: 'Deleted' });
  await person.client.send('DELETE', `/api/activities/${gone.id}`);
  const { events, cut_at } = await look(person);
  expect(events.map(({ title, start }) => `${start} ${title}`)).toEqual([
    '2030-04-30T09:00:00 Over midnight',
    '2030-05-07T09:00:00 Weekly',
    '2030-05-15T11:00:00 Moved',
    '2030-05-28T09:00:00 Weekly',
  ]);
  expect(cut_at).toBeNull();
  expect(events[1]).toMatchObject({
    id: series.id,
    series_id: series.id,
    original_start: '2030-05-07T09:00:00',
    is_exception: false,
    lead: { id: lead_id, name: 'Carla' },
    starts_at: '2030-05-07T07:00:00.000Z',
    calendar_ids: [],
    can_edit: true,
  });
  expect(events[2]).toMatchObject({
    series_id: series.id,
    original_start: '2030-05-14T09:00:00',
    is_exception: true,
  });
});

test('[V1] an event says in which calendars it is, and whether it waits for a person', async () => {
  const person = await newcomer();
  const work = await connectCalendar(person, 'Work');
  const home = await connectCalendar(person, 'Home');
  const event = await plan(person);
  const other = await plan(person, {
    title: 'Trip',
    start: '2030-05-07',
    end: '2030-05-09',
    time_zone: undefined,
  });
  await link(person, event.id, work);
  await link(person, event.id, home, { state: 'refused' });
  await link(person, other.id, home, { state: 'closed' });
  // As imported: without a lead.
  await database.query('update calendar_events set lead_id = null where id = $1', [event.id]);
  const { events, calendars } = await look(person);
  expect(calendars.map(({ name, account, provider }) => [name, account, provider])).toEqual([
    ['Work', 'Work@example.com', 'google'],
    ['Home', 'Home@example.com', 'google'],
  ]);
  expect(events[0]).toMatchObject({ title: 'Lunch', lead: null, has_problem: true });
  expect(events[0]?.calendar_ids.toSorted()).toEqual([work[1], home[1]].toSorted());
  expect(events[1]).toMatchObject({ title: 'Trip', calendar_ids: [], has_problem: false });
});

test('[V1] a meeting of somebody else’s says that it is not changed here, and if one declined', async () => {
  const person = await newcomer();
  const ids = await connectCalendar(person, 'Work');
  const event = await plan(person);
  const foreign = { origin: 'remote', can_edit: false, organizer: 'eve@example.com' };
  await link(person, event.id, ids, { ...foreign, own_answer: 'declined' });
  expect((await look(person)).events).toMatchObject([{ can_edit: false, is_declined: true }]);
  expect((await busyTimes(owner, person)).busy).toEqual([]);
});

test('[V1] of more than 5,000 events the first are there, and it says from when on they are not', async () => {
  const person = await newcomer();
  await plan(person, {
    title: 'Often',
    start: '2030-05-01T00:00',
    end: '2030-05-01T00:01',
    recurrence: { rules: ['FREQ=MINUTELY;INTERVAL=2'] },
  });
  await plan(person, { title: 'Early', start: '2030-05-02T00:01', end: '2030-05-02T00:02' });
  await plan(person, { title: 'Late', start: '2030-05-30T00:01', end: '2030-05-30T00:02' });
  const { events, cut_at } = await look(person);
  expect(events).toHaveLength(5_000);
  expect(events.filter(({ title }) => title !== 'Often').map(({ title }) => title)).toEqual([
    'Early',
  ]);
  const last = events.at(-1);
  expect(Date.parse(cut_at ?? '')).toBe(Date.parse(last?.starts_at ?? '') + 120_000);
});

test('[V1] so many events of their own are cut as well', async () => {
  const person = await newcomer();
  const { id } = await plan(person);
  await database.query(
    `insert into calendar_events (tenant_id, id, owner_id, title, is_all_day, start_local, end_local,
       time_zone, starts_at, ends_at, description, location, visibility, show_as, status, version,
       created_at, updated_at)
     select tenant_id, gen_random_uuid(), owner_id, 'One of many', is_all_day, start_local, end_local,
       time_zone, starts_at + n * interval '1 minute', ends_at + n * interval '1 minute', description,
       location, visibility, show_as, status, 1, now(), now()
     from calendar_events, generate_series(1, 6000) n where id = $1`,
    [id],
  );
  const { events, cut_at } = await look(person);
  expect(events).toHaveLength(5_000);
  expect(cut_at).toBe('2030-05-09T18:20:00.000Z');
});

test.each([
  ['from=2030-05-01T00:00:00Z&to=2030-04-01T00:00:00Z', '/to'],
  ['from=2030-05-01T00:00:00Z&to=2030-09-01T00:00:00Z', '/to'],
  ['from=2030-05-01T00:00:60Z&to=2030-06-01T00:00:00Z', '/from'],
])('[V1] a window is at most 100 days: %s is refused', async (window, pointer) => {
  for (const path of ['/api/calendar/events', `/api/colleagues/${colleague.userId}/busy`]) {
    const answer = await owner.client.sendRaw('GET', `${path}?${window}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid-request', pointer });
  }
});

test('[V2] of a colleague’s events only the times are told, and what overlaps is one', async () => {
  const person = await newcomer();
  for (const visibility of ['default', 'private']) {
    await plan(person, {
      title: 'canary title',
      location: 'canary place',
      description: 'canary notes',
      attendees: [{ email: 'canary@example.com' }],
      visibility,
      start: visibility === 'private' ? '2030-05-06T10:00' : '2030-05-06T09:00',
      end: visibility === 'private' ? '2030-05-06T11:00' : '2030-05-06T10:30',
    });
  }
  const recurrence = { rules: ['FREQ=WEEKLY;COUNT=2'] };
  await plan(person, {
    title: 'canary',
    start: '2030-05-07',
    end: '2030-05-08',
    time_zone: undefined,
    recurrence,
  });
  await plan(person, {
    title: 'canary',
    show_as: 'free',
    start: '2030-05-09T09:00',
    end: '2030-05-09T10:00',
  });
  await plan(person, {
    title: 'canary',
    show_as: 'working-elsewhere',
    start: '2030-05-10T09:00',
    end: '2030-05-10T10:00',
  });
  const path = `/api/colleagues/${person.userId}/busy?${query(may)}`;
  const text = await (await colleague.client.fetch(path)).text();
  expect(text).not.toMatch(/canary/i);
  expect(JSON.parse(text)).toEqual({
    busy: [
      { is_all_day: true, start: '2030-05-07', end: '2030-05-08' },
      { is_all_day: true, start: '2030-05-14', end: '2030-05-15' },
      { is_all_day: false, start: '2030-05-06T07:00:00.000Z', end: '2030-05-06T09:00:00.000Z' },
    ],
    cut_at: null,
  });
});

test('[V2] nobody else’s events are among one’s own, and no other company’s people are colleagues', async () => {
  const event = await plan(owner, { title: 'canary of the owner' });
  expect((await look(owner)).events.map(({ id }) => id)).toContain(event.id);
  for (const person of [colleague, stranger]) {
    expect((await look(person)).events.map(({ id }) => id)).not.toContain(event.id);
  }
  const names = async (person: Person) =>
    (await person.client.get<Colleagues>('/api/colleagues')).colleagues.map(({ name }) => name);
  expect(await names(owner)).toContain('Ben Okafor');
  expect(await names(owner)).not.toContain('Anna Berg');
  expect(await names(owner)).not.toContain('Mallory Stone');
  expect(await names(stranger)).toEqual([]);
  const path = `/api/colleagues/${owner.userId}/busy?${query(may)}`;
  const answer = await stranger.client.sendRaw('GET', path);
  expect([answer.status, await answer.json()]).toMatchObject([
    404,
    { code: 'colleague-not-found' },
  ]);
});
