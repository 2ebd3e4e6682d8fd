import type { EventFields, MergeUnit, When } from '../calendar/event.ts';
import type { CalendarId, ConnectionId, EventId, LinkId, UserId } from '../calendar/ids.ts';
import { moveSeries } from '../calendar/move-series.ts';
import { findOccurrence, hasOccurrence } from '../calendar/occurrences.ts';
import type { Occurrence, OriginalStart, Series } from '../calendar/recurrence.ts';
import { moveTo } from '../calendar/split-series.ts';
import type { Base } from '../sync/link.ts';
import { isSame } from '../sync/same.ts';
import type { EventRow, LinkRow } from './database.ts';
import { toAllColumns, toColumns, toFields, toWhen } from './event-fields.ts';
import type { Occasion } from './events.ts';
import { addHistory } from './history.ts';
import { enqueueSync } from './jobs.ts';
import { closedReasons } from './pulls.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Exceptions of one series that are kept apart; a series with more is edited into absurdity. */
const EXCEPTIONS_MAX = 2_000;

/** The event as a series; null for a single event. */
export function toSeries(row: EventRow): Series | null {
  return row.recurrence && { when: toWhen(row), recurrence: row.recurrence };
}

/** What is kept of single occurrences: those that were changed, and those that were cancelled. */
export async function listExceptions(
  tx: TenantTransaction,
  seriesId: EventId,
): Promise<EventRow[]> {
  return tx
    .selectFrom('calendar_events')
    .selectAll()
    .where('series_id', '=', seriesId)
    .where('deleted_at', 'is', null)
    .orderBy('original_start')
    .limit(EXCEPTIONS_MAX)
    .forUpdate()
    .execute();
}

/** The event's copy in a calendar, as long as it is followed. */
export async function findLinkIn(
  tx: TenantTransaction,
  calendarId: CalendarId,
  series: { externalId: string } | { eventId: EventId },
): Promise<LinkRow | undefined> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('calendar_id', '=', calendarId)
    .$if('externalId' in series, (query) =>
      query.where('external_id', '=', 'externalId' in series ? series.externalId : ''),
    )
    .$if('eventId' in series, (query) =>
      query.where('event_id', '=', 'eventId' in series ? series.eventId : ('' as EventId)),
    )
    .where('state', '<>', 'closed')
    .executeTakeFirst();
}

/** Of these ids of series those that no event of ours has in the calendar. */
export async function listUnknownSeries(
  tx: TenantTransaction,
  calendarId: CalendarId,
  externalIds: readonly string[],
): Promise<string[]> {
  if (externalIds.length === 0) return [];
  const rows = await tx
    .selectFrom('event_links')
    .select('external_id')
    .where('calendar_id', '=', calendarId)
    .where('external_id', 'in', externalIds)
    .execute();
  return externalIds.filter((id) => !rows.some(({ external_id }) => external_id === id));
}

/** The other copies of the series that are followed, locked. */
export async function listOtherSeriesLinks(
  tx: TenantTransaction,
  { event_id, id }: LinkRow,
): Promise<LinkRow[]> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('event_id', '=', event_id)
    .where('id', '<>', id)
    .where('state', '<>', 'closed')
    .orderBy('id')
    .forUpdate()
    .execute();
}

/** Copies of exceptions that are followed in the calendar and are not as their series is, locked. */
export async function listExceptionLinks(
  tx: TenantTransaction,
  seriesId: EventId,
  calendarId: CalendarId,
): Promise<LinkRow[]> {
  return tx
    .selectFrom('event_links as l')
    .innerJoin('calendar_events as e', (join) =>
      join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.id', '=', 'l.event_id'),
    )
    .selectAll('l')
    .where('e.series_id', '=', seriesId)
    .where('l.calendar_id', '=', calendarId)
    .where('l.state', '<>', 'closed')
    .orderBy('l.id')
    .forUpdate('l')
    .execute();
}

export async function findException(
  tx: TenantTransaction,
  seriesId: EventId,
  originalStart: OriginalStart,
): Promise<EventRow | undefined> {
  return tx
    .selectFrom('calendar_events')
    .selectAll()
    .where('series_id', '=', seriesId)
    .where('original_start', '=', originalStart)
    .forUpdate()
    .executeTakeFirst();
}

/** The occurrence as an event of its own, which says what its series says until it is changed. */
export async function addException(
  tx: TenantTransaction,
  series: EventRow,
  occurrence: Occurrence,
  { now, newId, isCancelled = false }: Occasion & { isCancelled?: boolean },
): Promise<EventRow> {
  const known = await findException(tx, series.id, occurrence.originalStart);
  if (known) return known;
  const fields = { ...toFields(series), when: occurrence.when, recurrence: null };
  return tx
    .insertInto('calendar_events')
    .values({
      tenant_id: currentTenantId,
      id: newId() as EventId,
      series_id: series.id,
      original_start: occurrence.originalStart,
      lead_id: series.lead_id,
      owner_id: series.owner_id,
      status: isCancelled ? 'cancelled' : 'confirmed',
      created_at: now,
      updated_at: now,
      ...toAllColumns(fields),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Occurrences that are left out by date, as exceptions, for a calendar that knows no such dates. */
export async function addCancelled(
  tx: TenantTransaction,
  series: EventRow,
  occasion: Occasion,
): Promise<void> {
  const when = toWhen(series);
  for (const originalStart of series.recurrence?.exdates ?? []) {
    const occurrence = { originalStart, when: moveTo(when, originalStart) };
    await addException(tx, series, occurrence, { ...occasion, isCancelled: true });
  }
}

/**
 * Sees to it that every exception of the series has a link in the calendar of this copy of it, once
 * that is agreed on. A link is begun from what its series agreed on, and anew when the series recurs
 * otherwise there: that has wiped what was an exception.
 */
export async function linkExceptions(
  tx: TenantTransaction,
  series: EventRow,
  link: LinkRow,
  occasion: Occasion & { isSilent?: boolean },
): Promise<void> {
  const { base } = link;
  const exceptions = await listExceptions(tx, series.id);
  if (exceptions.length === 0 || !base?.when) return;
  const form = formOf(link, base);
  const links = await tx
    .selectFrom('event_links')
    .selectAll()
    .where('calendar_id', '=', link.calendar_id)
    .where(
      'event_id',
      'in',
      exceptions.map(({ id }) => id),
    )
    .orderBy('event_id')
    .forUpdate()
    .execute();
  let count = 0;
  for (const exception of exceptions) {
    const own = links.filter(({ event_id }) => event_id === exception.id);
    const live = own.find(({ state }) => state !== 'closed');
    if (live?.series_form === form) continue;
    // It was cancelled there, too.
    if (!live && own.some(({ series_form }) => series_form === form)) continue;
    const inherited = inheritBase(series, exception, base);
    if (live) await restartLink(tx, live, { base: inherited, form, ...occasion });
    else await insertExceptionLink(tx, { exception, link, base: inherited, form }, occasion);
    count++;
  }
  if (count === 0) return;
  const place = { calendarId: link.calendar_id, connectionId: link.connection_id };
  await enqueueSync(tx, [place], occasion);
}

/** Which series it is at its provider and how it recurs: exceptions hang on that, and on nothing else. */
const formOf = ({ external_id }: LinkRow, { when, recurrence }: Base) =>
  JSON.stringify([external_id, when?.remote, recurrence?.remote ?? null]);

/** What both sides say of an occurrence that nobody has changed. */
function inheritBase(series: EventRow, exception: EventRow, base: Base): Base {
  const start = exception.original_start ?? '';
  const local = toSeries(series);
  const { when, recurrence } = base;
  const there =
    when && recurrence?.remote ? { when: when.remote, recurrence: recurrence.remote } : local;
  const whenOf = (one: Series | null, fallback: When): When =>
    (one && findOccurrence(one, start)?.when) ?? moveTo(fallback, start);
  const own = toWhen(series);
  return {
    ...base,
    when: { local: whenOf(local, own), remote: whenOf(there, when?.remote ?? own) },
    recurrence: { local: null, remote: null },
  };
}

async function insertExceptionLink(
  tx: TenantTransaction,
  copy: { exception: EventRow; link: LinkRow; base: Base; form: string },
  { now, newId, isSilent = false }: Occasion & { isSilent?: boolean },
): Promise<void> {
  const { exception, link, base, form } = copy;
  await tx
    .insertInto('event_links')
    .values({
      tenant_id: currentTenantId,
      id: newId() as LinkId,
      event_id: exception.id,
      connection_id: link.connection_id,
      calendar_id: link.calendar_id,
      ical_uid: slotUid(link, exception),
      base: JSON.stringify(base),
      series_form: form,
      // What stands there has to be read before anything is written.
      is_stale: true,
      shows: link.shows,
      carries_guests: link.carries_guests,
      is_silent: isSilent,
      origin: link.origin,
      can_edit: link.can_edit,
      organizer: link.organizer,
      seen_generation: link.seen_generation,
      state: 'pending',
      state_since: now,
      next_attempt_at: now,
      created_at: now,
    })
    .execute();
}

/** Copies of one occurrence in several calendars share it; no series has such a one. */
const slotUid = ({ ical_uid }: LinkRow, { original_start }: EventRow) =>
  ical_uid === null ? null : `${ical_uid}/${original_start}`;

async function restartLink(
  tx: TenantTransaction,
  { id }: LinkRow,
  { base, form, now }: { base: Base; form: string } & Occasion,
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({
      external_id: null,
      etag: null,
      remote: null,
      sent: null,
      base: JSON.stringify(base),
      series_form: form,
      is_remote_gone: false,
      is_stale: true,
      state: 'pending',
      state_reason: null,
      state_since: now,
      attempts: 0,
      next_attempt_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/**
 * What a change of a series means for its exceptions. What they do not say otherwise changes along;
 * when it recurs otherwise, each keeps to the start that took the place of its own. Those whose start
 * is gone are deleted, which the history tells: nothing is dropped without a word.
 */
export async function changeExceptions(
  tx: TenantTransaction,
  series: EventRow,
  change: {
    changes: Partial<EventFields>;
    userId?: UserId | undefined;
    connectionId?: ConnectionId | undefined;
  } & Occasion,
): Promise<void> {
  const { changes, now } = change;
  const exceptions = await listExceptions(tx, series.id);
  if (exceptions.length === 0) return;
  const old = toFields(series);
  const fields = { ...old, ...changes };
  const rename = renameBetween(old, fields);
  const kept: { exception: EventRow; start: OriginalStart }[] = [];
  for (const exception of exceptions) {
    const start = rename(exception.original_start ?? '');
    if (start !== null) kept.push({ exception, start });
    else await dropException(tx, exception, change);
  }
  // Names may change places: they are given up before they are taken.
  const renamed = kept.filter(({ exception, start }) => start !== exception.original_start);
  for (const { exception } of renamed) {
    await tx
      .updateTable('calendar_events')
      .set({ original_start: `~${exception.id}` })
      .where('id', '=', exception.id)
      .execute();
  }
  for (const { exception, start } of kept) {
    const news = changesOf(exception, start, { old, fields });
    await tx
      .updateTable('calendar_events')
      .set((eb) => ({
        ...toColumns(news, toFields(exception)),
        original_start: start,
        updated_at: now,
        version: eb('version', '+', 1),
      }))
      .where('id', '=', exception.id)
      .execute();
  }
  const ids = kept.map(({ exception }) => exception.id);
  if (ids.length > 0) {
    await tx
      .updateTable('event_links')
      .set({ next_attempt_at: now, attempts: 0 })
      .where('event_id', 'in', ids)
      .where('state', '<>', 'closed')
      .execute();
  }
}

type Times = Pick<EventFields, 'when' | 'recurrence'>;

/** What an occurrence of the old series is called in the new one; null: it has none like it. */
export function renameBetween(
  old: Times,
  fields: Times,
): (start: OriginalStart) => OriginalStart | null {
  if (!old.recurrence || !fields.recurrence) return () => null;
  const [before, after] = [
    { when: old.when, recurrence: old.recurrence },
    { when: fields.when, recurrence: fields.recurrence },
  ];
  const { renameStart } = moveSeries(before, fields.when);
  // What is left out by name was there before it was left out.
  const bare = { ...after, recurrence: { ...after.recurrence, exdates: [] } };
  return (start) => {
    const moved = renameStart(start);
    if (moved !== null && hasOccurrence(bare, moved)) return moved;
    return hasOccurrence(bare, start) ? start : null;
  };
}

/** What an exception takes over from its series: all but what it says otherwise. */
function changesOf(
  exception: EventRow,
  start: OriginalStart,
  { old, fields }: { old: EventFields; fields: EventFields },
): Partial<EventFields> {
  const own = toFields(exception);
  const changes: Partial<EventFields> = {};
  const plain: MergeUnit[] = [
    'title',
    'description',
    'location',
    'visibility',
    'showAs',
    'attendees',
  ];
  for (const unit of plain) {
    if (isSame(own[unit], old[unit]) && !isSame(fields[unit], old[unit])) {
      Object.assign(changes, { [unit]: fields[unit] });
    }
  }
  const unmoved = whenAt(old, exception.original_start ?? '');
  if (isSame(own.when, unmoved)) changes.when = whenAt(fields, start);
  return changes;
}

function whenAt({ when, recurrence }: Times, start: OriginalStart): When {
  const found = recurrence && findOccurrence({ when, recurrence }, start);
  return found?.when ?? moveTo(when, start);
}

/** A cancelled occurrence that is no more is no loss; a changed one can be restored, as a single event. */
async function dropException(
  tx: TenantTransaction,
  exception: EventRow,
  change: { userId?: UserId | undefined; connectionId?: ConnectionId | undefined } & Occasion,
): Promise<void> {
  const { now } = change;
  await tx
    .updateTable('calendar_events')
    .set({ deleted_at: now, updated_at: now, series_id: null, original_start: null })
    .where('id', '=', exception.id)
    .execute();
  await closeLinks(tx, [exception.id], now);
  if (exception.status === 'cancelled') return;
  const before = toFields(exception);
  await addHistory(tx, { eventId: exception.id, change: 'deleted', before, ...change });
}

/** The series ends, or lives again, and its exceptions with it. */
export async function endExceptions(
  tx: TenantTransaction,
  seriesId: EventId,
  { now, isOver }: { now: Date; isOver: boolean },
): Promise<void> {
  const rows = await tx
    .updateTable('calendar_events')
    .set({ ended_with_series: isOver })
    .where('series_id', '=', seriesId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .execute();
  if (isOver) {
    await closeLinks(
      tx,
      rows.map(({ id }) => id),
      now,
    );
  }
}

/** Their copies go with the series': nothing is called. Another form of it makes them anew. */
async function closeLinks(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
  now: Date,
): Promise<void> {
  if (eventIds.length === 0) return;
  await tx
    .updateTable('event_links')
    .set({
      state: 'closed',
      state_reason: closedReasons.replaced,
      state_since: now,
      next_attempt_at: null,
      series_form: null,
    })
    .where('event_id', 'in', eventIds)
    .where('state', '<>', 'closed')
    .execute();
}

/** The exceptions from `since` on are now those of another series, whose copies are still to be made. */
export async function moveExceptions(
  tx: TenantTransaction,
  { from, to, since, now }: { from: EventId; to: EventId; since: OriginalStart; now: Date },
): Promise<void> {
  const rows = await tx
    .updateTable('calendar_events')
    .set({ series_id: to })
    .where('series_id', '=', from)
    .where('original_start', '>=', since)
    .where('deleted_at', 'is', null)
    .returning('id')
    .execute();
  await closeLinks(
    tx,
    rows.map(({ id }) => id),
    now,
  );
}
