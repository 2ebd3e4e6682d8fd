import type { EventId } from '../calendar/ids.ts';
import { copyLinks } from './copy-links.ts';
import type { EventRow } from './database.ts';
import { toAllColumns, toFields } from './event-fields.ts';
import { lockEvent, type Occasion } from './events.ts';
import { addHistory } from './history.ts';
import { askForCopies } from './links.ts';
import { notifyPages } from './notify.ts';
import { lockLinksOfEvent } from './own-event.ts';
import type { Restoration } from './restore.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/**
 * An occurrence that was cancelled, here or in a calendar, stands again where it was: as an event of its
 * own, in the calendars of its series, whose place for it stays empty. No provider but Google lets it
 * back into the series. Its series is locked before it.
 */
export async function putOccurrenceBack(
  tx: TenantTransaction,
  seriesId: EventId,
  restoration: Restoration,
): Promise<'done' | 'not-found' | 'nothing'> {
  const { eventId, userId, undoes, now, newId } = restoration;
  const series = await lockEvent(tx, seriesId);
  const row = await lockEvent(tx, eventId);
  if (!series || row?.series_id !== seriesId || row.deleted_at) return 'not-found';
  const links = await lockLinksOfEvent(tx, eventId);
  const isGone = row.status === 'cancelled' || links.some(({ state }) => state === 'detached');
  if (!isGone || series.deleted_at || series.status === 'cancelled') return 'nothing';

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
  const after = toFields(row);
  await addHistory(tx, { eventId, userId, change: 'restored', after, undoes, now, newId });
  // Nobody is mailed of what was planned before.
  const copies = { eventId, isSilent: true, now, newId };
  await copyLinks(tx, await lockLinksOfEvent(tx, seriesId), copies);
  await notifyPages(tx, 'activities');
  return 'done';
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
      created_at: now,
      updated_at: now,
      ...toAllColumns(toFields(row)),
    })
    .execute();
  return id;
}
