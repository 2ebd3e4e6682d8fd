import { test } from 'vitest';
import type { Account } from '../../../sandbox/world.ts';
import { checkGraphExchange } from '../../support/graph-contract.ts';
import { alex, callerOf, createTestWorld, type TestWorld } from './world.ts';

/**
 * A client small enough to be believed. It talks to a sandbox in this process, or to the service
 * that `KALENDS_CONFORMANCE_GRAPH_URL` and `KALENDS_CONFORMANCE_GRAPH_TOKEN` name.
 */
const remoteUrl = process.env.KALENDS_CONFORMANCE_GRAPH_URL;
const remoteToken = process.env.KALENDS_CONFORMANCE_GRAPH_TOKEN;
export const isRemote = remoteUrl !== undefined && remoteToken !== undefined;

/** For rules whose proof needs an empty mailbox, or the sandbox's clock, switches, mail or people. */
export const insideTest = test.skipIf(isRemote);

/** Test data is read member by member; a wrong guess fails the test that made it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Body = any;

interface Reply {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Options {
  prefer?: string;
  ifMatch?: string;
  headers?: Record<string, string>;
}

export interface Client {
  call(method: string, path: string, body?: unknown, options?: Options): Promise<Reply>;
  get(path: string, options?: Options): Promise<Reply>;
  post(path: string, body?: unknown, options?: Options): Promise<Reply>;
  patch(path: string, body: unknown, options?: Options): Promise<Reply>;
  delete(path: string, options?: Options): Promise<Reply>;
  /** Follows next links to the last page. */
  list(path: string, options?: Options): Promise<Body[]>;
}

type Send = (request: Request) => Promise<Response>;

const ORIGIN = remoteUrl ?? 'https://graph.microsoft.com';
const PAGES_MAX = 500;

/** `world` may be left out by tests that run against the real service as well. */
export function clientOf(world: TestWorld, account: Account = alex, scopes?: string[]): Client {
  const caller = callerOf(account, scopes);
  return createClient(isRemote ? sendRemote : (request) => world.sandbox.fetch(request, caller));
}

/** A client without a token. */
export function strangerOf(world: TestWorld): Client {
  return createClient(isRemote ? (request) => fetch(request) : (r) => world.sandbox.fetch(r, null));
}

const sendRemote: Send = (request) => {
  request.headers.set('authorization', `Bearer ${remoteToken}`);
  return fetch(request);
};

function createClient(send: Send): Client {
  const call: Client['call'] = async (method, path, body, options = {}) => {
    const url = path.startsWith('http') ? path : `${ORIGIN}${path}`;
    const response = await send(requestOf(method, url, body, options));
    const text = await response.text();
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    check({ method, url, requestBody: body, status: response.status, responseBody: parsed });
    return { status: response.status, headers: response.headers, body: parsed };
  };
  return {
    call,
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body, options) => call('POST', path, body, options),
    patch: (path, body, options) => call('PATCH', path, body, options),
    delete: (path, options) => call('DELETE', path, undefined, options),
    async list(path, options) {
      const items: Body[] = [];
      let next: string | undefined = path;
      for (let page = 0; next !== undefined; page++) {
        if (page === PAGES_MAX) throw new Error(`${path} did not end in ${PAGES_MAX} pages`);
        const { status, body } = await call('GET', next, undefined, options);
        if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
        items.push(...body.value);
        next = body['@odata.nextLink'];
      }
      return items;
    },
  };
}

function requestOf(method: string, url: string, body: unknown, options: Options): Request {
  return new Request(url, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(options.prefer !== undefined && { prefer: options.prefer }),
      ...(options.ifMatch !== undefined && { 'if-match': options.ifMatch }),
      ...options.headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** A violation of the contract fails the test whose exchange it is. */
function check(exchange: Omit<Parameters<typeof checkGraphExchange>[0], 'operation'>): void {
  const found = checkGraphExchange({ operation: '', ...exchange });
  if (found.length === 0) return;
  const where = `${exchange.method} ${exchange.url}`;
  throw new Error(`${where} violates the contract:\n${found.slice(0, 5).join('\n')}`);
}

export const enc = encodeURIComponent;
export const eventPath = (event: { id: string }) => `/v1.0/me/events/${enc(event.id)}`;

/** An hour's event in Berlin unless told otherwise. */
export function newEvent(given: Record<string, unknown> = {}): Body {
  return {
    subject: 'Lunch with Lena',
    start: { dateTime: '2026-03-10T12:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-03-10T13:00:00', timeZone: 'Europe/Berlin' },
    ...given,
  };
}

/** A weekly series on Mondays at nine in Berlin, across the change of clocks of 29 March 2026. */
export function newSeries(given: Record<string, unknown> = {}): Body {
  return newEvent({
    subject: 'Stand-up',
    start: { dateTime: '2026-03-09T09:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-03-09T09:30:00', timeZone: 'Europe/Berlin' },
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
      range: { type: 'numbered', startDate: '2026-03-09', numberOfOccurrences: 6 },
    },
    ...given,
  });
}

export async function createOk(client: Client, event: unknown, path = '/v1.0/me/events') {
  const { status, body } = await client.post(path, event);
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

export const springWindow = 'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-05-01T00:00:00Z';

export { createTestWorld };
