import type { EventId } from '../calendar/ids.ts';
import type { Occurrence, OriginalStart, Series } from '../calendar/recurrence.ts';
import { moveTo } from '../calendar/split-series.ts';
import type { EventRow } from './database.ts';
import { toAllColumns, toFields, toWhen } from './event-fields.ts';
import type { Occasion } from './events.ts';
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
