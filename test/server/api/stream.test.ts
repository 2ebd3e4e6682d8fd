import { once } from 'node:events';
import { connect } from 'node:net';
import { Client as Database } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../../src/api/app.ts';
import type { App } from '../../../src/api/context.ts';
import { Client } from '../../support/client.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';

const HEARTBEAT_MS = 150;

let stack: Stack;
let database: Database;
/** The same product with a quicker heart. */
let app: App;
let origin: string;
const open: Stream[] = [];

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
  app = await createApp(stack.context, { heartbeatMs: HEARTBEAT_MS });
  origin = await app.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.close()));
});

afterAll(async () => {
  await app.close();
  await database.end();
  await stack.stop();
});

interface Stream {
  status: number;
  text: string;
  isEnded: boolean;
  close(): Promise<void>;
}

async function openStream(person: Person): Promise<Stream> {
  const client = new Client(origin);
  for (const [name, value] of person.client.cookies) client.setCookie(name, value);
  const aborted = new AbortController();
  const response = await client.fetch('/api/stream', { signal: aborted.signal });
  const stream: Stream = {
    status: response.status,
    text: '',
    isEnded: false,
    async close() {
      aborted.abort();
      await reading;
    },
  };
  const reading = (async () => {
    try {
      for await (const chunk of response.body ?? []) stream.text += new TextDecoder().decode(chunk);
    } catch {
      // Aborted by `close`.
    }
    stream.isEnded = true;
  })();
  open.push(stream);
  return stream;
}

const addLead = (person: Person) =>
  person.client.send<{ id: string }>('POST', '/api/leads', { name: 'Lead' });

async function plan(person: Person, title = 'Secret title'): Promise<void> {
  const { id } = await addLead(person);
  const when = { start: '2030-01-01', end: '2030-01-02' };
  await person.client.send('POST', '/api/activities', { lead_id: id, title, ...when });
}

test('a change tells the pages of its tenant to look again, and nothing more', async () => {
  const tenantId = await stack.addTenant();
  const owner = await stack.addPerson({ tenantId });
  const colleague = await stack.addPerson({ tenantId });
  const streams = [await openStream(owner), await openStream(colleague)];
  await plan(owner);
  for (const stream of streams) {
    await waitFor('the stream to say so', () =>
      stream.text.includes('event: activities\ndata: {}\n\n'),
    );
    expect(stream.text).not.toContain('Secret');
  }
});

test('[attack 25] the pages of another tenant hear nothing of it', async () => {
  const [owner, stranger] = [await stack.addPerson(), await stack.addPerson()];
  const [own, foreign] = [await openStream(owner), await openStream(stranger)];
  await waitFor('the stream to say so', () => foreign.text.includes(': alive'));
  const before = foreign.text.split('event:').length;
  await plan(owner);
  await waitFor('the stream to say so', () => own.text.includes('event: activities'));
  // The foreign stream lives and had time for a notice of its own.
  const beats = foreign.text.split(': alive').length;
  await waitFor('the stream to say so', () => foreign.text.split(': alive').length > beats);
  expect(foreign.text.split('event:')).toHaveLength(before);
});

test('[attack 30] the stream of a disabled user ends with the next beat', async () => {
  const person = await stack.addPerson();
  const stream = await openStream(person);
  await waitFor('the stream to say so', () => stream.text.includes(': alive'));
  await database.query('update users set disabled_at = now() where id = $1', [person.userId]);
  await waitFor('the stream to end', () => stream.isEnded);
});

test('[attack 31] a stream ends with its session, and does not prolong it', async () => {
  const person = await stack.addPerson();
  const stream = await openStream(person);
  // Asking for the stream was a use; from here on it only listens.
  const endsIn = `"expiresAt" = now() + interval '2 hours'`;
  await database.query(`update auth.session set ${endsIn} where "userId" = $1`, [person.userId]);
  const readEnd = async () => {
    const sql = 'select "expiresAt" as at from auth.session where "userId" = $1';
    return (await database.query<{ at: Date }>(sql, [person.userId])).rows[0]?.at.getTime();
  };
  const atStart = await readEnd();
  const beats = stream.text.split(': alive').length;
  await waitFor('two more beats', () => stream.text.split(': alive').length > beats + 1);
  expect(await readEnd()).toBe(atStart);
  await person.client.sendRaw('DELETE', '/api/session');
  await waitFor('the stream to end', () => stream.isEnded);
});

test('one user has at most twelve streams; a closed one makes room', async () => {
  const person = await stack.addPerson();
  const streams = await Promise.all(Array.from({ length: 12 }, () => openStream(person)));
  expect(streams.every(({ status }) => status === 200)).toBe(true);
  expect((await openStream(person)).status).toBe(429);
  expect((await openStream(await stack.addPerson())).status).toBe(200);
  await streams[0]?.close();
  await waitFor('room for a stream', async () => (await openStream(person)).status === 200);
});

test('after the database connection was lost, pages are told to look again and hear on', async () => {
  const person = await stack.addPerson();
  const stream = await openStream(person);
  await waitFor('the stream to say so', () => stream.text.includes(': alive'));
  stream.text = '';
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like 'listen %'`,
  );
  await waitFor('the stream to say so', () => stream.text.includes('event: activities'));
  expect(stream.text).toContain('event: connections');
  stream.text = '';
  await plan(person);
  await waitFor('the stream to say so', () => stream.text.includes('event: activities'));
});

test('closing the server ends its streams and does not wait for them', async () => {
  const own = await createApp(stack.context);
  const url = await own.listen({ host: '127.0.0.1', port: 0 });
  const person = await stack.addPerson();
  const client = new Client(url);
  for (const [name, value] of person.client.cookies) client.setCookie(name, value);
  const response = await client.fetch('/api/stream');
  // As browsers do, ahead of need.
  const unused = connect(Number(new URL(url).port), '127.0.0.1');
  await once(unused, 'connect');
  const startedAt = Date.now();
  await own.close();
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  await response.text();
});
