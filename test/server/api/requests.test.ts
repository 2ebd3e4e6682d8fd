import { request } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from '../../support/client.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let person: Person;
let webDir: string;
const errorLines: object[] = [];

beforeAll(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'kalends-web-'));
  await mkdir(join(webDir, 'assets'));
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>The page</title>');
  await writeFile(join(webDir, 'assets', 'page-1a2b.js'), 'export {};');
  await writeFile(`${webDir}-secret`, 'outside');
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: object, message: string) => errorLines.push({ ...fields, message }),
  };
  stack = await startStack({ withWorker: false, webDir, log });
  person = await stack.addPerson();
});

afterAll(async () => {
  await stack.stop();
  await rm(webDir, { recursive: true });
  await rm(`${webDir}-secret`);
});

const post = (body: string, type = 'application/json', path = '/api/leads') =>
  person.client.fetch(path, { method: 'POST', body, headers: { 'content-type': type } });

async function problemOf(answer: Response): Promise<[number, string]> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await answer.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({
    type: `urn:kalends:problem:${String(problem['code'])}`,
    title: expect.stringMatching(/\w/),
    status: answer.status,
    detail: expect.stringMatching(/\w.*\.$/),
  });
  return [answer.status, String(problem['code'])];
}

test('a body of more than 256 kB is refused before it is read', async () => {
  const fits = JSON.stringify({ name: 'x'.repeat(200), company: ' '.repeat(200) });
  expect((await post(fits)).status).toBe(201);
  const body = JSON.stringify({ name: 'x'.repeat(256 * 1024) });
  expect(await problemOf(await post(body))).toEqual([413, 'body-too-large']);
});

test('an endless body without a length is cut off soon after the same size', async () => {
  const session = await person.client.get<{ csrf_token: string }>('/api/session');
  let sentBytes = 0;
  const ending = await new Promise<string>((resolve) => {
    const sending = request(`${stack.url}/api/leads`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-csrf-token': session.csrf_token,
        cookie: [...person.client.cookies].map((pair) => pair.join('=')).join('; '),
      },
    });
    const timer = setInterval(() => {
      sending.write(' '.repeat(64 * 1024));
      sentBytes += 64 * 1024;
    }, 5);
    const end = (how: string) => {
      clearInterval(timer);
      sending.destroy();
      resolve(how);
    };
    sending.on('response', ({ statusCode }) => end(String(statusCode)));
    // Who still sends may find the door shut before the answer is read.
    sending.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
  });
  expect(['413', 'EPIPE', 'ECONNRESET']).toContain(ending);
  expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
});

test('what is not well-formed or plain JSON is refused', async () => {
  const poisons = [
    '{"name":"x","__proto__":{"role":"admin"}}',
    '{"name":"x","constructor":{"prototype":{"role":"admin"}}}',
  ];
  for (const body of poisons) {
    // Already by the parser: no schema has to think of it.
    expect(await (await post(body)).json()).toMatchObject({
      code: 'invalid-request',
      detail: 'Send a body that is well-formed JSON.',
    });
  }
  const bodies = [
    '{"name":',
    '',
    '[]',
    'null',
    '"text"',
    `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"name":"x","company":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    '{"name":"a\\u0000b"}',
    '{"name":"a\\ud83db"}',
  ];
  for (const body of bodies) {
    expect(await problemOf(await post(body))).toEqual([400, 'invalid-request']);
  }
  expect(({} as Record<string, unknown>)['role']).toBeUndefined();
});

test('of a member given twice the last one is checked and taken', async () => {
  const answer = await post('{"name":"first","name":"second"}');
  expect(await answer.json()).toMatchObject({ name: 'second' });
  expect((await post('{"name":"first","name":""}')).status).toBe(400);
});

test('[attack 32] a body that a plain form of another site could send is not read', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const answer = await post('name=x', type);
    expect(await problemOf(answer)).toEqual([415, 'unsupported-media-type']);
  }
});

test('unknown addresses and garbled ones are problems, not pages', async () => {
  expect(await problemOf(await person.client.fetch('/api/nothing'))).toEqual([404, 'not-found']);
  const put = await person.client.sendRaw('PUT', '/api/leads', {});
  expect(await problemOf(put)).toEqual([404, 'not-found']);
  const headers = { accept: 'text/html' };
  const asPage = await person.client.fetch('/api/nothing', { headers });
  expect(await problemOf(asPage)).toEqual([404, 'not-found']);
  const garbled = await person.client.fetch('/api/leads/%zz');
  expect(await problemOf(garbled)).toEqual([400, 'invalid-request']);
  const long = await person.client.fetch(`/api/leads?q=${'x'.repeat(201)}`);
  expect(await problemOf(long)).toEqual([400, 'invalid-request']);
  const twice = await person.client.fetch('/api/leads?q=a&q=b');
  expect(await problemOf(twice)).toEqual([400, 'invalid-request']);
});

test('what goes wrong inside is logged under a number, and not told', async () => {
  const { database } = stack;
  const admin = new (await import('pg')).Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query('alter table leads rename to leads_away');
  try {
    const answer = await person.client.fetch('/api/leads?q=canary');
    const text = await answer.clone().text();
    expect(await problemOf(answer)).toEqual([500, 'internal']);
    expect(text).not.toMatch(/relation|leads|select|postgres|node_modules|canary/i);
    const number = /number ([0-9a-f-]{36})/.exec(text)?.[1];
    expect(errorLines).toContainEqual(
      expect.objectContaining({
        requestId: number,
        route: '/api/leads',
        error: expect.stringContaining('leads'),
      }),
    );
  } finally {
    await admin.query('alter table leads_away rename to leads');
    await admin.end();
  }
});

test('every address under /api answers the same with .php at its end', async () => {
  const lead = await person.client.send<{ id: string }>('POST', '/api/leads.php', { name: 'x' });
  const state = async (path: string) => {
    const { url } = await person.client.get<{ url: string }>(path);
    return Object.fromEntries([...new URL(url).searchParams].filter(([name]) => isFixed.has(name)));
  };
  const isFixed = new Set(['client_id', 'redirect_uri', 'scope', 'response_type', 'access_type']);
  const query = 'action=connect&provider=google';
  expect(await state(`/api/calendar/connect.php?${query}`)).toEqual(
    await state(`/api/calendar/connect?${query}`),
  );
  const twins: [string, string, object?][] = [
    ['GET', '/api/leads'],
    ['GET', `/api/leads/${lead.id}`],
    ['GET', '/api/activities', undefined],
    ['GET', '/api/activities?lead_id=nonsense.php'],
    ['GET', '/api/calendar/connect?action=list'],
    ['GET', '/api/calendar/connect?action=nonsense'],
    ['POST', '/api/calendar/connect', { action: 'disconnect', integration_id: lead.id }],
    ['POST', '/api/activities', { lead_id: lead.id }],
    ['GET', '/api/calendar/google/callback?error=access_denied&state=none'],
    ['GET', '/api/calendar/outlook/callback'],
    ['GET', '/api/admin/connections'],
    ['GET', '/api/nothing'],
  ];
  for (const [method, path, body] of twins) {
    const [before, after] = path.split('?');
    const twin = `${before}.php${after === undefined ? '' : `?${after}`}`;
    const answers = await Promise.all(
      [path, twin].map(async (one) => {
        const answer = await person.client.fetch(one, {
          method,
          redirect: 'manual',
          headers: { 'content-type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        });
        const { headers, status } = answer;
        const shown = ['location', 'content-type', 'cache-control'].map((name) =>
          headers.get(name),
        );
        return [status, shown, await answer.text()];
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
  }
  // Only the end of the path, and only under /api.
  expect((await person.client.fetch('/healthz.php')).status).toBe(404);
  expect((await person.client.fetch('/api/leads.phps')).status).toBe(404);
  expect((await new Client(stack.url).fetch('/api/leads.php')).status).toBe(401);
});

test('a form disconnects as JSON does', async () => {
  const form = 'action=disconnect&delete_copies=true&integration_id=';
  const id = '00000000-0000-4000-8000-000000000000';
  const type = 'application/x-www-form-urlencoded';
  const answer = await post(form + id, type, '/api/calendar/connect.php');
  expect(await problemOf(answer)).toEqual([404, 'connection-not-found']);
  const wrong = await post(`${form}nonsense`, type, '/api/calendar/connect.php');
  expect(await problemOf(wrong)).toEqual([400, 'invalid-request']);
});

test('pages answer on their own addresses, without a session and never from a cache', async () => {
  const visitor = new Client(stack.url);
  const headers = { accept: 'text/html,*/*' };
  for (const path of ['/', '/leads/1', '/settings/calendars?result=connected']) {
    const answer = await visitor.fetch(path, { headers });
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining('The page'),
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
  }
  const script = await visitor.fetch('/assets/page-1a2b.js');
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect((await visitor.fetch('/assets/gone.js')).status).toBe(404);
});

test('no address leads out of the folder of the pages', async () => {
  const name = webDir.split('/').at(-1);
  for (const path of [
    `/../${name}-secret`,
    `/..%2f${name}-secret`,
    `/assets/..%2f..%2f${name}-secret`,
    `/assets/%2e%2e/%2e%2e/${name}-secret`,
    '/.git/config',
  ]) {
    const answer = await new Promise<string>((resolve, reject) => {
      request(stack.url, { path }, (response) => {
        response.setEncoding('utf8');
        let text = String(response.statusCode);
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
    expect(answer).not.toContain('outside');
    expect(answer.slice(0, 3)).toMatch(/^40[0-9]/);
  }
});

test('the API describes itself: every route that it has, with what it takes', async () => {
  const api = await new Client(stack.url).get<{ openapi: string; paths: object }>(
    '/api/openapi.json',
  );
  expect(api.openapi).toBe('3.1.0');
  expect(Object.keys(api.paths)).toEqual(
    expect.arrayContaining(['/api/session', '/api/activities/{id}', '/api/calendar/connect']),
  );
  expect(Object.keys(api.paths).some((path) => path.includes('assets'))).toBe(false);
});

test('alive and ready are told apart', async () => {
  const visitor = new Client(stack.url);
  expect(await visitor.get('/healthz')).toEqual({ status: 'ok' });
  expect(await visitor.get('/readyz')).toEqual({ status: 'ok' });
});
