import type { EventRow, LinkRow } from '../store/database.ts';
import { changeLink, type LinkChanges } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import type { TenantTransaction } from '../store/tenant.ts';

/** Whether it is to be in calendars; an exception goes with its series. */
export const isAlive = ({ deleted_at, status, ended_with_series }: EventRow): boolean =>
  !deleted_at && status === 'confirmed' && !ended_with_series;

/** Nothing more to do until something changes. */
export async function rest(
  tx: TenantTransaction,
  link: LinkRow,
  changes: LinkChanges,
  now: Date,
): Promise<void> {
  await changeLink(tx, link, { attempts: 0, next_attempt_at: null, ...changes }, now);
  await notifyPages(tx, 'activities');
}
