import { sql } from 'kysely';
import type { UserId } from '../calendar/ids.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Whether the user has planned an event on a lead here since they first connected a calendar, also if it
 * is gone by now. What calendars brought, and what colleagues planned, does not count.
 */
export async function hasPlannedSinceConnecting(
  tx: TenantTransaction,
  userId: UserId,
): Promise<boolean> {
  const { rows } = await sql<{ is_planned: boolean }>`
    select exists (
      select from calendar_events e
      join event_history h on h.tenant_id = e.tenant_id and h.event_id = e.id
      where e.owner_id = ${userId} and e.lead_id is not null
        and e.created_at >= (select min(created_at) from calendar_integrations where user_id = ${userId})
        and h.change = 'created' and h.user_id = ${userId}
    ) as is_planned`.execute(tx);
  return rows[0]?.is_planned ?? false;
}
