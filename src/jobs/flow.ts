import type { LinkRow } from '../store/database.ts';
import { hasTwin } from '../store/links.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import type { Flow } from '../sync/link.ts';
import type { Target } from './target.ts';

/** Whether another copy shows the same meeting, and whether that one can be written. */
export async function findTwin(
  tx: TenantTransaction,
  link: LinkRow,
): Promise<{ isThere: boolean; canEdit: boolean }> {
  // Only these two have to know.
  if (!link.is_remote_gone && link.can_edit) return { isThere: false, canEdit: false };
  return {
    isThere: await hasTwin(tx, link, { mustBeEditable: false }),
    canEdit: !link.can_edit && (await hasTwin(tx, link, { mustBeEditable: true })),
  };
}

/**
 * Which way changes may go. A guest's copy of a meeting whose organizer's copy we have too is only
 * watched: what is said of it there is said by the organizer's.
 */
export function flowOf({ calendar }: Target, link: LinkRow, hasOrganizersCopy: boolean): Flow {
  if (hasOrganizersCopy) return { canRead: false, canWrite: false };
  return {
    canRead: calendar.direction !== 'out' && link.shows === 'all',
    canWrite: calendar.direction !== 'in' && link.can_edit,
  };
}
