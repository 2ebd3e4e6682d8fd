import { randomUUID } from 'node:crypto';
import { Client as Database } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activity, ActivityList } from '../../../src/api/schemas/activities.ts';
import type { Lead } from '../../../src/api/schemas/leads.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let owner: Person;
let colleague: Person;
let lead: Lead;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  const tenantId = await stack.addTenant();
  owner = await stack.addPerson({ tenantId, name: 'Anna Berg' });
  colleague = await stack.addPerson({ tenantId, name: 'Ben Okafor' });
  lead = await addLead();
});

afterAll(() => stack.stop());

const addLead = () => owner.client.send<Lead>('POST', '/api/leads', { name: 'Carla Fontaine' });
const timed = {
  start: '2030-05-06T09:00',
  end: '2030-05-06T10:30',
  time_zone: 'Europe/Berlin',
};
const plan = (members: object = {}, person = owner) =>
  person.client.send<Activity>('POST', '/api/activities', {
    lead_id: lead.id,
    title: 'Lunch',
    ...timed,
    ...members,
  });
const read = (id: string, person = owner) => person.client.get<Activity>(`/api/activities/${id}`);
const list = async (query: string, person = owner) =>
  (await person.client.get<ActivityList>(`/api/activities?${query}`)).activities;
const refusal = async (method: string, path: string, body: object, person = owner) => {
  const answer = await person.client.sendRaw(method, path, body);
  const { code, pointer } = (await answer.json()) as { code: string; pointer?: string };
  return [answer.status, code, pointer];
};

test('a timed activity is given back as it was written, with its instants', async () => {
  const created = await plan({ location: 'Café', description: 'Two\nlines', show_as: 'free' });
  expect(created).toMatchObject({
    lead_id: lead.id,
    owner: { id: owner.userId, name: 'Anna Berg' },
    title: 'Lunch',
    location: 'Café',
    description: 'Two\nlines',
    is_all_day: false,
    start: '2030-05-06T09:00:00',
    end: '2030-05-06T10:30:00',
    time_zone: 'Europe/Berlin',
    starts_at: '2030-05-06T07:00:00.000Z',
    ends_at: '2030-05-06T08:30:00.000Z',
    show_as: 'free',
    visibility: 'default',
    status: 'confirmed',
    can_edit: true,
    is_hidden: false,
    version: 1,
    copies: [],
  });
  expect(await read(created.id)).toEqual(created);
});

test('an all-day activity has dates, no zone, and ends before its end date', async () => {
  const created = await plan({ start: '2030-05-06', end: '2030-05-08', time_zone: undefined });
  expect(created).toMatchObject({
    is_all_day: true,
    start: '2030-05-06',
    end: '2030-05-08',
    time_zone: null,
    starts_at: '2030-05-06T00:00:00.000Z',
  });
});

test('a zone keeps the spelling that it was given', async () => {
  for (const time_zone of ['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'UTC']) {
    expect((await plan({ time_zone })).time_zone).toBe(time_zone);
  }
});

test('what is no time is refused, with the member that is wrong', async () => {
  const post = (members: object) =>
    refusal('POST', '/api/activities', { lead_id: lead.id, title: 'x', ...timed, ...members });
  const wrong = (pointer: string) => [400, 'invalid-request', pointer];
  expect(await post({ start: '2030-02-30T09:00' })).toEqual(wrong('/start'));
  expect(await post({ end: '2030-05-06T08:59' })).toEqual(wrong('/end'));
  expect(await post({ end: '2030-05-07' })).toEqual(wrong('/end'));
  expect(await post({ start: '2030-05-06T09:00Z' })).toEqual(wrong('/start'));
  expect(await post({ time_zone: 'Mars/Olympus' })).toEqual(wrong('/time_zone'));
  expect(await post({ time_zone: undefined })).toEqual(wrong('/time_zone'));
  expect(await post({ title: ' ' })).toEqual(wrong('/title'));
  expect(await post({ title: undefined })).toEqual(wrong('/title'));
  expect(await post({ show_as: 'away' })).toEqual(wrong('/show_as'));
  expect(await post({ title: 'a\0b' })).toEqual(wrong('/title'));
  expect(await post({ title: 5 })).toEqual(wrong('/title'));
  expect(await post({ lead_id: `urn:uuid:${lead.id}` })).toEqual(wrong('/lead_id'));
  expect(await post({ lead_id: randomUUID() })).toEqual([404, 'lead-not-found', '/lead_id']);
});

test('an edit changes what it names, counts the version, and moves start, end and zone as one', async () => {
  const { id } = await plan({ location: 'Here' });
  const path = `/api/activities/${id}`;
  const renamed = await owner.client.send<Activity>('PATCH', path, { version: 1, title: 'Dinner' });
  expect(renamed).toMatchObject({ title: 'Dinner', location: 'Here', version: 2, ...secondsOf });
  const moved = await owner.client.send<Activity>('PATCH', path, {
    version: 2,
    start: '2030-06-01',
    end: '2030-06-02',
  });
  expect(moved).toMatchObject({ is_all_day: true, start: '2030-06-01', time_zone: null });
  const patch = (body: object) => refusal('PATCH', path, body);
  expect(await patch({ version: 3, end: '2030-06-05' })).toEqual([
    400,
    'invalid-request',
    '/start',
  ]);
  expect(await patch({ version: 3, time_zone: 'UTC' })).toEqual([400, 'invalid-request', '/start']);
  expect(await patch({ version: 3 })).toEqual([400, 'invalid-request', '']);
});

const secondsOf = { start: '2030-05-06T09:00:00', end: '2030-05-06T10:30:00' };

test('of two edits of one version the second is refused and changes nothing', async () => {
  const { id } = await plan();
  const path = `/api/activities/${id}`;
  const edits = ['One', 'Two'].map((title) =>
    owner.client.sendRaw('PATCH', path, { version: 1, title }),
  );
  const statuses = (await Promise.all(edits)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([200, 409]);
  expect((await read(id)).version).toBe(2);
  expect(await refusal('PATCH', path, { version: 1, title: 'Three' })).toEqual([
    409,
    'activity-changed-meanwhile',
    '/version',
  ]);
});

test('a deleted activity is gone from everywhere, and deleting it again says so', async () => {
  const { id } = await plan();
  const path = `/api/activities/${id}`;
  expect((await owner.client.sendRaw('DELETE', path)).status).toBe(204);
  expect((await owner.client.sendRaw('DELETE', path)).status).toBe(404);
  expect((await owner.client.fetch(path)).status).toBe(404);
  expect(await refusal('PATCH', path, { version: 2, title: 'x' })).toEqual([
    404,
    'activity-not-found',
    undefined,
  ]);
  expect((await list(`lead_id=${lead.id}`)).map((one) => one.id)).not.toContain(id);
});

test('the list is by start and holds what lies in part between from and to', async () => {
  const { id: lead_id } = await addLead();
  const titles = async (query: string) =>
    (await list(`lead_id=${lead_id}&${query}`)).map(({ title }) => title);
  await plan({ lead_id, title: 'Second', start: '2031-01-02T10:00', end: '2031-01-02T12:00' });
  await plan({
    lead_id,
    title: 'First',
    start: '2031-01-01',
    end: '2031-01-03',
    time_zone: undefined,
  });
  expect(await titles('')).toEqual(['First', 'Second']);
  expect(await titles('from=2031-01-02T10:30:00Z&to=2031-01-02T10:45:00Z')).toEqual([
    'First',
    'Second',
  ]);
  expect(await titles('from=2031-01-02T11:00:01Z')).toEqual(['First']);
  expect(await titles('to=2031-01-02T09:00:00Z')).toEqual(['First']);
  expect(await titles('from=2031-01-03T00:00:01%2B00:00')).toEqual([]);
});

test('of more than 500 the list holds the latest, and says that there are earlier ones', async () => {
  const busy = await stack.addPerson();
  const { id: lead_id } = await busy.client.send<Lead>('POST', '/api/leads', {
    name: 'Much to do',
  });
  const first = await plan({ lead_id, title: 'First of 501' }, busy);
  const database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  // A row is copied with its times moved on: 500 requests would only take longer.
  await database.query(
    `insert into calendar_events select (jsonb_populate_record(e, jsonb_build_object(
       'id', gen_random_uuid(), 'starts_at', e.starts_at + day * interval '1 day',
       'ends_at', e.ends_at + day * interval '1 day'))).*
     from calendar_events e, generate_series(1, 500) day where e.id = $1`,
    [first.id],
  );
  await database.end();
  const { activities, has_earlier } = await busy.client.get<ActivityList>(
    `/api/activities?lead_id=${lead_id}`,
  );
  expect([activities.length, has_earlier]).toEqual([500, true]);
  expect(activities.map(({ id }) => id)).not.toContain(first.id);
  const starts = activities.map(({ starts_at }) => starts_at);
  expect(starts).toEqual([...starts].sort());
  const earlier = await list(`lead_id=${lead_id}&to=${activities[0]?.starts_at}`, busy);
  expect(earlier.map(({ id }) => id)).toEqual([first.id]);
});

test('a colleague sees an ordinary activity and cannot change it', async () => {
  const { id } = await plan();
  expect(await read(id, colleague)).toMatchObject({ title: 'Lunch', can_edit: false, copies: [] });
  const path = `/api/activities/${id}`;
  const answer = await refusal('PATCH', path, { version: 1, title: 'Mine' }, colleague);
  expect(answer).toEqual([403, 'not-your-activity', undefined]);
  expect((await colleague.client.sendRaw('DELETE', path)).status).toBe(403);
  expect((await read(id)).title).toBe('Lunch');
});

test.each(['private', 'confidential'])(
  '[attack 28] of a %s activity a colleague learns when its owner is busy, and nothing else',
  async (visibility) => {
    const { id: lead_id } = await addLead();
    const words = ['canary title', 'canary place', 'canary notes'];
    const [title, location, description] = words;
    const { id } = await plan({ lead_id, title, location, description, visibility });
    const busy = {
      id,
      title: 'Busy',
      location: '',
      description: '',
      lead_id: null,
      is_hidden: true,
      can_edit: false,
      google_event_id: null,
      outlook_event_id: null,
      copies: [],
    };
    expect(await read(id, colleague)).toMatchObject(busy);
    expect((await list('', colleague)).find((one) => one.id === id)).toMatchObject(busy);
    expect(await list(`lead_id=${lead_id}`, colleague)).toEqual([]);
    const seenLead = await colleague.client.get<Lead>(`/api/leads/${lead_id}`);
    expect(seenLead.next_event_at).toBeNull();
    const paths = ['/api/activities', `/api/activities/${id}`, `/api/leads/${lead_id}`];
    for (const path of [...paths, '/api/leads?q=canary']) {
      const text = await (await colleague.client.fetch(path)).text();
      for (const word of words) expect(text).not.toContain(word);
    }
    const edit = { version: 1, title: 'x' };
    const answer = await refusal('PATCH', `/api/activities/${id}`, edit, colleague);
    expect(answer).toEqual([403, 'not-your-activity', undefined]);
    expect(await read(id)).toMatchObject({ title, location, lead_id, is_hidden: false });
    expect((await owner.client.get<Lead>(`/api/leads/${lead_id}`)).next_event_at).not.toBeNull();
  },
);

test('[attack 28] copies and their accounts are told to the owner alone', async () => {
  const { id } = await plan();
  const database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  await database.query(
    `with i as (insert into calendar_integrations (tenant_id, id, user_id, provider, account_id,
        email, state, state_since, created_at, updated_at)
      values ($1, gen_random_uuid(), $2, 'OUTLOOK', 'a', 'canary@account.example', 'active', now(),
        now(), now()) returning id),
    c as (insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary,
        can_write, created_at)
      select $1, gen_random_uuid(), i.id, 'c', 'Canary calendar', true, true, now() from i
      returning id, connection_id)
    insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, state,
        state_reason, state_since, created_at)
      select $1, gen_random_uuid(), $3, c.connection_id, c.id, 'retrying', 'Canary reason', now(),
        now() from c`,
    [owner.tenantId, owner.userId, id],
  );
  await database.end();
  expect((await read(id)).copies).toMatchObject([
    {
      provider: 'outlook',
      account: 'canary@account.example',
      calendar: 'Canary calendar',
      state: 'retrying',
      reason: 'Canary reason',
      external_id: null,
    },
  ]);
  expect((await list(`lead_id=${lead.id}`)).find((one) => one.id === id)?.copies).toHaveLength(1);
  for (const path of [`/api/activities/${id}`, '/api/activities']) {
    expect(await (await colleague.client.fetch(path)).text()).not.toMatch(/canary/i);
  }
});

test('[attack 29] members that nobody may set are refused, not taken and not dropped', async () => {
  const stranger = await stack.addPerson();
  const extras = {
    tenant_id: stranger.tenantId,
    tenantId: stranger.tenantId,
    owner_id: colleague.userId,
    ownerId: colleague.userId,
    user_id: colleague.userId,
    id: randomUUID(),
    google_event_id: 'taken',
    external_id: 'taken',
    status: 'cancelled',
    deleted_at: null,
    role: 'admin',
    copies: [],
  };
  const { id } = await plan();
  const { email, password } = stranger;
  for (const [name, value] of Object.entries(extras)) {
    const extra = { [name]: value };
    const refused = [400, 'invalid-request', `/${name}`];
    const activity = { lead_id: lead.id, title: 'x', ...timed, ...extra };
    expect(await refusal('POST', '/api/activities', activity)).toEqual(refused);
    const edit = { version: 1, title: 'x', ...extra };
    expect(await refusal('PATCH', `/api/activities/${id}`, edit)).toEqual(refused);
    expect(await refusal('POST', '/api/leads', { name: 'x', ...extra })).toEqual(refused);
    expect(await refusal('POST', '/api/session', { email, password, ...extra })).toEqual(refused);
  }
  expect(await read(id)).toMatchObject({ version: 1, title: 'Lunch', owner: { id: owner.userId } });
});

test('[attack 35] markup and script are text: as sent, as JSON, under a policy without scripts', async () => {
  const nasty = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    '<svg/onload=alert(1)>',
    '{{constructor.constructor("alert(1)")()}}',
    '\u202Egnp.exe \u2028 end',
  ];
  for (const text of nasty) {
    const { id } = await plan({ title: text, description: text, location: text });
    const answer = await owner.client.fetch(`/api/activities/${id}`);
    expect(await answer.clone().json()).toMatchObject({
      title: text,
      description: text,
      location: text,
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
  }
});

test('a series on the list of a lead says where it is nearest: next, else last, and never at what is left out', async () => {
  const { id: leadId } = await addLead();
  const of = async (title: string) =>
    (await list(`lead_id=${leadId}`)).find((activity) => activity.title === title)?.nearest;
  const start = new Date(Date.now() - 10 * 24 * 60 * 60_000).toISOString().slice(0, 10);
  const on = (days: number) =>
    new Date(Date.parse(start) + days * 24 * 60 * 60_000).toISOString().slice(0, 10);
  const at = { start: `${start}T00:00`, end: `${start}T00:30`, time_zone: 'UTC' };
  const weekly = { lead_id: leadId, ...at, title: 'Weekly' };
  const { id, version } = await plan({ ...weekly, recurrence: { rules: ['FREQ=WEEKLY'] } });
  await plan({ ...weekly, title: 'Over', recurrence: { rules: ['FREQ=DAILY;COUNT=3'] } });
  await plan({ ...weekly, title: 'Once' });
  expect(await of('Weekly')).toMatchObject({
    start: `${on(14)}T00:00:00`,
    original_start: `${on(14)}T00:00:00`,
    starts_at: `${on(14)}T00:00:00.000Z`,
  });
  expect(await of('Over')).toMatchObject({ start: `${on(2)}T00:00:00` });
  expect(await of('Once')).toBeNull();
  const path = `/api/activities/${id}/occurrences`;
  await owner.client.send('DELETE', `${path}/${on(14)}T00:00:00`);
  await owner.client.send('PATCH', `${path}/${on(21)}T00:00:00`, {
    scope: 'this',
    version,
    title: 'Otherwise',
  });
  expect(await of('Weekly')).toMatchObject({ start: `${on(28)}T00:00:00` });
});
