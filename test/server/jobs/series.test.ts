import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accounts, addLead, leave, runJobs, withoutQuotas } from '../../support/activities.ts';
import { runOneJob } from '../../../src/jobs/worker.ts';
import { startLife } from '../../support/mortal-engine.ts';
import { personAt } from '../../support/person-at-provider.ts';
import { linesBut } from '../../support/series.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { query } from '../../support/query.ts';

/** Past every back-off and every poll. */
const LATER_MS = 8 * 60 * 60_000;
const berlin = 'Europe/Berlin';
/** Five Tuesdays; the clocks go forward between the second and the third. */
const tuesdays = ['2027-03-16', '2027-03-23', '2027-03-30', '2027-04-06', '2027-04-13'];
const window = { from: '2027-03-01T00:00:00Z', to: '2027-05-01T00:00:00Z' };
const both = ['google', 'outlook'] as const;

let stack: Stack;
let aheadMs = 0;
beforeAll(async () => {
  stack = await startStack({
    withWorker: false,
    sandbox: { switches: withoutQuotas },
    env: { WEBHOOK_URL: 'off' },
  });
});
afterEach(() => leave(stack));
afterAll(() => stack.stop());

async function sync(): Promise<void> {
  aheadMs += LATER_MS;
  await runJobs(stack, aheadMs);
}

interface Listed {
  id: string;
  series_id: string | null;
  original_start: string | null;
  title: string;
  start: string;
  version: number;
  location: string;
  recurrence: { rules: string[] } | null;
  split_from: string | null;
  google_event_id: string | null;
  outlook_event_id: string | null;
  copies: { provider: string; state: string; reason: string | null }[];
}

/** Somebody with accounts of their own at the providers, connected. */
async function connected(...providers: readonly ('google' | 'outlook')[]) {
  const people = await withAccounts(...providers);
  await people.connect();
  return people;
}

async function withAccounts(...providers: readonly ('google' | 'outlook')[]) {
  const person = await stack.addPerson();
  const emails = { google: '', outlook: '' };
  for (const provider of providers) {
    const email = `${randomUUID().slice(0, 8)}@northwind.${provider === 'google' ? '' : 'onmicrosoft.'}sandbox`;
    emails[provider] = email;
    const { tenantId } = stack.sandbox.world.findAccount(provider, accounts[provider]) ?? {};
    const account = { name: 'Test', kind: 'work', timeZone: berlin } as const;
    stack.sandbox.addAccount({ provider, email, ...account, tenantId: tenantId ?? null });
  }
  const connect = async () => {
    for (const provider of providers) {
      expect(await stack.connect(person, provider, emails[provider])).toContain('connected');
    }
    await sync();
  };
  const at = (provider: 'google' | 'outlook') => personAt(stack, provider, emails[provider]);
  return { person, at, emails, connect };
}

type Connected = Awaited<ReturnType<typeof connected>>;

async function addSeries(person: Person, changes: Record<string, unknown> = {}): Promise<Listed> {
  return person.client.send<Listed>('POST', '/api/activities', {
    lead_id: await addLead(person),
    title: 'Visit',
    start: '2027-03-16T09:00',
    end: '2027-03-16T10:00',
    time_zone: berlin,
    recurrence: { rules: ['FREQ=WEEKLY;COUNT=5'] },
    ...changes,
  });
}

async function listHere(person: Person): Promise<Listed[]> {
  const between = `from=${window.from}&to=${window.to}`;
  const { activities } = await person.client.get<{ activities: Listed[] }>(
    `/api/activities?${between}`,
  );
  return activities;
}

/** Each occurrence as `start title`, with the clock of Berlin. */
const here = async (person: Person) =>
  (await listHere(person)).map(({ start, title }) => `${start.slice(0, 16)} ${title}`).sort();

interface Found {
  id: string;
  start: string;
  title: string;
}

async function findThere({ at }: Connected, provider: 'google' | 'outlook'): Promise<Found[]> {
  const path =
    provider === 'google'
      ? `/calendar/v3/calendars/primary/events?singleEvents=true&maxResults=500&timeMin=${window.from}&timeMax=${window.to}`
      : `/v1.0/me/calendarView?$top=500&startDateTime=${window.from}&endDateTime=${window.to}`;
  const body = (await at(provider).call('GET', path)) as Record<
    string,
    { id: string; summary?: string; subject?: string; start: { dateTime: string } }[]
  >;
  const found = (body['items'] ?? body['value'] ?? []).map((one) => ({
    id: one.id,
    title: one.summary ?? one.subject ?? '',
    start: toBerlin(
      provider === 'google' ? one.start.dateTime : `${one.start.dateTime.slice(0, 19)}Z`,
    ),
  }));
  return found.sort((a, b) => (a.start < b.start ? -1 : 1));
}

const there = async (people: Connected, provider: 'google' | 'outlook') =>
  (await findThere(people, provider)).map(({ start, title }) => `${start} ${title}`);

const toBerlin = (instant: string) =>
  new Date(instant).toLocaleString('sv-SE', { timeZone: berlin }).slice(0, 16).replace(' ', 'T');

const visits = tuesdays.map((date) => `${date}T09:00 Visit`);
const visitsBut = (changes: Record<number, string | null>) => linesBut(visits, changes);

/** It stands so everywhere, and nothing more is written. */
async function expectEverywhere(people: Connected, expected: string[]): Promise<void> {
  const sorted = [...expected].sort();
  expect(await here(people.person)).toEqual(sorted);
  for (const provider of both) {
    if (people.emails[provider]) expect(await there(people, provider)).toEqual(sorted);
  }
  // The record of calls forgets the oldest.
  const before = new Set(stack.sandbox.calls);
  for (let round = 0; round < 5; round++) await sync();
  const writes = stack.sandbox.calls.filter(
    (call) => !before.has(call) && call.method !== 'GET' && call.operation.startsWith('events'),
  );
  expect(writes).toEqual([]);
  for (const provider of both) {
    if (people.emails[provider]) expect(await there(people, provider)).toEqual(sorted);
  }
}

const occurrence = (start: string) => `occurrences/${start}`;

describe('a series made here', () => {
  test('[O1] [F9] [F10] [F24] is one series in each calendar, at the same hour on both sides of a change of the clocks', async () => {
    const people = await connected(...both);
    const mailCount = stack.sandbox.mails.length;
    const { id } = await addSeries(people.person);
    await sync();
    await expectEverywhere(people, visits);
    expect(stack.sandbox.mails.length).toBe(mailCount);
    const series = await people.person.client.get<Listed>(`/api/activities/${id}`);
    expect(series.copies.map(({ state, reason }) => [state, reason])).toEqual([
      ['synced', null],
      ['synced', null],
    ]);
  });

  test('[O2] one occurrence is moved here: it is an exception there, and the others stay', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    await people.person.client.send(
      'PATCH',
      `/api/activities/${series.id}/${occurrence('2027-03-30T09:00:00')}`,
      {
        scope: 'this',
        version: series.version,
        title: 'Late visit',
        start: '2027-03-31T15:00',
        end: '2027-03-31T16:00',
        time_zone: berlin,
      },
    );
    await sync();
    await expectEverywhere(people, visitsBut({ 2: '2027-03-31T15:00 Late visit' }));
  });

  test('[O2] one occurrence is cancelled here, and is nowhere', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    await people.person.client.send(
      'DELETE',
      `/api/activities/${series.id}/${occurrence('2027-03-23T09:00:00')}?scope=this`,
    );
    await sync();
    await expectEverywhere(people, visitsBut({ 1: null }));
  });

  test('[O2] [D1] all are renamed and one is cancelled before that is written: it is gone everywhere', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const path = `/api/activities/${series.id}`;
    await people.person.client.send('PATCH', path, { version: series.version, title: 'Call' });
    await people.person.client.send('DELETE', `${path}/${occurrence('2027-03-23T09:00:00')}`);
    await sync();
    await expectEverywhere(
      people,
      tuesdays.flatMap((date, at) => (at === 1 ? [] : [`${date}T09:00 Call`])),
    );
  });

  test('[O6] this and following are changed: the series is split, and the exceptions go with their halves', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const path = `/api/activities/${series.id}`;
    const change = (start: string, body: object) =>
      people.person.client.send<Listed>('PATCH', `${path}/${occurrence(start)}`, body);
    await change('2027-04-13T09:00:00', {
      scope: 'this',
      version: series.version,
      title: 'Last visit',
    });
    await sync();
    const { version } = await people.person.client.get<Listed>(path);
    const next = await change('2027-03-30T09:00:00', {
      scope: 'following',
      version,
      location: 'Roof',
      start: '2027-03-30T11:00',
      end: '2027-03-30T12:00',
      time_zone: berlin,
    });
    expect(next).toMatchObject({ split_from: series.id, location: 'Roof' });
    await sync();
    await expectEverywhere(
      people,
      visitsBut({
        2: '2027-03-30T11:00 Visit',
        3: '2027-04-06T11:00 Visit',
        4: '2027-04-13T11:00 Last visit',
      }),
    );
  });

  test('[O6] this and following are deleted: the series ends before', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    await people.person.client.send(
      'DELETE',
      `/api/activities/${series.id}/${occurrence('2027-03-30T09:00:00')}?scope=following`,
    );
    await sync();
    await expectEverywhere(people, visits.slice(0, 2));
  });

  test('[O5] [F11] all are moved: exceptions keep what they said otherwise, and stay exceptions', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const path = `/api/activities/${series.id}`;
    await people.person.client.send('PATCH', `${path}/${occurrence('2027-03-30T09:00:00')}`, {
      scope: 'this',
      version: series.version,
      title: 'Big visit',
    });
    await people.person.client.send('DELETE', `${path}/${occurrence('2027-03-23T09:00:00')}`);
    await sync();
    const { version } = await people.person.client.get<Listed>(path);
    await people.person.client.send('PATCH', path, {
      version,
      start: '2027-03-16T10:30',
      end: '2027-03-16T11:30',
      time_zone: berlin,
    });
    await sync();
    await expectEverywhere(people, [
      '2027-03-16T10:30 Visit',
      '2027-03-30T10:30 Big visit',
      '2027-04-06T10:30 Visit',
      '2027-04-13T10:30 Visit',
    ]);
  });

  test('[O5] what was changed on a date that is no more is deleted, and can be restored as a single event', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const path = `/api/activities/${series.id}`;
    const last = await people.person.client.send<Listed>(
      'PATCH',
      `${path}/${occurrence('2027-04-13T09:00:00')}`,
      { scope: 'this', version: series.version, title: 'Last visit' },
    );
    await sync();
    // Nor is a cancelled one anything to restore, once its date is no more.
    await people.person.client.send('DELETE', `${path}/${occurrence('2027-04-06T09:00:00')}`);
    await sync();
    const { version } = await people.person.client.get<Listed>(path);
    const recurrence = { rules: ['FREQ=WEEKLY;COUNT=3'] };
    await people.person.client.send('PATCH', path, { version, recurrence });
    await sync();
    await expectEverywhere(people, visits.slice(0, 3));
    const { activities } = await people.person.client.get<{ activities: Listed[] }>(
      '/api/activities?deleted=true',
    );
    expect(activities.map(({ id, title }) => [id, title])).toEqual([[last.id, 'Last visit']]);
    await people.person.client.send('POST', `/api/activities/${last.id}/restore`);
    await sync();
    await expectEverywhere(people, [...visits.slice(0, 3), '2027-04-13T09:00 Last visit']);
  });

  test('[O2] an occurrence that has an id of its own is deleted by it, and does not come back by its rule', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const { client } = people.person;
    const one = await client.send<Listed>(
      'PATCH',
      `/api/activities/${series.id}/${occurrence('2027-03-30T09:00:00')}`,
      { scope: 'this', version: series.version, title: 'Big visit' },
    );
    await sync();
    const { version } = await client.get<Listed>(`/api/activities/${one.id}`);
    const recurrence = { rules: ['FREQ=DAILY'] };
    await expect(
      client.send('PATCH', `/api/activities/${one.id}`, { version, recurrence }),
    ).rejects.toThrow('400');
    await client.send('DELETE', `/api/activities/${one.id}`);
    await sync();
    await expectEverywhere(people, visitsBut({ 2: null }));
  });

  test('a time with more occurrences than can be listed is refused, and of many the latest come', async () => {
    const { person } = await connected();
    await addSeries(person, { recurrence: { rules: ['FREQ=DAILY'] } });
    const list = (to: string) =>
      person.client.get<{ activities: Listed[]; has_earlier: boolean }>(
        `/api/activities?from=${window.from}&to=${to}`,
      );
    const { activities, has_earlier } = await list('2029-03-16T00:00:00Z');
    expect([activities.length, has_earlier, activities.at(-1)?.start]).toEqual([
      500,
      true,
      '2029-03-15T09:00:00',
    ]);
    await expect(list('2099-01-01T00:00:00Z')).rejects.toThrow('400');
  });

  test('[O7] a series that is restored comes back with its exceptions', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const path = `/api/activities/${series.id}`;
    await people.person.client.send('PATCH', `${path}/${occurrence('2027-03-30T09:00:00')}`, {
      scope: 'this',
      version: series.version,
      title: 'Big visit',
    });
    await people.person.client.send('DELETE', `${path}/${occurrence('2027-03-23T09:00:00')}`);
    await sync();
    await people.person.client.send('DELETE', path);
    await sync();
    await expectEverywhere(people, []);
    await people.person.client.send('POST', `${path}/restore`);
    await sync();
    await expectEverywhere(people, visitsBut({ 1: null, 2: '2027-03-30T09:00 Big visit' }));
  });

  test('[O7] all are deleted here: nothing is left anywhere', async () => {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await people.person.client.send(
      'DELETE',
      `/api/activities/${series.id}/${occurrence('2027-03-23T09:00:00')}`,
    );
    await sync();
    await people.person.client.send('DELETE', `/api/activities/${series.id}`);
    await sync();
    await expectEverywhere(people, []);
  });
});

describe.each(both)('at %s', (provider) => {
  const edit = (people: Connected, id: string, title: string) =>
    people.at(provider).edit(id, { title });

  async function withSeries() {
    const people = await connected(...both);
    const series = await addSeries(people.person);
    await sync();
    const [, second, third] = await findThere(people, provider);
    return { people, series, second: second?.id ?? '', third: third?.id ?? '' };
  }

  test('[O2] [F18] one occurrence is changed: here and in the other calendar it is that one', async () => {
    const { people, third } = await withSeries();
    await people
      .at(provider)
      .edit(third, { title: 'Late visit', start: '2027-03-31T15:00', end: '2027-03-31T16:00' });
    await sync();
    await sync();
    await expectEverywhere(people, visitsBut({ 2: '2027-03-31T15:00 Late visit' }));
    const found = (await listHere(people.person)).find(({ title }) => title === 'Late visit');
    expect(found).toMatchObject({ original_start: '2027-03-30T09:00:00', recurrence: null });
  });

  test('[O2] [F16] [F20] one occurrence is cancelled: here and in the other calendar it is gone', async () => {
    const { people, second } = await withSeries();
    await people.at(provider).remove(second);
    await sync();
    await sync();
    await expectEverywhere(people, visitsBut({ 1: null }));
  });

  test('[O4] the series is renamed: an occurrence that was renamed here keeps its name', async () => {
    const { people, series } = await withSeries();
    await people.person.client.send(
      'PATCH',
      `/api/activities/${series.id}/${occurrence('2027-03-30T09:00:00')}`,
      { scope: 'this', version: series.version, title: 'Big visit' },
    );
    await sync();
    const { [`${provider}_event_id` as const]: id } = await people.person.client.get<Listed>(
      `/api/activities/${series.id}`,
    );
    await edit(people, id ?? '', 'Call');
    await sync();
    await sync();
    const calls = tuesdays.map((date) => `${date}T09:00 Call`);
    calls[2] = '2027-03-30T09:00 Big visit';
    await expectEverywhere(people, calls);
  });

  test('[O3] one occurrence is changed here and there at once: both changes stand', async () => {
    const { people, series, third } = await withSeries();
    await people.person.client.send(
      'PATCH',
      `/api/activities/${series.id}/${occurrence('2027-03-30T09:00:00')}`,
      { scope: 'this', version: series.version, location: 'Roof' },
    );
    await edit(people, third, 'Big visit');
    await sync();
    await sync();
    await expectEverywhere(people, visitsBut({ 2: '2027-03-30T09:00 Big visit' }));
    const found = (await listHere(people.person)).find(({ title }) => title === 'Big visit');
    expect(found).toMatchObject({ location: 'Roof' });
  });

  test('[O6] [F17] this and following are changed: the two halves are related, and are so in the other calendar', async () => {
    const { people, series } = await withSeries();
    const { [`${provider}_event_id` as const]: id } = await people.person.client.get<Listed>(
      `/api/activities/${series.id}`,
    );
    const rule =
      provider === 'google'
        ? (text: string) => ({ recurrence: [`RRULE:FREQ=WEEKLY;${text}`] })
        : (text: string, startDate: string) => ({
            recurrence: {
              pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
              range: /COUNT/.test(text)
                ? { type: 'numbered', numberOfOccurrences: 3, startDate }
                : { type: 'endDate', endDate: '2027-03-29', startDate },
            },
          });
    await people.at(provider).edit(id ?? '', {
      raw: rule('UNTIL=20270329T215959Z', '2027-03-16'),
    });
    await people.at(provider).create({
      title: 'Visit',
      start: '2027-03-30T11:00',
      end: '2027-03-30T12:00',
      raw: rule('COUNT=3', '2027-03-30'),
    });
    await sync();
    await sync();
    const moved = tuesdays.map((date, at) => `${date}T${at < 2 ? '09' : '11'}:00 Visit`);
    await expectEverywhere(people, moved);
    const next = (await listHere(people.person)).find(({ start }) => start.includes('03-30T11'));
    expect(next?.split_from).toBe(series.id);
    const inviting = await query(
      stack,
      'select 1 from event_links where event_id = $1 and carries_guests',
      [next?.id],
    );
    expect(inviting).toHaveLength(1);
  });

  test('[O5] [F11] the series is moved by an hour: it is the same series here, with its exceptions', async () => {
    const { people, series } = await withSeries();
    const path = `/api/activities/${series.id}`;
    await people.person.client.send('PATCH', `${path}/${occurrence('2027-03-30T09:00:00')}`, {
      scope: 'this',
      version: series.version,
      title: 'Big visit',
    });
    await people.person.client.send('DELETE', `${path}/${occurrence('2027-04-06T09:00:00')}`);
    await sync();
    const { [`${provider}_event_id` as const]: id } = await people.person.client.get<Listed>(path);
    await people
      .at(provider)
      .edit(id ?? '', { start: '2027-03-16T10:00', end: '2027-03-16T11:00' });
    for (let round = 0; round < 4; round++) await sync();
    await expectEverywhere(people, [
      '2027-03-16T10:00 Visit',
      '2027-03-23T10:00 Visit',
      '2027-03-30T10:00 Big visit',
      '2027-04-13T10:00 Visit',
    ]);
    const ids = (await listHere(people.person)).map(({ series_id }) => series_id);
    expect(new Set(ids)).toEqual(new Set([series.id]));
  });

  test('[O7] [D4] a series that was deleted here and moved there comes back with its exceptions, moved along', async () => {
    const people = await connected(provider);
    const series = await addSeries(people.person);
    await sync();
    const path = `/api/activities/${series.id}`;
    await people.person.client.send('PATCH', `${path}/${occurrence('2027-03-30T09:00:00')}`, {
      scope: 'this',
      version: series.version,
      title: 'Big visit',
    });
    await people.person.client.send('DELETE', `${path}/${occurrence('2027-04-06T09:00:00')}`);
    await sync();
    const { [`${provider}_event_id` as const]: id } = await people.person.client.get<Listed>(path);
    await people.person.client.send('DELETE', path);
    await people
      .at(provider)
      .edit(id ?? '', { start: '2027-03-16T10:00', end: '2027-03-16T11:00' });
    for (let round = 0; round < 4; round++) await sync();
    await expectEverywhere(people, [
      '2027-03-16T10:00 Visit',
      '2027-03-23T10:00 Visit',
      '2027-03-30T10:00 Big visit',
      '2027-04-13T10:00 Visit',
    ]);
  });

  test('[O2] [F18] a series of years ago comes in whole, with what was changed of it', async () => {
    const people = await withAccounts(provider);
    const rule =
      provider === 'google'
        ? { recurrence: ['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU'] }
        : {
            recurrence: {
              pattern: { type: 'weekly', interval: 2, daysOfWeek: ['tuesday'] },
              range: { type: 'noEnd', startDate: '2024-01-02' },
            },
          };
    await people.at(provider).create({
      title: 'Visit',
      start: '2024-01-02T09:00',
      end: '2024-01-02T10:00',
      raw: rule,
    });
    const found = await findThere(people, provider);
    await people.at(provider).edit(found[1]?.id ?? '', { title: 'Big visit' });
    await people.at(provider).remove(found[2]?.id ?? '');
    await people.connect();
    await sync();
    const now = await there(people, provider);
    expect(now.filter((one) => one.includes('Big'))).toHaveLength(1);
    expect(now).toHaveLength(found.length - 1);
    await expectEverywhere(people, now);
    const { activities } = await people.person.client.get<{ activities: Listed[] }>(
      '/api/activities',
    );
    expect(activities.map(({ title, recurrence }) => [title, recurrence?.rules.length])).toEqual([
      ['Visit', 1],
      ['Big visit', undefined],
    ]);
  });

  test('[O7] [F19] the series is deleted: it is cancelled here, and gone in the other calendar', async () => {
    const { people, series, third } = await withSeries();
    await edit(people, third, 'Big visit');
    await sync();
    const { [`${provider}_event_id` as const]: id } = await people.person.client.get<Listed>(
      `/api/activities/${series.id}`,
    );
    await people.at(provider).remove(id ?? '');
    await sync();
    await sync();
    for (const one of both) expect(await there(people, one)).toEqual([]);
    const { status } = await people.person.client.get<{ status: string }>(
      `/api/activities/${series.id}`,
    );
    expect(status).toBe('cancelled');
  });
});

test('[O6] [F33] a series made here, moved once at Google, cancelled once at Outlook and split here is one thing everywhere, and mails nobody twice', async () => {
  const people = await connected(...both);
  const guest = 'carla@customer.example';
  const series = await addSeries(people.person, { attendees: [{ email: guest }] });
  await sync();
  const mailed = () => stack.sandbox.mails.filter(({ to }) => to === guest).length;
  const invited = mailed();
  const [, , third] = await findThere(people, 'google');
  await people
    .at('google')
    .edit(third?.id ?? '', { start: '2027-03-31T15:00', end: '2027-03-31T16:00' });
  await sync();
  const [, second] = await findThere(people, 'outlook');
  await people.at('outlook').remove(second?.id ?? '');
  await sync();
  await sync();
  const path = `/api/activities/${series.id}`;
  const { version } = await people.person.client.get<Listed>(path);
  const before = mailed();
  await people.person.client.send('PATCH', `${path}/${occurrence('2027-04-06T09:00:00')}`, {
    scope: 'following',
    version,
    location: 'Roof',
  });
  await sync();
  expect(invited).toBe(1);
  expect(mailed() - before).toBe(1);
  await expectEverywhere(people, visitsBut({ 1: null, 2: '2027-03-31T15:00 Visit' }));
});

test('[R4] a database that is down while a series is read sets nothing aside', async () => {
  const people = await connected('outlook');
  const series = await addSeries(people.person);
  await sync();
  const path = `/api/activities/${series.id}`;
  const { outlook_event_id: id } = await people.person.client.get<Listed>(path);
  const change = async (title: string, at?: number) => {
    await people.at('outlook').edit(id ?? '', { title });
    aheadMs += LATER_MS;
    const life = startLife(stack, { aheadMs, ...(at && { at, fate: 'database-down' as const }) });
    while (await runOneJob(life.engine).catch(() => false)) {}
    return life.steps;
  };
  const steps = await change('Call');
  const reading = steps.findIndex((step) =>
    step.endsWith(`/events/${encodeURIComponent(id ?? '')}`),
  );
  expect(steps[reading]).toContain('before call GET');
  // That which holds the token for the call.
  await change('Visit', steps.lastIndexOf('before transaction', reading));
  await sync();
  const { title, copies } = await people.person.client.get<Listed>(path);
  expect(title).toBe('Visit');
  expect(copies.map(({ state, reason }) => [state, reason])).toEqual([['synced', null]]);
  await expectEverywhere(people, visits);
});

test('[Z3] what is no rule is refused with a sentence', async () => {
  const people = await connected();
  for (const rules of [['FREQ=SOMETIMES'], ['FREQ=WEEKLY;BYDAY=XX'], []]) {
    const answer = await people.person.client.fetch('/api/activities', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        lead_id: await addLead(people.person),
        title: 'Visit',
        start: '2027-03-16T09:00',
        end: '2027-03-16T10:00',
        time_zone: berlin,
        recurrence: { rules },
      }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid-request', pointer: '/recurrence' });
  }
});
