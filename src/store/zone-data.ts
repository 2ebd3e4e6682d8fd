import type { EventId, TenantId } from '../calendar/ids.ts';
import { toColumns, toFields } from './event-fields.ts';
import { currentTenantId, type SystemTransaction, type TenantTransaction } from './tenant.ts';

/** Events by their ids: at most `limit` after `after`, or the first ones. */
export interface Batch {
  after: EventId | null;
  limit: number;
  now: Date;
}

/** The companies whose instants were worked out by another edition of the time zone database. */
export async function listTenantsOfOtherZoneData(
  tx: SystemTransaction,
  edition: string,
): Promise<TenantId[]> {
  const rows = await tx
    .selectFrom('tenants')
    .select('tenant_id')
    .where('zone_data', 'is distinct from', edition)
    .orderBy('tenant_id')
    .execute();
  return rows.map(({ tenant_id }) => tenant_id);
}

/**
 * Works out anew the instants of a batch of timed events that are not over, from
 * their wall-clock times and zones. That is no change of an event: its version, its history and its
 * copies stay as they are. Answers where to go on, null at the end, and how many were wrong.
 */
export async function recomputeInstants(
  tx: TenantTransaction,
  { after, limit, now }: Batch,
): Promise<{ last: EventId | null; movedCount: number }> {
  const rows = await tx
    .selectFrom('calendar_events')
    .selectAll()
    .where('is_all_day', '=', false)
    // By the old rules it may seem to be over.
    .where('ends_at', '>=', new Date(now.getTime() - DAY_MS))
    .$if(after !== null, (events) => events.where('id', '>', after as EventId))
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .execute();
  let movedCount = 0;
  for (const row of rows) {
    const fields = toFields(row);
    const { starts_at, ends_at } = toColumns({ when: fields.when }, fields);
    if (!starts_at || !ends_at) continue;
    const isRight = +starts_at === +row.starts_at && +ends_at === +row.ends_at;
    if (isRight) continue;
    movedCount++;
    await tx
      .updateTable('calendar_events')
      .set({ starts_at, ends_at })
      .where('id', '=', row.id)
      .execute();
  }
  return { last: rows.length < limit ? null : (rows.at(-1)?.id ?? null), movedCount };
}

const DAY_MS = 24 * 60 * 60_000;

export async function noteZoneData(tx: TenantTransaction, edition: string): Promise<void> {
  await tx
    .updateTable('tenants')
    .set({ zone_data: edition })
    .where('tenant_id', '=', currentTenantId)
    .execute();
}
