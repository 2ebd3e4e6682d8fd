import { sql } from 'kysely';
import type { UserId } from '../calendar/ids.ts';
import type { AuditDetails, AuditEntryRow } from './database.ts';
import type { Occasion } from './events.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

export interface AuditView extends AuditEntryRow {
  user_name: string;
  /** Of the calendar that it was about, where there is one; its name only to whom it belongs. */
  calendar_name: string | null;
  calendar_is_primary: boolean | null;
}

/** Where a page begins: after this entry. */
export interface AuditPosition {
  /** ISO 8601, to the millisecond, as every `at` was written. */
  at: string;
  id: string;
}

/**
 * Adds who did what to the company's record, in the transaction that does it. Never rewritten (the role may
 * not). `details` holds nothing of what is in a calendar: admins read it (SPEC U16).
 */
export async function addAudit(
  tx: TenantTransaction,
  entry: Pick<AuditEntryRow, 'action'> &
    Partial<Pick<AuditEntryRow, 'account' | 'provider'>> & {
      userId: UserId;
      details?: AuditDetails;
    } & Occasion,
): Promise<void> {
  const { action, account = null, provider = null, userId, details = {}, now, newId } = entry;
  await tx
    .insertInto('audit_entries')
    .values({
      tenant_id: currentTenantId,
      id: newId(),
      at: now,
      user_id: userId,
      action,
      account,
      provider,
      details: JSON.stringify(details),
    })
    .execute();
}

/** The company's record, the latest first. */
export async function listAudit(
  tx: TenantTransaction,
  { readerId, after, limit }: { readerId: UserId; after: AuditPosition | null; limit: number },
): Promise<AuditView[]> {
  return tx
    .selectFrom('audit_entries as a')
    .innerJoin('users as u', (join) =>
      join.onRef('u.tenant_id', '=', 'a.tenant_id').onRef('u.id', '=', 'a.user_id'),
    )
    .leftJoin('calendars as c', (join) =>
      join
        .onRef('c.tenant_id', '=', 'a.tenant_id')
        .on(sql<boolean>`c.id = (a.details ->> 'calendarId')::uuid`),
    )
    .leftJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'c.tenant_id').onRef('i.id', '=', 'c.connection_id'),
    )
    .selectAll('a')
    .select((eb) => [
      'u.name as user_name',
      'c.is_primary as calendar_is_primary',
      eb.case().when('i.user_id', '=', readerId).then(eb.ref('c.name')).end().as('calendar_name'),
    ])
    .$if(after !== null, (entries) =>
      entries.where(sql<boolean>`(a.at, a.id) < (${after?.at}::timestamptz, ${after?.id}::uuid)`),
    )
    .orderBy('a.at', 'desc')
    .orderBy('a.id', 'desc')
    .limit(limit)
    .execute();
}
