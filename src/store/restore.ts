import type { EventId, LinkId, UserId } from '../calendar/ids.ts';
import { UNDO_MS } from '../sync/undo.ts';
import type { EventRow, LinkRow } from './database.ts';
import { toFields } from './event-fields.ts';
import { findEvent, lockEvent, type Occasion } from './events.ts';
import { addHistory } from './history.ts';
import { notifyPages } from './notify.ts';
import { lockLinksOfEvent } from './own-event.ts';
import { isLost, putCopiesBack, takeBackDeletions } from './put-back.ts';
import { putOccurrenceBack } from './put-back-occurrence.ts';
import { endExceptions } from './change-exceptions.ts';
import type { TenantTransaction } from './tenant.ts';

export interface Restoration extends Occasion {
  eventId: EventId;
  userId: UserId;
  /** Only this copy is put back; the others stay as they are. */
  onlyLinkId?: LinkId;
  /** The entry of the history that is taken back by it. */
  undoes?: string;
}

/**
 * A cancelled or deleted event lives again, and copies that went are made anew, as new links: the
 * old copies' ids stay taken at the provider for ever (SPEC U4).
 */
export async function restoreEvent(
  tx: TenantTransaction,
  restoration: Restoration,
): Promise<'done' | 'not-found' | 'nothing'> {
  const { eventId, onlyLinkId, now } = restoration;
  const seriesId = (await findEvent(tx, eventId))?.series_id ?? null;
  if (seriesId !== null) return putOccurrenceBack(tx, seriesId, restoration);
  const row = await lockEvent(tx, eventId);
  if (!row || isForgotten(row, now)) return 'not-found';
  const isLive = !row.deleted_at && row.status === 'confirmed';
  if (!isLive) await takeBackDeletions(tx, eventId, { now });
  const links = await lockLinksOfEvent(tx, eventId);
  const isAsked = (link: LinkRow) => onlyLinkId === undefined || link.id === onlyLinkId;
  const lost = links.filter((link) => isLost(link) && isAsked(link));
  if (isLive && !lost.some(({ state }) => state === 'detached')) return 'nothing';

  if (!isLive) await revive(tx, row, restoration);
  await putCopiesBack(tx, { row, links, lost }, restoration);
  await notifyPages(tx, 'activities');
  return 'done';
}

/** Deleted longer ago than changes can be taken back. */
export function isForgotten({ deleted_at }: Pick<EventRow, 'deleted_at'>, now: Date): boolean {
  return deleted_at !== null && now.getTime() - deleted_at.getTime() > UNDO_MS;
}

async function revive(
  tx: TenantTransaction,
  row: EventRow,
  { userId, undoes, now, newId }: Restoration,
): Promise<void> {
  await tx
    .updateTable('calendar_events')
    .set((eb) => ({
      deleted_at: null,
      status: 'confirmed',
      updated_at: now,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', row.id)
    .execute();
  await addHistory(tx, {
    eventId: row.id,
    userId,
    change: 'restored',
    after: toFields(row),
    undoes,
    now,
    newId,
  });
  if (row.recurrence) await endExceptions(tx, row.id, { now, isOver: false });
}
