import { sql } from 'kysely';
import type { ChangePage, FeedPosition, RemoteChange, RemoteSlot } from '../providers/provider.ts';
import { NOT_JSON } from '../providers/json-http.ts';
import { ProviderError } from '../providers/provider-error.ts';
import type { CalendarRow, FullPull } from '../store/database.ts';
import { notifyPages } from '../store/notify.ts';
import { changeFeed, doubtMissing, type FeedChanges, getImportPolicy } from '../store/pulls.ts';
import { listUnknownSeries } from '../store/exception-links.ts';
import { inTenant, isDataError, type TenantTransaction } from '../store/tenant.ts';
import type { Engine } from './engine.ts';
import { inFence } from './in-fence.ts';
import {
  fitWindow,
  FULL_PULL_MS,
  nextPullMs,
  REBUILD_COOL_DOWN_MS,
  spread,
} from './pull-schedule.ts';
import { reactionTo } from './reaction.ts';
import type { Stop } from './sync-link.ts';
import { type Listing, takePage } from './take-page.ts';
import { callProvider, type Target } from './target.ts';

/** A feed longer than this is a bug in us or in the feed, not a calendar. */
const PAGES_MAX = 2_000;

/** When the calendar has to be read; null: only when asked to. */
export function findPullDueAt(calendar: CalendarRow, firstSyncAt: Date | null): Date | null {
  if (calendar.direction !== 'both' && calendar.direction !== 'in') return null;
  // Nothing comes in before its user has seen what would.
  if (firstSyncAt === null) return null;
  const asked = calendar.pull_requested > calendar.pull_done || calendar.next_pull_at === null;
  const dueAt = asked ? new Date(0) : calendar.next_pull_at;
  // Only a whole listing waits for the end of the cool-down.
  const isListing = calendar.sync_token === null && calendar.full_pull === null;
  const notBefore = isListing ? calendar.rebuild_not_before : null;
  return notBefore && dueAt && notBefore > dueAt ? notBefore : dueAt;
}

/**
 * Reads what changed in the calendar since the last time, or all of it, and takes it in page by
 * page: each page and what is known of the place behind it commit together, and the next page is
 * fetched meanwhile. Answers what a failure means for the rest of the run; null: go on.
 */
export async function pullCalendar(engine: Engine, target: Target): Promise<Stop | null> {
  try {
    await pullPages(engine, target, await beginPull(engine, target));
    return null;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return noteFailure(engine, target, error);
  }
}

/** Where to read, and as an answer to how many requests. */
interface Pull {
  position: FeedPosition;
  full: FullPull | null;
  requested: number;
}

/** Goes on with a whole listing that was begun, begins one where it is time, or reads what is new. */
async function beginPull(engine: Engine, target: Target): Promise<Pull> {
  const now = new Date(engine.runtime.now());
  const { calendar } = target;
  const isFullDue = !calendar.next_full_pull_at || calendar.next_full_pull_at <= now;
  if (calendar.full_pull === null && (calendar.sync_token === null || isFullDue)) {
    await inFence(engine, target, async (tx) => {
      target.calendar = await beginListing(engine, target, tx, calendar);
    });
  }
  const { full_pull: full, sync_token, window_start, window_end } = target.calendar;
  const { pull_requested: requested } = target.calendar;
  if (full) {
    const { pageToken, windowStart, windowEnd } = full;
    const window = { start: new Date(windowStart), end: new Date(windowEnd) };
    return { position: { syncToken: null, pageToken, window }, full, requested };
  }
  const window = { start: window_start ?? now, end: window_end ?? now };
  return { position: { syncToken: sync_token, pageToken: null, window }, full, requested };
}

async function beginListing(
  engine: Engine,
  { provider }: Target,
  tx: TenantTransaction,
  calendar: CalendarRow,
): Promise<CalendarRow> {
  const now = engine.runtime.now();
  const { import_days_back: daysBack, import_days_ahead: daysAhead } = await getImportPolicy(tx);
  const window = fitWindow({ daysBack, daysAhead }, provider.capabilities.windowDaysMax, now);
  const full: FullPull = {
    generation: calendar.generation + 1,
    pageToken: null,
    startedAt: new Date(now).toISOString(),
    windowStart: window.start.toISOString(),
    windowEnd: window.end.toISOString(),
  };
  await notifyPages(tx, 'connections');
  return changeFeed(tx, calendar, { full_pull: full, generation: full.generation });
}

async function pullPages(engine: Engine, target: Target, pull: Pull): Promise<void> {
  let fetching = fetchPage(engine, target, pull.position);
  for (let pageCount = 0; pageCount < PAGES_MAX; pageCount++) {
    const page = await readSeries(engine, target, await fetching);
    const pageToken = 'pageToken' in page.next ? page.next.pageToken : null;
    if (pageToken !== null) {
      fetching = fetchPage(engine, target, { ...pull.position, pageToken });
      // Awaited in the next round; should this page not be stored, nobody asks for it.
      fetching.catch(() => {});
    }
    await storePage(engine, target, pull, page);
    if (pageToken === null) return;
  }
  throw new ProviderError('malformed-answer', `the feed did not end in ${PAGES_MAX} pages`);
}

const fetchPage = (engine: Engine, target: Target, position: FeedPosition): Promise<ChangePage> =>
  callProvider(engine, target, { what: 'a pull', cost: 1 }, (call) =>
    target.provider.listChanges(call, position),
  );

/**
 * The page with all series read whole of which it says no more than that they changed, or tells an
 * exception before the series itself is known.
 */
async function readSeries(engine: Engine, target: Target, page: ChangePage): Promise<ChangePage> {
  const isWhole = (change: RemoteChange): change is RemoteChange & { kind: 'event' } =>
    change.kind === 'event' && change.event.slot === null;
  const told = new Set(page.changes.filter(isWhole).map(({ event }) => event.externalId));
  const changed = page.changes.flatMap((one) => (one.kind === 'series' ? [one.externalId] : []));
  const named = [...new Set(page.changes.flatMap((change) => findSlot(change)?.seriesId ?? []))];
  const untold = named.filter((id) => !told.has(id));
  const { tenant_id: tenantId, calendar_id: calendarId } = target.job;
  const unknown =
    untold.length === 0
      ? []
      : await inTenant(engine.store, { tenantId }, (tx) =>
          listUnknownSeries(tx, calendarId, untold),
        );
  const found: RemoteChange[] = [];
  for (const id of new Set([...changed, ...unknown])) {
    found.push(await readOneSeries(engine, target, id));
  }
  const rest = page.changes.filter(({ kind }) => kind !== 'series');
  return { ...page, changes: [...found, ...rest] };
}

function findSlot(change: RemoteChange): RemoteSlot | null {
  if (change.kind === 'cancelled-occurrence') return change.slot;
  return change.kind === 'event' ? change.event.slot : null;
}

/**
 * One that cannot be read is set aside by itself. What was answered in its place, to the call or to the
 * request for a token before it, says nothing of it: the page comes again.
 */
async function readOneSeries(
  engine: Engine,
  target: Target,
  externalId: string,
): Promise<RemoteChange> {
  return callProvider(engine, target, { what: 'a series', cost: 2 }, async (call) => {
    try {
      const event = await target.provider.findSeries(call, externalId);
      return event ? { kind: 'event', event } : { kind: 'missing', externalId };
    } catch (error) {
      // A bug of ours met this one: it must not stop the others.
      if (!(error instanceof ProviderError)) {
        return { kind: 'unreadable', externalId, reason: 'a series failed in us' };
      }
      if (error.kind !== 'malformed-answer' || error.code === NOT_JSON) throw error;
      return { kind: 'unreadable', externalId, reason: error.message };
    }
  });
}

/** Stores a page; one that holds something the database refuses, entry by entry without it. */
async function storePage(
  engine: Engine,
  target: Target,
  pull: Pull,
  page: ChangePage,
): Promise<void> {
  try {
    target.calendar = await inFence(engine, target, async (tx) => {
      await takePage(engine, target, tx, page.changes, listingOf(pull));
      return moveOn(engine, target, tx, pull, page);
    });
  } catch (error) {
    if (!isDataError(error)) throw error;
    target.calendar = await inFence(engine, target, async (tx) => {
      for (const change of page.changes) {
        await takeEntry(engine, target, tx, change, listingOf(pull));
      }
      return moveOn(engine, target, tx, pull, page);
    });
  }
}

const listingOf = ({ full, position }: Pull): Listing => ({
  generation: full?.generation ?? null,
  windowStart: position.window.start,
});

/** Takes one entry in, or, should the database refuse it, sets it aside with its reason. */
async function takeEntry(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  change: RemoteChange,
  listing: Listing,
): Promise<void> {
  await sql`savepoint entry`.execute(tx);
  try {
    await takePage(engine, target, tx, [change], listing);
  } catch (error) {
    if (!isDataError(error)) throw error;
    await sql`rollback to savepoint entry`.execute(tx);
    const externalId = change.kind === 'event' ? change.event.externalId : change.externalId;
    const reason = 'It holds something that cannot be stored.';
    await takePage(engine, target, tx, [{ kind: 'unreadable', externalId, reason }], listing);
  }
}

/** The bookmark follows its page in the same transaction. */
async function moveOn(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  { full, requested }: Pull,
  { changes, next }: ChangePage,
): Promise<CalendarRow> {
  const { calendar } = target;
  const now = new Date(engine.runtime.now());
  const news = changes.length > 0 && !full ? { last_change_at: now } : {};
  if ('pageToken' in next) {
    // What changed since a token is read again from the token after a crash: it changes nothing.
    const { pageToken } = next;
    return changeFeed(tx, calendar, {
      ...news,
      ...(full && { full_pull: { ...full, pageToken } }),
    });
  }
  if (full) await doubtMissing(tx, calendar.id, full, now);
  return changeFeed(tx, calendar, {
    ...news,
    ...endPull(engine, target, { full, requested, hasNews: changes.length > 0 }),
    sync_token: next.syncToken,
  });
}

/** The last page is stored: when the calendar is looked at again. */
function endPull(
  engine: Engine,
  { calendar, channels }: Target,
  pull: { full: FullPull | null; requested: number; hasNews: boolean },
): FeedChanges {
  const now = engine.runtime.now();
  const changedAt = pull.hasNews && !pull.full ? now : (calendar.last_change_at?.getTime() ?? null);
  const waitMs = nextPullMs({
    hasChannel: channels.some(
      ({ state, expires_at }) =>
        state === 'live' && expires_at !== null && expires_at.getTime() > now,
    ),
    quietMs: changedAt === null ? null : now - changedAt,
    random: engine.runtime.random(),
  });
  return {
    pull_done: pull.requested,
    last_pulled_at: new Date(now),
    next_pull_at: new Date(now + waitMs),
    state: 'active',
    state_reason: null,
    ...(pull.full && {
      full_pull: null,
      window_start: new Date(pull.full.windowStart),
      window_end: new Date(pull.full.windowEnd),
      next_full_pull_at: new Date(now + spread(FULL_PULL_MS, engine.runtime.random())),
    }),
  };
}

/** The token has ended: all is listed again, but not again and again. */
const REBUILDING = 'The calendar service asked us to read the whole calendar again. We do so soon.';

async function noteFailure(
  engine: Engine,
  target: Target,
  error: ProviderError,
): Promise<Stop | null> {
  const { calendar_id: calendarId } = target.job;
  target.counts.errors++;
  const { runtime } = engine;
  runtime.log.info({ calendarId, kind: error.kind, code: error.code }, 'a pull did not go through');
  if (error.kind === 'sync-token-expired') {
    const now = new Date(runtime.now());
    const { rebuild_not_before: notBefore } = target.calendar;
    const isRebuildDue = notBefore === null || notBefore <= now;
    target.calendar = await inFence(engine, target, async (tx) => {
      const forgotten = await changeFeed(tx, target.calendar, {
        sync_token: null,
        full_pull: null,
        state_reason: REBUILDING,
        ...(isRebuildDue && { rebuild_not_before: new Date(now.getTime() + REBUILD_COOL_DOWN_MS) }),
      });
      await notifyPages(tx, 'connections');
      // At once: whoever dies before the first page must not have spent the cool-down in vain.
      return isRebuildDue ? beginListing(engine, target, tx, forgotten) : forgotten;
    });
    return isRebuildDue ? pullCalendar(engine, target) : null;
  }
  const { next, reason } = reactionTo[error.kind];
  return { next, reason, error: error.kind, retryAfterMs: error.retryAfterMs };
}

/** Whether the calendar is to be read in this run. */
export function isPullDue(engine: Engine, { calendar, connection }: Target): boolean {
  const dueAt = findPullDueAt(calendar, connection.first_sync_at);
  return dueAt !== null && dueAt.getTime() <= engine.runtime.now();
}
