import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { leave } from '../../support/activities.ts';
import { type Listed, linesBut, type SeriesStack, startSeries } from '../../support/series.ts';

/* Series that Graph holds as several: one event here, one series at Google, several in Outlook. */

const window = { from: '2027-02-20T00:00:00Z', to: '2027-06-10T00:00:00Z' };
/** The clocks go forward on 28 March. */
const dates = ['2027-03-01', '2027-03-15', '2027-04-01', '2027-04-15', '2027-05-01', '2027-05-15'];
const both = ['google', 'outlook'] as const;
const twiceAMonth = {
  start: '2027-03-01T09:00',
  end: '2027-03-01T10:00',
  recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=6'] },
};
/** Nine o'clock in New York: until the clocks change here as well, they are six and then five apart. */
const hours = ['15:00', '14:00', '15:00', '15:00', '15:00', '15:00'];
const inBerlin = dates.map((date, index) => `${date}T${hours[index]} Visit`);
const visits = dates.map((date) => `${date}T09:00 Visit`);
const visitsBut = (changes: Record<number, string | null>) => linesBut(visits, changes);

let series: SeriesStack;
beforeAll(async () => {
  series = await startSeries(window);
});
afterEach(() => leave(series.stack));
afterAll(() => series.stack.stop());

const sync = () => series.sync();

async function withParts(changes: Record<string, unknown> = {}) {
  const people = await series.connect(...both);
  const event = await people.addSeries({ ...twiceAMonth, ...changes });
  await sync();
  return { people, id: event.id };
}

type People = Awaited<ReturnType<typeof series.connect>>;

/** The ids of the series that Outlook shows in those weeks. */
const seriesThere = async (people: People) =>
  [...new Set((await people.find('outlook')).map(({ seriesId }) => seriesId))].sort();

const outlookCopy = ({ copies }: Listed) => copies.find(({ provider }) => provider === 'outlook');

describe('a series that Outlook holds as several', () => {
  test('[O12] is one event here and one copy of it, in sync, and writes nothing once it is there', async () => {
    const { people, id } = await withParts();
    expect(await seriesThere(people)).toHaveLength(2);
    await people.expectEverywhere(visits);
    const { copies, outlook_event_id } = await people.get(id);
    expect(
      copies.map(({ provider, held_as, state, reason }) => [provider, held_as, state, reason]),
    ).toEqual([
      ['google', 'one', 'synced', null],
      ['outlook', 'several-series', 'synced', null],
    ]);
    const first = (await people.find('outlook')).find(({ start }) =>
      start.startsWith(dates[0] ?? ''),
    );
    expect(outlook_event_id).toBe(first?.seriesId);
  });

  test('[O12] is renamed here and moved to another hour: all of them, and each stays the same series', async () => {
    const { people, id } = await withParts();
    const before = await seriesThere(people);
    await people.change(id, {
      title: 'Call',
      start: '2027-03-01T11:00',
      end: '2027-03-01T12:00',
      time_zone: 'Europe/Berlin',
    });
    await sync();
    await people.expectEverywhere(dates.map((date) => `${date}T11:00 Call`));
    expect(await seriesThere(people)).toEqual(before);
  });

  test('[O12] recurs otherwise: series come and go, and the event stays one', async () => {
    const { people, id } = await withParts();
    const rules = (rule: string) => ({ recurrence: { rules: [rule] } });
    await people.change(id, rules('FREQ=MONTHLY;BYMONTHDAY=1,10,20;COUNT=6'));
    await sync();
    const at = (...days: string[]) => days.map((day) => `2027-${day}T09:00 Visit`);
    await people.expectEverywhere(at('03-01', '03-10', '03-20', '04-01', '04-10', '04-20'));
    expect(await seriesThere(people)).toHaveLength(3);
    await people.change(id, rules('FREQ=WEEKLY;COUNT=3'));
    await sync();
    await people.expectEverywhere(at('03-01', '03-08', '03-15'));
    expect(await seriesThere(people)).toHaveLength(1);
    await people.change(id, rules('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=6'));
    await sync();
    await people.expectEverywhere(visits);
    await people.change(id, { recurrence: null });
    await sync();
    await people.expectEverywhere(visits.slice(0, 1));
  });

  test('[O12] has occurrences changed and cancelled here: each in the series that it is in', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-04-15T09:00:00', {
      title: 'Late visit',
      start: '2027-04-16T15:00',
      end: '2027-04-16T16:00',
      time_zone: 'Europe/Berlin',
    });
    await people.cancelOccurrence(id, '2027-04-01T09:00:00');
    await sync();
    await people.expectEverywhere(visitsBut({ 2: null, 3: '2027-04-16T15:00 Late visit' }));
  });

  test('[O12] leaves a date out', async () => {
    const recurrence = { ...twiceAMonth.recurrence, exdates: ['2027-03-15T09:00:00'] };
    const { people } = await withParts({ recurrence });
    await people.expectEverywhere(visitsBut({ 1: null }));
  });

  test('[O5] [O12] keeps its exceptions when it recurs otherwise, also where another series has their dates then', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-04-15T09:00:00', { title: 'Big visit' });
    await people.cancelOccurrence(id, '2027-05-15T09:00:00');
    await sync();
    // The 15th was the second, and is the third.
    const rules = ['FREQ=MONTHLY;BYMONTHDAY=1,8,15;COUNT=9'];
    await people.change(id, { recurrence: { rules } });
    await sync();
    await people.expectEverywhere([
      ...visitsBut({ 3: '2027-04-15T09:00 Big visit', 5: null }),
      ...['03', '04', '05'].map((month) => `2027-${month}-08T09:00 Visit`),
    ]);
    // And the only one.
    await people.change(id, { recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=15;COUNT=4'] } });
    await sync();
    await people.expectEverywhere(
      visitsBut({ 2: null, 3: '2027-04-15T09:00 Big visit', 4: null, 5: null }),
    );
  });

  test('[O10] [O12] recurs otherwise here before an edit of an occurrence was read there: both stand', async () => {
    const { people, id } = await withParts();
    const fourth = (await people.find('outlook')).find(({ start }) =>
      start.startsWith('2027-04-15'),
    );
    await people.at('outlook').edit(fourth?.id ?? '', { title: 'Big visit' });
    await people.change(id, { recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4'] } });
    await sync();
    await sync();
    await people.expectEverywhere([...visits.slice(0, 3), '2027-04-15T09:00 Big visit']);
  });

  test('[O6] [O12] is split: each half is several series', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-05-15T09:00:00', { title: 'Last visit' });
    await sync();
    await people.changeOccurrence(id, '2027-04-01T09:00:00', {
      scope: 'following',
      location: 'Roof',
    });
    await sync();
    await people.expectEverywhere([
      ...visits.slice(0, 2),
      ...visits.slice(2, 5).map((visit) => `${visit} at Roof`),
      `2027-05-15T09:00 Last visit at Roof`,
    ]);
    expect(await seriesThere(people)).toHaveLength(4);
  });

  test('[O6] [O12] ends before an occurrence', async () => {
    const { people, id } = await withParts();
    await people.cancelOccurrence(id, '2027-03-15T09:00:00', 'following');
    await sync();
    await people.expectEverywhere(visits.slice(0, 1));
  });

  test('[O7] [O12] is deleted here, and restored with its exceptions', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-04-15T09:00:00', { title: 'Big visit' });
    await sync();
    await people.client.send('DELETE', `/api/activities/${id}`);
    await sync();
    await people.expectEverywhere([]);
    await people.client.send('POST', `/api/activities/${id}/restore`);
    await sync();
    await people.expectEverywhere(visitsBut({ 3: '2027-04-15T09:00 Big visit' }));
  });

  test('[O8] [O12] has guests: it is refused there with the reason, and nobody is invited twice', async () => {
    const guests = { attendees: [{ email: 'guest@elsewhere.example' }] };
    const people = await series.connect('outlook');
    const mailCount = series.stack.sandbox.mails.length;
    const { id } = await people.addSeries({ ...twiceAMonth, ...guests });
    await sync();
    const { state, reason } = outlookCopy(await people.get(id)) ?? {};
    expect(state).toBe('refused');
    expect(reason).toMatch(/invite each guest once to each/);
    expect(await people.there('outlook')).toEqual([]);
    await people.change(id, { attendees: [] });
    await sync();
    await people.expectEverywhere(visits);
    await people.change(id, { ...guests, title: 'Call' });
    await sync();
    expect(outlookCopy(await people.get(id))).toMatchObject({ state, reason });
    expect(await people.there('outlook')).toEqual(visits);
    expect(series.stack.sandbox.mails.length).toBe(mailCount);
    await people.change(id, { recurrence: { rules: ['FREQ=MONTHLY;COUNT=3'] } });
    await sync();
    await people.expectEverywhere(
      [dates[0], dates[2], dates[4]].map((date) => `${date}T09:00 Call`),
    );
  });

  test('[G2] [O12] has guests who are invited from Google: it is several in Outlook, which invites nobody', async () => {
    const { people, id } = await withParts({ attendees: [{ email: 'guest@elsewhere.example' }] });
    await people.expectEverywhere(visits);
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
    expect(await seriesThere(people)).toHaveLength(2);
  });

  test('[O11] [O12] is deleted here while one occurrence is edited there: it comes back whole', async () => {
    const { people, id } = await withParts();
    const third = (await people.find('outlook')).find(({ start }) =>
      start.startsWith('2027-04-15'),
    );
    await people.at('outlook').edit(third?.id ?? '', { title: 'Big visit' });
    await people.client.send('DELETE', `/api/activities/${id}`);
    await sync();
    await sync();
    const copy = outlookCopy(await people.get(id));
    expect(copy).toMatchObject({ choices: ['keep', 'delete'] });
    await people.client.send('POST', `/api/activities/${id}/copies/${copy?.id}/resolve`, {
      choice: 'keep',
    });
    await sync();
    await sync();
    await people.expectEverywhere(visitsBut({ 3: '2027-04-15T09:00 Big visit' }));
  });
});

test('[O11] [O12] a series is deleted at Google while one occurrence is edited in Outlook: it comes back whole', async () => {
  const { people } = await withParts();
  const [first] = await people.find('google');
  const third = (await people.find('outlook')).find(({ start }) => start.startsWith('2027-04-15'));
  await people.at('google').remove(first?.seriesId ?? '');
  await people.at('outlook').edit(third?.id ?? '', { title: 'Big visit' });
  await people.syncNow('google');
  await sync();
  await sync();
  const expected = visitsBut({ 3: '2027-04-15T09:00 Big visit' });
  expect(await people.here()).toEqual(expected);
  expect(await people.there('outlook')).toEqual(expected);
});

test('[D4] [O12] a series is deleted here while it is edited at Google: of the parts in Outlook those that went come again', async () => {
  const { people, id } = await withParts();
  const [first] = await people.find('google');
  await people.at('google').edit(first?.seriesId ?? '', { title: 'Call' });
  await people.client.send('DELETE', `/api/activities/${id}`);
  // Google does not answer yet, and Outlook no more after the first of the two.
  let isDown = false;
  const { runtime } = series.stack.context;
  const { send } = runtime;
  runtime.send = async (request) => {
    const isOutlook = request.url.includes('/v1.0/');
    if (!isOutlook || isDown) return { status: 503, headers: {}, body: '' };
    const answer = await send(request);
    isDown = request.method === 'DELETE';
    return answer;
  };
  await series.sync(1_000);
  expect(isDown).toBe(true);
  // Google is heard of before Outlook answers again.
  runtime.send = (request) =>
    request.url.includes('/v1.0/')
      ? Promise.resolve({ status: 503, headers: {}, body: '' })
      : send(request);
  await sync();
  runtime.send = send;
  await sync();
  await sync();
  await people.expectEverywhere(dates.map((date) => `${date}T09:00 Call`));
});

describe('in Outlook', () => {
  const findOn = async (people: People, date: string) =>
    (await people.find('outlook')).find(({ start }) => start.startsWith(date));

  /** Three days from the middle of March. */
  const recurDaily = (people: People, seriesId: string) =>
    people.at('outlook').edit(seriesId, {
      raw: {
        recurrence: {
          pattern: { type: 'daily', interval: 1 },
          range: {
            type: 'numbered',
            numberOfOccurrences: 3,
            startDate: '2027-03-15',
            recurrenceTimeZone: 'W. Europe Standard Time',
          },
        },
      },
    });

  test('[O12] one occurrence is changed and one is cancelled: they are those of the event', async () => {
    const { people } = await withParts();
    const [third, fourth] = [
      await findOn(people, '2027-04-01'),
      await findOn(people, '2027-04-15'),
    ];
    await people.at('outlook').edit(third?.id ?? '', { title: 'Big visit' });
    await people.at('outlook').remove(fourth?.id ?? '');
    await sync();
    await sync();
    await people.expectEverywhere(visitsBut({ 2: '2027-04-01T09:00 Big visit', 3: null }));
  });

  test('[O2] [O12] one occurrence is cancelled, and before that is heard of all are moved here to another hour: it stays cancelled', async () => {
    const { people, id } = await withParts();
    await people.at('outlook').remove((await findOn(people, '2027-04-15'))?.id ?? '');
    await people.change(id, {
      start: '2027-03-01T11:00',
      end: '2027-03-01T12:00',
      time_zone: 'Europe/Berlin',
    });
    // Nobody has looked there meanwhile.
    await series.sync(1_000);
    await sync();
    await people.expectEverywhere(
      linesBut(
        dates.map((date) => `${date}T11:00 Visit`),
        { 3: null },
      ),
    );
  });

  test('[O12] one of the series is renamed: it is the event that was', async () => {
    const { people } = await withParts();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people.at('outlook').edit(seriesId ?? '', { title: 'Call', location: 'Roof' });
    await sync();
    await sync();
    await people.expectEverywhere(dates.map((date) => `${date}T09:00 Call at Roof`));
  });

  test('[O12] one of the series is renamed while the event has no use for it any more here: it is the event that was', async () => {
    const { people, id } = await withParts();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people.at('outlook').edit(seriesId ?? '', { title: 'Call', location: 'Roof' });
    await people.change(id, {
      recurrence: { rules: ['FREQ=MONTHLY;COUNT=3'] },
      location: 'Cellar',
    });
    await sync();
    await sync();
    const days = [dates[0], dates[2], dates[4]];
    await people.expectEverywhere(days.map((date) => `${date}T09:00 Call at Cellar`));
    // What gave way is known.
    const history = await people.client.get<object>(`/api/activities/${id}/history`);
    expect(JSON.stringify(history)).toContain('Roof');
  });

  test.each([
    ['on both sides', { title: 'Call', location: 'Roof' }, { state: 'conflict', noted: 1 }],
    ['here', { title: 'Call' }, { state: 'synced', noted: 0 }],
  ])(
    '[O3] [O12] one of the series is renamed there while the event has no use for it here, and has one again before it went: what was changed %s is written',
    async (_, typed, { state, noted }) => {
      const { people, id } = await withParts();
      const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
      await people.at('outlook').edit(seriesId ?? '', typed);
      const recurrence = { rules: ['FREQ=MONTHLY;COUNT=3'] };
      await people.change(id, { recurrence, location: 'Cellar' });
      const { faults } = series.stack.sandbox;
      const isLeft = faults.add({
        match: { provider: 'outlook', method: 'DELETE' },
        effect: { kind: 'status', status: 503 },
        times: 'always',
      });
      await sync();
      await sync();
      expect(await seriesThere(people)).toHaveLength(2);
      const [atGoogle] = await people.find('google');
      const raw = { recurrence: [`RRULE:${twiceAMonth.recurrence.rules}`] };
      await people.at('google').edit(atGoogle?.seriesId ?? '', { raw });
      await sync();
      faults.remove(isLeft);
      await sync();
      await people.expectEverywhere(dates.map((date) => `${date}T09:00 Call at Cellar`));
      expect(await seriesThere(people)).toContain(seriesId);
      expect(outlookCopy(await people.get(id))).toMatchObject({ state });
      const { entries } = await people.client.get<{ entries: { change: string }[] }>(
        `/api/activities/${id}/history`,
      );
      expect(entries.filter(({ change }) => change === 'conflict')).toHaveLength(noted);
    },
  );

  test('[O6] [O12] one of the series is renamed before a split made here is there, which leaves the first half no use for it: both halves are', async () => {
    const { people, id } = await withParts();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people.at('outlook').edit(seriesId ?? '', { title: 'Call' });
    await people.changeOccurrence(id, '2027-03-15T09:00:00', {
      scope: 'following',
      location: 'Roof',
    });
    await sync();
    await sync();
    const calls = dates.map((date) => `${date}T09:00 Call`);
    const [first, ...others] = calls;
    await people.expectEverywhere([first ?? '', ...others.map((call) => `${call} at Roof`)]);
  });

  test('[O6] [O12] one of the series is renamed while the event has no use for it any more here: what was split off before is not', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-05-01T09:00:00', {
      scope: 'following',
      location: 'Roof',
    });
    await sync();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people.at('outlook').edit(seriesId ?? '', { title: 'Call' });
    await people.change(id, { recurrence: { rules: ['FREQ=MONTHLY;COUNT=2'] } });
    await sync();
    await sync();
    await people.expectEverywhere([
      '2027-03-01T09:00 Call',
      '2027-04-01T09:00 Call',
      '2027-05-01T09:00 Visit at Roof',
      '2027-05-15T09:00 Visit at Roof',
    ]);
  });
  test.each([
    ['one of them goes with it', { count: 6, from: '2027-03-15' }],
    ['one of them stays as it is', { count: 5, from: '2027-05-01' }],
  ])(
    '[O6] [O12] all of the series are renamed before a split made here is there, and %s: both halves are',
    async (_, { count, from }) => {
      const rules = [`FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=${count}`];
      const { people, id } = await withParts({ recurrence: { rules } });
      // The second, which is that one, is told of first.
      for (const date of ['2027-03-15', '2027-03-01']) {
        const { seriesId } = (await findOn(people, date)) ?? {};
        await people.at('outlook').edit(seriesId ?? '', { title: 'Call' });
      }
      const following = { scope: 'following', location: 'Roof' };
      await people.changeOccurrence(id, `${from}T09:00:00`, following);
      await sync();
      await sync();
      const called = (date: string) => `${date}T09:00 Call${date < from ? '' : ' at Roof'}`;
      await people.expectEverywhere(dates.slice(0, count).map(called));
    },
  );

  test('[O12] one of the series is moved to another hour: all are', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-05-01T09:00:00', { title: 'Big visit' });
    await sync();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people
      .at('outlook')
      .edit(seriesId ?? '', { start: '2027-03-15T10:30', end: '2027-03-15T12:00' });
    await sync();
    await sync();
    const moved = dates.map((date) => `${date}T10:30 Visit`);
    moved[4] = '2027-05-01T10:30 Big visit';
    await people.expectEverywhere(moved);
  });

  test('[O12] one of the series recurs otherwise, and before that is heard of one of its dates is cancelled here: both are settled', async () => {
    const { people, id } = await withParts();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await recurDaily(people, seriesId ?? '');
    await people.cancelOccurrence(id, '2027-05-15T09:00:00');
    await series.sync(1_000);
    await sync();
    await people.expectEverywhere(visitsBut({ 5: null }));
  });

  test('[O12] one of the series is moved to other days: they are put back, and a person is told', async () => {
    const { people, id } = await withParts();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    const { recurrence } = await people.at('outlook').find(seriesId ?? '');
    const { pattern, range } = recurrence as { pattern: object; range: object };
    await people.at('outlook').edit(seriesId ?? '', {
      start: '2027-03-20T09:00',
      end: '2027-03-20T10:00',
      raw: {
        recurrence: {
          pattern: { ...pattern, dayOfMonth: 20 },
          range: { ...range, startDate: '2027-03-20' },
        },
      },
    });
    await sync();
    await sync();
    await people.expectEverywhere(visits);
    const copy = outlookCopy(await people.get(id));
    expect(copy).toMatchObject({ state: 'conflict', choices: ['keep'] });
    expect(copy?.reason).toMatch(/moved to other days/);
    await people.client.send('POST', `/api/activities/${id}/copies/${copy?.id}/resolve`, {
      choice: 'keep',
    });
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
  });

  test('[O12] one of the series that end on a day is moved to another zone: all are, and nobody is asked', async () => {
    const { people, id } = await withParts({
      recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=1,15;UNTIL=20270515T215959Z'] },
    });
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    const { recurrence } = await people.at('outlook').find(seriesId ?? '');
    const { pattern, range } = recurrence as { pattern: object; range: object };
    const timeZone = 'America/New_York';
    const recurrenceTimeZone = 'Eastern Standard Time';
    await people.at('outlook').edit(seriesId ?? '', {
      raw: {
        start: { dateTime: '2027-03-15T09:00:00', timeZone },
        end: { dateTime: '2027-03-15T10:00:00', timeZone },
        recurrence: { pattern, range: { ...range, recurrenceTimeZone } },
      },
    });
    await sync();
    await sync();
    expect(await people.get(id)).toMatchObject({ time_zone: timeZone });
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
    expect(await seriesThere(people)).toHaveLength(2);
    for (const provider of both) expect(await people.there(provider)).toEqual(inBerlin);
  });

  test.each(['here', 'in Outlook'])(
    '[O12] a series made %s recurs otherwise here, as several in Outlook, while it is moved to another zone there: both stand',
    async (where) => {
      const people = await series.connect(...both);
      const range = { startDate: '2027-03-01', endDate: '2027-03-29', type: 'endDate' };
      if (where === 'here') {
        const recurrence = { rules: ['FREQ=WEEKLY;UNTIL=20270329T215959Z'] };
        await people.addSeries({ ...twiceAMonth, recurrence });
      } else {
        const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['monday'] };
        const { start, end } = twiceAMonth;
        const raw = { recurrence: { pattern, range } };
        await people.at('outlook').create({ title: 'Visit', start, end, raw });
      }
      await sync();
      await sync();
      const id = (await people.list())[0]?.series_id ?? '';
      const { seriesId } = (await findOn(people, '2027-03-01')) ?? {};
      const { recurrence } = await people.at('outlook').find(seriesId ?? '');
      const { pattern } = recurrence as { pattern: object };
      await people.change(id, { recurrence: twiceAMonth.recurrence });
      const timeZone = 'America/New_York';
      await people.at('outlook').edit(seriesId ?? '', {
        raw: {
          start: { dateTime: '2027-03-01T09:00:00', timeZone },
          end: { dateTime: '2027-03-01T10:00:00', timeZone },
          recurrence: { pattern, range: { ...range, recurrenceTimeZone: 'Eastern Standard Time' } },
        },
      });
      await sync();
      await sync();
      expect(await people.get(id)).toMatchObject({ time_zone: timeZone });
      expect(await people.here()).toEqual(visits);
      expect(await people.there('outlook')).toEqual(inBerlin);
      // What came in from Outlook goes to no other calendar by itself.
      expect(await people.there('google')).toEqual(where === 'here' ? inBerlin : []);
      expect(await seriesThere(people)).toHaveLength(2);
      expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
    },
  );

  test('[O5] [O12] one of the series recurs otherwise: put back, it has its exceptions again', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-04-15T09:00:00', { title: 'Big visit' });
    await people.cancelOccurrence(id, '2027-05-15T09:00:00');
    await sync();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await recurDaily(people, seriesId ?? '');
    // Nothing is known of that yet when this one is looked up there.
    await people.changeOccurrence(id, '2027-03-15T09:00:00', { title: 'First visit' });
    await sync();
    await sync();
    await people.expectEverywhere(
      visitsBut({ 1: '2027-03-15T09:00 First visit', 3: '2027-04-15T09:00 Big visit', 5: null }),
    );
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'conflict' });
  });

  test('[O12] one of the series is deleted: the event stays, a person is asked, and it can be put back', async () => {
    const { people, id } = await withParts();
    await people.changeOccurrence(id, '2027-04-15T09:00:00', { title: 'Big visit' });
    await sync();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people.at('outlook').remove(seriesId ?? '');
    await sync();
    await sync();
    const expected = visitsBut({ 3: '2027-04-15T09:00 Big visit' });
    expect(await people.here()).toEqual(expected);
    expect(await people.there('google')).toEqual(expected);
    expect(await people.there('outlook')).toEqual([visits[0], visits[2], visits[4]]);
    const copy = outlookCopy(await people.get(id));
    expect(copy).toMatchObject({ state: 'detached', choices: ['put-back', 'delete'] });
    expect(copy?.reason).toMatch(/a series of their own/);
    await people.client.send('POST', `/api/activities/${id}/copies/${copy?.id}/resolve`, {
      choice: 'put-back',
    });
    await sync();
    await people.expectEverywhere(expected);
    expect(outlookCopy(await people.get(id))).toMatchObject({ state: 'synced', reason: null });
  });

  test('[O12] one of the series is deleted while what was written of a date of it had no answer: that waits, and tries nothing', async () => {
    const { people, id } = await withParts();
    const { seriesId } = (await findOn(people, '2027-03-15')) ?? {};
    await people.changeOccurrence(id, '2027-04-15T09:00:00', { title: 'Big visit' });
    const { runtime } = series.stack.context;
    const { send } = runtime;
    runtime.send = async (request) => {
      const answer = await send(request);
      return request.url.includes('/v1.0/') && request.method === 'PATCH'
        ? { status: 503, headers: {}, body: '' }
        : answer;
    };
    await series.sync(1_000);
    runtime.send = send;
    await people.at('outlook').remove(seriesId ?? '');
    await sync();
    await sync();
    const one = (await people.list()).find(({ title }) => title === 'Big visit');
    expect(outlookCopy(await people.get(one?.id ?? ''))).toMatchObject({
      state: 'pending',
      reason: null,
    });
  });

  test('[O7] [O12] all of the series are deleted: the event is cancelled', async () => {
    const { people, id } = await withParts();
    for (const seriesId of await seriesThere(people))
      await people.at('outlook').remove(seriesId ?? '');
    await sync();
    await sync();
    for (const provider of both) expect(await people.there(provider)).toEqual([]);
    expect(await people.get(id)).toMatchObject({ status: 'cancelled' });
  });

  test('[O3] [O12] the series are renamed differently: one wins everywhere, and a person is asked', async () => {
    const { people, id } = await withParts();
    const [first, second] = [
      await findOn(people, '2027-03-01'),
      await findOn(people, '2027-03-15'),
    ];
    await people.at('outlook').edit(first?.seriesId ?? '', { title: 'Call' });
    await people.at('outlook').edit(second?.seriesId ?? '', { title: 'Lunch' });
    await sync();
    await sync();
    const { title, copies } = await people.get(id);
    expect(['Call', 'Lunch']).toContain(title);
    await people.expectEverywhere(dates.map((date) => `${date}T09:00 ${title}`));
    expect(copies.map(({ state }) => state)).toEqual(['synced', 'conflict']);
  });
});
