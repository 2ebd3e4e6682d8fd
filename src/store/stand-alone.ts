import type { EventId } from '../calendar/ids.ts';
import { copyLinks } from './copy-links.ts';
import type { EventRow } from './database.ts';
import { toAllColumns, toFields } from './event-fields.ts';
import type { Occasion } from './events.ts';
import { askForCopies } from './links.ts';
import { lockLinksOfEvent } from './own-event.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/**
 * An occurrence that is gone, be it from one calendar, is an event of its own from now on, in the calendars
 * of its series, whose place for it stays empty. No provider but Google lets one back into its series.
 */
export async function standAlone(
  tx: TenantTransaction,
  { row, seriesId }: { row: EventRow; seriesId: EventId },
  { now, newId }: Occasion,
): Promise<void> {
  const { id: eventId } = row;
  await tx
    .updateTable('calendar_events')
    .set((eb) => ({
      series_id: null,
      original_start: null,
      status: 'confirmed',
      google_event_id: null,
      outlook_event_id: null,
      last_synced_at: null,
      updated_at: now,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', eventId)
    .execute();
  const emptyId = await keepPlaceEmpty(tx, row, { now, newId });
  // What is left of its copies is that place's.
  await tx
    .updateTable('event_links')
    .set({ event_id: emptyId, conflict: null, is_revived: false })
    .where('event_id', '=', eventId)
    .execute();
  await tx
    .updateTable('event_links')
    .set({ state: 'pending', state_reason: null, state_since: now })
    .where('event_id', '=', emptyId)
    .where('state', '=', 'detached')
    .execute();
  await askForCopies(tx, { eventId: emptyId, now, newId });
  // Nobody is mailed of what was planned before.
  const copies = { eventId, isSilent: true, now, newId };
  await copyLinks(tx, await lockLinksOfEvent(tx, seriesId), copies);
}

/** An exception that is cancelled, for the occurrence's place in its series. */
async function keepPlaceEmpty(
  tx: TenantTransaction,
  row: EventRow,
  { now, newId }: Occasion,
): Promise<EventId> {
  const id = newId() as EventId;
  const { series_id, original_start, lead_id, owner_id } = row;
  await tx
    .insertInto('calendar_events')
    .values({
      tenant_id: currentTenantId,
      id,
      series_id,
      original_start,
      lead_id,
      owner_id,
      status: 'cancelled',
      stands_alone_as: row.id,
      created_at: now,
      updated_at: now,
      ...toAllColumns(toFields(row)),
    })
    .execute();
  return id;
}
