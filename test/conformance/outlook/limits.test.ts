import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  insideTest,
  newEvent,
  type Body,
  type Client,
} from './client.ts';
import { adele } from './world.ts';

const world = (switches = {}) => createTestWorld(switches);
const json = { 'Content-Type': 'application/json' };

async function batch(client: Client, requests: object[]) {
  const { status, body } = await client.post('/v1.0/$batch', { requests });
  const parts = new Map<string, Body>(
    (body.responses ?? []).map((part: Body) => [part.id as string, part]),
  );
  return { status, body, parts, statuses: requests.map((r) => parts.get((r as Body).id)?.status) };
}

insideTest('a mailbox takes four requests of an app at once; the fifth waits', async () => {
  const it = world();
  const client = clientOf(it);
  const replies = await Promise.all(Array.from({ length: 6 }, () => client.get('/v1.0/me/events')));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 429, 429]);
  const refused = replies.find(({ status }) => status === 429);
  expect(refused?.body.error).toMatchObject({
    code: 'ApplicationThrottled',
    message: 'Application is over its MailboxConcurrency limit.',
  });
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await client.get('/v1.0/me/events')).status).toBe(200);
  expect(it.calls.filter(({ status }) => status === 429)).toHaveLength(2);
});

insideTest('one mailbox at its limit does not touch another', async () => {
  const it = world();
  const clients = [clientOf(it), clientOf(it, adele)];
  const replies = await Promise.all(
    clients.flatMap((client) => Array.from({ length: 4 }, () => client.get('/v1.0/me/events'))),
  );
  expect(replies.every(({ status }) => status === 200)).toBe(true);
});

insideTest('10 000 requests in ten minutes are enough', { timeout: 120_000 }, async () => {
  const it = world();
  const client = clientOf(it);
  for (let i = 0; i < 10_000; i++) {
    const { status } = await client.get('/v1.0/me/mailboxSettings/timeZone');
    if (status !== 200) throw new Error(`request ${i} was answered ${status}`);
  }
  const { status, body, headers } = await client.get('/v1.0/me/events');
  expect([status, body.error.code]).toEqual([429, 'TooManyRequests']);
  const waitSeconds = Number(headers.get('retry-after'));
  expect(waitSeconds).toBeGreaterThan(0);
  expect((await clientOf(it, adele).get('/v1.0/me/events')).status).toBe(200);
  await it.pass((waitSeconds + 1) * 1000);
  expect((await client.get('/v1.0/me/events')).status).toBe(200);
});

insideTest('the requests of an app are limited over all mailboxes', async () => {
  const it = world({ 'outlook.appRequestsPerTenSeconds': 4 });
  const clients = [clientOf(it), clientOf(it, adele)];
  const statuses: number[] = [];
  for (const client of [...clients, ...clients, ...clients]) {
    statuses.push((await client.get('/v1.0/me/calendars')).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  await it.pass(11_000);
  expect((await clientOf(it, adele).get('/v1.0/me/calendars')).status).toBe(200);
});

insideTest('open extensions of a tenant are limited to 455 requests in ten seconds', async () => {
  const it = world();
  const client = clientOf(it);
  const path = `${eventPath(await createOk(client, newEvent()))}/extensions`;
  for (let i = 0; i < 455; i++) expect((await client.get(path)).status).toBe(200);
  expect((await client.get(path)).status).toBe(429);
  await it.pass(11_000);
  expect((await client.get(path)).status).toBe(200);
});

insideTest('a body beyond four megabytes is 413', async () => {
  const client = clientOf(world());
  const body = { contentType: 'text', content: 'x'.repeat(4 * 1024 * 1024) };
  expect((await client.post('/v1.0/me/events', newEvent({ body }))).status).toBe(413);
});

insideTest('now and then a write fails without a word and has been applied', async () => {
  const it = world({ 'outlook.failureAfterWriteRate': 1 });
  const client = clientOf(it);
  const { status, body } = await client.post('/v1.0/me/events', newEvent());
  expect([503, 504]).toContain(status);
  expect(body.error).toMatchObject({ code: 'UnknownError', message: '' });
  expect(await client.list('/v1.0/me/events')).toHaveLength(1);
  it.switches['outlook.failureRate'] = 1;
  expect((await client.get('/v1.0/me/events')).status).toBeGreaterThanOrEqual(503);
});

test('a batch answers each part by id, and 200 as a whole', async () => {
  const client = clientOf(world());
  const { status, parts, statuses } = await batch(client, [
    { id: '1', method: 'POST', url: '/me/events', headers: json, body: newEvent() },
    { id: '2', method: 'GET', url: 'me/calendar?$select=name' },
    { id: '3', method: 'GET', url: '/me/events/nonsense' },
    { id: '4', method: 'POST', url: '/me/events', body: newEvent() },
  ]);
  expect([status, statuses]).toEqual([200, [201, 200, 400, 400]]);
  expect(parts.get('3').body.error.code).toBe('ErrorInvalidIdMalformed');
  const event = parts.get('1').body;
  expect((await client.get(eventPath(event))).body.subject).toBe(event.subject);
});

insideTest('parts keep their own preferences and are recorded singly', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(client, newEvent());
  it.calls.length = 0;
  const prefer = 'outlook.timezone="Tokyo Standard Time"';
  const { parts } = await batch(client, [
    { id: 'a', method: 'GET', url: `/me/events/${enc(event.id)}`, headers: { Prefer: prefer } },
    { id: 'b', method: 'DELETE', url: `/me/events/${enc(event.id)}`, dependsOn: ['a'] },
  ]);
  expect(parts.get('a').body.start.timeZone).toBe('Tokyo Standard Time');
  expect(parts.get('a').headers['Preference-Applied']).toContain('Tokyo');
  expect(it.calls.map(({ operation, status }) => `${operation} ${status}`)).toEqual([
    'events.get 200',
    'events.delete 204',
    'batch 200',
  ]);
});

test('what depends on a failed part is 424', async () => {
  const { statuses } = await batch(clientOf(world()), [
    { id: '1', method: 'GET', url: '/me/events/nonsense' },
    { id: '2', method: 'GET', url: '/me/calendar', dependsOn: ['1'] },
    { id: '3', method: 'GET', url: '/me/calendar', dependsOn: ['2'] },
  ]);
  expect(statuses).toEqual([400, 424, 424]);
});

test('a batch has at most twenty parts with ids of their own and no batch inside', async () => {
  const client = clientOf(world());
  const part = (id: string) => ({ id, method: 'GET', url: '/me/calendar' });
  const twenty = Array.from({ length: 20 }, (_, i) => part(String(i)));
  expect((await batch(client, twenty)).statuses).toEqual(twenty.map(() => 200));
  expect((await batch(client, [...twenty, part('20')])).status).toBe(400);
  expect((await batch(client, [part('1'), part('1')])).status).toBe(400);
  expect((await batch(client, [{ ...part('1'), dependsOn: ['9'] }])).status).toBe(400);
  expect((await batch(client, [{ id: '1', method: 'POST', url: '/$batch' }])).status).toBe(400);
});

test('dependencies other than serial or on one part are refused', async () => {
  const part = (id: string, ...dependsOn: string[]) => ({
    id,
    method: 'GET',
    url: '/me/calendar',
    dependsOn,
  });
  const client = clientOf(world());
  const sameParent = [part('1'), part('2', '1'), part('3', '1')];
  expect((await batch(client, sameParent)).statuses).toEqual([200, 200, 200]);
  const crossed = [part('1'), part('2'), part('3', '1'), part('4', '2')];
  expect((await batch(client, crossed)).status).toBe(400);
});

insideTest(
  'parts started all at once run into the limit of four, each with its own wait',
  async () => {
    const it = world({ 'outlook.batchPartsAtOnce': 20 });
    const requests = Array.from({ length: 6 }, (_, i) => ({
      id: String(i),
      method: 'GET',
      url: '/me/calendar',
    }));
    const { parts, statuses } = await batch(clientOf(it), requests);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    const refused = [...parts.values()].find(({ status }) => status === 429);
    expect(refused.headers['Retry-After']).toBeDefined();
  },
);
