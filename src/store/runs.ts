import type { ConnectionId } from '../calendar/ids.ts';
import type { SyncRunRow } from './database.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Runs that are kept of each calendar, the latest. */
const RUNS_KEPT = 50;

/** Remembers what a run did. */
export async function addRun(
  tx: TenantTransaction,
  run: Omit<SyncRunRow, 'tenant_id'>,
): Promise<void> {
  await tx
    .with('outdated', (db) =>
      db
        .deleteFrom('sync_runs')
        .where('calendar_id', '=', run.calendar_id)
        .where('started_at', '<', ({ selectFrom }) =>
          selectFrom('sync_runs as r')
            .select('r.started_at')
            .where('r.calendar_id', '=', run.calendar_id)
            .orderBy('r.started_at', 'desc')
            // The new one is not there yet.
            .offset(RUNS_KEPT - 1)
            .limit(1),
        ),
    )
    .insertInto('sync_runs')
    .values({ tenant_id: currentTenantId, ...run })
    .execute();
}

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
