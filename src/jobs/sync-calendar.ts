import type { CalendarId } from '../calendar/ids.ts';
import {
  countDoomed,
  countDoubted,
  keepBraked,
  postponeDoomed,
  pullBrake,
  releaseBraked,
  setBrake,
} from '../store/brakes.ts';
import { findCalendar } from '../store/calendars.ts';
import { noteRun } from '../store/connections.ts';
import { finishJob, type JobRow } from '../store/jobs.ts';
import { findNextAttemptAt, listDueLinkIds, markWaitingCopies } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import { addRun } from '../store/runs.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import { isBraked } from '../sync/brake.ts';
import type { Engine } from './engine.ts';
import { inFence } from './in-fence.ts';
import { keepChannel } from './keep-channel.ts';
import { findPullDueAt, isPullDue, pullCalendar } from './pull-calendar.ts';
import { backOffMs } from './reaction.ts';
import { type LinkIds, lookAtLink, type Stop, syncLink } from './sync-link.ts';
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
    // Whoever lets it be synced again asks for it again.
    if (!found) await finishJob(tx, job, { now: startedAt, ...atRest });
    return found;
  });
  if (!target) return;
  const { nextAt } = await keepChannel(engine, target);
  // Switched off: only its channel was to be ended.
  const isOff = target.calendar.direction === 'none';
  const stop = isOff ? null : await work(engine, target);
  await endRun(engine, target, { stop, startedAt, isOff, channelAt: nextAt });
}

const atRest = { nextRunAt: null, notBefore: null, error: null };

async function work(engine: Engine, target: Target): Promise<Stop | null> {
  if (isPullDue(engine, target)) {
    const stop = await pullCalendar(engine, target);
    if (stop) return stop;
  }
  const doubted = await survey(engine, target);
  if (doubted.isDecided) return carryOut(engine, target, doubted.links);
  const stop = await eachLink(engine, target, doubted.links, lookAtLink);
  if (stop) return stop;
  const due = await survey(engine, target);
  // While something is still doubted, nothing is decided: the next run goes on from here.
  return due.isDecided ? carryOut(engine, target, due.links) : null;
}

/** What could not be asked for yet may make it too many: nothing is deleted before that is known. */
async function waitForDoubted(
  tx: TenantTransaction,
  calendarId: CalendarId,
  doomed: { count: number; total: number },
  now: Date,
): Promise<void> {
  if (doomed.count === 0) return;
  const { count, until } = await countDoubted(tx, calendarId, now);
  const { total } = doomed;
  if (until && isBraked({ count: doomed.count + count, total })) {
    await postponeDoomed(tx, calendarId, until, now);
  }
}

async function carryOut(
  engine: Engine,
  target: Target,
  links: readonly LinkIds[],
): Promise<Stop | null> {
  const stop = await eachLink(engine, target, links, syncLink);
  // The answer ends with what it was about: it must not meet the next deletions.
  if (target.calendar.brake?.decision === 'delete') await survey(engine, target);
  return stop;
}

/**
 * What is to be done next. What is doubted comes first: what a listing failed to show is asked for
 * singly before it is known to be gone. Then what would be deleted is counted (SPEC D6).
 */
async function survey(
  engine: Engine,
  target: Target,
): Promise<{ isDecided: boolean; links: LinkIds[] }> {
  const { calendar_id: calendarId } = target.job;
  return inFence(engine, target, async (tx) => {
    const now = new Date(engine.runtime.now());
    const due = { now, limit: LINKS_MAX };
    const doubted = await listDueLinkIds(tx, calendarId, { ...due, isStale: true });
    if (doubted.length > 0) return { isDecided: false, links: doubted };
    await applyBrake(tx, calendarId, now);
    return { isDecided: true, links: await listDueLinkIds(tx, calendarId, due) };
  });
}

/** Stops before deleting too much, and does what a person said about it. */
async function applyBrake(tx: TenantTransaction, calendarId: CalendarId, now: Date): Promise<void> {
  const brake = (await findCalendar(tx, calendarId))?.brake ?? null;
  if (brake?.decision === 'delete') await releaseBraked(tx, calendarId, now);
  if (brake?.decision === 'keep') await keepBraked(tx, calendarId, KEPT_REASON, now);
  const doomed = await countDoomed(tx, calendarId, now);
  if (brake?.decision === 'delete') {
    // The answer holds until all that it was about is done, and for no more than that.
    if (doomed.count > 0 && doomed.count <= brake.count) return;
    await setBrake(tx, calendarId, null);
    if (isBraked(doomed)) await pullBrake(tx, calendarId, doomed, now);
  } else if (isBraked(doomed)) {
    const count = doomed.count + (brake?.decision === null ? brake.count : 0);
    await pullBrake(tx, calendarId, { count, total: doomed.total }, now);
  } else if (brake?.decision === 'keep') await setBrake(tx, calendarId, null);
  else return waitForDoubted(tx, calendarId, doomed, now);
  await notifyPages(tx, 'connections');
  await notifyPages(tx, 'activities');
}

async function eachLink(
  engine: Engine,
  target: Target,
  links: readonly LinkIds[],
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
  run: { stop: Stop | null; startedAt: Date; isOff: boolean; channelAt: Date | null },
): Promise<void> {
  const { job, counts, connection } = target;
  const { stop, startedAt } = run;
  const now = new Date(engine.runtime.now());
  const isOver = stop?.next === 'ask-to-reconnect';
  const until = stop && new Date(now.getTime() + waitMsOf(engine, target, stop));
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
    const linkAt = run.isOff ? null : await findNextAttemptAt(tx, job.calendar_id);
    const next = earliest(earliest(linkAt, pullDueAt), run.channelAt);
    // Last: it proves that the job is still ours.
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
