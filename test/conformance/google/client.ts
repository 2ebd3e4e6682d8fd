/**
 * A small Google Calendar client for the conformance tests. By default it talks to a sandbox in
 * this process; with KALENDS_CONFORMANCE_GOOGLE_URL (an origin) and KALENDS_CONFORMANCE_GOOGLE_TOKEN
 * it talks to that server, and what needs the sandbox's inside skips.
 * Every exchange is judged by the discovery document.
 */

import { afterAll, expect, test } from 'vitest';
import { createGoogle } from '../../../sandbox/google/google.ts';
import type { Account, Caller, ProviderSandbox } from '../../../sandbox/world.ts';
import { checkGoogleExchange } from '../../support/google-contract.ts';
import { createTestWorld, type TestWorld } from './test-world.ts';

const externalUrl = process.env.KALENDS_CONFORMANCE_GOOGLE_URL;
const externalToken = process.env.KALENDS_CONFORMANCE_GOOGLE_TOKEN ?? '';

export const isExternal = externalUrl !== undefined;
/** For rules that can only be seen with the sandbox's clock, switches or journal in hand. */
export const insideTest = test.skipIf(isExternal);

const SCOPE = 'https://www.googleapis.com/auth/';
export const ORIGIN = externalUrl?.replace(/\/$/, '') ?? 'http://google.test';

export const ada = newAccount('ada', 'Europe/Berlin');
export const bob = newAccount('bob', 'America/New_York');
export const cleo = newAccount('cleo', 'Asia/Kolkata');

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of many shapes.
export type Body = { [key: string]: any };

export interface Reply {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Client {
  call(operation: string, path: string, options?: CallOptions): Promise<Reply>;
  /** The same, and a failure unless the answer is 2xx. */
  get(operation: string, path: string, options?: CallOptions): Promise<Body>;
  fetch(request: Request): Promise<Response>;
}

export interface Stage {
  world: TestWorld;
  google: ProviderSandbox;
  as(account: Account | null, options?: { scopes?: string[]; clientId?: string }): Client;
}

const HTTP_METHODS: Record<string, string> = {
  list: 'GET',
  get: 'GET',
  instances: 'GET',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/** A fresh Google, with Ada, Bob and Cleo unless others are named. */
export function newStage(accounts: readonly Account[] = [ada, bob, cleo]): Stage {
  const world = createTestWorld(accounts);
  const google = createGoogle(world);
  for (const account of world.accounts) google.addAccount(account);
  return {
    world,
    google,
    as(account, { scopes = ['calendar'], clientId = 'client-1' } = {}) {
      const granted = scopes.map((scope) => (scope.includes('/') ? scope : SCOPE + scope));
      const caller: Caller | null = account && { account, clientId, scopes: granted };
      return newClient(isExternal ? newExternalSend() : (request) => google.fetch(request, caller));
    },
  };
}

/** Lists all pages and returns the items with the sync token of the last page. */
export async function listAll(
  client: Client,
  calendarId: string,
  query: CallOptions['query'] = {},
): Promise<{ items: Body[]; syncToken: string; pages: number }> {
  const items: Body[] = [];
  let pageToken: string | undefined;
  for (let pages = 1; pages < 1_000; pages++) {
    const page = await client.get('events.list', eventsPath(calendarId), {
      query: { ...query, pageToken },
    });
    items.push(...page.items);
    expect('nextPageToken' in page).not.toBe('nextSyncToken' in page);
    if (page.nextSyncToken) return { items, syncToken: page.nextSyncToken, pages };
    pageToken = page.nextPageToken;
  }
  throw new Error('The listing does not end.');
}

export function eventsPath(calendarId: string, eventId?: string, verb?: string): string {
  const parts = ['calendars', calendarId, 'events', eventId, verb].filter(
    (part) => part !== undefined,
  );
  return parts.map(encodeURIComponent).join('/');
}

/** A timed event of one hour in Ada's zone. */
export function lunch(over: Body = {}): Body {
  return {
    summary: 'Lunch',
    start: { dateTime: '2026-06-10T12:00:00+02:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-06-10T13:00:00+02:00', timeZone: 'Europe/Berlin' },
    ...over,
  };
}

export function expectError(reply: Reply, status: number, reason: string): void {
  expect([reply.status, reply.body.error?.errors?.[0]?.reason]).toEqual([status, reason]);
}

const made: string[] = [];

/** At a real service every stage gets a calendar of its own, which stands in for `primary`. */
function newExternalSend(): (request: Request) => Promise<Response> {
  let calendarId: Promise<string> | undefined;
  return async (request) => {
    calendarId ??= makeCalendar();
    const id = encodeURIComponent(await calendarId);
    const url = request.url.replace('/calendars/primary', `/calendars/${id}`);
    const { method } = request;
    const body = request.body === null ? null : await request.text();
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${externalToken}`);
    return fetch(url, { method, headers, body });
  };
}

async function makeCalendar(): Promise<string> {
  const response = await fetch(`${ORIGIN}/calendar/v3/calendars`, {
    method: 'POST',
    headers: { authorization: `Bearer ${externalToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ summary: 'Conformance test', timeZone: 'Europe/Berlin' }),
  });
  const { id } = (await response.json()) as Body;
  if (typeof id !== 'string') throw new Error(`No calendar for the test: ${response.status}`);
  made.push(id);
  return id;
}

if (isExternal) {
  afterAll(async () => {
    for (const id of made.splice(0)) {
      await fetch(`${ORIGIN}/calendar/v3/calendars/${encodeURIComponent(id)}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${externalToken}` },
      });
    }
  });
}

function newClient(send: (request: Request) => Promise<Response>): Client {
  const call: Client['call'] = async (operation, path, options = {}) => {
    const url = new URL(`/calendar/v3/${path}`, ORIGIN);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value === undefined) continue;
      for (const each of Array.isArray(value) ? value : [value]) {
        url.searchParams.append(name, String(each));
      }
    }
    const method = HTTP_METHODS[operation.split('.')[1] ?? ''] ?? 'POST';
    const headers = new Headers(options.headers);
    const init: RequestInit = { method, headers };
    if (options.body !== undefined) {
      init.body = JSON.stringify(options.body);
      headers.set('content-type', 'application/json');
    }
    const response = await send(new Request(url, init));
    const text = await response.text();
    const body = text === '' ? undefined : (JSON.parse(text) as Body);
    const isPartial = options.query?.fields !== undefined;
    const violations = checkGoogleExchange({
      operation,
      method,
      url: url.href,
      requestBody: options.body,
      status: response.status,
      responseBody: body,
    });
    if (!isPartial) expect(violations, `${operation} ${JSON.stringify(body)}`).toEqual([]);
    return { status: response.status, headers: response.headers, body: body ?? {} };
  };
  return {
    call,
    fetch: send,
    async get(operation, path, options) {
      const reply = await call(operation, path, options);
      expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
      return reply.body;
    },
  };
}

export function newAccount(
  name: string,
  timeZone: string,
  email = `${name}@example.test`,
): Account {
  return {
    provider: 'google',
    id: `10${name.length}${name}`,
    email,
    name,
    kind: 'personal',
    tenantId: null,
    timeZone,
  };
}
