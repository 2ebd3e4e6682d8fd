import type { LinkRow } from '../store/database.ts';
import { changeLink, type LinkChanges } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import type { TenantTransaction } from '../store/tenant.ts';

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
