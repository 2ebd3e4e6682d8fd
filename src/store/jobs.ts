import { type Selectable, sql } from 'kysely';
import type { CalendarId, ConnectionId } from '../calendar/ids.ts';
import type { JobsTable } from './database.ts';
import { currentTenantId, type SystemTransaction, type TenantTransaction } from './tenant.ts';

/** Workers listen here; the payload is empty. */
export const JOBS_CHANNEL = 'kalends_jobs';

export type JobRow = Selectable<JobsTable>;

/** A worker that lost its lease must stop: somebody else holds the connection now. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';
}

/** A calendar to look at, and the connection that it is reached through. */
export interface SyncTarget {
  connectionId: ConnectionId;
  calendarId: CalendarId;
}

/**
 * Asks for a look at the calendars, at once. Asking again while a run is going on causes another
 * run after it; a request never moves a due job later. Whoever locks events and links in the same
 * transaction does so before: event, links, jobs, in this order everywhere, so that nobody waits
 * in a circle.
 */
export async function enqueueSync(
  tx: TenantTransaction,
  targets: readonly SyncTarget[],
  { now, newId }: { now: Date; newId: () => string },
): Promise<void> {
  const connections = new Map(targets.map((target) => [target.calendarId, target.connectionId]));
  if (connections.size === 0) return;
  // Jobs, too, are locked in one order by everybody.
  const sorted = [...connections].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx
    .insertInto('jobs')
    .values(
      sorted.map(([calendarId, connectionId]) => ({
        tenant_id: currentTenantId,
        id: newId(),
        kind: 'sync-calendar' as const,
        connection_id: connectionId,
        calendar_id: calendarId,
        run_at: now,
        locked_by: null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'kind', 'calendar_id']).doUpdateSet((eb) => ({
        run_at: eb.fn('least', ['jobs.run_at', 'excluded.run_at']),
        requested: eb('jobs.requested', '+', 1),
      })),
    )
    .execute();
  await sql`select pg_notify(${JOBS_CHANNEL}, '')`.execute(tx);
}

/**
 * Asks for a look at the calendar at `at`, an instant to come. While a run is going on, its job's
 * `run_at` says nothing any more; one that has moved on is what was asked meanwhile (`finishJob`).
 * Whoever asks for a look at once still gets it at once.
 */
export async function enqueueSyncLater(
  tx: TenantTransaction,
  { connectionId, calendarId }: SyncTarget,
  { at, newId }: { at: Date; newId: () => string },
): Promise<void> {
  await sql`
    insert into jobs (tenant_id, id, kind, connection_id, calendar_id, run_at)
    values (${currentTenantId}, ${newId()}, 'sync-calendar', ${connectionId}, ${calendarId}, ${at})
    on conflict (tenant_id, kind, calendar_id) do update set run_at =
      case when jobs.locked_by is null then least(jobs.run_at, excluded.run_at)
      else greatest(excluded.run_at, jobs.run_at + interval '1 millisecond') end`.execute(tx);
  await sql`select pg_notify(${JOBS_CHANNEL}, '')`.execute(tx);
}

/**
 * Takes the longest due job whose connection nobody holds, and holds it until `now + leaseMs`. A
 * tenant that `perTenantMax` jobs are held for has to wait: however much one has to do, others get
 * their turn. Two workers that race for one connection: the second's index entry is refused, and it asks again.
 */
export async function claimJob(
  tx: SystemTransaction,
  claim: { workerId: string; now: Date; leaseMs: number; perTenantMax: number },
): Promise<JobRow | undefined> {
  const { workerId, now, leaseMs, perTenantMax } = claim;
  // What somebody has just locked is freed by the next claim: nobody is waited for.
  await sql`
    update jobs set locked_by = null, locked_until = null
    where (tenant_id, id) in (
      select tenant_id, id from jobs where locked_by is not null and locked_until < ${now}
      for update skip locked)`.execute(tx);
  const { rows } = await sql<JobRow>`
    update jobs set locked_by = ${workerId}, locked_until = ${new Date(now.getTime() + leaseMs)},
      fence = fence + 1
    where (tenant_id, id) = (
      select j.tenant_id, j.id from jobs j
      where j.run_at <= ${now} and (j.not_before is null or j.not_before <= ${now})
        and j.locked_by is null and j.tenant_id not in (
        select tenant_id from jobs where locked_by is not null
          group by tenant_id having count(*) >= ${perTenantMax})
        and not exists (
        select 1 from jobs held where held.tenant_id = j.tenant_id
          and held.connection_id = j.connection_id and held.locked_by is not null)
      order by j.run_at, j.id limit 1
      for update skip locked)
    returning *`.execute(tx);
  return rows[0];
}

/** When the next job that nobody holds is due; null when there is none. */
export async function findNextRunAt(tx: SystemTransaction, now: Date): Promise<Date | null> {
  // Two looks into an index each: what may run, and what was asked to wait.
  const { rows } = await sql<{ at: Date | null }>`
    select least(
      (select run_at from jobs where locked_by is null and (not_before is null or not_before <= ${now})
        order by run_at limit 1),
      (select greatest(run_at, not_before) from jobs where locked_by is null and not_before > ${now}
        order by not_before limit 1)) as at`.execute(tx);
  return rows[0]?.at ?? null;
}

/** Holds the job for longer. False when the hold was lost. */
export async function extendLease(
  tx: SystemTransaction,
  job: JobRow,
  until: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('jobs')
    .set({ locked_until: until })
    .where('tenant_id', '=', job.tenant_id)
    .where('id', '=', job.id)
    .where('locked_by', '=', job.locked_by)
    .where('fence', '=', job.fence)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/**
 * Proves that this worker still holds the connection. Every transaction of a job ends with it, when
 * all that it changes is locked: who takes the job over then sees what was changed. Throws
 * `FenceLostError` (SPEC Q3).
 */
export async function assertFence(tx: TenantTransaction, job: JobRow, now: Date): Promise<void> {
  // Shared: people's requests go on asking for this job meanwhile.
  const row = await selectHeld(tx, job, now).forKeyShare().executeTakeFirst();
  if (!row) throw new FenceLostError(`job ${job.id} was taken over`);
}

const selectHeld = (tx: TenantTransaction, job: JobRow, now: Date) =>
  tx
    .selectFrom('jobs')
    .select(['requested', 'run_at'])
    .where('id', '=', job.id)
    .where('locked_by', '=', job.locked_by)
    .where('fence', '=', job.fence)
    .where('locked_until', '>', now);

/** How a run ended. */
export interface JobEnd {
  now: Date;
  /** When there is something to do again; null when nothing waits. */
  nextRunAt: Date | null;
  /** The provider asked for a wait: nothing of this connection runs before then. */
  notBefore: Date | null;
  /** In a word, for the operator; null when the run went well. */
  error: string | null;
}

/**
 * Ends a run. The job is due again at once when it was asked for meanwhile, else at `nextRunAt` or
 * at the later instant that was asked for meanwhile, whichever is sooner, else gone.
 */
export async function finishJob(tx: TenantTransaction, job: JobRow, end: JobEnd): Promise<void> {
  // Locked against requests: one that came unseen now would be forgotten.
  const held = await selectHeld(tx, job, end.now).forUpdate().executeTakeFirst();
  if (!held) throw new FenceLostError(`job ${job.id} was taken over`);
  if (end.notBefore) {
    await tx
      .updateTable('jobs')
      .set({ not_before: end.notBefore })
      .where('connection_id', '=', job.connection_id)
      .execute();
  }
  const later = held.run_at > job.run_at ? held.run_at : null;
  const runAt = held.requested === job.requested ? earlier(end.nextRunAt, later) : end.now;
  if (!runAt) {
    await tx.deleteFrom('jobs').where('id', '=', job.id).execute();
    return;
  }
  await tx
    .updateTable('jobs')
    .set({
      run_at: runAt,
      locked_by: null,
      locked_until: null,
      attempts: end.error ? job.attempts + 1 : 0,
      last_error: end.error,
    })
    .where('id', '=', job.id)
    .execute();
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}
