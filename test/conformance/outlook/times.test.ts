import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  insideTest,
  eventPath,
  newEvent,
  newSeries,
} from './client.ts';
import { alex } from './world.ts';

const world = () => createTestWorld();
const at = (dateTime: string, timeZone: string) => ({ dateTime, timeZone });

test('times are answered in UTC, and in the zone that Prefer names', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  expect(event.start).toEqual(at('2026-03-10T11:00:00.0000000', 'UTC'));
  const prefer = 'outlook.timezone="Pacific Standard Time"';
  const { body, headers } = await client.get(eventPath(event), { prefer });
  // The Pacific changed its clocks on 8 March, Europe not yet.
  expect(body.start).toEqual(at('2026-03-10T04:00:00.0000000', 'Pacific Standard Time'));
  expect(headers.get('preference-applied')).toContain('outlook.timezone="Pacific Standard Time"');
});

test('Windows and IANA names go in, Windows names come out as the original zones', async () => {
  const client = clientOf(world());
  for (const [zone, windows] of [
    ['Europe/Berlin', 'W. Europe Standard Time'],
    ['Pacific Standard Time', 'Pacific Standard Time'],
    ['Asia/Kolkata', 'India Standard Time'],
    ['Asia/Calcutta', 'India Standard Time'],
    ['Europe/Kyiv', 'FLE Standard Time'],
    ['America/Ciudad_Juarez', 'Mountain Standard Time'],
    ['America/Argentina/Buenos_Aires', 'Argentina Standard Time'],
    ['Etc/UTC', 'UTC'],
  ] as const) {
    const event = await createOk(
      client,
      newEvent({ start: at('2026-03-10T12:00:00', zone), end: at('2026-03-10T13:00:00', zone) }),
    );
    expect([zone, event.originalStartTimeZone]).toEqual([zone, windows]);
    expect(event.originalEndTimeZone).toBe(windows);
  }
});

test('an unknown zone is refused, in an event and in Prefer; so is an empty one', async () => {
  const client = clientOf(world());
  const codes = [
    await client.post(
      '/v1.0/me/events',
      newEvent({ start: at('2026-03-10T12:00:00', 'Mars/Base') }),
    ),
    await client.post('/v1.0/me/events', newEvent({ end: at('2026-03-10T13:00:00', '') })),
    await client.get('/v1.0/me/events', { prefer: 'outlook.timezone="Nowhere Standard Time"' }),
    await client.patch(eventPath(await createOk(client, newEvent())), {
      start: { dateTime: '2026-03-10T12:30:00' },
    }),
  ].map(({ status, body }) => `${status} ${body.error.code}`);
  expect(new Set(codes)).toEqual(new Set(['400 TimeZoneNotSupportedException']));
});

insideTest('several preferences share a header and are all said to be applied', async () => {
  const client = clientOf(world());
  const { body, headers } = await client.get('/v1.0/me/events', {
    prefer: 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"',
  });
  expect(body.value).toEqual([]);
  const applied = headers.get('preference-applied') ?? '';
  expect(applied).toContain('outlook.body-content-type="text"');
  expect(applied).toContain('outlook.timezone="UTC"');
});

test('an all-day event needs midnights in one zone', async () => {
  const client = clientOf(world());
  const allDay = (start: object, end: object) =>
    client.post('/v1.0/me/events', newEvent({ isAllDay: true, start, end }));
  const noon = await allDay(at('2026-03-10T12:00:00', 'UTC'), at('2026-03-11T00:00:00', 'UTC'));
  expect([noon.status, noon.body.error]).toMatchObject([
    400,
    {
      code: 'ErrorInvalidRequest',
      message: 'The Event.Start property for an all-day event needs to be set to midnight.',
    },
  ]);
  const late = await allDay(at('2026-03-10T00:00:00', 'UTC'), at('2026-03-11T01:00:00', 'UTC'));
  expect(late.body.error.message).toContain('Event.End');
  const mixed = await allDay(
    at('2026-03-10T00:00:00', 'UTC'),
    at('2026-03-11T00:00:00', 'Europe/Berlin'),
  );
  expect(mixed.status).toBe(400);
});

insideTest(
  'an all-day event has the same dates in every zone, and windows match it as UTC',
  async () => {
    const client = clientOf(world());
    const event = await createOk(
      client,
      newEvent({
        isAllDay: true,
        start: at('2026-03-10T00:00:00', 'Pacific Standard Time'),
        end: at('2026-03-11T00:00:00', 'Pacific Standard Time'),
      }),
    );
    expect(event.start).toEqual(at('2026-03-10T00:00:00.0000000', 'UTC'));
    const prefer = 'outlook.timezone="Pacific/Auckland"';
    const { body } = await client.get(eventPath(event), { prefer });
    expect([body.start, body.end]).toEqual([
      at('2026-03-10T00:00:00.0000000', 'Pacific/Auckland'),
      at('2026-03-11T00:00:00.0000000', 'Pacific/Auckland'),
    ]);
    const count = async (window: string) =>
      (await client.get(`/v1.0/me/calendarView?${window}`)).body.value.length as number;
    const hour = (from: string, to: string) => `startDateTime=${from}&endDateTime=${to}`;
    expect(await count(hour('2026-03-10T00:00:00Z', '2026-03-10T01:00:00Z'))).toBe(1);
    // In the Pacific this hour is still the tenth.
    expect(await count(hour('2026-03-11T00:00:00Z', '2026-03-11T01:00:00Z'))).toBe(0);
  },
);

insideTest('a view’s window has its own offset, whatever zone is preferred', async () => {
  const client = clientOf(world());
  await createOk(client, newEvent());
  const prefer = 'outlook.timezone="Tokyo Standard Time"';
  const count = async (from: string, to: string) => {
    const path = `/v1.0/me/calendarView?startDateTime=${enc(from)}&endDateTime=${enc(to)}`;
    return (await client.get(path, { prefer })).body.value.length as number;
  };
  expect(await count('2026-03-10T12:00:00+01:00', '2026-03-10T12:30:00+01:00')).toBe(1);
  expect(await count('2026-03-10T11:00:00', '2026-03-10T11:30:00')).toBe(1);
  expect(await count('2026-03-10T12:00:00', '2026-03-10T12:30:00')).toBe(0);
});

test('a view needs both ends and takes 1825 days at most', async () => {
  const client = clientOf(world());
  expect((await client.get('/v1.0/me/calendarView?startDateTime=2026-01-01')).status).toBe(400);
  const long = await client.get(
    '/v1.0/me/calendarView?startDateTime=2021-01-01T00:00:00Z&endDateTime=2026-01-01T00:00:00Z',
  );
  expect([long.status, long.body.error.code]).toEqual([400, 'ErrorInvalidRequest']);
});

test('a date-time with an offset is that instant', async () => {
  const client = clientOf(world());
  const event = await createOk(
    client,
    newEvent({
      start: at('2026-03-10T12:00:00Z', 'Europe/Berlin'),
      end: at('2026-03-10T15:00:00+02:00', 'Europe/Berlin'),
    }),
  );
  expect(event.start.dateTime).toBe('2026-03-10T12:00:00.0000000');
  expect(event.end.dateTime).toBe('2026-03-10T13:00:00.0000000');
});

test('a start in a clock’s gap moves forward by the gap; a repeated one is the first', async () => {
  const client = clientOf(world());
  const start = async (from: string, to: string) =>
    (
      await createOk(
        client,
        newEvent({ start: at(from, 'Europe/Berlin'), end: at(to, 'Europe/Berlin') }),
      )
    ).start.dateTime.slice(0, 19) as string;
  expect(await start('2026-03-29T02:30:00', '2026-03-29T04:00:00')).toBe('2026-03-29T01:30:00');
  expect(await start('2026-10-25T02:30:00', '2026-10-25T04:00:00')).toBe('2026-10-25T00:30:00');
});

test('a series keeps its clock time across the change of clocks', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const instances = await client.list(
    `${eventPath(master)}/instances?startDateTime=2026-03-01&endDateTime=2026-05-01&$select=start`,
  );
  expect(instances.map(({ start }) => start.dateTime.slice(0, 16) as string).sort()).toEqual([
    '2026-03-09T08:00',
    '2026-03-16T08:00',
    '2026-03-23T08:00',
    '2026-03-30T07:00',
    '2026-04-06T07:00',
    '2026-04-13T07:00',
  ]);
});

test('a series written in UTC drifts by the change of clocks', async () => {
  const client = clientOf(world());
  const master = await createOk(
    client,
    newSeries({ start: at('2026-03-09T08:00:00', 'UTC'), end: at('2026-03-09T08:30:00', 'UTC') }),
  );
  const instances = await client.list(
    `${eventPath(master)}/instances?startDateTime=2026-03-28&endDateTime=2026-04-04&$select=start`,
    { prefer: 'outlook.timezone="Europe/Berlin"' },
  );
  expect(instances[0].start.dateTime).toBe('2026-03-30T10:00:00.0000000');
});

test('supported zones are listed, Windows names by default and IANA names on request', async () => {
  const client = clientOf(world());
  const names = async (path: string) =>
    (await client.get(path)).body.value.map(({ alias }: { alias: string }) => alias) as string[];
  expect(await names('/v1.0/me/outlook/supportedTimeZones')).toContain('W. Europe Standard Time');
  const iana = await names(
    "/v1.0/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')",
  );
  expect(iana).toContain('Europe/Berlin');
  expect(iana).not.toContain('W. Europe Standard Time');
});

insideTest('the mailbox has a zone of its own', async () => {
  const client = clientOf(world());
  const { body } = await client.get('/v1.0/me/mailboxSettings');
  expect(body.timeZone).toBe('Pacific Standard Time');
  expect((await client.get('/v1.0/me/mailboxSettings/timeZone')).body.value).toBe(body.timeZone);
  await client.patch('/v1.0/me/mailboxSettings', { timeZone: 'Tokyo Standard Time' });
  const changed = await client.get('/v1.0/me/mailboxSettings');
  expect(changed.body.workingHours.timeZone.name).toBe('Tokyo Standard Time');
});

insideTest('old events answer tzone://Microsoft/Custom, which no request may name', async () => {
  const it = world();
  const client = clientOf(it);
  const custom = 'tzone://Microsoft/Custom';
  const series = await createOk(client, newSeries());
  const before = (await client.get(eventPath(series))).body;
  it.sandbox.acts.ageEvent(alex.id, series.id);
  const { body } = await client.get(eventPath(series));
  expect([body.originalStartTimeZone, body.originalEndTimeZone]).toEqual([custom, custom]);
  expect(body.recurrence.range.recurrenceTimeZone).toBe(custom);
  expect(body.start).toEqual(before.start);
  expect(body.changeKey).not.toBe(before.changeKey);
  // What is written anew has a zone that is known.
  const { start, end } = newSeries();
  const written = await client.patch(eventPath(series), { start, end });
  expect(written.body.recurrence.range.recurrenceTimeZone).not.toBe(custom);
  const wrong = await client.patch(eventPath(series), {
    start: { ...start, timeZone: custom },
    end,
  });
  expect(wrong.body.error.code).toBe('TimeZoneNotSupportedException');
});
