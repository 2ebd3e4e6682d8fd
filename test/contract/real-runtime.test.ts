import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createRealRuntime, originsOf } from '../../src/real-runtime.ts';
import { BODY_BYTES_MAX, NetworkError } from '../../src/runtime.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server on this machine that counts what reaches it. */
async function listen(answer: RequestListener) {
  const seen: string[] = [];
  let connectionCount = 0;
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.on('connection', () => connectionCount++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  );
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}`, seen, connectionCount: () => connectionCount };
}

function createRuntime(allowedOrigins: string[]) {
  const runtime = createRealRuntime({ allowedOrigins, log });
  closing.push(() => runtime.close());
  return runtime;
}

const ok: RequestListener = (_request, response) => response.end('{"ok":true}');

describe('sending', () => {
  test('brings the whole answer of a configured origin', async () => {
    const server = await listen((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        response.writeHead(201, { 'Retry-After': '2', 'X-Twice': ['a', 'b'] });
        response.end(`${request.headers.authorization} ${body} é`);
      });
    });
    const { send } = createRuntime([server.origin]);
    const answer = await send({
      method: 'POST',
      url: `${server.origin}/path?q=%20x`,
      headers: { authorization: 'Bearer token' },
      body: 'höhe',
    });
    expect(answer).toMatchObject({ status: 201, body: 'Bearer token höhe é' });
    expect(answer.headers).toMatchObject({ 'retry-after': '2', 'x-twice': 'a' });
    expect(server.seen).toEqual(['POST /path?q=%20x']);
  });

  test('keeps its connections, and holds at most sixteen', async () => {
    const server = await listen((_request, response) => setTimeout(() => response.end('{}'), 20));
    const { send } = createRuntime([server.origin]);
    await Promise.all(
      Array.from({ length: 60 }, () => send({ method: 'GET', url: `${server.origin}/` })),
    );
    await send({ method: 'GET', url: `${server.origin}/` });
    expect(server.seen).toHaveLength(61);
    expect(server.connectionCount()).toBeLessThanOrEqual(16);
  });

  test('gives up when the whole answer takes too long, at whatever point', async () => {
    const stalls: RequestListener[] = [
      () => {},
      (_request, response) => void response.writeHead(200).write('{'),
      (_request, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ];
    for (const stall of stalls) {
      const server = await listen(stall);
      const { send } = createRuntime([server.origin]);
      const startedAt = performance.now();
      await expect(
        send({ method: 'GET', url: `${server.origin}/`, timeoutMs: 200 }),
      ).rejects.toBeInstanceOf(NetworkError);
      expect(performance.now() - startedAt).toBeLessThan(2000);
    }
  });

  test('takes no answer that is larger than the bound, and one that just fits', async () => {
    const server = await listen((request, response) => {
      const extra = request.url === '/more' ? 1 : 0;
      response.end(Buffer.alloc(BODY_BYTES_MAX + extra, 'x'));
    });
    const { send } = createRuntime([server.origin]);
    const fits = await send({ method: 'GET', url: `${server.origin}/fits` });
    expect(fits.body).toHaveLength(BODY_BYTES_MAX);
    await expect(send({ method: 'GET', url: `${server.origin}/more` })).rejects.toThrow(
      /larger than/,
    );
  });

  test('says that the outcome is unknown when the connection breaks', async () => {
    const server = await listen((request, response) => {
      if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
      }
      setTimeout(() => request.socket.destroy(), 20);
    });
    const { send } = createRuntime([server.origin]);
    for (const path of ['/cut', '/reset']) {
      await expect(send({ method: 'GET', url: server.origin + path })).rejects.toBeInstanceOf(
        NetworkError,
      );
    }
  });
});

describe('[attack 38] an address that no operator configured', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://0x7f.1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://2130706433:PORT/',
    'http://0:PORT/',
    'http://localhost:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://127.0.0.1.nip.io:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.169.254.nip.io/latest/meta-data/',
    'http://calendar.example.com@127.0.0.1:PORT/',
    'https://calendar.example.com@127.0.0.1:PORT/',
    'https://calendar.example.com:443@127.0.0.1:PORT/',
    'https://user:secret@calendar.example.com/',
    'http://calendar.example.com/',
    'https://calendar.example.com:8443/',
    'https://calendar.example.com.attacker.example/',
    'ftp://calendar.example.com/',
    'file:///etc/passwd',
    'data:text/plain,hello',
    '//127.0.0.1:PORT/',
    '',
  ])('such as %j is refused before anything connects', async (address) => {
    const server = await listen(ok);
    const { send } = createRuntime(['https://calendar.example.com']);
    const error = await send({
      method: 'GET',
      url: `${address.replace('PORT', String(server.port))}?code=canary`,
      headers: { authorization: 'Bearer canary' },
      timeoutMs: 500,
    }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toMatch(/^Refused to send/);
    expect((error as Error).message).not.toMatch(/canary|secret/);
    expect(server.connectionCount()).toBe(0);
  });

  test('is not reached by a redirect from one that is', async () => {
    const hidden = await listen(ok);
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await listen((_request, response) => {
        response.writeHead(status, { location: `${hidden.origin}/private` }).end();
      });
      const { send } = createRuntime([server.origin]);
      const answer = await send({ method: 'GET', url: `${server.origin}/` });
      expect(answer.status).toBe(status);
    }
    expect(hidden.connectionCount()).toBe(0);
  });

  test('is not allowed by another spelling, but the same place is', async () => {
    const server = await listen(ok);
    const { send } = createRuntime([server.origin]);
    const answer = await send({ method: 'GET', url: `http://0x7f.1:${server.port}/` });
    expect(answer.status).toBe(200);
    for (const host of ['localhost', '[::ffff:127.0.0.1]', '127.0.0.2', '127.0.0.1.nip.io']) {
      await expect(send({ method: 'GET', url: `http://${host}:${server.port}/` })).rejects.toThrow(
        /^Refused to send/,
      );
    }
  });
});

describe('the allowed origins', () => {
  test('are those of the configured providers, and of nothing else', () => {
    expect(originsOf(readConfig({}))).toEqual(['http://127.0.0.1:4800']);
    const google = { GOOGLE_CALENDAR_CLIENT_ID: 'id', GOOGLE_CALENDAR_CLIENT_SECRET: 'secret' };
    expect(originsOf(readConfig({ ...google, SANDBOX: 'off' }))).toEqual([
      'https://oauth2.googleapis.com',
      'https://www.googleapis.com',
    ]);
    const outlook = { OUTLOOK_CLIENT_ID: 'id', OUTLOOK_CLIENT_SECRET: 'secret' };
    expect(originsOf(readConfig({ ...outlook, SANDBOX: 'off' }))).toEqual([
      'https://login.microsoftonline.com',
      'https://graph.microsoft.com',
    ]);
  });
});

describe('sleeping', () => {
  test('ends after its time, or at once when it is aborted', async () => {
    const runtime = createRuntime([]);
    const startedAt = performance.now();
    await runtime.sleep(30);
    expect(performance.now() - startedAt).toBeGreaterThan(20);
    await runtime.sleep(60_000, AbortSignal.abort());
    await runtime.sleep(60_000, AbortSignal.timeout(20));
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
