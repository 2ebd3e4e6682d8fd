import { describe, expect, test } from 'vitest';
import {
  ada,
  bob,
  eventsPath,
  expectError,
  insideTest,
  listAll,
  lunch,
  newStage,
  ORIGIN,
  type Body,
} from './client.ts';

const PRIMARY = eventsPath('primary');

describe('who may', () => {
  insideTest('no valid token: 401 in the front end’s shape', async () => {
    const { status, body } = await newStage().as(null).call('events.list', PRIMARY);
    expect(status).toBe(401);
    expect(body.error).toMatchObject({
      code: 401,
      status: 'UNAUTHENTICATED',
      errors: [{ reason: 'authError', message: 'Invalid Credentials', location: 'Authorization' }],
    });
  });

  insideTest.for([
    ['calendarList.list', 'users/me/calendarList'],
    ['colors.get', 'colors'],
    ['freeBusy.query', 'freeBusy'],
    ['settings.list', 'users/me/settings'],
    ['calendars.get', 'calendars/primary'],
  ] as const)('calendar.events alone cannot call %s', async ([operation, path]) => {
    const client = newStage().as(ada, { scopes: ['calendar.events'] });
    const { status, body } = await client.call(
      operation,
      path,
      operation === 'freeBusy.query' ? { body: {} } : {},
    );
    expect(status).toBe(403);
    expect(body.error.errors[0].reason).toBe('insufficientPermissions');
    expect(body.error).toMatchObject({
      status: 'PERMISSION_DENIED',
      details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
    });
  });

  insideTest('calendar.app.created reaches only what the client made', async () => {
    const client = newStage().as(ada, { scopes: ['calendar.app.created'] });
    const { id } = await client.get('calendars.insert', 'calendars', { body: { summary: 'CRM' } });
    await client.get('events.insert', eventsPath(id), { body: lunch() });
    expect((await client.call('events.list', PRIMARY)).status).toBe(403);
    expect((await client.call('calendarList.list', 'users/me/calendarList')).status).toBe(403);
  });

  insideTest(
    'a reader may not write, nor see private events; a stranger sees nothing',
    async () => {
      const stage = newStage();
      const path = eventsPath(ada.email);
      expectError(await stage.as(bob).call('events.list', path), 404, 'notFound');
      const body = { role: 'reader', scope: { type: 'user', value: bob.email } };
      await stage.as(ada).get('acl.insert', 'calendars/primary/acl', { body });
      const secret = lunch({ visibility: 'private', location: 'Bank' });
      await stage.as(ada).get('events.insert', PRIMARY, { body: secret });
      const { items } = await listAll(stage.as(bob), ada.email);
      expect(items[0]).not.toHaveProperty('summary');
      expect(items[0]).not.toHaveProperty('location');
      expectError(
        await stage.as(bob).call('events.insert', path, { body: lunch() }),
        403,
        'requiredAccessLevel',
      );
    },
  );

  insideTest('free/busy access gives singleEvents behaviour and no details', async () => {
    const stage = newStage();
    const body = { role: 'freeBusyReader', scope: { type: 'user', value: bob.email } };
    await stage.as(ada).get('acl.insert', 'calendars/primary/acl', { body });
    const series = lunch({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] });
    await stage.as(ada).get('events.insert', PRIMARY, { body: series });
    const { items } = await listAll(stage.as(bob), ada.email);
    expect(items).toHaveLength(3);
    expect(items[0]).not.toHaveProperty('summary');
  });
});

describe('quotas', () => {
  insideTest('600 units a minute for each user, PATCH counts three', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const path = eventsPath('primary', id);
    for (let n = 0; n < 199; n++)
      await client.get('events.patch', path, { body: { summary: `${n}` } });
    expect((await client.call('events.get', path)).status).toBe(200);
    expect((await client.call('events.get', path)).status).toBe(200);
    const refused = await client.call('events.get', path);
    expectError(refused, 403, 'userRateLimitExceeded');
    expect(refused.body.error.errors[0].domain).toBe('usageLimits');
    expect((await stage.as(bob).call('events.list', PRIMARY)).status).toBe(200);
    stage.world.switches['google.rateLimitStatus'] = 429;
    expectError(await client.call('events.get', path), 429, 'rateLimitExceeded');
    await stage.world.advance(61_000);
    expect((await client.call('events.get', path)).status).toBe(200);
    const units = stage.world.calls.map(({ quotaUnits }) => quotaUnits);
    expect(units.filter((each) => each === 3)).toHaveLength(199);
  });

  insideTest('every call is recorded with its operation, ids and status', async () => {
    const stage = newStage();
    const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body: lunch() });
    await stage.as(ada).call('events.get', eventsPath('primary', 'nothere'));
    expect(stage.world.calls).toMatchObject([
      {
        operation: 'events.insert',
        method: 'POST',
        status: 200,
        eventId: id,
        calendarId: 'primary',
      },
      { operation: 'events.get', status: 404, eventId: 'nothere', accountId: ada.id },
    ]);
  });
});

describe('bodies', () => {
  test.for([
    ['{', 'parseError'],
    ['[]', 'parseError'],
    ['{"summary":7,"start":{"date":"2026-01-01"},"end":{"date":"2026-01-02"}}', 'parseError'],
    ['{"start":{"date":"2026-01-01"}}', 'required'],
    ['{"end":{"date":"2026-01-02"}}', 'invalid'],
    ['{"start":{"date":"2026-01-01"},"end":{"dateTime":"2026-01-01T10:00:00Z"}}', 'invalid'],
    ['{"start":{"date":"2026-02-30"},"end":{"date":"2026-03-01"}}', 'invalid'],
    [
      '{"start":{"dateTime":"invalid-datetime"},"end":{"dateTime":"2026-01-01T10:00:00Z"}}',
      'invalid',
    ],
    ['{"start":{"date":"2026-01-02"},"end":{"date":"2026-01-01"}}', 'timeRangeEmpty'],
    ['{"status":"deleted","start":{"date":"2026-01-01"},"end":{"date":"2026-01-02"}}', 'invalid'],
    ['{"attendees":[{}],"start":{"date":"2026-01-01"},"end":{"date":"2026-01-02"}}', 'required'],
  ])('%s is 400 %s', async ([text, reason]) => {
    const request = new Request(`${ORIGIN}/calendar/v3/${PRIMARY}`, { method: 'POST', body: text });
    const response = await newStage().as(ada).fetch(request);
    const body = (await response.json()) as Body;
    expect([response.status, body.error.errors[0].reason]).toEqual([400, reason]);
  });

  test('unknown members are ignored', async () => {
    const event = await newStage()
      .as(ada)
      .get('events.insert', PRIMARY, { body: lunch({ nonsense: 1 }) });
    expect(event).not.toHaveProperty('nonsense');
  });

  test('a time without offset is in its timeZone, and without that in the calendar’s', async () => {
    const client = newStage().as(ada);
    const body = {
      start: { dateTime: '2026-06-10T12:00:00', timeZone: 'America/New_York' },
      end: { dateTime: '2026-06-10T19:00:00' },
    };
    const event = await client.get('events.insert', PRIMARY, { body });
    expect(event.start).toEqual({
      dateTime: '2026-06-10T18:00:00+02:00',
      timeZone: 'America/New_York',
    });
    expect(event.end.dateTime).toBe('2026-06-10T19:00:00+02:00');
  });

  test('from timed to all-day the other member must be nulled', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const path = eventsPath('primary', id);
    const dates = { start: { date: '2026-06-10' }, end: { date: '2026-06-11' } };
    expectError(await client.call('events.patch', path, { body: dates }), 400, 'invalid');
    const nulled = {
      start: { date: '2026-06-10', dateTime: null, timeZone: null },
      end: { date: '2026-06-11', dateTime: null, timeZone: null },
    };
    const event = await client.get('events.patch', path, { body: nulled });
    expect(event.start).toEqual({ date: '2026-06-10' });
  });

  test('extended properties: long keys vanish, long values are cut, null deletes one', async () => {
    const client = newStage().as(ada);
    const extendedProperties = {
      private: { ['k'.repeat(45)]: '1', long: 'v'.repeat(1_030), gone: '1' },
    };
    const event = await client.get('events.insert', PRIMARY, {
      body: lunch({ extendedProperties }),
    });
    expect(event.extendedProperties.private).toEqual({ long: 'v'.repeat(1_024), gone: '1' });
    const body = { extendedProperties: { private: { gone: null } } };
    const patched = await client.get('events.patch', eventsPath('primary', event.id), { body });
    expect(Object.keys(patched.extendedProperties.private)).toEqual(['long']);
  });

  test('reminders: at most five overrides of 0 to 40320 minutes', async () => {
    const client = newStage().as(ada);
    const minutes = (each: number) => ({ method: 'popup', minutes: each });
    for (const overrides of [[minutes(40_321)], [minutes(-1)], [1, 2, 3, 4, 5, 6].map(minutes)]) {
      const body = lunch({ reminders: { useDefault: false, overrides } });
      expectError(await client.call('events.insert', PRIMARY, { body }), 400, 'invalid');
    }
  });

  test('sequence rises when the event moves, and a lower one is refused', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const path = eventsPath('primary', id);
    const end = { dateTime: '2026-06-10T14:00:00+02:00' };
    expect((await client.get('events.patch', path, { body: { end } })).sequence).toBe(1);
    expect((await client.get('events.patch', path, { body: { summary: 'x' } })).sequence).toBe(1);
    const reply = await client.call('events.update', path, { body: lunch({ sequence: 0 }) });
    expectError(reply, 400, 'invalid');
  });
});

describe('batches', () => {
  insideTest('each part is a call with its own status, answered under response-<id>', async () => {
    const stage = newStage();
    const body = [
      part('one', `POST /calendar/v3/${PRIMARY}`, JSON.stringify(lunch({ id: 'batch0001' }))),
      part('two', `GET /calendar/v3/${PRIMARY}/nothere`),
      part('three', `GET /calendar/v3/${PRIMARY}/batch0001?fields=id`),
    ].join('');
    const response = await stage.as(ada).fetch(
      new Request(`${ORIGIN}/batch/calendar/v3`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/mixed; boundary=outer' },
        body: `${body}--outer--\r\n`,
      }),
    );
    expect(response.status).toBe(200);
    const text = await response.text();
    const boundary = /boundary=(.+)$/.exec(response.headers.get('content-type') ?? '')?.[1] ?? '';
    const parts = text.split(`--${boundary}`).slice(1, -1);
    expect(parts.map((each) => /Content-ID: (.+)\r/.exec(each)?.[1])).toEqual([
      '<response-one>',
      '<response-two>',
      '<response-three>',
    ]);
    expect(parts.map((each) => /HTTP\/1.1 (\d+)/.exec(each)?.[1])).toEqual(['200', '404', '200']);
    expect(parts[2]).toContain('{"id":"batch0001"}');
    expect(stage.world.calls.map(({ operation }) => operation)).toEqual([
      'events.insert',
      'events.get',
      'events.get',
    ]);
  });

  insideTest.for(['GET http://elsewhere.test/x', 'GET //', 'nonsense', ''])(
    'a part that is no request with a path is 400: %s',
    async (requestLine) => {
      const headers = { 'content-type': 'multipart/mixed; boundary=outer' };
      const body = `${part('x', requestLine)}--outer--`;
      const url = `${ORIGIN}/batch/calendar/v3`;
      const request = new Request(url, { method: 'POST', headers, body });
      expect((await newStage().as(ada).fetch(request)).status).toBe(400);
    },
  );

  insideTest('more than 1000 calls are refused', async () => {
    const body = part('x', `GET /calendar/v3/${PRIMARY}`).repeat(1_001);
    const headers = { 'content-type': 'multipart/mixed; boundary=outer' };
    const request = new Request(`${ORIGIN}/batch/calendar/v3`, {
      method: 'POST',
      headers,
      body: `${body}--outer--`,
    });
    expect((await newStage().as(ada).fetch(request)).status).toBe(400);
  });
});

function part(id: string, requestLine: string, body = ''): string {
  const type = body ? 'Content-Type: application/json\r\n' : '';
  return (
    `--outer\r\nContent-Type: application/http\r\nContent-ID: <${id}>\r\n\r\n` +
    `${requestLine}\r\n${type}\r\n${body}\r\n`
  );
}
