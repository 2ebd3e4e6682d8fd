import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  insideTest,
  newEvent,
  newSeries,
  springWindow,
  strangerOf,
} from './client.ts';
import { adele, alex } from './world.ts';

const world = () => createTestWorld();

test('a created event is answered 201 with an etag that is its change key', async () => {
  const client = clientOf(world());
  const { status, body } = await client.post('/v1.0/me/events', newEvent());
  expect(status).toBe(201);
  expect(body['@odata.etag']).toBe(`W/"${body.changeKey}"`);
  expect((await client.get(eventPath(body))).body).toEqual(body);
});

test('an event is found by all three kinds of path and by one’s own user id', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent(), '/v1.0/me/calendar/events');
  const { body: calendar } = await client.get('/v1.0/me/calendar');
  const id = enc(event.id);
  const me = (await client.get('/v1.0/me')).body.id;
  for (const path of [
    `/v1.0/me/events/${id}`,
    `/v1.0/me/calendar/events/${id}`,
    `/v1.0/me/calendars/${enc(calendar.id)}/events/${id}`,
    `/v1.0/users/${me}/events/${id}`,
  ]) {
    expect((await client.get(path)).body.id).toBe(event.id);
  }
});

insideTest('another user’s mailbox is denied, an unknown one is an invalid user', async () => {
  const client = clientOf(world());
  const other = await client.get(`/v1.0/users/${adele.id}/events`);
  expect([other.status, other.body.error.code]).toEqual([403, 'ErrorAccessDenied']);
  const nobody = await client.get('/v1.0/users/nobody@nowhere.test/events');
  expect([nobody.status, nobody.body.error.code]).toEqual([404, 'ErrorInvalidUser']);
});

insideTest('the same transactionId with the same body makes no second event', async () => {
  const client = clientOf(world());
  const event = newEvent({ transactionId: 'one' });
  const first = await createOk(client, event);
  const again = await client.post('/v1.0/me/events', event);
  expect([again.status, again.body.id]).toEqual([201, first.id]);
  expect(await client.list('/v1.0/me/events')).toHaveLength(1);
});

insideTest(
  'the same transactionId with another body is refused with the first one’s id',
  async () => {
    const client = clientOf(world());
    const first = await createOk(client, newEvent({ transactionId: 'one' }));
    const other = newEvent({ transactionId: 'one', subject: 'Dinner' });
    const { status, body } = await client.post('/v1.0/me/events', other);
    expect([status, body.error.code]).toEqual([400, 'ErrorDuplicateTransactionId']);
    expect(body.error['@event.existingEventId']).toBe(first.id);
  },
);

test('transactionId is fixed at creation', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent({ transactionId: `t${Math.random()}` }));
  const { body } = await client.patch(eventPath(event), { transactionId: 'other', subject: 'x' });
  expect(body.transactionId).toBe(event.transactionId);
});

test('a stale If-Match is 412 on PATCH and DELETE; without one the last write wins', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const stale = event['@odata.etag'];
  await client.patch(eventPath(event), { subject: 'Brunch' });
  const patched = await client.patch(eventPath(event), { subject: 'no' }, { ifMatch: stale });
  expect([patched.status, patched.body.error.code]).toEqual([412, 'ErrorIrresolvableConflict']);
  expect((await client.delete(eventPath(event), { ifMatch: stale })).status).toBe(412);
  const { body } = await client.patch(eventPath(event), { subject: 'yes' });
  expect(body.subject).toBe('yes');
  expect((await client.delete(eventPath(event), { ifMatch: body['@odata.etag'] })).status).toBe(
    204,
  );
});

test('a deleted event is in no calendar, and a second DELETE finds nothing', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  expect((await client.delete(eventPath(event))).status).toBe(204);
  const again = await client.delete(eventPath(event));
  expect([again.status, again.body.error.code]).toEqual([404, 'ErrorItemNotFound']);
  expect((await client.get(eventPath(event))).status).toBe(404);
});

test('PATCH leaves alone what it does not mention and ignores what is read-only', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent({ categories: ['Red'] }));
  const { body } = await client.patch(eventPath(event), {
    importance: 'High',
    id: 'x',
    iCalUId: 'x',
    isOrganizer: false,
    bodyPreview: 'x',
    originalStartTimeZone: 'UTC',
  });
  const {
    '@odata.etag': _e,
    '@odata.context': _c,
    changeKey: _k,
    lastModifiedDateTime: _m,
    ...rest
  } = body;
  expect(event).toMatchObject({ ...rest, importance: 'normal' });
  expect(body.importance).toBe('high');
});

test('enum members are taken in any case and answered in lower camel case', async () => {
  const client = clientOf(world());
  const event = await createOk(
    client,
    newEvent({ showAs: 'WorkingElsewhere', sensitivity: 'PRIVATE', importance: 'Low' }),
  );
  expect(event).toMatchObject({
    showAs: 'workingElsewhere',
    sensitivity: 'private',
    importance: 'low',
  });
  const wrong = await client.post('/v1.0/me/events', newEvent({ importance: 'huge' }));
  expect([wrong.status, wrong.body.error.code]).toEqual([400, 'RequestBodyRead']);
});

insideTest('lists hold single events and masters, views hold occurrences instead', async () => {
  const client = clientOf(world());
  await createOk(client, newEvent());
  await createOk(client, newSeries());
  const types = async (path: string) =>
    (await client.list(path)).map(({ type }) => type as string).sort();
  expect(await types('/v1.0/me/events')).toEqual(['seriesMaster', 'singleInstance']);
  expect(await types(`/v1.0/me/calendarView?${springWindow}`)).toEqual([
    ...Array.from({ length: 6 }, () => 'occurrence'),
    'singleInstance',
  ]);
});

insideTest('a page is ten unless $top says otherwise, and nextLink leads to the rest', async () => {
  const client = clientOf(world());
  for (let i = 0; i < 12; i++) await createOk(client, newEvent({ subject: `n${i}` }));
  const first = (await client.get('/v1.0/me/events')).body;
  expect(first.value).toHaveLength(10);
  expect(first['@odata.nextLink']).toMatch(/^https?:.*\/v1\.0\/me\/events\?.*\$skip=10/);
  expect((await client.get(first['@odata.nextLink'])).body.value).toHaveLength(2);
  const small = await client.get('/v1.0/me/events?$top=5&$skip=10&$count=true');
  expect(small.body.value).toHaveLength(2);
  expect(small.body['@odata.count']).toBe(12);
});

test('$select answers what it names, the id and the etag', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const { body } = await client.get(`${eventPath(event)}?$select=subject,start`);
  expect(Object.keys(body).sort()).toEqual(
    ['@odata.context', '@odata.etag', 'id', 'start', 'subject'].sort(),
  );
  const wrong = await client.get(`${eventPath(event)}?$select=nonsense`);
  expect([wrong.status, wrong.body.error.code]).toEqual([400, 'BadRequest']);
});

test('a view cannot select when its events were made or changed', async () => {
  const client = clientOf(world());
  await createOk(client, newEvent());
  const query = `${springWindow}&$select=subject,createdDateTime,lastModifiedDateTime`;
  const { body } = await client.get(`/v1.0/me/calendarView?${query}`);
  expect(Object.keys(body.value[0]).sort()).toEqual(['@odata.etag', 'id', 'subject']);
});

insideTest('events are found by start, iCalUId and subject, and ordered', async () => {
  const client = clientOf(world());
  const lunch = await createOk(client, newEvent());
  const dinner = await createOk(
    client,
    newEvent({
      subject: "Alex' dinner",
      start: { dateTime: '2026-03-11T20:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-11T21:00:00', timeZone: 'UTC' },
    }),
  );
  const find = async (filter: string) =>
    (await client.list(`/v1.0/me/events?$filter=${enc(filter)}`)).map(({ id }) => id as string);
  expect(await find(`iCalUId eq '${lunch.iCalUId}'`)).toEqual([lunch.id]);
  expect(await find("start/dateTime ge '2026-03-11T00:00:00Z'")).toEqual([dinner.id]);
  expect(
    await find("start/dateTime ge '2026-03-10T00:00' and end/dateTime lt '2026-03-11T00:00'"),
  ).toEqual([lunch.id]);
  expect(await find("startsWith(subject,'Alex''')")).toEqual([dinner.id]);
  expect(await find("contains(subject,'LENA') or subject eq 'nothing'")).toEqual([lunch.id]);
  const ordered = await client.list('/v1.0/me/events?$orderby=start/dateTime desc');
  expect(ordered.map(({ id }) => id as string)).toEqual([dinner.id, lunch.id]);
});

test('uid cannot be filtered by', async () => {
  const client = clientOf(world());
  const { status, body } = await client.get("/beta/me/events?$filter=uid eq '0400'");
  expect([status, body.error.code]).toEqual([400, 'UnsupportedEntityExpression']);
});

insideTest('without a token the answer is 401 InvalidAuthenticationToken', async () => {
  const { status, body } = await strangerOf(world()).get('/v1.0/me');
  expect([status, body.error.code]).toEqual([401, 'InvalidAuthenticationToken']);
});

insideTest('Calendars.Read reads and does not write', async () => {
  const it = world();
  const reader = clientOf(it, alex, ['Calendars.Read']);
  expect((await reader.get('/v1.0/me/events')).status).toBe(200);
  const { status, body } = await reader.post('/v1.0/me/events', newEvent());
  expect([status, body.error.code]).toEqual([403, 'ErrorAccessDenied']);
  const none = clientOf(it, alex, ['User.Read']);
  expect((await none.get('/v1.0/me/calendars')).status).toBe(403);
  expect((await none.get('/v1.0/me')).status).toBe(200);
  expect((await reader.get('/v1.0/me')).status).toBe(403);
});

insideTest('a mailbox that Exchange Online does not hold is 404', async () => {
  const it = world();
  it.sandbox.acts.setMailboxEnabled(alex.id, false);
  const { status, body } = await clientOf(it).get('/v1.0/me/events');
  expect([status, body.error.code]).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
});

test('a malformed id is 400, a body that is no JSON too', async () => {
  const client = clientOf(world());
  const bad = await client.get('/v1.0/me/events/nonsense');
  expect([bad.status, bad.body.error.code]).toEqual([400, 'ErrorInvalidIdMalformed']);
  const body = await client.call('POST', '/v1.0/me/events', '{');
  expect([body.status, body.body.error.code]).toEqual([400, 'RequestBodyRead']);
});

test('an event that ends before it starts, or lasts more than five years, is refused', async () => {
  const client = clientOf(world());
  const at = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
  const early = await client.post(
    '/v1.0/me/events',
    newEvent({ start: at('2026-03-10T12:00:00'), end: at('2026-03-10T11:00:00') }),
  );
  expect(early.status).toBe(400);
  const long = await client.post(
    '/v1.0/me/events',
    newEvent({ start: at('2026-03-10T12:00:00'), end: at('2032-03-10T11:00:00') }),
  );
  expect(long.status).toBe(400);
});

insideTest('errors and answers carry request ids', async () => {
  const client = clientOf(world());
  const { headers, body } = await client.get('/v1.0/me/events/nonsense', {
    headers: { 'client-request-id': 'mine' },
  });
  expect(headers.get('client-request-id')).toBe('mine');
  expect(body.error.innerError['request-id']).toBe(headers.get('request-id'));
});

insideTest('every call is recorded by operation', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(client, newEvent());
  await client.patch(eventPath(event), { subject: 'x' });
  await client.get(`/v1.0/me/calendarView?${springWindow}`);
  await client.get(`/v1.0/me/calendarView/delta?${springWindow}`);
  await client.delete(eventPath(event));
  expect(it.calls.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
    'events.create 201',
    'events.update 200',
    'calendarView.list 200',
    'calendarView.delta 200',
    'events.delete 204',
  ]);
  expect(it.calls[0]).toMatchObject({ accountId: alex.id, eventId: event.id, quotaUnits: 1 });
});
