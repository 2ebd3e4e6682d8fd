import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Client } from '../../support/client.ts';
import { findFreePort } from '../../../src/store/free-port.ts';
import { waitFor } from '../../support/wait-for.ts';

/* The product as `npm start` runs it: one process of its own, its database and its sandbox. */

const main = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;

let dataDir: string;
let env: Record<string, string>;
const children: ChildProcess[] = [];
const closing: Server[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kalends-start-'));
  const [port, sandboxPort] = [await findFreePort(), await findFreePort()];
  env = { DATA_DIR: dataDir, PORT: String(port), SANDBOX_PORT: String(sandboxPort) };
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of closing.splice(0)) server.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 50 });
});

interface Started {
  child: ChildProcess;
  url: string;
  output(): string;
  ended: Promise<number | null>;
}

function start(more: Record<string, string> = {}, args: string[] = []): Started {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, ...args], { env: { PATH, HOME, ...env, ...more } });
  children.push(child);
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString('utf8');
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return {
    child,
    url: `http://127.0.0.1:${env['PORT']}`,
    output: () => text,
    ended: new Promise((resolve) => child.once('exit', resolve)),
  };
}

async function startAndWait(): Promise<Started> {
  const started = start();
  await waitFor('the greeting', () => started.output().includes('sign in with'), START_TIMEOUT_MS);
  return started;
}

async function signIn({ url, output }: Started): Promise<Client> {
  const [, email = '', password = ''] = /sign in with +(\S+) \/ (\S+)/.exec(output()) ?? [];
  const client = new Client(url);
  await client.signIn(email, password);
  return client;
}

test('one command starts database, server, worker and sandbox, and prints where and how to sign in', async () => {
  const started = await startAndWait();
  const client = await signIn(started);
  const { leads } = await client.get<{ leads: unknown[] }>('/api/leads');
  expect(leads.length).toBeGreaterThan(5);
  expect((await fetch(`http://127.0.0.1:${env['SANDBOX_PORT']}/`)).status).toBe(200);
  expect((await fetch(`${started.url}/readyz`)).status).toBe(200);

  started.child.kill('SIGTERM');
  expect(await started.ended).toBe(0);
});

test('killed, it starts again with what was there, and seeds nothing twice', async () => {
  const first = await startAndWait();
  const before = await signIn(first);
  await before.send('POST', '/api/leads', { name: 'Kept through a kill' });
  const { leads } = await before.get<{ leads: unknown[] }>('/api/leads');
  first.child.kill('SIGKILL');
  await first.ended;

  const second = await startAndWait();
  const after = await signIn(second);
  const found = await after.get<{ leads: { name: string }[] }>('/api/leads');
  expect(found.leads.length).toBe(leads.length);
  expect(found.leads.map(({ name }) => name)).toContain('Kept through a kill');
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
});

test('who comes by another name of this machine is sent to the one at which signing in works', async () => {
  const started = await startAndWait();
  const html = { headers: { accept: 'text/html' }, redirect: 'manual' } as const;
  const answer = await fetch(`http://localhost:${env['PORT']}/leads?q=a`, html);
  expect([answer.status, answer.headers.get('location')]).toEqual([
    302,
    `${started.url}/leads?q=a`,
  ]);
  expect((await fetch(`${started.url}/leads`, html)).status).toBe(200);
  expect((await fetch(`http://localhost:${env['PORT']}/api/session`)).status).toBe(200);
  started.child.kill('SIGTERM');
  await started.ended;
});

test('keys are rotated and companies made beside the running product, which goes on', async () => {
  const started = await startAndWait();
  const run = async (...args: string[]) => {
    const command = start({}, args);
    expect([args, await command.ended]).toEqual([args, 0]);
    return command.output();
  };
  expect(await run('keys', 'rotate')).toBe('Tokens sealed again: 0.\n');
  const [, password = ''] =
    /password (\S+)/.exec(await run('tenant', 'South', 'eva@south.example')) ?? [];
  const twice = start({}, ['tenant', 'Another', 'Eva@south.example']);
  expect(await twice.ended).toBe(1);
  expect(twice.output()).toBe('Eva@south.example signs in to a company already.\n');
  const client = new Client(started.url);
  await client.signIn('eva@south.example', password);
  expect((await client.get<{ leads: unknown[] }>('/api/leads')).leads).toEqual([]);
  started.child.kill('SIGTERM');
  expect(await started.ended).toBe(0);
});

test('it listens on this machine only', async () => {
  const started = await startAndWait();
  for (const port of [env['PORT'], env['SANDBOX_PORT']]) {
    await expect(fetch(`http://[::1]:${port}/`)).rejects.toThrow();
  }
  started.child.kill('SIGTERM');
  await started.ended;
});

const ownDatabase = {
  DATABASE_URL: 'postgres://127.0.0.1:1/x',
  KALENDS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  KALENDS_SECRET: Buffer.alloc(32, 2).toString('base64'),
};

const wrongSettings: [string, Record<string, string>, RegExp][] = [
  ['a port that is none', { PORT: 'http' }, /^PORT must be a whole number from 1 to 65535\.\n$/],
  [
    'a client without its secret',
    { OUTLOOK_CLIENT_ID: 'x' },
    /^OUTLOOK_CLIENT_ID is set but OUTLOOK_CLIENT_SECRET is missing\.\n$/,
  ],
  [
    'a secret without its client',
    { GOOGLE_CALENDAR_CLIENT_SECRET: 'x' },
    /^GOOGLE_CALENDAR_CLIENT_SECRET is set but GOOGLE_CALENDAR_CLIENT_ID is missing\.\n$/,
  ],
  [
    'a public address in the clear',
    { PUBLIC_URL: 'http://crm.example.com' },
    /^PUBLIC_URL must begin with https:\/\/.*\.\n$/,
  ],
  [
    'a provider address in the clear',
    { GOOGLE_API_URL: 'http://proxy.example.com' },
    /^GOOGLE_API_URL must begin with https:\/\/.*\.\n$/,
  ],
  [
    'a database of another kind',
    { DATABASE_URL: 'mysql://localhost/x' },
    /^DATABASE_URL must be an address beginning with postgres:\/\/\.\n$/,
  ],
  [
    '[attack 23] a database of one’s own without keys',
    { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    /^KALENDS_KEYS and KALENDS_SECRET are missing.*\.\n$/,
  ],
];
wrongSettings.push([
  'a proxy that is no address',
  { TRUSTED_PROXIES: '10.0.0.0/8, proxy' },
  /^TRUSTED_PROXIES must list addresses; proxy is none\.\n$/,
]);
wrongSettings.push([
  'a database that does not answer',
  ownDatabase,
  /^DATABASE_URL cannot be used: nothing answers there\.\n$/,
]);
/** A server that does one thing with whoever comes, until the test is over. */
async function answerWith(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer(answer);
  closing.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `postgres://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/x`;
}

/** What PostgreSQL says instead of taking somebody in. */
function refusal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mno\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

const answers: [string, (socket: Socket) => void, string][] = [
  ['hangs up', (socket) => socket.destroy(), 'it hangs up'],
  ['hangs up rudely', (socket) => socket.resetAndDestroy(), 'it hangs up'],
  ['recovers', (socket) => socket.end(refusal('57P03')), 'it is being stopped or started'],
  ['is full', (socket) => socket.end(refusal('53300')), 'it takes no more connections'],
];
for (const [name, answer, fault] of answers) {
  test(`a database that ${name} stops the start with one sentence that says so`, async () => {
    const started = start({ ...ownDatabase, DATABASE_URL: await answerWith(answer) });
    expect(await started.ended).toBe(1);
    expect(started.output()).toBe(`DATABASE_URL cannot be used: ${fault}.\n`);
  });
}

for (const [name, settings, sentence] of wrongSettings) {
  test(`${name} stops the start with one sentence that names it`, async () => {
    const started = start(settings);
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(sentence);
  });
}

test('a port that is taken is named', async () => {
  const first = await startAndWait();
  const other = await mkdtemp(join(tmpdir(), 'kalends-start-'));
  const second = start({ DATA_DIR: other, SANDBOX_PORT: String(await findFreePort()) });
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(new RegExp(`^PORT ${env['PORT']} is taken.*\\.\\n$`));
  first.child.kill('SIGTERM');
  await first.ended;
  await rm(other, { recursive: true, force: true, maxRetries: 50 });
});
