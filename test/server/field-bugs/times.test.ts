import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addActivity, getActivity } from '../../support/activities.ts';
import {
  type Field,
  listActivities,
  type Mailbox,
  providers,
  type Slug,
  startField,
} from '../../support/field.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

/** The ends of the world, and zones between whose days differ most from UTC's. */
const zones = ['Pacific/Honolulu', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'];
const spans = [
  ['2027-03-13', '2027-03-14'],
  ['2027-03-27', '2027-03-30'],
] as const;

/** An all-day event as each provider's own page makes it. */
function allDay(provider: Slug, [start, end]: readonly [string, string], timeZone: string): object {
  if (provider === 'google') return { start: { date: start }, end: { date: end } };
  const at = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone });
  return { isAllDay: true, start: at(start), end: at(end) };
}

/** Its dates at the provider; whatever zone is asked for, Graph prints midnights. */
async function datesThere(mailbox: Mailbox, id: string): Promise<unknown[]> {
  if (mailbox.provider === 'google') {
    const { start, end } = await mailbox.there.find(id);
    return [(start as { date: string }).date, (end as { date: string }).date];
  }
  const { start, end, isAllDay } = await mailbox.there.find(id);
  expect(isAllDay).toBe(true);
  const dateOf = (moment: unknown) => (moment as { dateTime: string }).dateTime;
  expect([dateOf(start), dateOf(end)].map((text) => text.slice(10, 19))).toEqual([
    'T00:00:00',
    'T00:00:00',
  ]);
  return [dateOf(start).slice(0, 10), dateOf(end).slice(0, 10)];
}

describe.each(providers)('%s', (provider) => {
  test.each(zones)(
    '[F23] an all-day event keeps its dates both ways for somebody in %s',
    async (timeZone) => {
      const mailbox = await field.addConnected(provider, { timeZone });
      for (const [start, end] of spans) {
        const ours = await addActivity(mailbox.person, {
          title: `Ours ${start}`,
          start,
          end,
          time_zone: undefined,
        });
        await mailbox.there.create({
          title: `Theirs ${start}`,
          raw: { ...allDay(provider, [start, end], timeZone) } as Record<string, unknown>,
        });
        await field.sync();
        expect(await datesThere(mailbox, await mailbox.idOf(ours))).toEqual([start, end]);
        const all = await listActivities(mailbox.person);
        const theirs = all.find(({ title }) => title === `Theirs ${start}`);
        expect(theirs).toMatchObject({ is_all_day: true, start, end });
        await field.sync();
        expect(await getActivity(mailbox.person, ours.id)).toMatchObject({
          is_all_day: true,
          start,
          end,
          version: 1,
        });
      }
    },
  );

  test('[F25] an event in a zone that nobody knows comes in at its instants, with a warning', async () => {
    const mailbox = await field.addMailbox(provider);
    await mailbox.there.create({
      title: 'Customised',
      start: '2027-01-12T09:00',
      end: '2027-01-12T10:00',
    });
    await mailbox.there.create({ title: 'Ordinary' });
    const zone = provider === 'google' ? 'Mars/Olympus' : 'tzone://Microsoft/Custom';
    field.between({
      answer: (body) => inEntry(body, 'Customised', (entry) => inZone(entry, zone)),
    });
    await mailbox.connect();
    const activity = (await listActivities(mailbox.person)).find(
      ({ title }) => title === 'Customised',
    );
    expect(activity).toMatchObject({
      starts_at: '2027-01-12T08:00:00.000Z',
      ends_at: '2027-01-12T09:00:00.000Z',
      copies: [{ state: 'synced', warning: expect.stringMatching(/zone/i) }],
    });
    const watch = mailbox.watch();
    await field.sync();
    await field.sync();
    expect(watch.writes()).toEqual([]);
    expect(await listActivities(mailbox.person)).toHaveLength(2);
  });

  test('[F26] an entry that comes without its times leaves those that are known, and says why', async () => {
    const mailbox = await field.addConnected(provider);
    const activity = await addActivity(mailbox.person, { title: 'Timed' });
    await field.sync();
    const { start } = (await getActivity(mailbox.person, activity.id)) as { start?: string };
    const isIn = (body: string) =>
      inEntry(body, 'Timed, edited', (entry) => ({ ...entry, start: undefined }));
    field.between({ answer: isIn });
    await mailbox.there.edit(await mailbox.idOf(activity), { title: 'Timed, edited' });
    await mailbox.there.create({ title: 'Another' });
    const watch = mailbox.watch();
    await field.sync();
    expect(await getActivity(mailbox.person, activity.id)).toMatchObject({
      start,
      title: 'Timed',
      status: 'confirmed',
      copies: [{ state: 'refused', reason: expect.stringMatching(/./) }],
    });
    expect(await listActivities(mailbox.person)).toHaveLength(2);
    // Whole again, it is taken in.
    await field.forget();
    await mailbox.there.edit(await mailbox.idOf(activity), { location: 'Here' });
    await mailbox.syncNow();
    await field.sync();
    expect(await getActivity(mailbox.person, activity.id)).toMatchObject({
      start,
      title: 'Timed, edited',
      location: 'Here',
      copies: [{ state: 'synced' }],
    });
    expect(watch.writes().length).toBeLessThanOrEqual(1);
  });

  test('[F21] of a hundred events one that nobody can read is set aside with its reason, and the others come in', async () => {
    const mailbox = await field.addMailbox(provider);
    for (let index = 0; index < 100; index++) await mailbox.there.create({ title: `N${index}` });
    field.between({
      answer: (body) =>
        inEntry(body, 'N42', (entry) => ({ ...entry, start: { dateTime: 'soon' } })),
    });
    await mailbox.connect();
    expect(await listActivities(mailbox.person)).toHaveLength(99);
    const { unreadable } = await mailbox.calendar();
    expect(unreadable).toMatchObject({ count: 1, items: [{ reason: expect.stringMatching(/./) }] });
    // Nor does it hold up what is edited meanwhile.
    const activity = await addActivity(mailbox.person, { title: 'Goes out' });
    await field.sync();
    expect(await getActivity(mailbox.person, activity.id)).toMatchObject({
      copies: [{ state: 'synced' }],
    });
    await field.forget();
    await mailbox.there.edit(await findId(mailbox, 'N42'), { title: 'N42 again' });
    await mailbox.syncNow();
    await field.sync();
    expect(await listActivities(mailbox.person)).toHaveLength(101);
    expect((await mailbox.calendar()).unreadable.count).toBe(0);
  });
});

type Entry = Record<string, unknown>;

/** Changes the entry of that title wherever the body has it. */
function inEntry(body: string, title: string, change: (entry: Entry) => Entry): string {
  if (!body.includes(title)) return body;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const entry = value as Entry;
    if (entry['summary'] === title || entry['subject'] === title) return change(entry);
    return Object.fromEntries(Object.entries(entry).map(([name, each]) => [name, visit(each)]));
  };
  return JSON.stringify(visit(JSON.parse(body)));
}

function inZone(entry: Entry, timeZone: string): Entry {
  if ('originalStartTimeZone' in entry) return { ...entry, originalStartTimeZone: timeZone };
  const at = (moment: unknown) => ({ ...(moment as object), timeZone });
  return { ...entry, start: at(entry['start']), end: at(entry['end']) };
}

async function findId(mailbox: Mailbox, title: string): Promise<string> {
  const { provider, there } = mailbox;
  const path =
    provider === 'google'
      ? '/calendar/v3/calendars/primary/events?maxResults=2500'
      : '/v1.0/me/events?$top=500';
  const body = (await there.call('GET', path)) as { items?: Entry[]; value?: Entry[] };
  const found = (body.items ?? body.value ?? []).find(
    (entry) => (entry['summary'] ?? entry['subject']) === title,
  );
  return String(found?.['id']);
}
