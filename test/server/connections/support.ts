import type { QueryResultRow } from 'pg';
import type { Connection } from '../../../src/api/schemas/connections.ts';
import type { ConnectionId } from '../../../src/calendar/ids.ts';
import { query } from '../../support/query.ts';
import type { Person, Stack } from '../../support/stack.ts';

export const anna = {
  google: 'anna.berg@gmail.sandbox',
  googleAtWork: 'anna@northwind.sandbox',
  outlook: 'anna@northwind.onmicrosoft.sandbox',
  outlookAtHome: 'anna.berg@outlook.sandbox',
};

export type Slug = 'google' | 'outlook';

/** The provider's page for a consent that was just begun. */
export async function begin(
  person: Person,
  provider: Slug,
  connectionId?: string,
): Promise<string> {
  const again = connectionId ? `&connection_id=${connectionId}` : '';
  const path = `/api/calendar/connect?action=connect&provider=${provider}${again}`;
  return (await person.client.get<{ url: string }>(path)).url;
}

/** Comes back to our callback; the address of the page it leads to. */
export async function comeBack(person: Person, callback: string): Promise<URL> {
  const answer = await person.client.fetch(callback, { redirect: 'manual' });
  if (answer.status !== 303) throw new Error(`${answer.status}: ${await answer.text()}`);
  return new URL(answer.headers.get('location') ?? '', person.client.origin);
}

/** The result that the settings page is to put into words. */
export const resultOf = (page: URL) => {
  if (page.pathname !== '/settings/calendars') throw new Error(`led to ${page.href}`);
  return page.searchParams.get('result');
};

export async function list(person: Person): Promise<Connection[]> {
  const path = '/api/calendar/connect?action=list';
  return (await person.client.get<{ integrations: Connection[] }>(path)).integrations;
}

/** Connects and answers the connection. Throws when it came to anything else. */
export async function connect(
  stack: Stack,
  person: Person,
  provider: Slug,
  email: string,
): Promise<Connection & { id: ConnectionId }> {
  const page = await stack.connect(person, provider, email);
  const found = (await list(person)).find((one) => one.email === email);
  if (!found || !/result=(re)?connected/.test(page)) throw new Error(`led to ${page}`);
  return { ...found, id: found.id as ConnectionId };
}

/** A connection as the database has it. */
export interface StoredConnection {
  id: ConnectionId;
  tenant_id: string;
  user_id: string;
  account_id: string;
  email: string;
  state: string;
  state_reason: string | null;
  is_active: boolean;
  access_token: string | null;
  refresh_token: string | null;
  token_version: number;
  token_expires_at: Date | null;
  refresh_locked_until: Date | null;
}

export async function read(stack: Stack, id: string): Promise<StoredConnection> {
  const sql = 'select * from calendar_integrations where id = $1';
  const [row] = await query<StoredConnection & QueryResultRow>(stack, sql, [id]);
  if (!row) throw new Error(`no connection ${id}`);
  return row;
}

/** Calls to the authorization servers, as the sandbox recorded them: `exchange`, `refresh`, `revoke`. */
export function countTokenCalls(stack: Stack, kind: 'exchange' | 'refresh' | 'revoke'): number {
  const operation = kind === 'revoke' ? 'oauth.revoke' : 'oauth.token';
  const grant = { exchange: 'authorization_code', refresh: 'refresh_token', revoke: '' }[kind];
  return stack.sandbox.calls.filter(
    (call) => call.operation === operation && call.url.includes(grant),
  ).length;
}

/** Adds a lead and an event on it a week from now; the event's id. */
export async function addEvent(person: Person, title: string): Promise<string> {
  const lead = await person.client.send<{ id: string }>('POST', '/api/leads', { name: 'Ada' });
  const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  const event = await person.client.send<{ id: string }>('POST', '/api/activities', {
    lead_id: lead.id,
    title,
    start: `${day}T09:00`,
    end: `${day}T10:00`,
    time_zone: 'Europe/Berlin',
  });
  return event.id;
}
