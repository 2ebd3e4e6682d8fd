import type { EventFields } from '../calendar/event.ts';
import type { ConnectionId, EventId } from '../calendar/ids.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { isAlive, toFields } from '../store/event-fields.ts';
import { changeEvent, findEvent, lockEvent, type Occasion, reviveEvent } from '../store/events.ts';
import { findLinkIn, linkExceptions, listOtherSeriesLinks } from '../store/exception-links.ts';
import { addException, findException, keepDropped, toSeries } from '../store/exceptions.ts';
import { askForCopies, changeLink, type LinkChanges } from '../store/links.ts';
import { joinCopy } from '../store/part-links.ts';
import { closedReasons } from '../store/pulls.ts';
import { handOver, handOverExceptions, linkSingles, reopenCopy } from '../store/single-links.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { agreeOnAnswer } from '../sync/absorb.ts';
import type { Base, Flow } from '../sync/link.ts';
import { type Merge, mergeFields } from '../sync/merge.ts';
import { asSeriesSays } from '../sync/news-of-series.ts';
import { isSame } from '../sync/same.ts';
import { BY_ITSELF, findSingle, isSingle, listSingles, ROLL_MS } from '../sync/single.ts';
import type { Engine } from './engine.ts';
import { findTwin, flowOf } from './flow.ts';
import { REVIVED_REASON } from './refusal.ts';
import { rest } from './rest.ts';
import { formOf, toShownFields } from './shown-fields.ts';
import type { Target } from './target.ts';

/* A series that is single events in a calendar: docs/decisions/0017-singles.md. */

/** An event and a copy of it, locked. */
export interface Rows {
  event: EventRow;
  link: LinkRow;
  /** What the link says already and its row not yet. */
  learnt?: LinkChanges;
  /** Whether something else stands, or will stand, in this copy's place. */
  isReplaced?: boolean;
}

/**
 * Whose copy it is. A date of a series that is an event by itself in the calendar is the series' own as
 * long as nothing is said of that date alone, here or there; else it is that of its exception.
 */
export async function findOwner(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  rows: Rows,
): Promise<Rows> {
  const { runtime } = engine;
  const occasion = { now: new Date(runtime.now()), newId: () => runtime.newId() };
  const { event, link } = rows;
  if (isTakenAway(rows)) return { ...rows, isReplaced: true };
  if (link.series_form === BY_ITSELF) return findSeriesForm(target, tx, rows, occasion.now);
  const series = isSingle(link) && isAlive(event) ? toSeries(event) : null;
  const occurrence = series && findSingle(series, link.part);
  if (!occurrence) return rows;
  const known = await findException(tx, event.id, occurrence.originalStart);
  if (known && (await findLinkIn(tx, link.calendar_id, { eventId: known.id }))) {
    return { ...rows, isReplaced: true };
  }
  if (!known && !(await isChangedThere(target, tx, rows))) return rows;
  const exception = known ?? (await addException(tx, event, occurrence, occasion));
  const { event_id, copy_id, part, series_form } = await handOver(
    tx,
    link,
    exception.id,
    occasion.now,
  );
  if (!known) {
    for (const one of await listOtherSeriesLinks(tx, link)) {
      if (one.calendar_id !== link.calendar_id) await linkExceptions(tx, event, one, occasion);
    }
  }
  const says = { ...toFields(event), when: occurrence.when, recurrence: null };
  const base = link.base && asSeriesSays(link.base, says);
  const own = {
    ...rows,
    event: exception,
    link: { ...link, event_id, copy_id, part, series_form, base },
  };
  return findSeriesForm(target, tx, own, occasion.now);
}

/** By us, since the series had it no more as such; should that be otherwise by now, it is made anew. */
const isTakenAway = ({ link }: Rows): boolean =>
  link.is_remote_gone && link.base === null && (isSingle(link) || link.series_form === BY_ITSELF);

/** One that the calendar has as an occurrence of its series again is no event by itself any more. */
async function findSeriesForm(
  { provider }: Target,
  tx: TenantTransaction,
  rows: Rows,
  now: Date,
): Promise<Rows> {
  const { series_id: seriesId } = rows.event;
  const series = seriesId === null ? undefined : await findEvent(tx, seriesId);
  if (!series || !isAlive(series)) return rows;
  const { kind } = formOf(provider, series, now);
  return { ...rows, isReplaced: kind === 'whole' || kind === 'parts' };
}

/** Whether it went there, or says something else than was last agreed on of its date. */
async function isChangedThere(
  target: Target,
  tx: TenantTransaction,
  { event, link }: Rows,
): Promise<boolean> {
  const { remote, base, origin, carries_guests: carriesGuests } = link;
  const flow = flowOf(target, link, (await findTwin(tx, link)).canEdit);
  if (link.sent || link.is_stale) return false;
  if (link.is_remote_gone) return flow.canRead;
  const local = toShownFields(event, link, { kind: 'singles' });
  if (!remote || !local) return false;
  const { capabilities: holds } = target.provider;
  const merge = mergeFields({
    local,
    remote,
    base: base ?? {},
    origin,
    flow,
    holds,
    carriesGuests,
  });
  return Object.keys(merge.toLocal).length + merge.conflicts.length > 0;
}

/**
 * Sees to it that the coming dates of a series are in the calendar, and when that is to be seen to again.
 * Nothing is called.
 */
export async function decideAnchor(
  tx: TenantTransaction,
  { event, link }: Rows,
  { flow, refusal, ...occasion }: { flow: Flow; refusal: string | null } & Occasion,
): Promise<void> {
  const { now } = occasion;
  const known = { is_stale: false, is_remote_gone: false };
  if (!isAlive(event) || (!flow.canWrite && link.copy_id === null)) {
    // As one whose event went there: restored, it is made anew.
    const closed = { state: 'closed', state_reason: closedReasons.gone } as const;
    await rest(tx, link, { ...known, ...closed, is_remote_gone: !isAlive(event) }, now);
    return;
  }
  const series = toSeries(event);
  const found = series && flow.canWrite && refusal === null ? listSingles(series, now) : null;
  const anchor = { ...link, ...(await joinCopy(tx, link)) };
  if (found) await linkSingles(tx, event, anchor, { ...occasion, numbers: found.numbers });
  else await handOverExceptions(tx, event, anchor, occasion);
  const question = link.is_revived ? REVIVED_REASON : null;
  const reason = refusal ?? question;
  await rest(
    tx,
    link,
    {
      ...known,
      state: refusal ? 'refused' : question ? 'conflict' : 'synced',
      state_reason: reason,
      last_synced_at: now,
      is_silent: refusal ? link.is_silent : false,
      next_attempt_at: found?.hasMore ? new Date(now.getTime() + ROLL_MS) : null,
    },
    now,
  );
}

/**
 * The date went here while it was edited there: it goes there too. Where the series has it still, as an
 * occurrence of which something is said here, that says so from now on; else what it said can be restored
 * as a single event. Answers what is agreed on then.
 */
export async function keepDate(
  tx: TenantTransaction,
  { event, link }: Rows,
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<{ base?: Base }> {
  const { remote, base, external_id: externalId, etag } = link;
  if (!remote || !base || externalId === null) return {};
  const isAsAgreed = (unit: keyof Base, side: 'local' | 'remote', value: EventFields) =>
    base[unit] === undefined || isSame(value[unit], base[unit][side]);
  const edited = (Object.keys(base) as (keyof Base)[]).filter(
    (unit) => !isAsAgreed(unit, 'remote', remote),
  );
  if (edited.length === 0) return {};
  const told = { externalId, etag: etag ?? '', fields: remote };
  const series = isSingle(link) ? toSeries(event) : null;
  const occurrence = series && findSingle(series, link.part);
  const exception = occurrence && (await findException(tx, event.id, occurrence.originalStart));
  const isFree =
    exception && edited.every((unit) => isAsAgreed(unit, 'local', toFields(exception)));
  if (isFree && isAlive(exception) && !edited.includes('recurrence')) {
    const changes = Object.fromEntries(edited.map((unit) => [unit, remote[unit]]));
    await changeEvent(tx, exception, { changes, ...occasion });
    await askForCopies(tx, { eventId: exception.id, ...occasion });
  } else await keepDropped(tx, { event, link }, told, occasion);
  return { base: agreeOnAnswer(null, remote, remote) };
}

/** One date does not recur by itself: where it was made to there, that is put back. Pure. */
export function keepOnce(
  merge: Merge,
  { when: own }: EventFields,
  { base, remote }: LinkRow,
  { canWrite }: Flow,
): Merge {
  const { recurrence, ...toLocal } = merge.toLocal;
  if (!recurrence) return merge;
  if (!canWrite) {
    const agreed = { local: null, remote: remote?.recurrence ?? null };
    return { ...merge, toLocal, base: { ...merge.base, recurrence: agreed } };
  }
  const when = toLocal.when ?? own;
  const { recurrence: _, ...others } = merge.base;
  return {
    ...merge,
    toLocal,
    toRemote: { ...merge.toRemote, when, recurrence: null },
    base: { ...others, ...(base?.recurrence && { recurrence: base.recurrence }) },
  };
}

/**
 * One date of a series that was deleted here was edited there: the series comes back, that date with
 * what was edited of it, and a person is asked (SPEC D4, O11).
 */
export async function reviveSeries(
  tx: TenantTransaction,
  { event, link, learnt = {} }: Rows,
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<void> {
  const { now } = occasion;
  const row = isSingle(link) ? event : await lockEvent(tx, event.series_id as EventId);
  const series = row && toSeries(row);
  if (!row || !series) return;
  const occurrence = isSingle(link) ? findSingle(series, link.part) : null;
  if (isSingle(link) && !occurrence) {
    const kept = await keepDate(tx, { event, link }, occasion);
    await changeLink(tx, link, { ...learnt, ...kept, next_attempt_at: now }, now);
    return;
  }
  await reviveEvent(tx, row, { linkId: link.id, fields: {}, ...occasion });
  await reopenCopy(tx, row.id, link, occasion);
  await changeLink(tx, link, { ...learnt, next_attempt_at: now }, now);
  // What was edited is taken in when it is looked at next.
  if (occurrence) {
    const exception = await addException(tx, row, occurrence, occasion);
    await handOver(tx, link, exception.id, now);
  }
}
