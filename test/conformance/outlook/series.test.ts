import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  eventPath,
  insideTest,
  newEvent,
  newSeries,
  springWindow,
  type Body,
  type Client,
} from './client.ts';

const world = () => createTestWorld();
const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });

async function listInstances(client: Client, master: Body, select = ''): Promise<Body[]> {
  const items = await client.list(`${eventPath(master)}/instances?${springWindow}${select}`);
  return items.toSorted((a, b) => (a.start.dateTime < b.start.dateTime ? -1 : 1));
}

const getMaster = async (client: Client, { id }: Body) => {
  const query =
    '$select=subject,cancelledOccurrences,recurrence,start&$expand=exceptionOccurrences';
  return (await client.get(`${eventPath({ id })}?${query}`)).body;
};

test('answers fill the unused members of a recurrence with sentinels', async () => {
  const client = clientOf(world());
  const master = await createOk(
    client,
    newSeries({
      recurrence: {
        pattern: { type: 'daily', interval: 2 },
        range: { type: 'noEnd', startDate: '2026-03-09' },
      },
    }),
  );
  expect(master.type).toBe('seriesMaster');
  expect(master.recurrence).toEqual({
    pattern: {
      type: 'daily',
      interval: 2,
      month: 0,
      dayOfMonth: 0,
      firstDayOfWeek: 'sunday',
      index: 'first',
    },
    range: {
      type: 'noEnd',
      startDate: '2026-03-09',
      endDate: '0001-01-01',
      recurrenceTimeZone: 'W. Europe Standard Time',
      numberOfOccurrences: 0,
    },
  });
});

test('sentinels may be sent back', async () => {
  const client = clientOf(world());
  const { recurrence } = await createOk(client, newSeries());
  const again = await createOk(client, newSeries({ recurrence }));
  expect(again.recurrence).toEqual(recurrence);
});

test('a rule without its required members, or with bad ones it does not use, is refused', async () => {
  const client = clientOf(world());
  const range = { type: 'noEnd', startDate: '2026-03-09' };
  const status = async (pattern: object, itsRange: object = range) =>
    (await client.post('/v1.0/me/events', newSeries({ recurrence: { pattern, range: itsRange } })))
      .status;
  expect(await status({ type: 'weekly', interval: 1 })).toBe(400);
  expect(await status({ type: 'absoluteMonthly', interval: 1 })).toBe(400);
  expect(await status({ type: 'relativeYearly', interval: 1, daysOfWeek: ['monday'] })).toBe(400);
  expect(await status({ type: 'daily', interval: 0 })).toBe(400);
  expect(await status({ type: 'daily', interval: 1, dayOfMonth: 32 })).toBe(400);
  expect(await status({ type: 'daily', interval: 1, index: 'fifth' })).toBe(400);
  const daily = { type: 'daily', interval: 1 };
  expect(await status(daily, { type: 'numbered', startDate: '2026-03-09' })).toBe(400);
  expect(await status(daily, { ...range, type: 'endDate' })).toBe(400);
  expect(await status(daily, { ...range, startDate: '2026-03-10' })).toBe(400);
  expect(await status(daily)).toBe(201);
});

test('a rule without any occurrence, or that ends beyond the store’s calendar, is refused', async () => {
  const client = clientOf(world());
  const code = async (endDate: string) =>
    (
      await client.post(
        '/v1.0/me/events',
        newSeries({
          recurrence: {
            pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
            range: { type: 'endDate', startDate: '2026-03-09', endDate },
          },
        }),
      )
    ).body.error?.code as string | undefined;
  expect(await code('2026-03-09')).toBe('ErrorRecurrenceHasNoOccurrence');
  expect(await code('4600-01-01')).toBe('ErrorRecurrenceEndDateTooBig');
  expect(await code('2026-03-10')).toBeUndefined();
});

test('the first occurrence is the first match on or after startDate, not an extra one', async () => {
  const client = clientOf(world());
  const master = await createOk(
    client,
    newSeries({
      recurrence: {
        pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] },
        range: { type: 'numbered', startDate: '2026-03-09', numberOfOccurrences: 2 },
      },
    }),
  );
  expect(master.start.dateTime).toBe('2026-03-11T08:00:00.0000000');
  expect(
    (await listInstances(client, master)).map(({ start }) => start.dateTime.slice(0, 10)),
  ).toEqual(['2026-03-11', '2026-03-18']);
});

test('a day of the month beyond its end is its last day', async () => {
  const client = clientOf(world());
  const master = await createOk(
    client,
    newSeries({
      start: berlin('2026-01-31T09:00:00'),
      end: berlin('2026-01-31T10:00:00'),
      recurrence: {
        pattern: { type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 },
        range: { type: 'numbered', startDate: '2026-01-31', numberOfOccurrences: 4 },
      },
    }),
  );
  const items = await client.list(
    `${eventPath(master)}/instances?startDateTime=2026-01-01&endDateTime=2026-12-01`,
  );
  expect(items.map(({ start }) => start.dateTime.slice(0, 10) as string).sort()).toEqual([
    '2026-01-31',
    '2026-02-28',
    '2026-03-31',
    '2026-04-30',
  ]);
});

test('firstDayOfWeek is Sunday by default and matters with an interval', async () => {
  const client = clientOf(world());
  const days = async (firstDayOfWeek?: string) => {
    const master = await createOk(
      client,
      newSeries({
        recurrence: {
          pattern: {
            type: 'weekly',
            interval: 2,
            daysOfWeek: ['sunday', 'monday'],
            ...(firstDayOfWeek && { firstDayOfWeek }),
          },
          range: { type: 'numbered', startDate: '2026-03-09', numberOfOccurrences: 3 },
        },
      }),
    );
    return (await listInstances(client, master)).map(({ start }) => start.dateTime.slice(5, 10));
  };
  expect(await days()).toEqual(['03-09', '03-22', '03-23']);
  expect(await days('monday')).toEqual(['03-09', '03-15', '03-23']);
});

test('a changed occurrence becomes an exception under the same id', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [, second] = await listInstances(client, master);
  const { status, body } = await client.patch(eventPath(second), { subject: 'Moved room' });
  expect([status, body.id, body.type]).toEqual([200, second.id, 'exception']);
  expect(body.seriesMasterId).toBe(master.id);
  const { exceptionOccurrences } = await getMaster(client, master);
  expect(exceptionOccurrences).toMatchObject([{ id: second.id, subject: 'Moved room' }]);
});

test('a change of one occurrence changes the etags of its whole family', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [first, second] = await listInstances(client, master);
  await client.patch(eventPath(second), { subject: 'x' });
  const after = await getMaster(client, master);
  expect(after['@odata.etag']).not.toBe(master['@odata.etag']);
  const stale = await client.patch(
    eventPath(first),
    { subject: 'y' },
    { ifMatch: first['@odata.etag'] },
  );
  expect(stale.status).toBe(412);
});

test('originalStart is answered only when it is selected', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [, second] = await listInstances(client, master);
  await client.patch(eventPath(second), {
    start: berlin('2026-03-17T15:00:00'),
    end: berlin('2026-03-17T15:30:00'),
  });
  expect((await client.get(eventPath(second))).body).not.toHaveProperty('originalStart');
  const { body } = await client.get(`${eventPath(second)}?$select=*,originalStart`);
  expect(body.originalStart).toBe('2026-03-16T08:00:00.0000000Z');
  expect(body.start.dateTime).toBe('2026-03-17T14:00:00.0000000');
});

test('an exception has the zones of its own times', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [, second, third] = await listInstances(client, master);
  const tokyo = (dateTime: string) => ({ dateTime, timeZone: 'Tokyo Standard Time' });
  const times = { start: tokyo('2026-03-17T15:00:00'), end: tokyo('2026-03-17T15:30:00') };
  const { body } = await client.patch(eventPath(second), times);
  expect(body).toMatchObject({
    originalStartTimeZone: 'Tokyo Standard Time',
    originalEndTimeZone: 'Tokyo Standard Time',
  });
  for (const other of [third, master]) {
    const { originalStartTimeZone } = (await client.get(eventPath(other))).body;
    expect(originalStartTimeZone).toBe('W. Europe Standard Time');
  }
});

test('exceptions have the members that are selected of their series', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [, second] = await listInstances(client, master);
  await client.patch(eventPath(second), { subject: 'Moved room' });
  const { exceptionOccurrences } = (
    await client.get(
      `${eventPath(master)}?$select=subject,originalStart&$expand=exceptionOccurrences`,
    )
  ).body;
  const [exception] = exceptionOccurrences;
  const known = ['@odata.etag', 'id', 'originalStart', 'subject'];
  expect(Object.keys(exception).toSorted()).toEqual(known);
  const inner = 'exceptionOccurrences($select=subject)';
  const { body } = await client.get(`${eventPath(master)}?$select=start&$expand=${inner}`);
  expect(body.exceptionOccurrences[0]).toMatchObject({ subject: 'Moved room' });
});

test('a cancelled occurrence is not found, whatever version is named', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [, second] = await listInstances(client, master);
  await client.delete(eventPath(second));
  const stale = { ifMatch: second['@odata.etag'] };
  expect((await client.delete(eventPath(second), stale)).status).toBe(404);
  expect((await client.patch(eventPath(second), { subject: 'x' }, stale)).status).toBe(404);
});

test('a cancelled occurrence is gone, and named only where it is asked for', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [first, second] = await listInstances(client, master);
  expect((await client.delete(eventPath(second))).status).toBe(204);
  expect((await client.post(`${eventPath(first)}/cancel`)).status).toBe(202);
  expect((await client.get(eventPath(second))).status).toBe(404);
  expect(await listInstances(client, master)).toHaveLength(4);
  expect((await client.get(eventPath(master))).body).not.toHaveProperty('cancelledOccurrences');
  const { cancelledOccurrences } = await getMaster(client, master);
  expect(cancelledOccurrences).toEqual([
    `OID.${master.id}.2026-03-09`,
    `OID.${master.id}.2026-03-16`,
  ]);
});

test('instances list exceptions before the others', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const instances = await listInstances(client, master);
  await client.patch(eventPath(instances[3]), { subject: 'x' });
  const page = await client.get(`${eventPath(master)}/instances?${springWindow}`);
  expect(page.body.value.map(({ type }: Body) => type).slice(0, 2)).toEqual([
    'exception',
    'occurrence',
  ]);
});

test('an occurrence cannot reach the day of its neighbours', async () => {
  const client = clientOf(world());
  const daily = newSeries({
    recurrence: {
      pattern: { type: 'daily', interval: 2 },
      range: { type: 'noEnd', startDate: '2026-03-09' },
    },
  });
  const master = await createOk(client, daily);
  const [, second] = await listInstances(client, master);
  const move = (day: string) =>
    client.patch(eventPath(second), {
      start: berlin(`2026-03-${day}T20:00:00`),
      end: berlin(`2026-03-${day}T21:00:00`),
    });
  for (const day of ['08', '09', '13', '14']) {
    const { status, body } = await move(day);
    expect([day, status, body.error?.code]).toEqual([day, 400, 'ErrorOccurrenceCrossingBoundary']);
  }
  expect((await move('12')).status).toBe(200);
  // The moved neighbour counts with its new day, and a cancelled one not at all.
  const [first, , third] = await listInstances(client, master);
  const onto = { start: berlin('2026-03-12T01:00:00'), end: berlin('2026-03-12T02:00:00') };
  expect((await client.patch(eventPath(third), onto)).status).toBe(400);
  await client.delete(eventPath(first));
  expect((await move('08')).status).toBe(200);
  // Over a cancelled slot the neighbour is the one behind it.
  await client.delete(eventPath(third));
  const [, fourth] = await listInstances(client, master);
  const back = (day: string) =>
    client.patch(eventPath(fourth), {
      start: berlin(`2026-03-${day}T22:00:00`),
      end: berlin(`2026-03-${day}T23:00:00`),
    });
  expect((await back('08')).status).toBe(400);
  expect((await back('12')).status).toBe(200);
});

test('an exception survives a change of content and keeps what is its own', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [, second] = await listInstances(client, master);
  await client.patch(eventPath(second), { subject: 'Own' });
  await client.patch(eventPath(master), { subject: 'All', importance: 'high' });
  const { body } = await client.get(eventPath(second));
  expect([body.subject, body.importance]).toEqual(['Own', 'high']);
});

async function seriesWithExceptions(client: Client) {
  const master = await createOk(client, newSeries());
  const [, second, third] = await listInstances(client, master);
  await client.patch(eventPath(second), { subject: 'Own' });
  await client.delete(eventPath(third));
  return master;
}

test('a new pattern drops all exceptions and brings cancelled slots back', async () => {
  const client = clientOf(world());
  const master = await seriesWithExceptions(client);
  const { recurrence } = master;
  const pattern = { ...recurrence.pattern, daysOfWeek: ['monday', 'thursday'] };
  await client.patch(eventPath(master), { recurrence: { ...recurrence, pattern } });
  const after = await getMaster(client, master);
  expect([after.cancelledOccurrences, after.exceptionOccurrences]).toEqual([[], []]);
});

test('a new range keeps the exceptions that it still has', async () => {
  const client = clientOf(world());
  const master = await seriesWithExceptions(client);
  const range = { ...master.recurrence.range, type: 'endDate', endDate: '2026-03-22' };
  await client.patch(eventPath(master), {
    recurrence: { ...master.recurrence, range: { ...range, numberOfOccurrences: 0 } },
  });
  const after = await getMaster(client, master);
  expect(after.exceptionOccurrences).toHaveLength(1);
  expect(after.cancelledOccurrences).toEqual([]);
  expect(await listInstances(client, master)).toHaveLength(2);
});

test('a recurrence can be sent back as it was read, and its range can begin later', async () => {
  const client = clientOf(world());
  const recurrence = {
    pattern: { type: 'weekly', interval: 2, daysOfWeek: ['wednesday'] },
    range: { type: 'noEnd', startDate: '2026-03-09' },
  };
  const master = await createOk(client, newSeries({ recurrence }));
  const same = await client.patch(eventPath(master), { recurrence: master.recurrence });
  expect([same.status, same.body.start]).toEqual([200, master.start]);
  const range = { ...master.recurrence.range, startDate: '2026-03-25' };
  const later = await client.patch(eventPath(master), {
    recurrence: { ...master.recurrence, range },
  });
  expect(later.body.start.dateTime).toBe('2026-03-25T08:00:00.0000000');
});

insideTest('a new clock time drops exceptions too, unless the switch says otherwise', async () => {
  for (const drops of [true, false]) {
    const it = world();
    it.switches['outlook.clockChangeDropsExceptions'] = drops;
    const client = clientOf(it);
    const master = await seriesWithExceptions(client);
    await client.patch(eventPath(master), {
      start: berlin('2026-03-09T10:00:00'),
      end: berlin('2026-03-09T10:30:00'),
    });
    const after = await getMaster(client, master);
    const counts = [after.cancelledOccurrences.length, after.exceptionOccurrences.length];
    expect(counts).toEqual(drops ? [0, 0] : [1, 1]);
    const [first] = await listInstances(client, master);
    expect(first.start.dateTime).toBe('2026-03-09T09:00:00.0000000');
  }
});

test('a series changes its zone only together with its recurrence', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const times = {
    start: { dateTime: '2026-03-09T09:00:00', timeZone: 'Europe/London' },
    end: { dateTime: '2026-03-09T09:30:00', timeZone: 'Europe/London' },
  };
  const alone = await client.patch(eventPath(master), times);
  expect([alone.status, alone.body.error.code]).toEqual([400, 'ErrorPropertyValidationFailure']);
  const range = { ...master.recurrence.range, recurrenceTimeZone: 'Europe/London' };
  const both = await client.patch(eventPath(master), {
    ...times,
    recurrence: { ...master.recurrence, range },
  });
  expect(both.status).toBe(200);
  expect(both.body.recurrence.range.recurrenceTimeZone).toBe('GMT Standard Time');
});

test('recurrence null makes a single event, a recurrence makes a master', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const single = await client.patch(eventPath(master), { recurrence: null });
  expect([single.body.type, single.body.recurrence]).toEqual(['singleInstance', null]);
  const again = await client.patch(eventPath(master), { recurrence: newSeries().recurrence });
  expect(again.body.type).toBe('seriesMaster');
});

insideTest('deleting the master removes the series', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const [first] = await listInstances(client, master);
  await client.delete(eventPath(master));
  expect((await client.get(eventPath(first))).status).toBe(404);
  expect(await client.list(`/v1.0/me/calendarView?${springWindow}`)).toEqual([]);
});

insideTest('some mailboxes know no exceptionOccurrences', async () => {
  const client = clientOf(createTestWorld({ 'outlook.knowsExceptionOccurrences': false }));
  const master = await createOk(client, newSeries());
  const { status, body } = await client.get(`${eventPath(master)}?$expand=exceptionOccurrences`);
  expect(status).toBe(400);
  expect(body.error.message).toContain("Could not find a property named 'exceptionOccurrences'");
});

insideTest('unchanged times on an occurrence are refused where the switch says so', async () => {
  const it = world();
  const client = clientOf(it);
  const master = await createOk(client, newSeries());
  const [first] = await listInstances(client, master);
  const same = { start: first.start, end: first.end };
  expect((await client.patch(eventPath(first), same)).status).toBe(200);
  it.switches['outlook.unchangedTimesCrossBoundary'] = true;
  const refused = await client.patch(eventPath(first), same);
  expect(refused.body.error.code).toBe('ErrorOccurrenceCrossingBoundary');
});

test('a refused PATCH changes nothing', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const wrong = { subject: 'half', end: { dateTime: '2026-03-01T00:00:00', timeZone: 'UTC' } };
  expect((await client.patch(eventPath(event), wrong)).status).toBe(400);
  expect((await client.get(eventPath(event))).body).toEqual(event);
});
