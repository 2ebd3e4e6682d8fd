import { randomBytes, randomUUID } from 'node:crypto';
import type { CalendarId, ChannelId, ConnectionId, TenantId } from '../../../src/calendar/ids.ts';
import { newChannelSecret } from '../../../src/jobs/channel-secret.ts';
import { insertChannel, noteLive } from '../../../src/store/channels.ts';
import { inTenant } from '../../../src/store/tenant.ts';
import type { Person, Stack } from '../../support/stack.ts';
import { query } from '../../support/query.ts';

/** A calendar as a notification reaches it. */
export interface Rung {
  tenantId: TenantId;
  connectionId: ConnectionId;
  calendarId: CalendarId;
}

export interface TestChannel extends Rung {
  id: ChannelId;
  externalId: string;
  secret: string;
}

/** A connection with one calendar that no provider knows of: its rings are all that is tested. */
export async function addCalendar(stack: Stack, person: Person): Promise<Rung> {
  const connectionId = randomUUID() as ConnectionId;
  const calendarId = randomUUID() as CalendarId;
  await query(
    stack,
    `with connection as (
       insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email,
         state, state_since, created_at, updated_at)
       values ($1, $2::uuid, $3, 'GOOGLE', $2::uuid::text, $4, 'active', now(), now(), now()))
     insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
       direction, created_at)
     values ($1, $5::uuid, $2::uuid, $5::uuid::text, 'Calendar', true, true, 'both', now())`,
    [person.tenantId, connectionId, person.userId, `${connectionId}@example.com`, calendarId],
  );
  return { tenantId: person.tenantId, connectionId, calendarId };
}

/** A channel of the calendar, as it is once the provider has opened it, or while it is opening. */
export async function addChannel(
  stack: Stack,
  rung: Rung,
  { isOpening = false } = {},
): Promise<TestChannel> {
  const id = randomUUID() as ChannelId;
  const { secret, hash } = newChannelSecret(id, randomBytes);
  const externalId = `subscription-${id}`;
  const now = new Date();
  const later = new Date(now.getTime() + 86_400_000);
  await inTenant(stack.context.store, rung, async (tx) => {
    await insertChannel(tx, { id, ...rung, secretHash: hash, now });
    if (isOpening) return;
    const live = { externalId, resourceId: 'resource', expiresAt: later, renewAt: later };
    await noteLive(tx, id, live);
  });
  return { ...rung, id, externalId, secret };
}

export interface Asked {
  requested: number;
  done: number;
  /** Whether a job is there to look. */
  hasJob: boolean;
}

/** What the database knows of looks that were asked for. */
export async function readAsked(stack: Stack, { calendarId }: Rung): Promise<Asked> {
  const [row] = await query<{ pull_requested: number; pull_done: number; jobs: string }>(
    stack,
    `select pull_requested, pull_done, (select count(*) from jobs where calendar_id = c.id) as jobs
     from calendars c where id = $1`,
    [calendarId],
  );
  if (!row) throw new Error('no such calendar');
  return { requested: row.pull_requested, done: row.pull_done, hasJob: row.jobs !== '0' };
}

/** As a run does that has looked: what was asked for so far is done, and the job is gone. */
export async function noteLooked(stack: Stack, { calendarId }: Rung): Promise<void> {
  await query(
    stack,
    `with done as (update calendars set pull_done = pull_requested where id = $1)
     delete from jobs where calendar_id = $1`,
    [calendarId],
  );
}

export async function ringGoogle(
  stack: Stack,
  { id, secret }: { id: string; secret?: string },
  { state = 'exists', headers = {} }: { state?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${stack.url}/webhooks/google`, {
    method: 'POST',
    headers: {
      'x-goog-channel-id': id,
      'x-goog-message-number': '2',
      'x-goog-resource-id': 'resource',
      'x-goog-resource-state': state,
      'x-goog-resource-uri': 'https://www.googleapis.com/calendar/v3/calendars/x/events?alt=json',
      ...(secret !== undefined && { 'x-goog-channel-token': secret }),
      ...headers,
    },
  });
}

export const itemOf = ({ externalId, secret }: TestChannel, changes: object = {}) => ({
  subscriptionId: externalId,
  subscriptionExpirationDateTime: '2030-01-01T00:00:00Z',
  changeType: 'updated',
  resource: 'Users/1/Events/2',
  resourceData: { '@odata.type': '#Microsoft.Graph.Event', id: '2' },
  clientState: secret,
  tenantId: 'tenant',
  ...changes,
});

export async function ringOutlook(stack: Stack, value: unknown): Promise<Response> {
  return postOutlook(stack, JSON.stringify({ value }));
}

export async function postOutlook(
  stack: Stack,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${stack.url}/webhooks/outlook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body,
  });
}
