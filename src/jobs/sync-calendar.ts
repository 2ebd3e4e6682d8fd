import { countDoomed, keepBraked, pullBrake, releaseBraked, setBrake } from '../store/brakes.ts';
import { findCalendar } from '../store/calendars.ts';
import { noteRun } from '../store/connections.ts';
import { finishJob, type JobRow } from '../store/jobs.ts';
import { findNextAttemptAt, listDueLinkIds, markWaitingCopies } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import { addRun } from '../store/runs.ts';
import { inTenant } from '../store/tenant.ts';
import { isBraked } from '../sync/brake.ts';
import type { Engine } from './engine.ts';
import { inFence } from './in-fence.ts';
import { findPullDueAt, isPullDue, pullCalendar } from './pull-calendar.ts';
import { backOffMs } from './reaction.ts';
import { lookAtLink, type Stop, syncLink } from './sync-link.ts';
import { findTarget, type Target } from './target.ts';

/** Links looked at in one run; then others have their turn. */
const LINKS_MAX = 200;
/** Failures of different links in a row after which the provider itself is taken for ill. */
const FAILURES_MAX = 3;
/** How soon a calendar that we may not write to is tried again by itself. */
const PAUSED_RETRY_MS = 60 * 60_000;
const KEPT_REASON = 'It was deleted in the calendar together with many others. It stays here.';

/**
 * Looks at one calendar: reads what changed there where there is a reason to, then brings every
 * link that is due to agreement, and ends the job. Whatever asked for it, a click, a notification,
 * an edit or the clock: this is the one path.
 */
export async function syncCalendar(engine: Engine, job: JobRow): Promise<void> {
  const startedAt = new Date(engine.runtime.now());
  const target = await inTenant(engine.store, { tenantId: job.tenant_id }, async (tx) => {
    const found = await findTarget(engine, tx, job);
    const nothing = { now: startedAt, nextRunAt: null, notBefore: null, error: null };
    if (!found) await finishJob(tx, job, nothing);
    return found;
  });
  if (!target) return;
  const stop = await work(engine, target);
  await endRun(engine, target, { stop, startedAt });
}

async function work(engine: Engine, target: Target): Promise<Stop | null> {
  if (isPullDue(engine, target)) {
    const stop = await pullCalendar(engine, target);
    if (stop) return stop;
  }
  const due = await listDue(engine, target, {});
  if (due.length === 0 && !target.calendar.brake?.decision) return null;
  return (await lookAround(engine, target)) ?? (await pushDue(engine, target));
}

/**
 * Asks singly for what is doubted, before anything is deleted: what a listing failed to show is not
 * yet known to be gone. Then counts what would be deleted.
 */
async function lookAround(engine: Engine, target: Target): Promise<Stop | null> {
  const doubted = await listDue(engine, target, { isStale: true });
  const stop = await eachLink(engine, target, doubted, lookAtLink);
  if (stop || doubted.length === LINKS_MAX) return stop ?? null;
  await inFence(engine, target, async (tx) => {
    const { calendar_id: calendarId } = target.job;
    const now = new Date(engine.runtime.now());
    const brake = (await findCalendar(tx, calendarId))?.brake ?? null;
    if (brake?.decision === 'delete') await releaseBraked(tx, calendarId, now);
    if (brake?.decision === 'keep') await keepBraked(tx, calendarId, KEPT_REASON, now);
    if (brake?.decision === 'keep') await setBrake(tx, calendarId, null);
    const doomed = await countDoomed(tx, calendarId, now);
    if (brake?.decision === 'delete') {
      // The answer holds until all that it was about is done.
      if (doomed.count === 0) await setBrake(tx, calendarId, null);
    } else if (isBraked(doomed)) {
      const count = doomed.count + (brake?.decision === null ? brake.count : 0);
      await pullBrake(tx, calendarId, { count, total: doomed.total }, now);
    } else return;
    await notifyPages(tx, 'connections');
    await notifyPages(tx, 'activities');
  });
  return null;
}

async function pushDue(engine: Engine, target: Target): Promise<Stop | null> {
  // While something is still doubted, nothing is decided.
  if ((await listDue(engine, target, { isStale: true })).length === LINKS_MAX) return null;
  return eachLink(engine, target, await listDue(engine, target, {}), syncLink);
}

async function listDue(engine: Engine, { job }: Target, only: { isStale?: boolean }) {
  const now = new Date(engine.runtime.now());
  return inTenant(engine.store, { tenantId: job.tenant_id }, (tx) =>
    listDueLinkIds(tx, job.calendar_id, { ...only, now, limit: LINKS_MAX }),
  );
}

async function eachLink(
  engine: Engine,
  target: Target,
  links: Awaited<ReturnType<typeof listDue>>,
  act: typeof syncLink,
): Promise<Stop | null> {
  let failures = 0;
  for (const ids of links) {
    const stop = await act(engine, target, ids);
    if (stop && (stop.next !== 'retry-link' || ++failures === FAILURES_MAX)) return stop;
    if (!stop) failures = 0;
  }
  return null;
}

/** Stores what the run did, and says on every event that still waits why it does. */
async function endRun(
  engine: Engine,
  target: Target,
  { stop, startedAt }: { stop: Stop | null; startedAt: Date },
): Promise<void> {
  const { job, counts, connection } = target;
  const now = new Date(engine.runtime.now());
  const isOver = stop?.next === 'ask-to-reconnect';
  const until = stop && new Date(now.getTime() + waitMsOf(engine, target, stop));
  // Ending the job proves that it was still held.
  await inTenant(engine.store, { tenantId: job.tenant_id }, async (tx) => {
    if (stop) {
      await markWaitingCopies(tx, job.calendar_id, {
        state: stateOf(stop),
        reason: stop.reason,
        nextAttemptAt: isOver ? null : until,
        now,
      });
      await notifyPages(tx, 'activities');
    }
    const calendar = await findCalendar(tx, job.calendar_id);
    const pullDueAt = calendar ? findPullDueAt(calendar, connection.first_sync_at) : null;
    await noteRun(
      tx,
      { connectionId: job.connection_id, calendar },
      {
        now,
        isWell: !stop,
        pace: target.pace.usage(now.getTime()),
        pausedReason: stop?.next === 'pause-calendar' ? stop.reason : null,
      },
    );
    const didSomething =
      counts.changesIn + counts.changesOut + counts.conflicts + counts.errors > 0;
    if (didSomething || calendar?.asked_at) {
      await addRun(tx, {
        id: engine.runtime.newId(),
        connection_id: job.connection_id,
        calendar_id: job.calendar_id,
        started_at: startedAt,
        ended_at: now,
        calls: counts.calls,
        changes_in: counts.changesIn,
        changes_out: counts.changesOut,
        conflicts: counts.conflicts,
        errors: counts.errors,
        error: stop?.error ?? null,
      });
    }
    const next = earliest(await findNextAttemptAt(tx, job.calendar_id), pullDueAt);
    await finishJob(tx, job, {
      now,
      nextRunAt: isOver ? null : latest(next, until),
      notBefore: stop?.next === 'hold-connection' ? until : null,
      error: stop?.error ?? null,
    });
  });
}

function waitMsOf(engine: Engine, { job }: Target, stop: Stop): number {
  if (stop.next === 'pause-calendar') return PAUSED_RETRY_MS;
  return stop.retryAfterMs ?? backOffMs(job.attempts + 1, engine.runtime.random());
}

const earliest = (a: Date | null, b: Date | null) => (a && b ? (a < b ? a : b) : (a ?? b));
/** After a failure nothing is tried before its wait is over. */
const latest = (a: Date | null, b: Date | null) => (a && b ? (a > b ? a : b) : (a ?? b));

function stateOf(stop: Stop) {
  switch (stop.next) {
    case 'ask-to-reconnect':
      return 'needs_reconnect';
    case 'pause-calendar':
      return 'paused';
    case 'hold-connection':
      return stop.error === 'rate-limited' ? 'rate_limited' : 'paused';
    default:
      return 'retrying';
  }
}
