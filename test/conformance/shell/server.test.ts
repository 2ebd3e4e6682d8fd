import { request as sendRequest } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startSandboxServer } from '../../../sandbox/server.ts';
import type { SandboxServer } from '../../../sandbox/server.ts';
import { PEOPLE, countEvents, googleEvents, meeting } from './support.ts';

let server: SandboxServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start() {
  server = await startSandboxServer({ port: 0 });
  const { url, sandbox } = server;
  const authorization = `Bearer ${sandbox.issueToken({ provider: 'google', email: PEOPLE.google })}`;
  const insert = () =>
    fetch(url + googleEvents, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(meeting('Lunch')),
    });
  return { url, sandbox, insert, authorization };
}

test('the server answers on the loopback at a port of its own', async () => {
  const { url, insert } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await insert()).status).toBe(200);
});

test.each(['before', 'after'] as const)(
  'a connection that is dropped %s the effect is really dropped',
  async (when) => {
    const { sandbox, insert } = await start();
    sandbox.faults.add({ effect: { kind: 'reset', when } });
    await expect(insert()).rejects.toThrow('fetch failed');
    expect(await countEvents(sandbox, 'google')).toBe(when === 'after' ? 1 : 0);
    expect((await insert()).status).toBe(200);
  },
);

test('a time-out holds the connection, then drops it', async () => {
  const { sandbox, insert } = await start();
  sandbox.faults.add({ effect: { kind: 'time-out', when: 'after', holdMs: 150 } });
  const startedAt = performance.now();
  await expect(insert()).rejects.toThrow('fetch failed');
  expect(performance.now() - startedAt).toBeGreaterThan(140);
  expect(await countEvents(sandbox, 'google')).toBe(1);
});

test('a caller that gives up first is not waited for', async () => {
  const { sandbox, url, authorization } = await start();
  sandbox.faults.add({ effect: { kind: 'time-out', when: 'before', holdMs: 60_000 } });
  const signal = AbortSignal.timeout(100);
  await expect(fetch(url + googleEvents, { headers: { authorization }, signal })).rejects.toThrow();
});

test('a cut body promises more than it brings', async () => {
  const { sandbox, insert } = await start();
  sandbox.faults.add({ effect: { kind: 'cut-body' } });
  const response = await insert();
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
  await expect(response.text()).rejects.toThrow('terminated');
});

test('a body that is too large is refused', async () => {
  const { url } = await start();
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    body: 'x'.repeat(6 * 1024 * 1024),
  }).catch(() => null);
  // The refusal can overtake the body, and then the connection is gone for the sender.
  expect([413, null]).toContain(response?.status ?? null);
  expect((await fetch(url)).status).toBe(200);
});

test('links in answers lead to the address by which the caller came', async () => {
  const { url } = await start();
  const { port } = new URL(url);
  const body = await new Promise<string>((resolve, reject) => {
    const path = '/common/v2.0/.well-known/openid-configuration';
    const headers = { host: 'graph.example:8443' };
    const request = sendRequest({ host: '127.0.0.1', port, path, headers }, (reply) => {
      let text = '';
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()));
      reply.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.end();
  });
  const { token_endpoint: endpoint } = JSON.parse(body) as { token_endpoint: string };
  expect(endpoint).toBe('http://graph.example:8443/common/oauth2/v2.0/token');
});

test('a request that is no HTTP, or has no usable host, harms nobody', async () => {
  const { url } = await start();
  const { port } = new URL(url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connectSocket(Number(port), '127.0.0.1', () => {
      socket.write('GET / HTTP/1.1\r\nHost: ][\r\n\r\n');
    });
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  expect(answer).toContain('HTTP/1.1 400');
  expect((await fetch(url)).status).toBe(200);
});

test('a mistake of the sandbox itself says so', async () => {
  const { url, sandbox } = await start();
  Object.defineProperty(sandbox.world, 'accounts', {
    get: () => {
      throw new Error('planted');
    },
  });
  const response = await fetch(url);
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('The sandbox failed: Error: planted');
});

test('a taken port is a refusal to start', async () => {
  const { url } = await start();
  await expect(startSandboxServer({ port: Number(new URL(url).port) })).rejects.toThrow(
    'EADDRINUSE',
  );
});
