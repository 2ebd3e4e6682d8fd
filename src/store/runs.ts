import type { ConnectionId } from '../calendar/ids.ts';
import type { SyncRunRow } from './database.ts';
import type { TenantTransaction } from './tenant.ts';

export type RunView = SyncRunRow & { calendar: string };

/** The connection's latest runs that did anything or were asked for; the latest first. */
export async function listRuns(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  limit: number,
): Promise<RunView[]> {
  return tx
    .selectFrom('sync_runs as r')
    .innerJoin('calendars as c', (join) =>
      join.onRef('c.id', '=', 'r.calendar_id').onRef('c.tenant_id', '=', 'r.tenant_id'),
    )
    .selectAll('r')
    .select('c.name as calendar')
    .where('r.connection_id', '=', connectionId)
    .orderBy('r.started_at', 'desc')
    .orderBy('r.id')
    .limit(limit)
    .execute();
}
