import type { CalendarId, ConnectionId, TenantId } from '../src/calendar/ids.ts';
import { sealTokens } from '../src/jobs/refresh-tokens.ts';
import { requestPull } from '../src/store/pulls.ts';
import { inTenant } from '../src/store/tenant.ts';
import type { Client } from '../test/support/client.ts';
import type { Installation, Side } from './installation.ts';

export interface SeededConnection {
  tenantId: TenantId;
  connectionId: ConnectionId;
  calendarId: CalendarId;
  side: Side;
  email: string;
  /** Of its owner. */
  client: Client;
}

/** So many persons own the connections, each in a company of its own. */
const PERSONS = 10;
const TOKEN_SECONDS = 100_000;

/**
 * Puts connections into the database as the OAuth dance would leave them, seven in ten of them
 * Google's, each with an account of its own at the sandbox that has `events` events. They are not
 * due before somebody asks.
 */
export async function seedConnections(
  installation: Installation,
  { count, events }: { count: number; events: number },
): Promise<SeededConnection[]> {
  const { sandbox, admin, context } = installation;
  const persons = await Promise.all(Array.from({ length: PERSONS }, installation.addPerson));
  const round = `${Date.now()}`;
  const seeded: SeededConnection[] = [];
  for (let index = 0; index < count; index++) {
    const person = persons[index % PERSONS];
    if (!person) break;
    const side: Side = index % 10 < 7 ? 'google' : 'outlook';
    const email = `many${round}x${index}@${side}.sandbox`;
    const account = await sandbox.open({ provider: side, email, count: events });
    const connectionId = crypto.randomUUID() as ConnectionId;
    const calendarId = crypto.randomUUID() as CalendarId;
    const { tenantId, userId, client } = person;
    const tokens = {
      accessToken: account.token,
      refreshToken: 'none',
      expiresInSeconds: TOKEN_SECONDS,
    };
    const sealed = sealTokens(context.keys, { tenantId, connectionId }, tokens, Date.now());
    await admin.query(
      `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email,
         access_token, refresh_token, token_expires_at, state, state_since, created_at, updated_at,
         first_sync_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', now(), now(), now(), now())`,
      [
        tenantId,
        connectionId,
        userId,
        side === 'google' ? 'GOOGLE' : 'OUTLOOK',
        account.id,
        email,
        sealed.accessToken,
        sealed.refreshToken,
        sealed.expiresAt,
      ],
    );
    await admin.query(
      `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
         is_write_target, direction, created_at)
       values ($1, $2, $3, $4, 'Calendar', true, true, true, 'both', now())`,
      [tenantId, calendarId, connectionId, account.calendarId],
    );
    seeded.push({ tenantId, connectionId, calendarId, side, email, client });
  }
  return seeded;
}

/** What a notification does: the calendar has changed, and somebody will look. */
export async function signal(
  { context }: Installation,
  {
    tenantId,
    connectionId,
    calendarId,
  }: Pick<SeededConnection, 'tenantId' | 'connectionId' | 'calendarId'>,
): Promise<void> {
  const { now, newId } = context.runtime;
  await inTenant(context.store, { tenantId }, (tx) =>
    requestPull(tx, [{ connectionId, calendarId }], { now: new Date(now()), newId }),
  );
}

/** Resolves when nothing that was asked for is left to do; answers how long that took, in ms. */
export async function drain({ admin }: Installation, timeoutMs = 600_000): Promise<number> {
  const from = performance.now();
  while (performance.now() - from < timeoutMs) {
    if ((await countWaiting(admin)) === 0) return performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - from;
}

/** Calendars that somebody asked to look at and that were not looked at yet. */
export async function countWaiting(admin: Installation['admin']): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    'select count(*)::int as count from calendars where pull_requested > pull_done',
  );
  return rows[0]?.count ?? 0;
}
