import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { EventFields, When } from '../../src/calendar/event.ts';
import { ProviderError } from '../../src/providers/provider-error.ts';
import {
  answering,
  holiday,
  json,
  lunch,
  openDesk,
  series,
  silently,
  type Subject,
  subjects,
  tuesdays,
} from './subjects.ts';

const [google, outlook] = subjects;
if (!google || !outlook) throw new Error('both providers are needed');

const DAY_MS = 24 * 60 * 60 * 1000;
const call = { accessToken: 'token', calendarId: 'c' };
const linkId = '0b7e6f5a-93c1-4d2e-8f00-1a2b3c4d5e6f' as never;
const slot = { seriesId: 'series', originalStart: new Date('2026-12-08T11:00:00Z') };

/** What is sent; the answer does not matter. */
async function bodyOf(subject: Subject, write: 'insert' | 'patch', fields: Partial<EventFields>) {
  const { provider, requests } = answering(subject, () => json({}, 404));
  const done =
    write === 'insert'
      ? provider.createEvent(call, linkId, { ...tuesdays, ...fields }, silently)
      : provider.updateEvent(call, 'series', 'etag', fields, silently);
  await done.catch(() => {});
  const body = requests.find(({ method }) => method !== 'GET')?.body;
  return JSON.parse(body ?? 'null') as unknown;
}

describe('google: a series', () => {
  const zone = { timeZone: 'Europe/Berlin' };
  const start = { dateTime: '2026-12-01T12:00:00', ...zone };

  test('is written with the lines of its rule and with its zone', async () => {
    expect(await bodyOf(google, 'insert', {})).toMatchObject({
      start,
      end: { ...zone, dateTime: '2026-12-01T13:00:00' },
      recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5'],
    });
    const { when, recurrence } = series(['RRULE:FREQ=DAILY', 'EXDATE:20261208T110000Z']);
    expect(await bodyOf(google, 'patch', { when, recurrence })).toMatchObject({
      start,
      recurrence: ['RRULE:FREQ=DAILY', 'EXDATE;TZID=Europe/Berlin:20261208T120000'],
    });
    expect(await bodyOf(google, 'patch', { when, recurrence: null })).toMatchObject({
      start,
      recurrence: null,
    });
    expect(await bodyOf(google, 'insert', { recurrence: null })).not.toHaveProperty('recurrence');
    expect(await bodyOf(google, 'patch', { title: 'x' })).toEqual({ summary: 'x' });
  });

  const master = {
    id: 'series',
    etag: '"1"',
    iCalUID: 'uid',
    start: { ...zone, dateTime: '2026-12-01T12:00:00+01:00' },
    end: { ...zone, dateTime: '2026-12-01T13:00:00+01:00' },
    recurrence: ['RRULE:FREQ=WEEKLY'],
  };
  const sparse = {
    id: 'series_20261208T110000Z',
    status: 'cancelled',
    recurringEventId: 'series',
    originalStartTime: { dateTime: '2026-12-08T12:00:00+01:00' },
  };

  test('[F4] has its exceptions on all pages, short and empty ones too', async () => {
    const pages = [
      master,
      { items: [master], nextPageToken: 'a' },
      { items: [], nextPageToken: 'b' },
      { nextPageToken: 'c' },
      { items: [sparse, { ...sparse, recurringEventId: 'another' }] },
    ];
    const { provider, requests } = answering(google, (_request, count) => json(pages[count - 1]));
    const whole = await provider.findSeries(call, 'series');
    expect(whole?.exceptions).toEqual([{ kind: 'cancelled', slot }]);
    const asked = requests.slice(1).map(({ url }) => new URL(url).searchParams);
    expect(asked.map((query) => query.get('pageToken'))).toEqual([null, 'a', 'b', 'c']);
    for (const query of asked) {
      expect(query.get('iCalUID')).toBe('uid');
      expect(query.get('showDeleted')).toBe('true');
    }
  });

  test('with an exception that cannot be read is not read in part', async () => {
    const bad = { ...sparse, status: 'confirmed' };
    const { provider } = answering(google, (_request, count) =>
      json(count === 1 ? master : { items: [sparse, bad] }),
    );
    const malformed = { kind: 'malformed-answer' };
    await expect(provider.findSeries(call, 'series')).rejects.toMatchObject(malformed);
  });

  test('whose calendar goes out of reach meanwhile is not taken for deleted', async () => {
    const { provider } = answering(google, (_request, count) =>
      count === 1 ? json(master) : json({ error: { code: 404, message: 'Not Found' } }, 404),
    );
    const accessLost = { kind: 'access-lost' };
    await expect(provider.findSeries(call, 'series')).rejects.toMatchObject(accessLost);
  });

  test('whose list does not end is given up', async () => {
    const { provider, requests } = answering(google, (_request, count) =>
      json(count === 1 ? master : { items: [], nextPageToken: 'again' }),
    );
    const malformed = { kind: 'malformed-answer' };
    await expect(provider.findSeries(call, 'series')).rejects.toMatchObject(malformed);
    await expect(provider.findOccurrence(call, slot)).rejects.toMatchObject(malformed);
    expect(requests.length).toBeLessThan(50);
  });

  test('has an occurrence asked for by where it was meant to be', async () => {
    const { provider, requests } = answering(google, () => json({ items: [sparse] }));
    expect(await provider.findOccurrence(call, slot)).toBeUndefined();
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toContain('/events/series/instances?originalStart=2026-12-08T11');
  });

  describe('whose list of occurrences lacks the one', () => {
    const find = (recurrence: string[], exceptions: unknown[]) => {
      const answers = [{ items: [] }, { ...master, recurrence }, { items: exceptions }];
      const { provider } = answering(google, (_request, count) => json(answers[count - 1]));
      return provider.findOccurrence(call, slot);
    };
    const weekly = ['RRULE:FREQ=WEEKLY'];
    const { start: from, end: until } = master;

    test('says itself that it is cancelled, or has no such date', async () => {
      expect(await find(weekly, [sparse])).toBeUndefined();
      expect(await find(['RRULE:FREQ=MONTHLY'], [])).toBeUndefined();
      const exdate = 'EXDATE;TZID=Europe/Berlin:20261208T120000';
      expect(await find([...weekly, exdate], [])).toBeUndefined();
    });

    test('says itself what it is', async () => {
      const changed = {
        ...master,
        recurrence: undefined,
        ...sparse,
        status: 'confirmed',
        start: from,
        end: until,
      };
      expect(await find(weekly, [changed])).toMatchObject({ externalId: sparse.id });
    });

    test('has it all the same: the list is not believed', async () => {
      await expect(find(weekly, [])).rejects.toMatchObject({ kind: 'malformed-answer' });
    });
  });

  test('without a zone is kept, and people are told', async () => {
    const times = {
      start: { dateTime: '2026-12-01T12:00:00+01:00' },
      end: { dateTime: '2026-12-01T13:00:00+01:00' },
    };
    const { provider } = answering(google, () => json({ ...master, ...times }));
    const found = await provider.findEvent(call, 'series');
    expect(found?.fields.when).toMatchObject({ timeZone: 'Etc/GMT-1' });
    expect(found?.warnings).toEqual([expect.stringContaining('off')]);
  });
});

describe('outlook: a series', () => {
  const moment = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });
  const berlin = 'W. Europe Standard Time';

  test('is written on the clock of its zone, from its first day on', async () => {
    const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] };
    const range = { type: 'numbered', numberOfOccurrences: 5, startDate: '2026-12-01' };
    const written = {
      isAllDay: false,
      start: moment('2026-12-01T12:00:00', berlin),
      end: moment('2026-12-01T13:00:00', berlin),
      recurrence: {
        pattern: { ...pattern, firstDayOfWeek: 'monday' },
        range: { ...range, recurrenceTimeZone: berlin },
      },
    };
    expect(await bodyOf(outlook, 'insert', {})).toMatchObject(written);
    const { when, recurrence } = tuesdays;
    expect(await bodyOf(outlook, 'patch', { when, recurrence })).toEqual(written);
    const { recurrence: _rule, ...times } = written;
    expect(await bodyOf(outlook, 'patch', { when, recurrence: null })).toEqual({
      ...times,
      recurrence: null,
    });
    expect(await bodyOf(outlook, 'insert', { recurrence: null })).not.toHaveProperty('recurrence');
    const dates = series(['RRULE:FREQ=DAILY;COUNT=3'], holiday);
    expect(await bodyOf(outlook, 'insert', dates)).toMatchObject({
      isAllDay: true,
      start: moment('2026-12-24T00:00:00'),
      recurrence: { range: { startDate: '2026-12-24' } },
    });
  });

  const inTroll: When = { ...timedOf(lunch.when), timeZone: 'Antarctica/Troll' };
  test.each([
    ['the thirteenth, if a Friday', series(['RRULE:FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR'])],
    ['every hour', series(['RRULE:FREQ=HOURLY;COUNT=5'])],
    ['two rules', series(['RRULE:FREQ=WEEKLY', 'RRULE:FREQ=MONTHLY'])],
    ['an extra date', series(['RRULE:FREQ=WEEKLY', 'RDATE:20261211T110000Z'])],
    ['the 1st and the 15th', series(['RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15'])],
    ['the 31st', series(['RRULE:FREQ=MONTHLY;BYMONTHDAY=31'])],
    ['a start off its rule', series(['RRULE:FREQ=WEEKLY;BYDAY=FR'])],
    ['a zone that Windows has not', series(['RRULE:FREQ=WEEKLY'], inTroll)],
  ])('that Graph cannot hold (%s) is refused, and nothing is written', async (_name, fields) => {
    const { provider, requests } = answering(outlook, () => json({}, 500));
    const refused = { kind: 'refused', message: expect.stringMatching(/^Outlook .{20,}\.$/) };
    const made = provider.createEvent(call, linkId, fields, silently);
    await expect(made).rejects.toMatchObject(refused);
    const { when, recurrence } = fields;
    const changed = provider.updateEvent(call, 'id', 'etag', { when, recurrence }, silently);
    await expect(changed).rejects.toMatchObject(refused);
    expect(requests).toEqual([]);
  });

  const master = {
    '@odata.etag': 'W/"1"',
    id: 'series',
    type: 'seriesMaster',
    start: moment('2026-12-01T11:00:00.0000000'),
    end: moment('2026-12-01T12:00:00.0000000'),
    originalStartTimeZone: berlin,
    originalEndTimeZone: berlin,
    recurrence: {
      pattern: {
        type: 'weekly',
        interval: 1,
        month: 0,
        dayOfMonth: 0,
        daysOfWeek: ['tuesday'],
        firstDayOfWeek: 'sunday',
        index: 'first',
      },
      range: {
        type: 'noEnd',
        startDate: '2026-12-01',
        endDate: '0001-01-01',
        recurrenceTimeZone: berlin,
        numberOfOccurrences: 0,
      },
    },
  };
  const inZone = (recurrenceTimeZone: string | null, own: string | null) => ({
    ...master,
    originalStartTimeZone: own,
    originalEndTimeZone: own,
    recurrence: { ...master.recurrence, range: { ...master.recurrence.range, recurrenceTimeZone } },
  });
  const read = async (event: object) => {
    const { provider } = answering(outlook, () => json(event));
    const found = await provider.findEvent(call, 'series');
    if (!found) throw new Error('it is gone');
    return found;
  };

  test.each([
    ['', berlin, '12:00', 'Europe/Berlin'],
    ['tzone://Microsoft/Custom', berlin, '12:00', 'Europe/Berlin'],
    [null, 'Europe/Paris', '12:00', 'Europe/Paris'],
    [berlin, 'tzone://Microsoft/Custom', '12:00', 'Europe/Berlin'],
    [berlin, null, '12:00', 'Europe/Berlin'],
    // Days are counted on the clock of the rule.
    ['Tokyo Standard Time', berlin, '20:00', 'Asia/Tokyo'],
  ])('[F25] with a rule in %j and times in %j has a clock', async (rule, own, time, timeZone) => {
    const { fields, warnings } = await read(inZone(rule, own));
    expect(fields.when).toMatchObject({ start: `2026-12-01T${time}:00`, timeZone });
    expect(fields.recurrence?.rules).toEqual(['FREQ=WEEKLY;BYDAY=TU']);
    expect(warnings).toEqual([]);
  });

  test('[F25] whose clock nobody knows is kept in UTC, and people are told', async () => {
    const custom = 'tzone://Microsoft/Custom';
    const { fields, warnings } = await read(inZone(custom, custom));
    expect(fields.when).toMatchObject({ start: '2026-12-01T11:00:00', timeZone: 'UTC' });
    expect(warnings).toEqual([expect.stringContaining('off')]);
  });

  test.each([
    { recurrence: null },
    { recurrence: { ...master.recurrence, pattern: { type: 'sometimes' } } },
    { recurrence: { ...master.recurrence, range: { type: 'endDate', endDate: '0001-01-01' } } },
    { recurrence: { ...master.recurrence, pattern: { type: 'weekly', daysOfWeek: [] } } },
  ])('[F21] that recurs in a way nobody can read (%j) is malformed', async (members) => {
    const outcome = read({ ...master, ...members });
    await expect(outcome).rejects.toMatchObject({ kind: 'malformed-answer' });
  });

  const exception = {
    ...master,
    id: 'second',
    type: 'exception',
    seriesMasterId: 'series',
    recurrence: null,
    subject: 'Second',
    originalStart: '2026-12-08T11:00:00Z',
  };
  const told = { ...master, cancelledOccurrences: ['OID.series.2026-12-15'] };

  test('has its exceptions asked for singly where only their names are told', async () => {
    const { provider, requests } = answering(outlook, ({ url }) => {
      if (url.includes('/second')) return json(exception);
      if (url.includes('/third')) return json({ error: { code: 'ErrorItemNotFound' } }, 404);
      if (!url.includes('exceptionOccurrences')) return json({ id: 'c' });
      const exceptionOccurrences = [{ id: 'second', Subject: 'Second' }, { id: 'third' }];
      return json({ ...told, exceptionOccurrences });
    });
    const whole = await provider.findSeries(call, 'series');
    expect(whole?.exceptions).toEqual([
      { kind: 'cancelled', slot: { seriesId: 'series', originalStart: '2026-12-15' } },
      { kind: 'changed', event: expect.objectContaining({ externalId: 'second', slot }) },
    ]);
    const [first] = requests;
    expect(decodeURIComponent(first?.url ?? '')).toMatch(
      /\$select=[^&]*,cancelledOccurrences&\$expand=exceptionOccurrences,/,
    );
  });

  test.each([
    { exceptionOccurrences: [], cancelledOccurrences: ['no date'] },
    { exceptionOccurrences: [{ ...exception, type: 'singleInstance' }] },
    { exceptionOccurrences: [{ ...exception, start: moment('never') }] },
    { exceptionOccurrences: [{ id: '' }] },
    { exceptionOccurrences: Array.from({ length: 201 }, () => exception) },
  ])('with exceptions that make no sense is malformed', async (members) => {
    const { provider } = answering(outlook, () => json({ ...told, ...members }));
    const outcome = provider.findSeries(call, 'series');
    await expect(outcome).rejects.toMatchObject({ kind: 'malformed-answer' });
  });

  test('is known by one id, whichever kind its parts call it by', async () => {
    const ofOtherKind = { ...exception, seriesMasterId: 'series by its other id' };
    const { provider } = answering(outlook, ({ url }) => {
      if (url.includes('/instances')) return json({ value: [ofOtherKind] });
      return json({ ...told, exceptionOccurrences: [ofOtherKind] });
    });
    const changed = { externalId: 'second', slot };
    const whole = await provider.findSeries(call, 'series');
    expect(whole?.exceptions?.[1]).toMatchObject({ kind: 'changed', event: changed });
    expect(await provider.findOccurrence(call, slot)).toMatchObject(changed);
  });

  test('that is deleted while it is read is gone', async () => {
    const gone = json({ error: { code: 'ErrorItemNotFound' } }, 404);
    const { provider } = answering(outlook, ({ url }) => {
      if (url.includes('/instances')) return gone;
      return json(url.includes('/events/') ? master : { id: 'c' });
    });
    expect(await provider.findSeries(call, 'series')).toBeUndefined();
  });

  test.each(['refuses the names', 'leaves them out'])(
    'of a mailbox that %s has its occurrences compared with its rule',
    async (how) => {
      const desk = await openDesk(outlook);
      const { sandbox, provider } = desk;
      const { externalId: seriesId } = await provider.createEvent(
        desk.call,
        desk.newLinkId(),
        tuesdays,
        silently,
      );
      const at = async (date: string) => {
        const found = await provider.findOccurrence(desk.call, {
          seriesId,
          originalStart: new Date(`${date}T11:00:00Z`),
        });
        if (!found) throw new Error('there is no such occurrence');
        return found;
      };
      const [start, end] = ['2026-12-12T20:00:00', '2026-12-12T22:00:00'];
      const second = await at('2026-12-08');
      const when: When = { kind: 'timed', start, end, timeZone: 'Europe/Berlin' };
      await provider.updateEvent(desk.call, second.externalId, second.etag, { when }, silently);
      const third = await at('2026-12-15');
      await provider.deleteEvent(desk.call, third.externalId, third.etag, silently);
      const whole = await provider.findSeries(desk.call, seriesId);
      expect(whole?.exceptions).toHaveLength(2);

      const through = (change: (url: string) => string) => {
        const { send } = desk.runtime;
        return outlook.create(outlook.config, {
          ...desk.runtime,
          send: (request) => send({ ...request, url: change(request.url) }),
        });
      };
      if (how === 'refuses the names') {
        sandbox.setSwitch('outlook.knowsExceptionOccurrences', false);
        expect(await provider.findSeries(desk.call, seriesId)).toEqual(whole);
        const withShortPages = through((url) => url.replace('top=200', 'top=1'));
        expect(await withShortPages.findSeries(desk.call, seriesId)).toEqual(whole);
        expect(await at('2026-12-08')).toMatchObject({ fields: { when } });
        return;
      }
      const forgetful = through((url) =>
        url
          .replace('%2CexceptionOccurrences%2CcancelledOccurrences', '')
          .replace('exceptionOccurrences%2C', ''),
      );
      expect(await forgetful.findSeries(desk.call, seriesId)).toEqual(whole);
    },
  );

  test('of such a mailbox has no occurrence for cancelled that was moved out of sight', async () => {
    const desk = await openDesk(outlook);
    const { sandbox, provider, newLinkId } = desk;
    // What is missing is looked for in the last 366 days.
    const print = (days: number) =>
      new Date(desk.runtime.now() + (days - 366) * DAY_MS).toISOString().slice(0, 10);
    const on = (days: number): When => ({
      kind: 'all-day',
      startDate: print(days),
      endDate: print(days + 1),
    });
    const fields = series(['RRULE:FREQ=WEEKLY'], on(-6));
    const made = await provider.createEvent(desk.call, newLinkId(), fields, silently);
    const place = { seriesId: made.externalId, originalStart: print(1) };
    const one = await provider.findOccurrence(desk.call, place);
    if (!one) throw new Error('there is no such occurrence');
    const changes = { when: on(-3) };
    await provider.updateEvent(desk.call, one.externalId, one.etag, changes, silently);
    const whole = await provider.findSeries(desk.call, made.externalId);
    expect(whole?.exceptions).toHaveLength(1);
    sandbox.setSwitch('outlook.knowsExceptionOccurrences', false);
    expect(await provider.findSeries(desk.call, made.externalId)).toEqual(whole);
  });

  test('has an occurrence found by its date on the clock of the series', async () => {
    const desk = await openDesk(outlook);
    const { provider, newLinkId } = desk;
    const times = { start: '2026-12-01T07:00:00', end: '2026-12-01T08:00:00' };
    const when: When = { kind: 'timed', ...times, timeZone: 'Asia/Tokyo' };
    const fields = series(['RRULE:FREQ=DAILY;COUNT=9'], when);
    const made = await provider.createEvent(desk.call, newLinkId(), fields, silently);
    const seriesId = made.externalId;
    const ask = (originalStart: string) =>
      provider.findOccurrence(desk.call, { seriesId, originalStart });
    expect(await ask('2026-12-05')).toMatchObject({
      slot: { seriesId, originalStart: new Date('2026-12-04T22:00:00Z') },
      fields: { when: { start: '2026-12-05T07:00:00' } },
    });
    expect(await ask('2026-12-10')).toBeUndefined();
    const gone = { seriesId: `${seriesId.slice(0, -5)}0000=`, originalStart: '2026-12-05' };
    expect(await provider.findOccurrence(desk.call, gone)).toBeUndefined();
  });

  test('is answered as it was written, whatever became of it since', async () => {
    const { provider } = answering(outlook, ({ method }) =>
      method === 'PATCH'
        ? json({ ...exception, originalStart: undefined })
        : json({ ...exception, '@odata.etag': 'W/"2"', subject: 'Theirs' }),
    );
    const written = await provider.updateEvent(call, 'second', 'etag', { title: 'x' }, silently);
    expect(written).toMatchObject({ etag: 'W/"1"', fields: { title: 'Second' }, slot });
  });

  test('is not led astray by a link, and not for ever by links', async () => {
    for (const nextLink of ['https://elsewhere.example/x', `${outlook.config.apiUrl}/again`]) {
      const page = { value: [], '@odata.nextLink': nextLink };
      const { provider, requests } = answering(outlook, () => json(page));
      const outcome = provider.findOccurrence(call, slot);
      await expect(outcome).rejects.toMatchObject({ kind: 'malformed-answer' });
      expect(requests.length).toBeLessThan(50);
    }
  });
});

function timedOf(when: When) {
  if (when.kind !== 'timed') throw new Error('it has no times');
  return when;
}

const shared =
  process.env.KALENDS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));

interface Recorded {
  n: string;
  event: Record<string, unknown>;
}
const casesOf = ({ name }: Subject) =>
  `${shared}/cases/${name === 'google' ? 'google' : 'graph'}-events.json`;
const isOfSeries = ({ name }: Subject, { event }: Recorded) =>
  name === 'google'
    ? Boolean(event.recurrence ?? event.recurringEventId)
    : ['seriesMaster', 'occurrence', 'exception'].includes(String(event.type));
/** What each answer to us has, and what authors of tests write down does not. */
const always = ({ start }: Recorded['event']) => ({
  id: 'id',
  etag: '"1"',
  '@odata.etag': 'W/"1"',
  originalStart: `${(start as { dateTime?: string } | undefined)?.dateTime}Z`,
});

// The recordings are not part of the project.
describe.skipIf(!subjects.every((subject) => existsSync(casesOf(subject))))('recorded', () => {
  test.each(subjects)('parts of series are read ($name)', async (subject) => {
    const { items } = JSON.parse(readFileSync(casesOf(subject), 'utf8')) as { items: Recorded[] };
    const parts = items.filter((item) => isOfSeries(subject, item));
    expect(parts.length).toBeGreaterThan(7);
    const unread: Record<string, string> = {};
    for (const { n, event } of parts) {
      const { provider } = answering(subject, () => json({ ...always(event), ...event }));
      const found = await provider.findEvent(call, 'id').catch((error: unknown) => {
        if (!(error instanceof ProviderError)) throw error;
        unread[n] = error.message;
      });
      if (!found) continue;
      expect([n, found.slot !== null || found.fields.recurrence !== null]).toEqual([n, true]);
    }
    expect(unread).toEqual(
      subject.name === 'google'
        ? {
            g096: 'An event ends before it starts.',
            g114: expect.stringContaining('INVALID_RRULE_FORMAT'),
          }
        : {
            m073: expect.stringContaining('not in UTC'),
            m093: expect.stringContaining('not in UTC'),
          },
    );
  });
});
