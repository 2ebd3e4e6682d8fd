import type { UserId } from '../calendar/ids.ts';
import { addAudit } from './audit.ts';
import type { Occasion } from './events.ts';
import { notifyPages } from './notify.ts';
import { requestPull } from './pulls.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** What a company takes in from its people's calendars, and what stays there after a disconnect. */
export interface Policies {
  import_days_back: number;
  import_days_ahead: number;
  ingest: 'all' | 'with-lead';
  disconnect_copies: 'keep' | 'delete';
}

export async function getPolicies(tx: TenantTransaction): Promise<Policies> {
  return tx
    .selectFrom('tenants')
    .select(['import_days_back', 'import_days_ahead', 'ingest', 'disconnect_copies'])
    .executeTakeFirstOrThrow();
}

/** The policies by which calendars are listed. */
const listingPolicies: (keyof Policies)[] = ['ingest', 'import_days_back', 'import_days_ahead'];

/** Another window or another rule: everything in use is listed once more. What is left out stays. */
export async function setPolicies(
  tx: TenantTransaction,
  policies: Partial<Policies>,
  { userId, now, newId }: { userId: UserId } & Occasion,
): Promise<void> {
  const old = await getPolicies(tx);
  const changed = (Object.keys(old) as (keyof Policies)[]).filter(
    (name) => policies[name] !== undefined && policies[name] !== old[name],
  );
  if (changed.length === 0) return;
  await tx.updateTable('tenants').set(policies).where('tenant_id', '=', currentTenantId).execute();
  const changes = changed.map((what) => ({ what, from: old[what], to: policies[what] ?? null }));
  await addAudit(tx, { action: 'policies-changed', userId, details: { changes }, now, newId });
  await notifyPages(tx, 'connections');
  if (!changed.some((name) => listingPolicies.includes(name))) return;
  const calendars = await tx
    .selectFrom('calendars as c')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.id', '=', 'c.connection_id').onRef('i.tenant_id', '=', 'c.tenant_id'),
    )
    .select(['c.id', 'c.connection_id'])
    .where('i.is_active', '=', true)
    .where('i.first_sync_at', 'is not', null)
    .where('c.direction', 'in', ['both', 'in'])
    .where('c.state', '<>', 'removed')
    .execute();
  if (calendars.length === 0) return;
  const ids = calendars.map(({ id }) => id);
  await tx
    .updateTable('calendars')
    .set({ next_full_pull_at: now })
    .where('id', 'in', ids)
    .execute();
  const targets = calendars.map(({ id, connection_id }) => ({
    calendarId: id,
    connectionId: connection_id,
  }));
  await requestPull(tx, targets, { now, newId });
}
