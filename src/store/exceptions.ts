import type { EventFields } from '../calendar/event.ts';
import type { EventId, LinkId } from '../calendar/ids.ts';
import type { Occurrence, OriginalStart, Series } from '../calendar/recurrence.ts';
import { moveTo } from '../calendar/split-series.ts';
import type { EventRow, LinkRow } from './database.ts';
import { toAllColumns, toFields, toWhen } from './event-fields.ts';
import type { Occasion } from './events.ts';
import { addHistory } from './history.ts';
import { notifyPages } from './notify.ts';
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
      left_out_of: series.left_out_of,
      status: isCancelled ? 'cancelled' : 'confirmed',
      created_at: now,
      updated_at: now,
      ...toAllColumns(fields),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * What a calendar says of an occurrence whose date the series has no more here: it is deleted with its
 * date, and can be restored as a single event.
 */
export async function keepDropped(
  tx: TenantTransaction,
  { event: series, link }: { event: EventRow; link: LinkRow },
  told: { externalId: string; etag: string; fields: EventFields },
  { now, newId }: Occasion,
): Promise<void> {
  const eventId = newId() as EventId;
  const fields = { ...told.fields, recurrence: null };
  await tx
    .insertInto('calendar_events')
    .values({
      tenant_id: currentTenantId,
      id: eventId,
      lead_id: series.lead_id,
      owner_id: series.owner_id,
      deleted_at: now,
      created_at: now,
      updated_at: now,
      ...toAllColumns(fields),
    })
    .execute();
  await noteTold(tx, { eventId, link }, told, { now, newId });
  const connectionId = link.connection_id;
  await addHistory(tx, { eventId, connectionId, change: 'deleted', before: fields, now, newId });
  await notifyPages(tx, 'activities');
}

/** What was told of an occurrence whose date went is this event's: told once more, it is known. */
export async function noteTold(
  tx: TenantTransaction,
  { eventId, link }: { eventId: EventId; link: LinkRow },
  told: { externalId: string; etag: string; fields: EventFields },
  { now, newId }: Occasion,
): Promise<void> {
  await tx
    .insertInto('event_links')
    .values({
      tenant_id: currentTenantId,
      id: newId() as LinkId,
      event_id: eventId,
      connection_id: link.connection_id,
      calendar_id: link.calendar_id,
      external_id: told.externalId,
      etag: told.etag,
      remote: JSON.stringify(told.fields),
      state: 'closed',
      state_reason: closedReasons.replaced,
      state_since: now,
      created_at: now,
    })
    .execute();
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
