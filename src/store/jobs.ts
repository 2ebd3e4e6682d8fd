import { type Selectable, sql } from 'kysely';
import type { CalendarId, ConnectionId } from '../calendar/ids.ts';
import type { JobsTable } from './database.ts';
import {
  currentTenantId,
  getPostgresCode,
  type SystemTransaction,
  type TenantTransaction,
} from './tenant.ts';
import { runWithCommit } from './thrifty-dialect.ts';

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
 * Asks for a look at the calendars, at once; `isPull`: also at what changed there at the provider.
 * Asking again while a run is going on causes another run after it; a request never moves a due job
 * later. Whoever locks events and links in the same transaction does so before: event, links, jobs,
 * in this order everywhere, so that nobody waits in a circle.
 */
export async function enqueueSync(
  tx: TenantTransaction,
  targets: readonly SyncTarget[],
  { now, newId, isPull = false }: { now: Date; newId: () => string; isPull?: boolean },
): Promise<void> {
  const connections = new Map(targets.map((target) => [target.calendarId, target.connectionId]));
  if (connections.size === 0) return;
  // Whatever order they were found in, each has the id of its place.
  const calendarIds = [...connections.keys()].sort();
  const connectionIds = calendarIds.map((id) => connections.get(id));
  const ids = calendarIds.map(() => newId());
  // Calendars are locked before jobs, and of either all in one order by everybody.
  const asked = isPull
    ? sql`update calendars set pull_requested = pull_requested + 1 where id in (
        select id from calendars where id = any(${calendarIds}::uuid[]) order by id for no key update)
      returning id`
    : sql`select unnest(${calendarIds}::uuid[]) as id`;
  await sql`
    with asked as (${asked})
    insert into jobs (tenant_id, id, kind, connection_id, calendar_id, run_at)
    select ${currentTenantId}, t.id, 'sync-calendar', t.connection_id, asked.id, ${now}::timestamptz
    from asked join unnest(${ids}::uuid[], ${connectionIds}::uuid[],
      ${calendarIds}::uuid[]) t (id, connection_id, calendar_id) on t.calendar_id = asked.id
    order by asked.id
    on conflict (tenant_id, kind, calendar_id) do update set
      run_at = least(jobs.run_at, excluded.run_at), requested = jobs.requested + 1`.execute(tx);
  await ringWorkers(tx);
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
  await ringWorkers(tx);
}

/** Wakes the workers once this transaction has committed. */
const ringWorkers = (tx: TenantTransaction) =>
  runWithCommit(tx, sql`select pg_notify(${sql.lit(JOBS_CHANNEL)}, '')`);

/**
 * Takes a job and holds it until `now + leaseMs`, in one statement: one whose worker gave no sign of
 * life any more, else the longest due one whose connection nobody holds. A tenant that `perTenantMax`
 * jobs are held for has to wait: however much one has to do, others get their turn. Two workers that
 * race for one connection: the second's index entry is refused, and it asks again.
 */
export async function claimJob(
  tx: SystemTransaction,
  claim: { workerId: string; now: Date; leaseMs: number; perTenantMax: number },
): Promise<JobRow | undefined> {
  const { workerId, now, leaseMs, perTenantMax } = claim;
  // What somebody has just locked is left to them: nobody is waited for.
  const { rows } = await sql<JobRow>`
    with left_behind as (
      select tenant_id, id from jobs where locked_by is not null and locked_until < ${now}
      order by locked_until, id limit 1
      for update skip locked),
    due as (
      select j.tenant_id, j.id from jobs j
      where j.run_at <= ${now} and (j.not_before is null or j.not_before <= ${now})
        and j.locked_by is null and not exists (select 1 from left_behind)
        and j.tenant_id not in (
        select tenant_id from jobs where locked_by is not null
          group by tenant_id having count(*) >= ${perTenantMax})
        and not exists (
        select 1 from jobs held where held.tenant_id = j.tenant_id
          and held.connection_id = j.connection_id and held.locked_by is not null)
      order by j.run_at, j.id limit 1
      for update skip locked)
    update jobs set locked_by = ${workerId}, locked_until = ${new Date(now.getTime() + leaseMs)},
      fence = fence + 1
    where (tenant_id, id) in (select * from left_behind union all select * from due)
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
 * Proves that this worker still holds the connection: with the commit, when all that the transaction
 * changes is locked, so that who takes the job over sees what was changed. Every transaction of a job
 * that writes ends with it (SPEC Q3). One that has lost its hold fails: see `isFenceError`.
 */
export async function assertFence(tx: TenantTransaction, job: JobRow, now: Date): Promise<void> {
  // Shared: people's requests go on asking for this job meanwhile.
  await runWithCommit(
    tx,
    sql`select 1 / count(*) from (
      select from jobs where id = ${sql.lit(job.id)} and locked_by = ${sql.lit(job.locked_by)}
        and fence = ${sql.lit(job.fence)} and locked_until > ${sql.lit(now.toISOString())}
      for key share) held`,
  );
}

/** Nobody held the job: it was divided by none. No other statement of ours divides. */
export const isFenceError = (error: unknown): boolean => getPostgresCode(error) === '22012';

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
 * at the later instant that was asked for meanwhile, whichever is sooner, else gone. Throws
 * `FenceLostError` when the job was taken over.
 */
export async function finishJob(tx: TenantTransaction, job: JobRow, end: JobEnd): Promise<void> {
  const isHeld = sql<boolean>`id = ${job.id} and locked_by = ${job.locked_by}
    and fence = ${job.fence} and locked_until > ${end.now}`;
  const isUnasked = sql<boolean>`requested = ${job.requested}`;
  // Stored instants may be finer than ours.
  const isAskedLater = sql<boolean>`date_trunc('milliseconds', run_at) > ${job.run_at}`;
  if (end.nextRunAt === null) {
    // One that is asked for now waits for us, or we see it.
    const { numDeletedRows } = await tx
      .deleteFrom('jobs')
      .where(isHeld)
      .where(isUnasked)
      .where(({ not }) => not(isAskedLater))
      .executeTakeFirst();
    if (numDeletedRows === 1n) return holdBack(tx, job, end);
  }
  const { numUpdatedRows } = await tx
    .updateTable('jobs')
    .set({
      run_at: sql<Date>`case when not ${isUnasked} then ${end.now}::timestamptz
        when ${isAskedLater} then least(run_at, ${end.nextRunAt}) else ${end.nextRunAt} end`,
      locked_by: null,
      locked_until: null,
      attempts: end.error ? job.attempts + 1 : 0,
      last_error: end.error,
    })
    .where(isHeld)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new FenceLostError(`job ${job.id} was taken over`);
  await holdBack(tx, job, end);
}

/** Nothing of the connection runs before then. */
async function holdBack(tx: TenantTransaction, job: JobRow, { notBefore }: JobEnd): Promise<void> {
  if (!notBefore) return;
  await tx
    .updateTable('jobs')
    .set({ not_before: notBefore })
    .where('connection_id', '=', job.connection_id)
    .execute();
}
