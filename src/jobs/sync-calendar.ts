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
import { pauseUnusedCopies } from '../store/calendar-settings.ts';
import { findCalendar } from '../store/calendars.ts';
import { noteRun } from '../store/connections.ts';
import type { CalendarRow } from '../store/database.ts';
import { assertFence, finishJob, type JobRow } from '../store/jobs.ts';
import { findNextAttemptAt, listDueLinks, markWaitingCopies } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import { addRun } from '../store/runs.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { isBraked } from '../sync/brake.ts';
import type { Engine } from './engine.ts';
import { inFence, inJob } from './in-fence.ts';
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
  const target = await inJob(engine, { job }, async (tx) => {
    const found = await findTarget(engine, tx, job);
    // Whoever lets it be synced again asks for it again.
    if (!found) await finishJob(tx, job, { now: startedAt, ...atRest });
    return found;
  });
  if (!target) return;
  const { nextAt } = await keepChannel(engine, target);
  // Switched off: only its channel was to be ended.
  const isOff = target.calendar.direction === 'none';
  const run: Run = { startedAt, isOff, channelAt: nextAt };
  const stop = isOff ? null : await work(engine, target, run);
  if (stop === 'ended') return;
  await inJob(engine, { job }, async (tx) => {
    const linkAt = isOff ? null : await findNextAttemptAt(tx, job.calendar_id);
    await endRun(engine, target, tx, run, { stop, linkAt });
  });
}

const atRest = { nextRunAt: null, notBefore: null, error: null };

interface Run {
  startedAt: Date;
  isOff: boolean;
  /** When the calendar's channel wants something. */
  channelAt: Date | null;
}

/** Does what there is to do; `'ended'`: there was nothing more, and the run is over. */
async function work(engine: Engine, target: Target, run: Run): Promise<Stop | 'ended' | null> {
  if (isPullDue(engine, target)) {
    const stop = await pullCalendar(engine, target);
    if (stop) return stop;
  }
  const doubted = await surveyOrEnd(engine, target, run);
  if (doubted === 'ended') return 'ended';
  if (doubted.isDecided) return carryOut(engine, target, doubted.links);
  const stop = await eachLink(engine, target, doubted.links, lookAtLink);
  if (stop) return stop;
  const due = await inFence(engine, target, (tx) => survey(engine, target, tx));
  // While something is still doubted, nothing is decided: the next run goes on from here.
  return due.isDecided ? carryOut(engine, target, due.links) : null;
}

/** What could not be asked for yet may make it too many: nothing is deleted before that is known. */
async function waitForDoubted(
  tx: TenantTransaction,
  calendarId: CalendarId,
  doomed: { count: number; total: number },
  now: Date,
): Promise<boolean> {
  if (doomed.count === 0) return false;
  const { count, until } = await countDoubted(tx, calendarId, now);
  const { total } = doomed;
  if (!until || !isBraked({ count: doomed.count + count, total })) return false;
  await postponeDoomed(tx, calendarId, until, now);
  return true;
}

async function carryOut(
  engine: Engine,
  target: Target,
  links: readonly LinkIds[],
): Promise<Stop | null> {
  const stop = await eachLink(engine, target, links, syncLink);
  // The answer ends with what it was about: it must not meet the next deletions.
  if (target.calendar.brake?.decision === 'delete') {
    await inFence(engine, target, (tx) => survey(engine, target, tx));
  }
  return stop;
}

interface Survey {
  isDecided: boolean;
  links: LinkIds[];
}

/** Where nothing is due, as after most notifications, the run ends in the same transaction. */
async function surveyOrEnd(engine: Engine, target: Target, run: Run): Promise<Survey | 'ended'> {
  const { job, calendar } = target;
  return inJob(engine, { job }, async (tx) => {
    const linkAt = await findNextAttemptAt(tx, job.calendar_id);
    const now = new Date(engine.runtime.now());
    if ((linkAt === null || linkAt > now) && calendar.brake === null) {
      await endRun(engine, target, tx, run, { stop: null, linkAt });
      return 'ended';
    }
    const found = await survey(engine, target, tx);
    await assertFence(tx, job, now);
    return found;
  });
}

/**
 * What is to be done next. What is doubted comes first: what a listing failed to show is asked for
 * singly before it is known to be gone. Then what would be deleted is counted (SPEC D6).
 */
async function survey(engine: Engine, target: Target, tx: TenantTransaction): Promise<Survey> {
  const { calendar_id: calendarId } = target.job;
  const now = new Date(engine.runtime.now());
  const due = { now, limit: LINKS_MAX };
  const links = await listDueLinks(tx, calendarId, due);
  const doubted = links.filter(({ is_stale }) => is_stale);
  if (doubted.length > 0) return { isDecided: false, links: doubted };
  const hasChanged = await applyBrake(tx, target.calendar, now);
  return { isDecided: true, links: hasChanged ? await listDueLinks(tx, calendarId, due) : links };
}

/**
 * Stops before deleting too much, and does what a person said about it. Answers whether that changed
 * what is due.
 */
async function applyBrake(
  tx: TenantTransaction,
  { id: calendarId, brake: known }: CalendarRow,
  now: Date,
): Promise<boolean> {
  const due = await countDoomed(tx, calendarId, now);
  if (due.count === 0 && known === null) return false;
  const brake = (await findCalendar(tx, calendarId))?.brake ?? null;
  if (brake?.decision === 'delete') await releaseBraked(tx, calendarId, now);
  if (brake?.decision === 'keep') await keepBraked(tx, calendarId, KEPT_REASON, now);
  const doomed = brake?.decision ? await countDoomed(tx, calendarId, now) : due;
  if (brake?.decision === 'delete') {
    // The answer holds until all that it was about is done, and for no more than that.
    if (doomed.count > 0 && doomed.count <= brake.count) return true;
    await setBrake(tx, calendarId, null);
    if (isBraked(doomed)) await pullBrake(tx, calendarId, doomed, now);
  } else if (isBraked(doomed)) {
    const count = doomed.count + (brake?.decision === null ? brake.count : 0);
    await pullBrake(tx, calendarId, { count, total: doomed.total }, now);
  } else if (brake?.decision === 'keep') await setBrake(tx, calendarId, null);
  else return waitForDoubted(tx, calendarId, doomed, now);
  await notifyPages(tx, 'connections');
  await notifyPages(tx, 'activities');
  return true;
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

/**
 * Ends the job: stores what the run did, and says on every event that still waits why it does.
 * `linkAt`: when the first of the links that wait is due.
 */
async function endRun(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  run: Run,
  { stop, linkAt }: { stop: Stop | null; linkAt: Date | null },
): Promise<void> {
  const { job, counts, connection, calendar } = target;
  const now = new Date(engine.runtime.now());
  const isOver = stop?.next === 'ask-to-reconnect';
  const until = stop && new Date(now.getTime() + waitMsOf(engine, target, stop));
  if (stop) {
    await markWaitingCopies(tx, job.calendar_id, {
      state: stateOf(stop),
      reason: stop.reason,
      nextAttemptAt: isOver ? null : until,
      now,
    });
    await notifyPages(tx, 'activities');
  }
  // What was under way when it was switched off, or planned since, says paused as well.
  if (run.isOff) await pauseUnusedCopies(tx, job.connection_id, now);
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
  const didSomething = counts.changesIn + counts.changesOut + counts.conflicts + counts.errors > 0;
  if (didSomething || calendar.asked_at) {
    await addRun(tx, {
      id: engine.runtime.newId(),
      connection_id: job.connection_id,
      calendar_id: job.calendar_id,
      started_at: run.startedAt,
      ended_at: now,
      calls: counts.calls,
      changes_in: counts.changesIn,
      changes_out: counts.changesOut,
      conflicts: counts.conflicts,
      errors: counts.errors,
      error: stop?.error ?? null,
    });
  }
  const pullDueAt = findPullDueAt(calendar, connection.first_sync_at);
  const next = earliest(earliest(linkAt, pullDueAt), run.channelAt);
  // Last: it proves that the job is still ours.
  await finishJob(tx, job, {
    now,
    nextRunAt: isOver ? null : latest(next, until),
    notBefore: stop?.next === 'hold-connection' ? until : null,
    error: stop?.error ?? null,
  });
}

function waitMsOf(engine: Engine, { job }: Target, stop: Stop): number {
  if (stop.next === 'pause-calendar') return PAUSED_RETRY_MS;
  return stop.retryAfterMs ?? backOffMs(job.attempts + 1, engine.runtime.random());
}

const earliest = (a: Date | null, b: Date | null) => (a && b ? (a < b ? a : b) : (a ?? b));
/** After a failure nothing is tried before its wait is over. */
const latest = (a: Date | null, b: Date | null) => (a && b ? (a > b ? a : b) : (a ?? b));

const isSlowed = ({ error }: Stop) => error === 'rate-limited' || error === 'slowed-after-write';

function stateOf(stop: Stop) {
  switch (stop.next) {
    case 'ask-to-reconnect':
      return 'needs_reconnect';
    case 'pause-calendar':
      return 'paused';
    case 'hold-connection':
      return isSlowed(stop) ? 'rate_limited' : 'paused';
    default:
      return 'retrying';
  }
}
