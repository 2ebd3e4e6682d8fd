import type { EventFields } from '../calendar/event.ts';
import type { EventId, UserId } from '../calendar/ids.ts';
import { moveSeries } from '../calendar/move-series.ts';
import { findOccurrence } from '../calendar/occurrences.ts';
import type { OriginalStart } from '../calendar/recurrence.ts';
import { splitSeries } from '../calendar/split-series.ts';
import type { ConnectionRow, EventRow } from './database.ts';
import { toAllColumns, toFields } from './event-fields.ts';
import {
  changeEvent,
  deleteEvent,
  editEvent,
  editLocked,
  lockEvent,
  type Occasion,
} from './events.ts';
import { addHistory } from './history.ts';
import { linkExceptions } from './exception-links.ts';
import { addException, findException, toSeries } from './exceptions.ts';
import { moveExceptions } from './change-exceptions.ts';
import { copyLinks } from './copy-links.ts';
import { lockLinksOfEvent } from './own-event.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

interface OccurrenceEdit extends Occasion {
  /** The series. */
  eventId: EventId;
  originalStart: OriginalStart;
  userId: UserId;
  isSilent?: boolean;
}

/**
 * Changes one occurrence, unless it, or its series while it has not been changed on its own, was
 * edited after `version`. Answers the event that the occurrence is from then on.
 */
export async function editOccurrence(
  tx: TenantTransaction,
  edit: OccurrenceEdit & { version: number; changes: Partial<EventFields> },
): Promise<EventId | 'not-found' | 'changed-meanwhile'> {
  const { version, changes, userId, isSilent, now, newId } = edit;
  const found = await lockOccurrence(tx, edit);
  if (!found) return 'not-found';
  const { series, exception } = found;
  if ((exception ?? series).version !== version) return 'changed-meanwhile';
  const event = exception ?? (await makeException(tx, series, edit));
  if (!event) return 'not-found';
  const own = { eventId: event.id, userId, version: event.version, changes, isSilent, now, newId };
  const outcome = await editEvent(tx, { ...own, isSilent: isSilent ?? false });
  return outcome === 'done' ? event.id : outcome;
}

/** Cancels one occurrence: its place in the series stays empty. */
export async function cancelOccurrence(
  tx: TenantTransaction,
  edit: OccurrenceEdit,
): Promise<'done' | 'not-found'> {
  const { userId, isSilent = false, now, newId } = edit;
  const found = await lockOccurrence(tx, edit);
  const event = found && (found.exception ?? (await makeException(tx, found.series, edit)));
  if (!event) return 'not-found';
  return deleteEvent(tx, { eventId: event.id, userId, isSilent, now, newId });
}

/**
 * Changes this occurrence and all after it: the series ends before it and another begins with it, in
 * the same calendars. At the first occurrence that is the whole series. Answers the event that goes on.
 * Throws `RecurrenceError` where the series cannot be split there.
 */
export async function editFollowing(
  tx: TenantTransaction,
  edit: OccurrenceEdit & {
    version: number;
    changes: Partial<EventFields>;
    /** Providers that can write without mailing: guests hear of the new half, which says it all. */
    quietProviders: readonly ConnectionRow['provider'][];
  },
): Promise<EventId | 'not-found' | 'changed-meanwhile'> {
  const { eventId, originalStart, version, changes, userId, isSilent = false, now, newId } = edit;
  const row = await lockEvent(tx, eventId);
  const series = row && toSeries(row);
  if (!series || !isLive(row)) return 'not-found';
  if (row.version !== version) return 'changed-meanwhile';
  const { before, after } = splitSeries(series, originalStart);
  if (before === null) {
    const outcome = await editEvent(tx, { ...edit, isSilent });
    return outcome === 'done' ? eventId : outcome;
  }
  const fields = { ...toFields(row), when: after.when, recurrence: after.recurrence };
  const next = await splitOff(tx, row, { fields, userId, originalStart, now, newId });
  const recurrence = before.recurrence;
  await editLocked(tx, row, { changes: { recurrence }, userId, isSilent, now, newId });
  await keepQuiet(tx, eventId, edit.quietProviders);
  const moved =
    changes.when && changes.recurrence === undefined
      ? { ...changes, recurrence: moveSeries(after, changes.when).series.recurrence }
      : changes;
  if (Object.keys(moved).length > 0) {
    await changeEvent(tx, next, { changes: moved, userId, now, newId });
  }
  await copyLinks(tx, await lockLinksOfEvent(tx, eventId), {
    eventId: next.id,
    isSilent,
    now,
    newId,
  });
  return next.id;
}

/** Ends the series before this occurrence; at the first one it is deleted. */
export async function deleteFollowing(
  tx: TenantTransaction,
  edit: OccurrenceEdit,
): Promise<'done' | 'not-found'> {
  const { eventId, originalStart, userId, isSilent = false, now, newId } = edit;
  const row = await lockEvent(tx, eventId);
  const series = row && toSeries(row);
  if (!series || !isLive(row)) return 'not-found';
  const { before } = splitSeries(series, originalStart);
  if (before === null) return deleteEvent(tx, { eventId, userId, isSilent, now, newId });
  const { recurrence } = before;
  await editLocked(tx, row, { changes: { recurrence }, userId, isSilent, now, newId });
  return 'done';
}

async function keepQuiet(
  tx: TenantTransaction,
  eventId: EventId,
  providers: readonly ConnectionRow['provider'][],
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({ is_silent: true })
    .where('event_id', '=', eventId)
    .where('state', '<>', 'closed')
    .where('connection_id', 'in', (query) =>
      query
        .selectFrom('calendar_integrations')
        .select('calendar_integrations.id')
        .where('provider', 'in', providers),
    )
    .execute();
}

const isLive = ({ deleted_at, status }: EventRow) => deleted_at === null && status === 'confirmed';

/** Undefined where the series has no such occurrence, or it was cancelled. */
async function lockOccurrence(
  tx: TenantTransaction,
  { eventId, originalStart }: OccurrenceEdit,
): Promise<{ series: EventRow; exception: EventRow | undefined } | undefined> {
  const series = await lockEvent(tx, eventId);
  if (!series?.recurrence || !isLive(series)) return undefined;
  const exception = await findException(tx, eventId, originalStart);
  return exception && !isLive(exception) ? undefined : { series, exception };
}

async function makeException(
  tx: TenantTransaction,
  row: EventRow,
  { originalStart, isSilent = false, now, newId }: OccurrenceEdit,
): Promise<EventRow | undefined> {
  const series = toSeries(row);
  const occurrence = series && findOccurrence(series, originalStart);
  if (!occurrence) return undefined;
  const event = await addException(tx, row, occurrence, { now, newId });
  for (const link of await lockLinksOfEvent(tx, row.id)) {
    if (link.state === 'closed') continue;
    await linkExceptions(tx, row, link, { isSilent, now, newId });
  }
  return event;
}

async function splitOff(
  tx: TenantTransaction,
  row: EventRow,
  split: { fields: EventFields; userId: UserId; originalStart: OriginalStart } & Occasion,
): Promise<EventRow> {
  const { fields, userId, originalStart, now, newId } = split;
  const next = await tx
    .insertInto('calendar_events')
    .values({
      tenant_id: currentTenantId,
      id: newId() as EventId,
      lead_id: row.lead_id,
      owner_id: row.owner_id,
      left_out_of: row.left_out_of,
      split_from: row.id,
      created_at: now,
      updated_at: now,
      ...toAllColumns(fields),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await addHistory(tx, { eventId: next.id, userId, change: 'created', after: fields, now, newId });
  await moveExceptions(tx, { from: row.id, to: next.id, since: originalStart, now });
  return next;
}
