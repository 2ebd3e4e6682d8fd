import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lead, LeadList } from '../../../src/api/schemas/leads.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
});

afterAll(() => stack.stop());

const add = (person: Person, lead: object) => person.client.send<Lead>('POST', '/api/leads', lead);
const names = async (person: Person, q: string) => {
  const found = await person.client.get<LeadList>(`/api/leads?q=${encodeURIComponent(q)}`);
  return found.leads.map(({ name }) => name);
};

async function addMany(person: Person, count: number): Promise<string[]> {
  const made = Array.from({ length: count }, (_, n) => `${n % 2 ? 'lead' : 'LEAD'} ${1000 + n}`);
  for (const name of made) await add(person, { name });
  return made;
}

test('a lead is added as its maker’s and read back', async () => {
  const person = await stack.addPerson({ name: 'Anna Berg' });
  const lead = await add(person, { name: ' Carla ', company: 'Fils', email: 'c@fils.example' });
  expect(lead).toMatchObject({
    name: 'Carla',
    company: 'Fils',
    email: 'c@fils.example',
    phone: '',
    owner: { id: person.userId, name: 'Anna Berg' },
    next_event_at: null,
  });
  expect(await person.client.get(`/api/leads/${lead.id}`)).toEqual(lead);
});

test('an address that is none is refused with what one looks like', async () => {
  const person = await stack.addPerson();
  await expect(add(person, { name: 'Carla', email: 'carla@fils..example' })).rejects.toThrow(
    'Write a whole e-mail address, such as anna@example.com.',
  );
});

test('the next event of a lead is the earliest that is still to come', async () => {
  const person = await stack.addPerson();
  const { id } = await add(person, { name: 'Lead' });
  for (const year of ['2031', '2020', '2030']) {
    await person.client.send('POST', '/api/activities', {
      lead_id: id,
      title: year,
      start: `${year}-01-01`,
      end: `${year}-01-02`,
    });
  }
  const { leads } = await person.client.get<LeadList>('/api/leads');
  expect(leads[0]?.next_event_at).toBe('2030-01-01T00:00:00.000Z');
});

test('the next event of a lead may be one of a series, and what is cancelled of it or private is not told', async () => {
  const person = await stack.addPerson();
  const colleague = await stack.addPerson({ tenantId: person.tenantId });
  const { id } = await add(person, { name: 'Lead' });
  const dayAt = (days: number) =>
    new Date(Date.now() + days * 24 * 60 * 60_000).toISOString().slice(0, 10);
  const next = async (reader = person) => [
    (await reader.client.get<LeadList>('/api/leads')).leads[0]?.next_event_at?.slice(0, 10),
    (await reader.client.get<Lead>(`/api/leads/${id}`)).next_event_at?.slice(0, 10),
  ];
  const plan = (start: number, more: object) =>
    person.client.send<{ id: string }>('POST', '/api/activities', {
      lead_id: id,
      title: 'Event',
      start: dayAt(start),
      end: dayAt(start + 1),
      ...more,
    });
  await plan(40, {});
  const series = await plan(-28, { recurrence: { rules: ['FREQ=WEEKLY'] } });
  expect(await next()).toEqual([dayAt(7), dayAt(7)]);
  await person.client.send('DELETE', `/api/activities/${series.id}/occurrences/${dayAt(7)}`);
  expect(await next()).toEqual([dayAt(14), dayAt(14)]);
  await plan(-30, { recurrence: { rules: ['FREQ=DAILY'] }, visibility: 'private' });
  expect(await next()).toEqual([dayAt(1), dayAt(1)]);
  expect(await next(colleague)).toEqual([dayAt(14), dayAt(14)]);
  await plan(-30, { recurrence: { rules: ['FREQ=DAILY;COUNT=3'] } });
  expect(await next(colleague)).toEqual([dayAt(14), dayAt(14)]);
});

test('the next event of a lead may be of a series that has begun', async () => {
  const person = await stack.addPerson();
  const { id } = await add(person, { name: 'Lead' });
  const plan = (body: object) =>
    person.client.send<{ id: string }>('POST', '/api/activities', {
      lead_id: id,
      title: 'Visit',
      start: '2020-01-07T09:00',
      end: '2020-01-07T10:00',
      time_zone: 'UTC',
      ...body,
    });
  await plan({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=3'] } });
  await plan({ start: '2040-01-01T09:00', end: '2040-01-01T10:00' });
  const nextEvents = async () => {
    const { leads } = await person.client.get<LeadList>('/api/leads');
    const lead = await person.client.get<Lead>(`/api/leads/${id}`);
    expect(leads[0]?.next_event_at).toBe(lead.next_event_at);
    return lead.next_event_at;
  };
  expect(await nextEvents()).toBe('2040-01-01T09:00:00.000Z');
  const running = await plan({ recurrence: { rules: ['FREQ=DAILY;BYMONTH=6;BYMONTHDAY=1'] } });
  const now = new Date();
  const year =
    now.getUTCFullYear() + Number(now >= new Date(`${now.getUTCFullYear()}-06-01T09:00Z`));
  expect(await nextEvents()).toBe(`${year}-06-01T09:00:00.000Z`);
  // One that is cancelled is none.
  await person.client.send(
    'DELETE',
    `/api/activities/${running.id}/occurrences/${year}-06-01T09:00:00`,
  );
  expect(await nextEvents()).toBe(`${year + 1}-06-01T09:00:00.000Z`);
});

test('of more events than a list holds, a series that goes on is not left out for having begun early', async () => {
  const person = await stack.addPerson();
  const { id } = await add(person, { name: 'Lead' });
  const plan = (body: object) =>
    person.client.send('POST', '/api/activities', { lead_id: id, title: 'Visit', ...body });
  await plan({
    title: 'Weekly',
    start: '2020-01-07',
    end: '2020-01-08',
    recurrence: { rules: ['FREQ=WEEKLY'] },
  });
  for (let n = 0; n < 501; n++) {
    const date = new Date(Date.UTC(2022, 0, 1 + n)).toISOString().slice(0, 10);
    await plan({ start: date, end: new Date(Date.UTC(2022, 0, 2 + n)).toISOString().slice(0, 10) });
  }
  const list = async (query: string) => {
    const path = `/api/activities?lead_id=${id}${query}`;
    const { activities, has_earlier } = await person.client.get<{
      activities: { title: string }[];
      has_earlier: boolean;
    }>(path);
    const titles = activities.filter(({ title }) => title === 'Weekly');
    return [activities.length, has_earlier, titles.length];
  };
  expect(await list('')).toEqual([500, true, 1]);
  expect((await list('&from=2023-05-01T00:00:00Z&to=2023-05-29T00:00:00Z'))[2]).toBe(4);
  expect((await list('&from=2021-12-30T00:00:00Z&to=2023-05-29T00:00:00Z'))[2]).toBeGreaterThan(50);
});

test('pages follow one another by name, each lead once, whatever is added meanwhile', async () => {
  const person = await stack.addPerson();
  const made = await addMany(person, 120);
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: LeadList = await person.client.get(`/api/leads?cursor=${cursor}`);
    seen.push(...page.leads.map(({ name }) => name));
    sizes.push(page.leads.length);
    if (sizes.length === 1) await add(person, { name: 'AAA: before the place we are at' });
    cursor = page.next_cursor;
  }
  expect(sizes).toEqual([50, 50, 20]);
  expect(seen).toEqual(made.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
});

test('a search looks into name, company, address and number, in any case', async () => {
  const person = await stack.addPerson();
  await add(person, { name: 'Dmitri', company: 'Aalto Marine' });
  await add(person, { name: 'Esther', email: 'esther@HOSHI.example', phone: '+81 3 555' });
  expect(await names(person, 'aalto')).toEqual(['Dmitri']);
  expect(await names(person, 'Hoshi')).toEqual(['Esther']);
  expect(await names(person, '+81 3')).toEqual(['Esther']);
  expect(await names(person, 'mit')).toEqual(['Dmitri']);
  expect(await names(person, 'nobody')).toEqual([]);
});

test('[attack 34] what is searched for and what is stored is text, not SQL and not a pattern', async () => {
  const person = await stack.addPerson();
  const nasty = [
    `'; drop table leads; --`,
    `" or 1=1 --`,
    `100% sure`,
    `a_b`,
    `back\\slash`,
    `$1 ::text`,
    `$.** ? (@ == 1)`,
    `{"$ne": null}`,
    `%' union select token from auth.session --`,
  ];
  await add(person, { name: 'plain axb' });
  for (const name of nasty) await add(person, { name, company: name, phone: name.slice(0, 60) });
  for (const name of nasty) expect(await names(person, name)).toEqual([name]);
  expect(await names(person, '%')).toEqual(expect.not.arrayContaining(['plain axb']));
  expect(await names(person, '_')).toEqual(expect.not.arrayContaining(['plain axb']));
  expect(await names(person, '')).toHaveLength(nasty.length + 1);
});

test('[attack 34] a cursor that was tampered with, or is of another list, is refused', async () => {
  const person = await stack.addPerson();
  const stranger = await stack.addPerson();
  await addMany(person, 51);
  const { next_cursor } = await person.client.get<LeadList>('/api/leads');
  const cursor = next_cursor ?? '';
  const statusOf = async (query: string, by = person) =>
    (await by.client.fetch(`/api/leads?${query}`)).status;
  expect(await statusOf(`cursor=${cursor}`)).toBe(200);
  for (let at = 0; at < cursor.length; at += 7) {
    const other = cursor[at] === 'A' ? 'B' : 'A';
    expect(await statusOf(`cursor=${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`)).toBe(
      400,
    );
  }
  const bare = Buffer.from(JSON.stringify(['', '00000000-0000-0000-0000-000000000000']));
  for (const forged of ['x', bare.toString('base64url'), '%00', `${cursor}AAAA`]) {
    expect(await statusOf(`cursor=${forged}`)).toBe(400);
  }
  expect(await statusOf(`q=lead&cursor=${cursor}`)).toBe(400);
  // [attack 25] Another tenant's cursor.
  expect(await statusOf(`cursor=${cursor}`, stranger)).toBe(400);
});
