import type { EventId } from '../calendar/ids.ts';
import { toFields } from './event-fields.ts';
import { lockEvent } from './events.ts';
import { addHistory } from './history.ts';
import { notifyPages } from './notify.ts';
import { lockLinksOfEvent } from './own-event.ts';
import type { Restoration } from './restore.ts';
import { standAlone } from './stand-alone.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * An occurrence that was cancelled, here or in a calendar, stands again where it was (see
 * `standAlone`). Its series is locked before it.
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

  await standAlone(tx, { row, seriesId }, { now, newId });
  const after = toFields(row);
  await addHistory(tx, { eventId, userId, change: 'restored', after, undoes, now, newId });
  await notifyPages(tx, 'activities');
  return 'done';
}
