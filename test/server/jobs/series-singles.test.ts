import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { leave } from '../../support/activities.ts';
import {
  findThere,
  type Listed,
  linesBut,
  type SeriesStack,
  startSeries,
} from '../../support/series.ts';

/* Series that Graph holds in no way: one event here, one series at Google, single events in Outlook. */

const DAY_MS = 24 * 60 * 60_000;
/** Far enough ahead for all that the tests turn the clock, and within a year. */
const soon = new Date(Date.now() + 150 * DAY_MS);
/** The first of a month. */
const first = Date.UTC(soon.getUTCFullYear(), soon.getUTCMonth() + 1, 1);
const print = (ms: number) => new Date(ms).toISOString().slice(0, 10);
/** The day so many days after the first of that month. */
const day = (count: number) => print(first + count * DAY_MS);
const nextMonth = (date: number) =>
  print(Date.UTC(soon.getUTCFullYear(), soon.getUTCMonth() + 2, date));
const window = { from: `${day(-8)}T00:00:00Z`, to: `${day(120)}T00:00:00Z` };

const dates = [0, 14, 50, 70].map(day);
const both = ['google', 'outlook'] as const;
const at = (count: number, time = '09:00') => ({
  start: `${day(count)}T${time}`,
  end: `${day(count)}T${String(Number(time.slice(0, 2)) + 1)}${time.slice(2)}`,
  time_zone: 'Europe/Berlin',
});
/** Two that are two weeks apart, and two more dates. */
const withDates = {
  ...at(0),
  recurrence: {
    rules: ['FREQ=WEEKLY;INTERVAL=2;COUNT=2'],
    rdates: [`${day(50)}T09:00:00`, `${day(70)}T09:00:00`],
  },
};
const rules = (rule: string) => ({ recurrence: { rules: [rule] } });
const visits = dates.map((date) => `${date}T09:00 Visit`);
const visitsBut = (changes: Record<number, string | null>) => linesBut(visits, changes);

let series: SeriesStack;
beforeAll(async () => {
  series = await startSeries(window);
});
afterEach(async () => {
  series.stack.sandbox.faults.clear();
  await leave(series.stack);
});
afterAll(() => series.stack.stop());

const sync = (laterMs?: number) => series.sync(laterMs);

async function withSingles(changes: Record<string, unknown> = {}) {
  const people = await series.connect(...both);
  const event = await people.addSeries({ ...withDates, ...changes });
  await sync();
  return { people, id: event.id };
}

type People = Awaited<ReturnType<typeof series.connect>>;

const idsThere = async (people: People) => (await people.find('outlook')).map(({ id }) => id);
const findOn = async (people: People, date: string) =>
  (await people.find('outlook')).find(({ start }) => start.startsWith(date))?.id ?? '';
const outlookCopy = ({ copies }: Listed) => copies.find(({ provider }) => provider === 'outlook');

describe('a series that Outlook cannot hold', () => {
  test('[O13] is single events there and one event here, in sync, and writes nothing once it is there', async () => {
    const { people, id } = await withSingles();
    await people.expectEverywhere(visits);
    expect((await people.find('outlook')).map(({ seriesId }) => seriesId)).toEqual(
      dates.map(() => null),
    );
    const { copies, outlook_event_id } = await people.get(id);
    expect(
      copies.map(({ provider, held_as, state, reason }) => [provider, held_as, state, reason]),
    ).toEqual([
      ['google', 'one', 'synced', null],
      ['outlook', 'single-events', 'synced', null],
    ]);
    expect(outlook_event_id).toBe(await findOn(people, dates[0] ?? ''));
  });

  test('[O13] is renamed here and moved to another hour: all are, and each stays the same event', async () => {
    const { people, id } = await withSingles();
    const before = await idsThere(people);
    await people.change(id, {
      title: 'Call',
      ...at(0, '11:00'),
    });
    await sync();
    await people.expectEverywhere(dates.map((date) => `${date}T11:00 Call`));
    expect(await idsThere(people)).toEqual(before);
  });

  test('[O13] gets another date and loses one: the others stay the same events', async () => {
    const { people, id } = await withSingles();
    const before = await idsThere(people);
    const rdates = [`${day(50)}T09:00:00`, `${day(90)}T09:00:00`];
    await people.change(id, { recurrence: { ...withDates.recurrence, rdates } });
    await sync();
    await people.expectEverywhere([...visits.slice(0, 3), `${day(90)}T09:00 Visit`]);
    expect((await idsThere(people)).slice(0, 3)).toEqual(before.slice(0, 3));
  });

  test('[O13] has one date changed and one cancelled here: it is that event, and those are no others', async () => {
    const { people, id } = await withSingles();
    const before = await idsThere(people);
    await people.changeOccurrence(id, `${day(50)}T09:00:00`, {
      title: 'Late visit',
      ...at(51, '15:00'),
    });
    await people.cancelOccurrence(id, `${day(14)}T09:00:00`);
    await sync();
    await people.expectEverywhere(visitsBut({ 1: null, 2: `${day(51)}T15:00 Late visit` }));
    expect(await idsThere(people)).toEqual([before[0], before[2], before[3]]);
    // What is said of all is said of it, but for what it says otherwise.
    await people.change(id, { title: 'Call', location: 'Roof' });
    await sync();
    const call = (visit: string) => `${visit.replace('Visit', 'Call')} at Roof`;
    await people.expectEverywhere([
      call(visits[0] ?? ''),
      `${day(51)}T15:00 Late visit at Roof`,
      call(visits[3] ?? ''),
    ]);
  });

  test('[O13] leaves a date out', async () => {
    const recurrence = { ...withDates.recurrence, exdates: [`${day(14)}T09:00:00`] };
    const { people } = await withSingles({ recurrence });
    await people.expectEverywhere(visitsBut({ 1: null }));
  });

  test('[O13] is several times a day, all day, or a day that not each month has', async () => {
    const people = await series.connect(...both);
    const isFifth = (date: string) =>
      new Date(date).getUTCDay() === 3 && Number(date.slice(8)) > 28;
    const fifths = Array.from({ length: 110 }, (_, index) => day(index)).filter(isFifth);
    await people.addSeries({ ...withDates, ...rules('FREQ=DAILY;BYHOUR=9,15;COUNT=4') });
    await people.addSeries({
      title: 'Fair',
      start: day(30),
      end: day(31),
      time_zone: undefined,
      recurrence: { rules: ['FREQ=DAILY;COUNT=1'], rdates: [day(40), day(65)] },
    });
    await people.addSeries({
      title: 'Fifth',
      start: `${fifths[0]}T08:00`,
      end: `${fifths[0]}T09:00`,
      ...rules(`FREQ=MONTHLY;BYDAY=5WE;COUNT=${fifths.length}`),
    });
    await sync();
    await people.expectEverywhere([
      ...[0, 1].flatMap((one) => [`${day(one)}T09:00 Visit`, `${day(one)}T15:00 Visit`]),
      ...[30, 40, 65].map((one) => `${day(one)} Fair`),
      ...fifths.map((date) => `${date}T08:00 Fifth`),
    ]);
  });

  test('[O13] recurs as one series can, as several, and date by date again, with what is said of single dates', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(14)}T09:00:00`, { title: 'Big visit' });
    await sync();
    const big = `${day(14)}T09:00 Big visit`;
    const on = (...days: string[]) => days.map((date) => `${date}T09:00 Visit`);
    await people.change(id, rules('FREQ=WEEKLY;COUNT=4'));
    await sync();
    await people.expectEverywhere([...on(day(0), day(7), day(21)), big]);
    expect(new Set((await people.find('outlook')).map(({ seriesId }) => seriesId)).size).toBe(1);
    await people.change(id, { recurrence: withDates.recurrence });
    await sync();
    await people.expectEverywhere(visitsBut({ 1: big }));
    await people.change(id, rules('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4'));
    await sync();
    await people.expectEverywhere([...on(day(0), nextMonth(1), nextMonth(15)), big]);
    expect(new Set((await people.find('outlook')).map(({ seriesId }) => seriesId)).size).toBe(2);
    await people.change(id, { recurrence: withDates.recurrence });
    await sync();
    await people.expectEverywhere(visitsBut({ 1: big }));
    await people.change(id, { recurrence: null });
    await sync();
    await people.expectEverywhere(visits.slice(0, 1));
  });

  test('[O13] recurs as one series can: its single events go, and nothing is said of any date by itself', async () => {
    const { people, id } = await withSingles();
    await people.change(id, rules('FREQ=WEEKLY;INTERVAL=2;COUNT=3'));
    await sync();
    await people.expectEverywhere([0, 14, 28].map((one) => `${day(one)}T09:00 Visit`));
    const { activities } = await people.client.get<{ activities: Listed[] }>(
      `/api/activities?from=${window.from}&to=${window.to}`,
    );
    expect(activities.map((one) => one.id)).toEqual([id, id, id]);
  });

  test('[O13] recurs in more ways than twelve: it is single events there, and several series again', async () => {
    const { people, id } = await withSingles(rules('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=2'));
    await people.expectEverywhere(visits.slice(0, 2));
    const days = Array.from({ length: 13 }, (_, index) => 1 + index * 2).join();
    await people.change(id, rules(`FREQ=MONTHLY;BYMONTHDAY=${days};COUNT=3`));
    await sync();
    await people.expectEverywhere([0, 2, 4].map((one) => `${day(one)}T09:00 Visit`));
    await people.change(id, rules('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=2'));
    await sync();
    await people.expectEverywhere(visits.slice(0, 2));
  });

  test('[Z1] [O13] keeps its hour when clocks are changed', async () => {
    const people = await series.connect('outlook');
    // A change lies between the two days of each pair; one of them is within the year.
    const pairs = [0, 1, 2].flatMap((years) => {
      const year = new Date().getUTCFullYear() + years;
      return [
        [`${year}-03-20`, `${year}-04-10`],
        [`${year}-10-20`, `${year}-11-10`],
      ];
    });
    const [before = '', after = ''] =
      pairs.find(([date = '']) => Date.parse(date) > Date.now() + 100 * DAY_MS) ?? [];
    await people.addSeries({
      start: `${before}T09:00`,
      end: `${before}T10:00`,
      recurrence: { rules: ['FREQ=DAILY;COUNT=1'], rdates: [`${after}T09:00:00`] },
    });
    await sync();
    const year = { from: `${before}T00:00:00Z`, to: `${after}T23:00:00Z` };
    const found = await findThere(people.at('outlook').call, 'outlook', year);
    expect(found.map(({ start }) => start)).toEqual([`${before}T09:00`, `${after}T09:00`]);
  });

  test('[O6] [O13] is split: each half is single events', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(70)}T09:00:00`, { title: 'Last visit' });
    await sync();
    const before = await idsThere(people);
    await people.changeOccurrence(id, `${day(14)}T09:00:00`, {
      scope: 'following',
      location: 'Roof',
    });
    await sync();
    await people.expectEverywhere([
      visits[0] ?? '',
      ...visits.slice(1, 3).map((visit) => `${visit} at Roof`),
      `${day(70)}T09:00 Last visit at Roof`,
    ]);
    expect(await idsThere(people)).toEqual(expect.arrayContaining([before[3]]));
  });

  test('[O7] [O13] is deleted here, and restored with what was said of single dates', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(50)}T09:00:00`, { title: 'Big visit' });
    await people.cancelOccurrence(id, `${day(14)}T09:00:00`);
    await sync();
    await people.client.send('DELETE', `/api/activities/${id}`);
    await sync();
    await people.expectEverywhere([]);
    await people.client.send('POST', `/api/activities/${id}/restore`);
    await sync();
    await people.expectEverywhere(visitsBut({ 1: null, 2: `${day(50)}T09:00 Big visit` }));
  });

  test('[U4] [O13] is restored while one date is being deleted there: all are there again, and nobody is asked', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(50)}T09:00:00`, { title: 'Big visit' });
    await sync();
    const { runtime } = series.stack.context;
    const { send } = runtime;
    // A date of the series, and the one of which something is said by itself.
    for (const date of [day(14), day(50)]) {
      const meant = await findOn(people, date);
      let isRestored = false;
      runtime.send = async (request) => {
        const answer = await send(request);
        const isMeant = decodeURIComponent(request.url).includes(meant);
        if (isRestored || request.method !== 'DELETE' || !isMeant) return answer;
        isRestored = true;
        await people.client.send('POST', `/api/activities/${id}/restore`);
        return answer;
      };
      await people.client.send('DELETE', `/api/activities/${id}`);
      await sync();
      runtime.send = send;
      expect(isRestored).toBe(true);
      await sync();
      await people.expectEverywhere(visitsBut({ 2: `${day(50)}T09:00 Big visit` }));
      expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
    }
  });

  test('[O9] [O13] has a cancelled date put back: it is a single event, and the others stay', async () => {
    const { people, id } = await withSingles();
    const before = await idsThere(people);
    const visit = await people.changeOccurrence(id, `${day(14)}T09:00:00`, { location: 'Roof' });
    await sync();
    await people.cancelOccurrence(id, `${day(14)}T09:00:00`);
    await sync();
    await people.expectEverywhere(visitsBut({ 1: null }));
    await people.client.send('POST', `/api/activities/${visit.id}/restore`);
    await sync();
    await people.expectEverywhere(visitsBut({ 1: `${visits[1]} at Roof` }));
    expect((await idsThere(people)).filter((one) => before.includes(one))).toHaveLength(3);
  });

  test('[O5] [O13] is moved to other days: what is said of single dates goes along', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(14)}T09:00:00`, { title: 'Big visit' });
    await sync();
    const before = await idsThere(people);
    await people.change(id, {
      ...at(1, '09:00'),
    });
    await sync();
    const moved = [day(1), day(15), day(51), day(71)];
    await people.expectEverywhere(
      moved.map((date, index) => `${date}T09:00 ${index === 1 ? 'Big visit' : 'Visit'}`),
    );
    expect(await idsThere(people)).toEqual(before);
  });

  test('[O8] [O13] has too many dates: it is refused there with the reason, and what is there stays', async () => {
    const people = await series.connect(...both);
    const { id } = await people.addSeries({
      ...at(0, '09:00'),
      ...rules('FREQ=WEEKLY;COUNT=3'),
    });
    await sync();
    const before = await people.there('outlook');
    await people.change(id, rules('FREQ=DAILY;BYHOUR=9,10,11,12'));
    await sync();
    const copy = outlookCopy(await people.get(id));
    expect(copy).toMatchObject({ state: 'refused', choices: ['retry'] });
    expect(copy?.reason).toMatch(/date by date/);
    expect(await people.there('outlook')).toEqual(before);
    await people.change(id, rules('FREQ=DAILY;BYHOUR=9,11;COUNT=3'));
    await sync();
    await people.expectEverywhere(
      [`${day(0)}T09`, `${day(0)}T11`, `${day(1)}T09`].map((start) => `${start}:00 Visit`),
    );
  });

  test('[O8] [O13] has guests: it is refused there with the reason, and nobody is invited to each', async () => {
    const guests = { attendees: [{ email: 'guest@elsewhere.example' }] };
    const people = await series.connect('outlook');
    const mailCount = series.stack.sandbox.mails.length;
    const { id } = await people.addSeries({ ...withDates, ...guests });
    await sync();
    const { state, reason } = outlookCopy(await people.get(id)) ?? {};
    expect(state).toBe('refused');
    expect(reason).toMatch(/invite each guest once to each/);
    expect(await people.there('outlook')).toEqual([]);
    await people.change(id, { attendees: [] });
    await sync();
    await people.expectEverywhere(visits);
    const one = await people.changeOccurrence(id, `${day(14)}T09:00:00`, { title: 'Big visit' });
    await sync();
    await people.change(id, { ...guests, title: 'Call' });
    await sync();
    expect(outlookCopy(await people.get(id))).toMatchObject({ state, reason });
    expect(outlookCopy(await people.get(one.id))).toMatchObject({ state, reason });
    expect(await people.there('outlook')).toEqual(visitsBut({ 1: `${day(14)}T09:00 Big visit` }));
    expect(series.stack.sandbox.mails.length).toBe(mailCount);
  });

  test('[O13] is disconnected and connected again: nothing is made twice, and it goes on', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(14)}T09:00:00`, { title: 'Big visit' });
    await sync();
    const before = await idsThere(people);
    await people.reconnect('outlook');
    const expected = visitsBut({ 1: `${day(14)}T09:00 Big visit` });
    await people.expectEverywhere(expected);
    expect(await idsThere(people)).toEqual(before);
    await people.change(id, { location: 'Roof' });
    await sync();
    const onRoof = expected.map((visit) => `${visit} at Roof`);
    await people.expectEverywhere(onRoof);
    // Taken away by the disconnect, they are made anew.
    await people.reconnect('outlook', { takesCopiesAway: true });
    await people.expectEverywhere(onRoof);
  });
});

describe('in Outlook', () => {
  test('[O2] [O13] one date is changed and one is deleted: they are those of the event, and the others stay', async () => {
    const { people, id } = await withSingles();
    const edit = { title: 'Late visit', start: `${day(51)}T15:00`, end: `${day(51)}T16:00` };
    await people.at('outlook').edit(await findOn(people, day(50)), edit);
    await people.at('outlook').remove(await findOn(people, day(14)));
    await sync();
    await sync();
    await people.expectEverywhere(visitsBut({ 1: null, 2: `${day(51)}T15:00 Late visit` }));
    expect(await people.get(id)).toMatchObject({ title: 'Visit', status: 'confirmed' });
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', choices: [] });
  });

  test('[O2] [O13] all dates are deleted one by one: the event is still there, with no date left', async () => {
    const { people, id } = await withSingles();
    for (const one of await idsThere(people)) await people.at('outlook').remove(one);
    await sync();
    await sync();
    await people.expectEverywhere([]);
    expect(await people.get(id)).toMatchObject({ status: 'confirmed' });
    const rdates = [...withDates.recurrence.rdates, `${day(90)}T09:00:00`];
    await people.change(id, { recurrence: { ...withDates.recurrence, rdates } });
    await sync();
    await people.expectEverywhere([`${day(90)}T09:00 Visit`]);
  });

  test('[O3] [O13] one date is renamed while all are renamed here: both sides agree, and nothing is lost', async () => {
    const { people, id } = await withSingles();
    await people.at('outlook').edit(await findOn(people, day(14)), { title: 'Big visit' });
    await people.change(id, { location: 'Roof' });
    await sync();
    await sync();
    await people.expectEverywhere(
      visitsBut({ 1: `${day(14)}T09:00 Big visit` }).map((visit) => `${visit} at Roof`),
    );
  });

  test('[O2] [O13] dates are deleted while all are renamed here: nobody had changed these alone, and they are gone everywhere', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(50)}T09:00:00`, { title: 'Late visit' });
    await sync();
    await people.at('outlook').remove(await findOn(people, day(14)));
    await people.at('outlook').remove(await findOn(people, day(50)));
    await people.change(id, { location: 'Roof' });
    await sync();
    await sync();
    await people.expectEverywhere(
      visitsBut({ 1: null, 2: null }).map((visit) => `${visit} at Roof`),
    );
  });

  test('[O13] one date is made to recur: it is put back, and the history knows', async () => {
    const { people, id } = await withSingles();
    await people.at('outlook').edit(await findOn(people, day(14)), {
      title: 'Big visit',
      raw: {
        recurrence: {
          pattern: { type: 'daily', interval: 1 },
          range: {
            type: 'numbered',
            numberOfOccurrences: 3,
            startDate: day(14),
            recurrenceTimeZone: 'W. Europe Standard Time',
          },
        },
      },
    });
    await sync();
    await sync();
    await people.expectEverywhere(visitsBut({ 1: `${day(14)}T09:00 Big visit` }));
    const { activities } = await people.client.get<{ activities: Listed[] }>(
      `/api/activities?from=${window.from}&to=${window.to}`,
    );
    const one = activities.find(({ title, id: own }) => title === 'Big visit' && own !== id);
    const history = await people.client.get<object>(`/api/activities/${one?.id}/history`);
    expect(JSON.stringify(history)).toContain('FREQ=DAILY');
  });

  test('[D4] [O11] [O13] one date is edited while the event is deleted here: it comes back whole, and a person is asked', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(70)}T09:00:00`, { location: 'Roof' });
    await sync();
    await people.at('outlook').edit(await findOn(people, day(50)), { title: 'Big visit' });
    await people.client.send('DELETE', `/api/activities/${id}`);
    await sync();
    await sync();
    const expected = visitsBut({
      2: `${day(50)}T09:00 Big visit`,
      3: `${day(70)}T09:00 Visit at Roof`,
    });
    expect(await people.here()).toEqual(expected);
    expect(await people.there('outlook')).toEqual(expected);
    const copy = outlookCopy(await people.get(id));
    expect(copy).toMatchObject({ state: 'conflict', choices: ['keep', 'delete'] });
    await people.client.send('POST', `/api/activities/${id}/copies/${copy?.id}/resolve`, {
      choice: 'keep',
    });
    await sync();
    await sync();
    await people.expectEverywhere(expected);
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
  });

  test('[D4] [O13] one that never ends comes back so: its calendar may be down, and the question stays', async () => {
    const { people, id } = await withSingles({
      start: `${nextMonth(29)}T09:00`,
      end: `${nextMonth(29)}T10:00`,
      ...rules('FREQ=MONTHLY;BYMONTHDAY=29'),
    });
    await people.at('outlook').edit(await findOn(people, nextMonth(29)), { title: 'Big visit' });
    await people.client.send('DELETE', `/api/activities/${id}`);
    await sync();
    await sync();
    const asked = { state: 'conflict', choices: ['keep', 'delete'] };
    expect(outlookCopy(await people.get(id))).toMatchObject(asked);
    series.stack.sandbox.faults.add({
      match: { provider: 'outlook', method: 'GET' },
      effect: { kind: 'status', status: 503 },
      times: 'always',
    });
    await sync();
    expect(outlookCopy(await people.get(id))).toMatchObject(asked);
  });

  test('[D4] [O13] what was said of one date is edited while the event is deleted here: it comes back', async () => {
    const { people, id } = await withSingles();
    await people.changeOccurrence(id, `${day(70)}T09:00:00`, { location: 'Roof' });
    await sync();
    await people.at('outlook').edit(await findOn(people, day(70)), { title: 'Big visit' });
    await people.client.send('DELETE', `/api/activities/${id}`);
    await sync();
    await sync();
    const expected = visitsBut({ 3: `${day(70)}T09:00 Big visit at Roof` });
    expect(await people.here()).toEqual(expected);
    expect(await people.there('outlook')).toEqual(expected);
  });

  /** Deleted here, and edited so at Google, which gets its turn when Outlook has lost two of its dates. */
  async function comeBackFromGoogle(raw: Record<string, unknown>) {
    const { people, id } = await withSingles();
    const [{ seriesId } = { seriesId: null }] = await people.find('google');
    await people.at('google').edit(seriesId ?? '', { raw });
    await people.client.send('DELETE', `/api/activities/${id}`);
    const { faults } = series.stack.sandbox;
    const isQuiet = faults.add({
      match: { provider: 'google' },
      effect: { kind: 'status', status: 503 },
      times: 'always',
    });
    const isLeft = faults.add({
      match: { provider: 'outlook', method: 'DELETE' },
      effect: { kind: 'status', status: 503 },
      nth: 3,
      times: 'always',
    });
    await sync();
    faults.remove(isQuiet);
    expect(await people.there('outlook')).toHaveLength(2);
    await sync();
    faults.remove(isLeft);
    await sync();
    return { people, id };
  }

  test('[D4] [O13] it comes back from Google before the last of its dates is deleted in Outlook: all are there', async () => {
    const { people } = await comeBackFromGoogle({ summary: 'Call' });
    await people.expectEverywhere(visits.map((visit) => visit.replace('Visit', 'Call')));
  });

  test('[D4] [O13] it comes back from Google as a series that Outlook can hold: that is Outlook’s, whatever becomes of Google', async () => {
    const { people, id } = await comeBackFromGoogle({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] });
    const named = (title: string) => [0, 1, 2].map((count) => `${day(count)}T09:00 ${title}`);
    await people.expectEverywhere(named('Visit'));
    await people.client.send('POST', '/api/calendar/connect', {
      action: 'disconnect',
      integration_id: await people.connectionAt('google'),
    });
    await people.change(id, { title: 'Lunch' });
    await sync();
    expect(await people.there('outlook')).toEqual(named('Lunch'));
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
  });

  const expectRestorable = async (people: People, title: string) => {
    const deleted = await people.client.get<{ activities: Listed[] }>(
      '/api/activities?deleted=true',
    );
    expect(JSON.stringify(deleted)).toContain(title);
  };

  test('[O10] [O13] a date is edited while it is taken out here: it goes, and can be restored as a single event', async () => {
    const { people, id } = await withSingles();
    await people.at('outlook').edit(await findOn(people, day(70)), { title: 'Big visit' });
    const rdates = [`${day(50)}T09:00:00`];
    await people.change(id, { recurrence: { ...withDates.recurrence, rdates } });
    await sync();
    await sync();
    await people.expectEverywhere(visits.slice(0, 3));
    await expectRestorable(people, 'Big visit');
  });

  test('[O10] [O13] a date is edited while it is cancelled here, and then taken out at Google: it goes, and can be restored as a single event', async () => {
    const { people, id } = await withSingles();
    await people.at('outlook').edit(await findOn(people, day(70)), { title: 'Big visit' });
    await people.cancelOccurrence(id, `${day(70)}T09:00:00`);
    const [{ seriesId } = { seriesId: null }] = await people.find('google');
    const rdate = `RDATE;TZID=Europe/Berlin:${day(50).replaceAll('-', '')}T090000`;
    const recurrence = withDates.recurrence.rules.map((rule) => `RRULE:${rule}`);
    await people.at('google').edit(seriesId ?? '', { raw: { recurrence: [...recurrence, rdate] } });
    // Google tells first.
    const { faults } = series.stack.sandbox;
    const outage = { kind: 'status', status: 503 } as const;
    faults.add({ match: { provider: 'outlook' }, effect: outage, times: 'always' });
    await sync(1_000);
    faults.clear();
    await sync();
    await sync();
    await people.expectEverywhere(visits.slice(0, 3));
    await expectRestorable(people, 'Big visit');
  });

  test('[O13] a date is edited while it is cancelled here and the event recurs as one series can: it goes, and can be restored as a single event', async () => {
    const { people, id } = await withSingles();
    await people.at('outlook').edit(await findOn(people, day(14)), { title: 'Big visit' });
    await people.cancelOccurrence(id, `${day(14)}T09:00:00`);
    await people.change(id, rules('FREQ=WEEKLY;COUNT=3'));
    await sync();
    await sync();
    await people.expectEverywhere([`${day(0)}T09:00 Visit`, `${day(7)}T09:00 Visit`]);
    await expectRestorable(people, 'Big visit');
  });

  test('[O13] a date is edited while the event recurs as one series can here: it keeps what was edited', async () => {
    const { people, id } = await withSingles();
    await people.at('outlook').edit(await findOn(people, day(14)), { title: 'Big visit' });
    await people.change(id, rules('FREQ=WEEKLY;COUNT=3'));
    await sync();
    await sync();
    await people.expectEverywhere([
      `${day(0)}T09:00 Visit`,
      `${day(7)}T09:00 Visit`,
      `${day(14)}T09:00 Big visit`,
    ]);
  });

  test('[O3] [O13] a date that is about to go, since its series is one there, is changed on both sides: both stand', async () => {
    const { people, id } = await withSingles();
    await people.change(id, rules('FREQ=WEEKLY;COUNT=3'));
    const isLeft = series.stack.sandbox.faults.add({
      match: { provider: 'outlook', method: 'DELETE' },
      effect: { kind: 'status', status: 503 },
      times: 'always',
    });
    const listOnTheDay = async () =>
      (await people.find('outlook')).filter(({ start }) => start.startsWith(day(14)));
    // Which copy gets its turn first is nobody's to say.
    const count = async () => sync().then(async () => (await listOnTheDay()).length);
    await expect.poll(count, { timeout: 30_000 }).toBe(2);
    const single = (await listOnTheDay()).find(({ seriesId }) => seriesId === null);
    await people.at('outlook').edit(single?.id ?? '', { title: 'Big visit' });
    await people.changeOccurrence(id, `${day(14)}T09:00:00`, { location: 'Roof' });
    series.stack.sandbox.faults.remove(isLeft);
    await sync();
    await sync();
    await people.expectEverywhere([
      `${day(0)}T09:00 Visit`,
      `${day(7)}T09:00 Visit`,
      `${day(14)}T09:00 Big visit at Roof`,
    ]);
    const deleted = await people.client.get<{ activities: Listed[] }>(
      '/api/activities?deleted=true',
    );
    expect(deleted.activities).toEqual([]);
  });
});

test('[O5] [O13] a series that was single events there is given another rule there: its exceptions are as they were', async () => {
  const { people, id } = await withSingles();
  const one = await people.changeOccurrence(id, `${day(14)}T09:00:00`, { title: 'Big visit' });
  await people.change(id, rules('FREQ=WEEKLY;INTERVAL=2;COUNT=3'));
  await sync();
  const seriesId = (await people.find('outlook'))[0]?.seriesId ?? '';
  const { recurrence } = await people.at('outlook').find(seriesId);
  const { pattern, range } = recurrence as { pattern: object; range: object };
  await people.at('outlook').edit(seriesId, {
    raw: { recurrence: { pattern, range: { ...range, numberOfOccurrences: 2 } } },
  });
  await people.syncNow('outlook');
  for (let minute = 0; minute < 3; minute++) await sync(60_000);
  expect(outlookCopy(await people.get(one.id))).toMatchObject({ state: 'synced' });
  // Outlook drops exceptions with the rule: what was said here stands.
  await people.expectEverywhere([visits[0] ?? '', `${day(14)}T09:00 Big visit`]);
  await people.change(one.id, { location: 'Roof' });
  await sync();
  expect(outlookCopy(await people.get(one.id))).toMatchObject({ state: 'synced' });
  await people.expectEverywhere([visits[0] ?? '', `${day(14)}T09:00 Big visit at Roof`]);
});

test.each(['FREQ=WEEKLY;INTERVAL=2;COUNT=3', 'FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4'])(
  '[O10] [O13] an occurrence of %s is edited there while all become single events here: both stand',
  async (rule) => {
    const { people, id } = await withSingles(rules(rule));
    await people.at('outlook').edit(await findOn(people, day(14)), { title: 'Big visit' });
    await people.change(id, { recurrence: withDates.recurrence });
    // Nobody has read the calendar since.
    await sync(1_000);
    await sync();
    await sync();
    await people.expectEverywhere(visitsBut({ 1: `${day(14)}T09:00 Big visit` }));
  },
);

test('[D6] [O13] many dates of one series go at once, here or there: that is one event, and nobody is asked', async () => {
  const people = await series.connect('outlook');
  const daily = { ...at(0), ...rules('FREQ=DAILY;BYHOUR=9,15;COUNT=24') };
  const { id } = await people.addSeries(daily);
  const other = await people.addSeries(daily);
  await sync();
  expect(await idsThere(people)).toHaveLength(48);
  // What is said of single dates goes with the series.
  for (const one of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
    await people.changeOccurrence(id, `${day(one)}T09:00:00`, { title: 'Big visit' });
  }
  await sync();
  await people.client.send('DELETE', `/api/activities/${id}`);
  await sync();
  expect(await idsThere(people)).toHaveLength(24);
  for (const one of await idsThere(people)) await people.at('outlook').remove(one);
  await sync();
  await sync();
  await people.expectEverywhere([]);
  expect(outlookCopy(await people.get(other.id))).toMatchObject({ state: 'synced' });
});

test('[O2] [O13] in Google one date is changed, one cancelled, and all renamed: so it is in Outlook', async () => {
  const { people, id } = await withSingles();
  const foundOn = async (date: string) =>
    (await people.find('google')).find(({ start }) => start.startsWith(date));
  await people.at('google').edit((await foundOn(day(50)))?.id ?? '', { title: 'Big visit' });
  await people.at('google').remove((await foundOn(day(14)))?.id ?? '');
  await sync();
  await sync();
  await people.expectEverywhere(visitsBut({ 1: null, 2: `${day(50)}T09:00 Big visit` }));
  await people.at('google').edit((await foundOn(day(0)))?.seriesId ?? '', { title: 'Call' });
  await sync();
  await sync();
  const call = (visit: string) => visit.replace('Visit', 'Call');
  await people.expectEverywhere(visitsBut({ 1: null, 2: `${day(50)}T09:00 Big visit` }).map(call));
  await people.at('google').remove((await foundOn(day(0)))?.seriesId ?? '');
  await sync();
  await sync();
  for (const provider of both) expect(await people.there(provider)).toEqual([]);
  expect(await people.get(id)).toMatchObject({ status: 'cancelled' });
});
