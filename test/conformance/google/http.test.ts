import { describe, expect } from 'vitest';
import {
  ada,
  eventsPath,
  expectError,
  insideTest,
  lunch,
  newStage,
  ORIGIN,
  type Client,
} from './client.ts';

const PRIMARY = eventsPath('primary');

describe('versions', () => {
  insideTest('the ETag of a resource or list is a header too, and 304 while it holds', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
    for (const [operation, path] of [
      ['events.get', eventsPath('primary', id)],
      ['events.list', PRIMARY],
      ['events.instances', eventsPath('primary', await insertSeries(client), 'instances')],
      ['calendars.get', 'calendars/primary'],
      ['calendarList.list', 'users/me/calendarList'],
      ['settings.list', 'users/me/settings'],
    ] as const) {
      const { headers, body } = await client.call(operation, path);
      expect(headers.get('etag'), operation).toBe(body.etag);
      const same = { headers: { 'if-none-match': body.etag } };
      expect((await client.call(operation, path, same)).status, operation).toBe(304);
    }
  });

  insideTest('a list whose events changed has another ETag', async () => {
    const client = newStage().as(ada);
    const { etag } = await client.get('events.list', PRIMARY);
    await client.get('events.insert', PRIMARY, { body: lunch() });
    const changed = { headers: { 'if-none-match': etag } };
    expect((await client.call('events.list', PRIMARY, changed)).status).toBe(200);
  });

  insideTest('a partial answer has the ETag of the whole', async () => {
    const client = newStage().as(ada);
    const { id, etag } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const query = { fields: 'summary' };
    const { headers, body } = await client.call('events.get', eventsPath('primary', id), { query });
    expect([headers.get('etag'), body]).toEqual([etag, { summary: 'Lunch' }]);
  });
});

describe('parameters of every method', () => {
  insideTest('prettyPrint=true gives lines', async () => {
    const client = newStage().as(ada);
    const url = `${ORIGIN}/calendar/v3/calendars/primary?prettyPrint=true`;
    const text = await (await client.fetch(new Request(url))).text();
    expect(text.startsWith('{\n "kind": "calendar#calendar",\n')).toBe(true);
  });

  insideTest('quotaUser has a quota of its own', async () => {
    const stage = newStage();
    stage.world.switches['google.quotaPerUser'] = 2;
    const client = stage.as(ada);
    const get = (quotaUser?: string) =>
      client.call('calendars.get', 'calendars/primary', { query: { quotaUser } });
    for (const user of [undefined, undefined, 'one', 'one', 'two']) {
      expect((await get(user)).status).toBe(200);
    }
    expectError(await get(), 403, 'userRateLimitExceeded');
    expectError(await get('one'), 403, 'userRateLimitExceeded');
    expect((await get('two')).status).toBe(200);
  });
});

describe('a batch', () => {
  insideTest.for([
    [true, ['200', '409', '200']],
    [false, ['200', '200', '200']],
  ] as const)(
    'whose parts write to one event may answer the later with 409 conflict: %s',
    async ([hasConflicts, statuses]) => {
      const stage = newStage();
      stage.world.switches['google.batchConflicts'] = hasConflicts;
      const client = stage.as(ada);
      const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
      const path = eventsPath('primary', id);
      const text = await sendBatch(client, [
        ['PATCH', path, { summary: 'one' }],
        ['PATCH', path, { summary: 'two' }],
        ['GET', path],
      ]);
      expect([...text.matchAll(/HTTP\/1.1 (\d+)/g)].map((match) => match[1])).toEqual(statuses);
      expect(text.includes('"reason":"conflict"')).toBe(hasConflicts);
      const kept = await client.get('events.get', path);
      expect(kept.summary).toBe(hasConflicts ? 'one' : 'two');
    },
  );

  insideTest('has each part’s own headers', async () => {
    const client = newStage().as(ada);
    const { id, etag } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const text = await sendBatch(client, [['GET', eventsPath('primary', id)]]);
    expect(text).toContain(`ETag: ${etag}\r\n`);
  });
});

async function insertSeries(client: Client): Promise<string> {
  const body = lunch({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] });
  return (await client.get('events.insert', PRIMARY, { body })).id;
}

type Part = readonly [method: string, path: string, body?: object];

async function sendBatch(client: Client, parts: readonly Part[]): Promise<string> {
  const printed = parts.map(
    ([method, path, body]) =>
      `--outer\r\nContent-Type: application/http\r\n\r\n${method} /calendar/v3/${path}\r\n` +
      `Content-Type: application/json\r\n\r\n${body ? JSON.stringify(body) : ''}\r\n`,
  );
  const response = await client.fetch(
    new Request(`${ORIGIN}/batch/calendar/v3`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/mixed; boundary=outer' },
      body: `${printed.join('')}--outer--`,
    }),
  );
  return response.text();
}
