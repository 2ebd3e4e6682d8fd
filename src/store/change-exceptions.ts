import type { EventFields, MergeUnit, When } from '../calendar/event.ts';
import type { ConnectionId, EventId, UserId } from '../calendar/ids.ts';
import { findOccurrence } from '../calendar/occurrences.ts';
import type { OriginalStart } from '../calendar/recurrence.ts';
import { renameBetween } from '../calendar/rename-occurrences.ts';
import { moveTo } from '../calendar/split-series.ts';
import { isSame, isSameTime } from '../sync/same.ts';
import type { EventRow } from './database.ts';
import { toColumns, toFields } from './event-fields.ts';
import type { Occasion } from './events.ts';
import { closeLinks, noteChangedAlong } from './exception-links.ts';
import { listExceptions } from './exceptions.ts';
import { addHistory } from './history.ts';
import { renumberSingles } from './single-links.ts';
import type { TenantTransaction } from './tenant.ts';

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
  const old = toFields(series);
  const fields = { ...old, ...changes };
  const rename = renameBetween(old, fields);
  if (changes.when || changes.recurrence) await renumberSingles(tx, series, rename);
  const exceptions = await listExceptions(tx, series.id);
  if (exceptions.length === 0) return;
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
      .set({ original_start: givenUp(exception) })
      .where('id', '=', exception.id)
      .execute();
  }
  const changed = new Map<EventId, { before: EventFields; news: Partial<EventFields> }>();
  for (const { exception, start } of kept) {
    const news = changesOf(exception, start, { old, fields });
    if (Object.keys(news).length > 0) {
      changed.set(exception.id, { before: toFields(exception), news });
    }
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
  await noteChangedAlong(tx, changed);
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

/** A name that no occurrence has. */
const givenUp = ({ id }: EventRow) => `~${id}`;

/** Cancelled here, and then its series had no such date any more: see `dropException`. */
export const isGivenUp = (event: EventRow): boolean => event.original_start === givenUp(event);

type Times = Pick<EventFields, 'when' | 'recurrence'>;

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
  // Moved and moved back in a calendar, it may be in a zone of another name.
  if (isSameTime(own.when, unmoved)) changes.when = whenAt(fields, start);
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
  const isCancelled = exception.status === 'cancelled';
  await tx
    .updateTable('calendar_events')
    .set({
      deleted_at: now,
      updated_at: now,
      ...(isCancelled
        ? { original_start: givenUp(exception) }
        : { series_id: null, original_start: null }),
    })
    .where('id', '=', exception.id)
    .execute();
  await closeLinks(tx, [exception.id], now);
  if (isCancelled) return;
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
      { mayResume: true },
    );
  }
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
