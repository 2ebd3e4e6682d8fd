import { describe, expect, test } from 'vitest';
import {
  ada,
  eventsPath,
  expectError,
  insideTest,
  listAll,
  newStage,
  type Body,
  type Client,
} from './client.ts';

const PRIMARY = eventsPath('primary');

/** Mondays at nine in Berlin, from 2026-06-08. */
function standUp(over: Body = {}): Body {
  return {
    summary: 'Stand-up',
    start: { dateTime: '2026-06-08T09:00:00+02:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-06-08T09:30:00+02:00', timeZone: 'Europe/Berlin' },
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'],
    ...over,
  };
}

async function insertSeries(client: Client, over: Body = {}): Promise<Body> {
  return client.get('events.insert', PRIMARY, { body: standUp(over) });
}

async function instancesOf(client: Client, id: string, query = {}): Promise<Body[]> {
  const path = eventsPath('primary', id, 'instances');
  return (await client.get('events.instances', path, { query })).items;
}

describe('instances', () => {
  test('have the id of the series and their start in UTC, no recurrence, the same iCalUID', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const items = await instancesOf(client, series.id);
    expect(items.map(({ id }) => id)).toEqual(
      ['0608', '0615', '0622', '0629', '0706'].map((day) => `${series.id}_2026${day}T070000Z`),
    );
    expect(items[1]).toMatchObject({
      recurringEventId: series.id,
      originalStartTime: { dateTime: '2026-06-15T09:00:00+02:00', timeZone: 'Europe/Berlin' },
      start: { dateTime: '2026-06-15T09:00:00+02:00' },
      end: { dateTime: '2026-06-15T09:30:00+02:00' },
      iCalUID: series.iCalUID,
      etag: series.etag,
    });
    expect(items[1]).not.toHaveProperty('recurrence');
    expect(await client.get('events.get', eventsPath('primary', items[1]?.id))).toEqual(items[1]);
  });

  test('a series whose first ones are left out is listed all the same', async () => {
    const client = newStage().as(ada);
    const recurrence = [
      'RRULE:FREQ=WEEKLY;COUNT=5',
      'EXDATE;TZID=Europe/Berlin:20260608T090000',
      'EXRULE:FREQ=WEEKLY;COUNT=3',
    ];
    const series = await insertSeries(client, { recurrence });
    const query = { timeMin: '2026-06-01T00:00:00Z' };
    const { items } = await client.get('events.list', PRIMARY, { query });
    expect(items.map(({ id }: Body) => id)).toEqual([series.id]);
    expect(await instancesOf(client, series.id)).toHaveLength(2);
  });

  test('all-day instances end in their date', async () => {
    const client = newStage().as(ada);
    const days = { start: { date: '2026-06-08' }, end: { date: '2026-06-09' } };
    const series = await insertSeries(client, days);
    const items = await instancesOf(client, series.id);
    expect(items[1]?.id).toBe(`${series.id}_20260615`);
    expect(items[1]?.end).toEqual({ date: '2026-06-16' });
  });

  test('are found by originalStart, also after they were moved', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const id = `${series.id}_20260615T070000Z`;
    const moved = {
      start: { dateTime: '2026-06-16T09:00:00+02:00' },
      end: { dateTime: '2026-06-16T09:30:00+02:00' },
    };
    await client.get('events.patch', eventsPath('primary', id), { body: moved });
    const query = { originalStart: '2026-06-15T09:00:00+02:00' };
    const [found, ...rest] = await instancesOf(client, series.id, query);
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ id, start: { dateTime: '2026-06-16T09:00:00+02:00' } });
  });

  test('an id whose time is not in the series is 404', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const path = eventsPath('primary', `${series.id}_20260616T070000Z`);
    expectError(await client.call('events.get', path), 404, 'notFound');
  });
});

describe('exceptions', () => {
  test('a changed occurrence becomes an item of its own; a moved one has a higher sequence', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const { syncToken } = await listAll(client, 'primary');
    const id = `${series.id}_20260615T070000Z`;
    const body = {
      start: { dateTime: '2026-06-15T10:00:00+02:00' },
      end: { dateTime: '2026-06-15T10:30:00+02:00' },
    };
    await client.get('events.patch', eventsPath('primary', id), { body });
    const { items } = await listAll(client, 'primary', { syncToken });
    const exception = items.find((item) => item.id === id);
    expect(exception).toMatchObject({
      recurringEventId: series.id,
      originalStartTime: { dateTime: '2026-06-15T09:00:00+02:00' },
      sequence: 1,
    });
    expect(items.find((item) => item.id === series.id)?.sequence).toBe(0);
  });

  test('a series and its exceptions share ETag and updated, as in every recorded listing', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const { syncToken } = await listAll(client, 'primary');
    for (const day of ['0615', '0622']) {
      const path = eventsPath('primary', `${series.id}_2026${day}T070000Z`);
      await client.get('events.patch', path, { body: { summary: `Special ${day}` } });
    }
    const { items } = await listAll(client, 'primary', { syncToken });
    expect(items).toHaveLength(3);
    expect(new Set(items.map(({ etag }) => etag)).size).toBe(1);
    expect(new Set(items.map(({ updated }) => updated)).size).toBe(1);
  });

  test('a deleted occurrence is a cancelled exception, listed while the series lives, no EXDATE', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const id = `${series.id}_20260615T070000Z`;
    await client.get('events.delete', eventsPath('primary', id));
    expectError(await client.call('events.delete', eventsPath('primary', id)), 410, 'deleted');
    const { items } = await listAll(client, 'primary');
    const cancelled = items.find((item) => item.id === id);
    expect(Object.keys(cancelled ?? {})).toEqual([
      'kind',
      'etag',
      'id',
      'status',
      'recurringEventId',
      'originalStartTime',
    ]);
    expect(items.find((item) => item.id === series.id)?.recurrence).toEqual(series.recurrence);
    expect(await instancesOf(client, series.id)).toHaveLength(4);
    expect(await instancesOf(client, series.id, { showDeleted: true })).toHaveLength(5);
  });

  test('status cancelled on an occurrence is the same as deleting it', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const path = eventsPath('primary', `${series.id}_20260615T070000Z`);
    await client.get('events.patch', path, { body: { status: 'cancelled' } });
    expect(await instancesOf(client, series.id)).toHaveLength(4);
  });

  test('keep their own changes and follow the series in the rest', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const path = eventsPath('primary', `${series.id}_20260615T070000Z`);
    await client.get('events.patch', path, { body: { location: 'Roof' } });
    const body = { summary: 'Sit-down', location: 'Cellar' };
    await client.get('events.patch', eventsPath('primary', series.id), { body });
    expect(await client.get('events.get', path)).toMatchObject({
      summary: 'Sit-down',
      location: 'Roof',
    });
  });

  test('one that starts earlier and ends as all do keeps its end when all become longer', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const path = eventsPath('primary', `${series.id}_20260615T070000Z`);
    const { end } = await client.get('events.get', path);
    const early = { dateTime: '2026-06-15T08:30:00+02:00', timeZone: 'Europe/Berlin' };
    const { start } = await client.get('events.patch', path, { body: { start: early, end } });
    const body = { end: { dateTime: '2026-06-08T11:00:00+02:00', timeZone: 'Europe/Berlin' } };
    await client.get('events.patch', eventsPath('primary', series.id), { body });
    expect(await client.get('events.get', path)).toMatchObject({ start, end });
  });

  test('whose slot is gone after a re-anchoring are reported as cancelled', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const id = `${series.id}_20260622T070000Z`;
    await client.get('events.patch', eventsPath('primary', id), { body: { location: 'Roof' } });
    const { syncToken } = await listAll(client, 'primary');
    const recurrence = ['RRULE:FREQ=WEEKLY;UNTIL=20260615T215959Z'];
    await client.get('events.patch', eventsPath('primary', series.id), { body: { recurrence } });
    const { items } = await listAll(client, 'primary', { syncToken });
    expect(items.map((item) => [item.id, item.status])).toEqual([
      [series.id, 'confirmed'],
      [id, 'cancelled'],
    ]);
    expect(items[0]?.sequence).toBe(0);
    expect(await instancesOf(client, series.id)).toHaveLength(2);
  });

  test('visibility: stricter goes to the whole series, looser is ignored', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const one = eventsPath('primary', `${series.id}_20260615T070000Z`);
    await client.get('events.patch', one, { body: { visibility: 'private' } });
    const whole = eventsPath('primary', series.id);
    expect((await client.get('events.get', whole)).visibility).toBe('private');
    await client.get('events.patch', one, { body: { visibility: 'public' } });
    expect((await client.get('events.get', one)).visibility).toBe('private');
  });
});

describe('the series itself', () => {
  test('a deleted series comes as one tombstone with only its id', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const path = eventsPath('primary', `${series.id}_20260615T070000Z`);
    await client.get('events.patch', path, { body: { location: 'Roof' } });
    const { syncToken } = await listAll(client, 'primary');
    await client.get('events.delete', eventsPath('primary', series.id));
    const { items } = await listAll(client, 'primary', { syncToken });
    expect(items.map(({ kind: _kind, etag: _etag, ...rest }) => rest)).toEqual([
      { id: series.id, status: 'cancelled' },
    ]);
    expect((await listAll(client, 'primary')).items).toEqual([]);
  });

  test('this and following: the old series is trimmed, the new one has nothing of it', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client, { recurrence: ['RRULE:FREQ=WEEKLY'] });
    await client.get('events.patch', eventsPath('primary', series.id), {
      body: { recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20260621T215959Z'] },
    });
    const rest = await insertSeries(client, {
      start: { dateTime: '2026-06-22T09:00:00+02:00', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-06-22T09:30:00+02:00', timeZone: 'Europe/Berlin' },
    });
    expect(await instancesOf(client, series.id)).toHaveLength(2);
    expect(rest.iCalUID).not.toBe(series.iCalUID);
  });

  test('timed series need a time zone, even with an offset', async () => {
    const client = newStage().as(ada);
    const body = standUp({
      start: { dateTime: '2026-06-08T09:00:00+02:00' },
      end: { dateTime: '2026-06-08T09:30:00+02:00' },
    });
    const reply = await client.call('events.insert', PRIMARY, { body });
    expect(reply.status).toBe(400);
    expect(reply.body.error.message).toBe('Missing time zone definition for start time.');
  });

  test.for([
    ['RRULE:FREQ=HOURLY'],
    ['INVALID_RRULE_FORMAT'],
    ['DTSTART:20260608T070000Z', 'RRULE:FREQ=DAILY'],
    ['RRULE:FREQ=DAILY;COUNT=0'],
  ])('recurrence that is none is 400: %s', async (recurrence) => {
    const client = newStage().as(ada);
    const body = standUp({ recurrence: [recurrence].flat() });
    expectError(await client.call('events.insert', PRIMARY, { body }), 400, 'invalid');
  });

  test('EXDATE and RDATE sent are kept as sent and obeyed; all-day series take dates only', async () => {
    const client = newStage().as(ada);
    const recurrence = [
      'RRULE:FREQ=WEEKLY;COUNT=3',
      'EXDATE;TZID=Europe/Berlin:20260615T090000',
      'RDATE:20260617T070000Z',
    ];
    const series = await insertSeries(client, { recurrence });
    expect(series.recurrence).toEqual(recurrence);
    const starts = (await instancesOf(client, series.id)).map(({ start }) => start.dateTime);
    expect(starts.map((text) => text.slice(5, 10))).toEqual(['06-08', '06-17', '06-22']);
    const days = { start: { date: '2026-06-08' }, end: { date: '2026-06-09' } };
    const dated = ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE;VALUE=DATE:20260615'];
    const allDay = await insertSeries(client, { ...days, recurrence: dated });
    expect(await instancesOf(client, allDay.id)).toHaveLength(2);
    const reply = await client.call('events.insert', PRIMARY, {
      body: standUp({ ...days, recurrence }),
    });
    expectError(reply, 400, 'invalid');
  });

  test('keeps its wall-clock time across a clock change', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client, { recurrence: ['RRULE:FREQ=MONTHLY;COUNT=6'] });
    const starts = (await instancesOf(client, series.id)).map(({ start }) => start.dateTime);
    expect(starts.map((text) => text.slice(11))).toEqual([
      ...Array.from({ length: 5 }, () => '09:00:00+02:00'),
      '09:00:00+01:00',
    ]);
  });
});

describe('singleEvents × showDeleted', () => {
  test.for([
    [false, false, ['master', 'changed', 'dropped', 'single']],
    [false, true, ['master', 'changed', 'dropped', 'single', 'gone']],
    [true, false, ['plain', 'changed', 'single']],
    [true, true, ['plain', 'changed', 'dropped', 'single', 'gone']],
  ] as const)('singleEvents=%s showDeleted=%s', async ([singleEvents, showDeleted, kinds]) => {
    const client = newStage().as(ada);
    const series = await insertSeries(client, { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] });
    const other = await insertSeries(client);
    const slot = (day: string) => `${series.id}_2026${day}T070000Z`;
    const single = await client.get('events.insert', PRIMARY, {
      body: standUp({ recurrence: undefined }),
    });
    const gone = await client.get('events.insert', PRIMARY, {
      body: standUp({ recurrence: undefined }),
    });
    await client.get('events.patch', eventsPath('primary', slot('0615')), {
      body: { location: 'x' },
    });
    await client.get('events.delete', eventsPath('primary', slot('0622')));
    await client.get('events.delete', eventsPath('primary', gone.id));
    await client.get('events.delete', eventsPath('primary', other.id));
    const names: Record<string, string> = {
      [series.id]: 'master',
      [slot('0608')]: 'plain',
      [slot('0615')]: 'changed',
      [slot('0622')]: 'dropped',
      [single.id]: 'single',
      [gone.id]: 'gone',
    };
    const { items } = await listAll(client, 'primary', { singleEvents, showDeleted });
    const found = items.map(({ id }) => names[id] ?? 'other');
    const withOther = showDeleted && !singleEvents ? ['other'] : [];
    expect(found.sort()).toEqual([...kinds, ...withOther].sort());
  });

  test('orderBy=startTime sorts instances; without singleEvents it is refused', async () => {
    const client = newStage().as(ada);
    await insertSeries(client);
    await insertSeries(client);
    const query = { singleEvents: true, orderBy: 'startTime', maxResults: 3 };
    const { items } = await listAll(client, 'primary', query);
    const starts = items.map(({ start }) => start.dateTime);
    expect(starts).toHaveLength(10);
    expect(starts).toEqual([...starts].sort());
    const reply = await client.call('events.list', PRIMARY, { query: { orderBy: 'startTime' } });
    expectError(reply, 400, 'invalid');
  });

  test('the window is exclusive: end after timeMin, start before timeMax', async () => {
    const client = newStage().as(ada);
    await insertSeries(client);
    const query = {
      singleEvents: true,
      timeMin: '2026-06-08T07:30:00Z',
      timeMax: '2026-06-22T07:00:00Z',
    };
    const { items } = await listAll(client, 'primary', query);
    expect(items.map(({ start }) => start.dateTime)).toEqual(['2026-06-15T09:00:00+02:00']);
    const masters = await listAll(client, 'primary', { ...query, singleEvents: false });
    expect(masters.items).toHaveLength(1);
  });

  test('an endless series runs far into the future, over many pages', async () => {
    const client = newStage().as(ada);
    await insertSeries(client, { recurrence: ['RRULE:FREQ=DAILY'] });
    const { items, pages } = await listAll(client, 'primary', { singleEvents: true });
    expect(items.length).toBeGreaterThan(3_000);
    expect(pages).toBeGreaterThan(10);
  });

  test('incremental with singleEvents: a changed series comes as all its instances', async () => {
    const client = newStage().as(ada);
    const series = await insertSeries(client);
    const { syncToken } = await listAll(client, 'primary', { singleEvents: true });
    await client.get('events.patch', eventsPath('primary', series.id), { body: { summary: 'x' } });
    const changed = await listAll(client, 'primary', { singleEvents: true, syncToken });
    expect(changed.items.map(({ summary }) => summary)).toEqual(['x', 'x', 'x', 'x', 'x']);
  });
});

describe('DTSTART off the rule', () => {
  insideTest('counts as the first occurrence, by switch not at all', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const recurrence = ['RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3'];
    const series = await insertSeries(client, { recurrence });
    expect(await instancesOf(client, series.id)).toHaveLength(3);
    stage.world.switches['google.startAlwaysOccurs'] = false;
    const days = (await instancesOf(client, series.id)).map(({ start }) =>
      start.dateTime.slice(5, 10),
    );
    expect(days).toEqual(['06-10', '06-17', '06-24']);
  });
});
