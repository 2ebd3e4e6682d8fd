import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApp } from '../../../src/api/app.ts';
import { newChannelSecret } from '../../../src/jobs/channel-secret.ts';
import type { ChannelId } from '../../../src/calendar/ids.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { query } from '../../support/query.ts';
import {
  addCalendar,
  addChannel,
  itemOf,
  noteLooked,
  postOutlook,
  readAsked,
  ringGoogle,
  ringOutlook,
  type Rung,
  type TestChannel,
} from './support.ts';

/* What arrives at our door, without any provider: a row in the table of channels is enough. */

const lines: { level: string; fields: object; message: string }[] = [];
const keep = (level: string) => (fields: object, message: string) => {
  lines.push({ level, fields, message });
};
const log = { debug() {}, info: keep('info'), warn: keep('warn'), error: keep('error') };

let stack: Stack;
let person: Person;
let calendar: Rung;
let channel: TestChannel;
beforeAll(async () => {
  stack = await startStack({ withWorker: false, log, env: { TRUSTED_PROXIES: '127.0.0.1' } });
  person = await stack.addPerson();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  lines.length = 0;
  calendar = await addCalendar(stack, person);
  channel = await addChannel(stack, calendar);
});

const untouched = { requested: 0, done: 0, hasJob: false };
const asked = { requested: 1, done: 0, hasJob: true };

/** A secret of the right form that belongs to no channel. */
const strangerOf = (id: string) => newChannelSecret(id as ChannelId, randomBytes).secret;

/** From an address of its own, so that tests do not spend each other's patience. */
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

async function bodyOf(response: Response): Promise<string> {
  return `${response.status} ${response.headers.get('content-type')} ${await response.text()}`;
}

test('[W1] a notification with its channel’s secret has asked for a look when it is answered', async () => {
  expect((await ringGoogle(stack, channel)).status).toBe(204);
  expect(await readAsked(stack, calendar)).toEqual(asked);

  await noteLooked(stack, calendar);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect((await ringOutlook(stack, [itemOf(channel)])).status).toBe(202);
  expect(await readAsked(stack, calendar)).toMatchObject({ requested: 2, hasJob: true });
});

test('[W1] Google’s empty message is read whatever type its missing body is said to have', async () => {
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  expect((await ringGoogle(stack, channel, { headers })).status).toBe(204);
  expect(await readAsked(stack, calendar)).toEqual(asked);
});

test('[W2] [attack 16] a Google notification without the right secret does nothing, and tells nothing', async () => {
  const nobody = randomUUID();
  const forged: { id: string; secret?: string }[] = [
    { id: channel.id },
    { id: channel.id, secret: '' },
    { id: channel.id, secret: 'guessed' },
    { id: channel.id, secret: strangerOf(channel.id) },
    { id: channel.id, secret: channel.secret.slice(0, -1) },
    { id: channel.id, secret: `${channel.secret}x` },
    { id: channel.id.toUpperCase(), secret: channel.secret },
    { id: nobody, secret: strangerOf(nobody) },
    { id: nobody, secret: channel.secret },
    { id: nobody },
    { id: '' },
  ];
  const answers = await Promise.all(
    forged.map(async (one) => bodyOf(await ringGoogle(stack, one, from('192.0.2.16')))),
  );
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toMatch(/^404 /);
  expect(await readAsked(stack, calendar)).toEqual(untouched);
});

test('[W2] [attack 16] a wrong secret takes the way of a channel that never was, also for one that has just rung', async () => {
  expect((await ringGoogle(stack, channel)).status).toBe(204);
  const nobody = randomUUID();
  const guesses = { known: strangerOf(channel.id), unknown: strangerOf(nobody) };
  const times: Record<string, number[]> = { known: [], unknown: [] };
  for (let round = 0; round < 60; round++) {
    for (const [name, secret] of Object.entries(guesses)) {
      const id = name === 'known' ? channel.id : nobody;
      const start = performance.now();
      await ringGoogle(stack, { id, secret }, from('192.0.2.17'));
      times[name]?.push(performance.now() - start);
    }
  }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;
  const [known, unknown] = [median(times['known'] ?? []), median(times['unknown'] ?? [])];
  // A search in the database is the whole difference that could be told.
  expect(known / unknown).toBeGreaterThan(0.6);
  expect(known / unknown).toBeLessThan(1.6);
});

test('[W2] [attack 17] the first message, “sync”, is checked like any other', async () => {
  const forged = await ringGoogle(stack, { id: channel.id }, { state: 'sync' });
  const guessed = { id: channel.id, secret: strangerOf(channel.id) };
  expect(await bodyOf(forged)).toBe(await bodyOf(await ringGoogle(stack, guessed)));
  expect(forged.status).toBe(404);
  expect((await ringGoogle(stack, channel, { state: 'sync' })).status).toBe(204);
  // It tells that the channel works, not that anything changed.
  expect(await readAsked(stack, calendar)).toEqual(untouched);
});

test('[W2] [attack 18] the secret of one channel does not open another, not even of the same calendar', async () => {
  const sister = await addChannel(stack, calendar);
  const stranger = await addChannel(stack, await addCalendar(stack, await stack.addPerson()));
  for (const { id } of [sister, stranger]) {
    expect((await ringGoogle(stack, { id, secret: channel.secret })).status).toBe(404);
  }
  const mixed = [sister, stranger].map(({ externalId }) =>
    itemOf(channel, { subscriptionId: externalId }),
  );
  expect((await ringOutlook(stack, mixed)).status).toBe(202);
  for (const one of [calendar, sister, stranger]) {
    expect(await readAsked(stack, one)).toEqual(untouched);
  }
});

test('[W2] the database holds no secret, and the role that searches reads nothing else of a channel', async () => {
  const rows = await query(stack, 'select * from channels');
  expect(JSON.stringify(rows)).not.toContain(channel.secret.slice(37));
  const { rows: found } = await query(
    stack,
    `select column_name from information_schema.role_column_grants
     where table_name = 'channels' and grantee = 'kalends_test_system'`,
  ).then((list) => ({ rows: list.map(({ column_name }) => String(column_name)).sort() }));
  expect(found).toEqual(
    'calendar_id connection_id external_id id secret_hash state tenant_id'.split(' '),
  );
});

test('[W2] [attack 19] of many notifications in one body the good count, and the forged are dropped and logged', async () => {
  const other = await addChannel(stack, await addCalendar(stack, await stack.addPerson()));
  const victim = await addChannel(stack, await addCalendar(stack, person));
  const answer = await ringOutlook(stack, [
    itemOf(victim, { clientState: strangerOf(victim.id) }),
    itemOf(channel),
    itemOf(victim, { clientState: undefined }),
    itemOf(victim, { clientState: { $ne: '' } }),
    null,
    'text',
    [],
    itemOf(other),
  ]);
  expect(answer.status).toBe(202);
  expect(await readAsked(stack, calendar)).toEqual(asked);
  expect(await readAsked(stack, other)).toEqual(asked);
  expect(await readAsked(stack, victim)).toEqual(untouched);
  expect(lines).toMatchObject([{ level: 'warn', fields: { forgedCount: 6, count: 8 } }]);
  expect(JSON.stringify(lines)).not.toContain(channel.secret);

  expect((await ringOutlook(stack, [itemOf(victim, { clientState: 'x' })])).status).toBe(202);
  expect(await readAsked(stack, victim)).toEqual(untouched);
});

test('[W3] [attack 20] the handshake gives back a short plain token as text, and nothing else', async () => {
  const shake = (search: string) =>
    fetch(`${stack.url}/webhooks/outlook?${search}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  const token = 'Validation: <script>alert(1)</script> & 100 % + "quoted"';
  const answer = await shake(`validationToken=${encodeURIComponent(token)}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await answer.text()).toBe(token);

  const longest = 'x'.repeat(2_048);
  expect(await (await shake(`validationToken=${longest}`)).text()).toBe(longest);
  for (const refused of [
    `validationToken=${longest}x`,
    'validationToken=',
    'validationToken=a%0D%0ASet-Cookie:%20a=b',
    'validationToken=%00',
    'validationToken=%7F',
    'validationToken=%C3%A4',
    'validationToken=%E2%80%AE',
    'validationToken=a&validationToken=b',
    'other=a',
  ]) {
    expect((await shake(refused)).status, refused).toBe(400);
  }
  const huge = await shake(`validationToken=${'x'.repeat(1024 * 1024)}`);
  expect(huge.status).toBe(431);
});

test('[W4] [attack 21] the same old notification a thousand times is one look, and writes nothing after the first', async () => {
  const versions = async () => {
    const ids = [calendar.calendarId];
    return {
      channels: await query(stack, 'select xmin from channels where calendar_id = $1', ids),
      calendars: await query(stack, 'select xmin from calendars where id = $1', ids),
      jobs: await query(stack, 'select xmin from jobs where calendar_id = $1', ids),
    };
  };
  expect((await ringGoogle(stack, channel)).status).toBe(204);
  const before = await versions();
  expect(before.jobs).toHaveLength(1);
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ringGoogle(stack, channel)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  }
  expect(await versions()).toEqual(before);
  expect(await readAsked(stack, calendar)).toEqual(asked);
});

test('[W4] [attack 21] looks that are made at once are still asked for once a second at most', async () => {
  const start = Date.now();
  let count = 0;
  while (Date.now() - start < 2_500) {
    expect((await ringGoogle(stack, channel)).status).toBe(204);
    count++;
    // As quickly as the worker could: whatever is due is done.
    await query(
      stack,
      `with due as (delete from jobs where calendar_id = $1 and run_at <= now() returning calendar_id)
       update calendars set pull_done = pull_requested where id in (select calendar_id from due)`,
      [calendar.calendarId],
    );
  }
  const { requested } = await readAsked(stack, calendar);
  const seconds = (Date.now() - start) / 1_000;
  expect(count).toBeGreaterThan(requested);
  expect(requested).toBeLessThanOrEqual(Math.floor(seconds) + 2);
});

test('[W4] fifty notifications in a second are one look, each answered after it was stored', async () => {
  const items = Array.from({ length: 25 }, () => itemOf(channel));
  const answers = await Promise.all([
    ...Array.from({ length: 25 }, () => ringOutlook(stack, [itemOf(channel)])),
    ringOutlook(stack, items),
  ]);
  expect(answers.every(({ status }) => status === 202)).toBe(true);
  expect(await readAsked(stack, calendar)).toEqual(asked);
});

test('[W4] who guesses too often is not listened to for a while; channels that ring go on', async () => {
  const guesses = Array.from({ length: 300 }, () => itemOf(channel, { clientState: 'guess' }));
  const address = { 'x-forwarded-for': '192.0.2.21' };
  await ringGoogle(stack, channel, { headers: address });
  await postOutlook(stack, JSON.stringify({ value: guesses }), address);
  const nobody = randomUUID();
  const guess = { id: nobody, secret: strangerOf(nobody) };
  const refused = await ringGoogle(stack, guess, { headers: address });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const wrong = { id: channel.id, secret: strangerOf(channel.id) };
  expect((await ringGoogle(stack, wrong, { headers: address })).status).toBe(429);
  expect((await ringGoogle(stack, channel, { headers: address })).status).toBe(204);
  expect((await ringGoogle(stack, guess, from('192.0.2.22'))).status).toBe(404);
});

test('[W5] [attack 22] bodies that are too large, too deep, doubled, poisoned or packed are refused in bounds', async () => {
  const good = JSON.stringify(itemOf(channel));
  const cases: [string, string | Uint8Array<ArrayBuffer>, number, Record<string, string>?][] = [
    ['10 MB', `{"value":[],"x":"${'x'.repeat(10 * 1024 * 1024)}"}`, 413],
    ['just over 1 MB', `{"value":[],"x":"${'x'.repeat(1024 * 1024)}"}`, 413],
    ['deep', '['.repeat(500_000), 400],
    ['deep and well-formed', `{"value":${'['.repeat(9_000)}${']'.repeat(9_000)}}`, 400],
    ['__proto__', `{"value":[],"__proto__":{"x":1}}`, 400],
    ['constructor', `{"value":[],"constructor":{"prototype":{"x":1}}}`, 400],
    ['no JSON', '{"value":[', 400],
    ['empty', '', 400],
    ['an array', '[]', 400],
    ['null', 'null', 400],
    ['value of a wrong kind', '{"value":{}}', 400],
    ['1001 items', `{"value":[${Array(1_001).fill('{}').join()}]}`, 400],
    ['a form', 'value=1', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['gzip', new Uint8Array(gzipSync(`{"value":[${good}]}`)), 415, { 'content-encoding': 'gzip' }],
    ['text', good, 400, { 'content-type': 'text/plain' }],
  ];
  for (const [name, body, status, headers] of cases) {
    const start = performance.now();
    // A server that refuses a body while it still comes may close before it was sent.
    const answer = await postOutlook(stack, body, headers).catch(() => null);
    expect(answer?.status ?? 413, name).toBe(status);
    expect(performance.now() - start, name).toBeLessThan(2_000);
  }
  const packed = { headers: { 'content-encoding': 'gzip' } };
  expect((await ringGoogle(stack, channel, packed)).status).toBe(415);
  expect(await readAsked(stack, calendar)).toEqual(untouched);
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();

  // Doubled keys: the last counts, and what counts is checked.
  const forged = JSON.stringify(strangerOf(channel.id));
  const [id, secret] = [channel.externalId, channel.secret].map((text) => JSON.stringify(text));
  const doubled = (first: string, last: string) =>
    `{"value":[{"subscriptionId":${id},"clientState":${first},"clientState":${last}}]}`;
  expect((await postOutlook(stack, doubled(String(secret), forged))).status).toBe(202);
  expect(await readAsked(stack, calendar)).toEqual(untouched);
  expect((await postOutlook(stack, doubled(forged, String(secret)))).status).toBe(202);
  expect(await readAsked(stack, calendar)).toEqual(asked);
});

test('[W5] [attack 22] a body that does not come holds nobody up, and is given up', async () => {
  const app = await createApp(stack.context, { requestTimeoutMs: 300 });
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(url.port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    'POST /webhooks/outlook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
      'content-length: 1000\r\n\r\n{"value":[',
  );
  expect((await ringGoogle({ ...stack, url: url.origin }, channel)).status).toBe(204);
  await closed;
  expect(answer).not.toMatch(/^HTTP\/1\.1 (2|5)/);
  await app.close();
});

test('[W6] [attack 24] what a notification says has changed is not believed: the stored calendar is looked at', async () => {
  const victim = await addChannel(stack, await addCalendar(stack, await stack.addPerson()));
  const aimed = itemOf(channel, {
    resource: `Users/1/calendars/${victim.calendarId}/Events/9`,
    resourceData: { id: victim.calendarId, calendarId: victim.calendarId },
    tenantId: victim.tenantId,
    calendarId: victim.calendarId,
    connectionId: victim.connectionId,
  });
  expect((await ringOutlook(stack, [aimed])).status).toBe(202);
  const headers = { 'x-goog-resource-id': victim.calendarId, 'x-goog-resource-uri': 'file:///x' };
  expect((await ringGoogle(stack, channel, { headers })).status).toBe(204);
  expect(await readAsked(stack, calendar)).toEqual(asked);
  expect(await readAsked(stack, victim)).toEqual(untouched);
});

test('[W7] the first ring counts although the provider’s answer has not told the channel’s id yet', async () => {
  const opening = await addChannel(stack, await addCalendar(stack, person), { isOpening: true });
  expect((await ringOutlook(stack, [itemOf(opening)])).status).toBe(202);
  expect(await readAsked(stack, opening)).toEqual(asked);
  expect((await ringGoogle(stack, opening)).status).toBe(204);
});

test('[W7] a channel that is gone rings in vain, also when it rang a moment ago', async () => {
  expect((await ringGoogle(stack, channel)).status).toBe(204);
  await noteLooked(stack, calendar);
  await query(stack, 'delete from channels where id = $1', [channel.id]);
  const { requested } = await readAsked(stack, calendar);
  expect((await ringGoogle(stack, channel)).status).toBe(404);
  expect((await ringOutlook(stack, [itemOf(channel)])).status).toBe(202);
  expect(await readAsked(stack, calendar)).toEqual({ requested, done: requested, hasJob: false });
});

test('[W8] what the provider says of the channel itself is heard: renew it, it is gone, something was missed', async () => {
  const say = (lifecycleEvent: string, one = channel) =>
    ringOutlook(stack, [itemOf(one, { lifecycleEvent, resourceData: undefined })]);
  const renewAt = async () => {
    const [row] = await query<{ renew_at: Date }>(
      stack,
      'select renew_at from channels where id = $1',
      [channel.id],
    );
    return row?.renew_at.getTime();
  };

  expect((await say('reauthorizationRequired')).status).toBe(202);
  expect(await renewAt()).toBeLessThanOrEqual(Date.now());
  expect(await readAsked(stack, calendar)).toEqual(asked);

  const missed = await addChannel(stack, await addCalendar(stack, person));
  expect((await say('missed', missed)).status).toBe(202);
  expect(await readAsked(stack, missed)).toEqual(asked);

  const forged = { ...missed, secret: strangerOf(missed.id) };
  expect((await say('subscriptionRemoved', forged)).status).toBe(202);
  const count = async () =>
    (await query(stack, 'select id from channels where id = $1', [missed.id])).length;
  expect(await count()).toBe(1);
  await noteLooked(stack, missed);
  expect((await say('subscriptionRemoved', missed)).status).toBe(202);
  expect(await count()).toBe(0);
  expect((await readAsked(stack, missed)).hasJob).toBe(true);
});

test.each(['channels', 'calendars', 'jobs'])(
  '[W1] nothing is answered with success that is not stored: the table %s stalls, and the provider hears 503 within a second',
  async (table) => {
    if (table !== 'channels') await ringGoogle(stack, channel, { state: 'sync' });
    const admin = new Client({ connectionString: stack.database.adminUrl });
    await admin.connect();
    await admin.query('begin');
    await admin.query(`lock table ${table} in access exclusive mode`);
    try {
      const start = performance.now();
      const answers = await Promise.all([
        ringGoogle(stack, channel),
        ringOutlook(stack, [itemOf(channel)]),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503]);
      expect(performance.now() - start).toBeLessThan(1_500);
      expect(answers[0]?.headers.get('retry-after')).toBe('5');
    } finally {
      await admin.query('rollback');
      await admin.end();
    }
    // Sent again, as providers do.
    expect((await ringGoogle(stack, channel)).status).toBe(204);
    expect((await readAsked(stack, calendar)).hasJob).toBe(true);
  },
);
