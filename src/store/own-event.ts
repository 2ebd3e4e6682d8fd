import type { EventId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Whose meeting it is, where the event lives only as copies of somebody else's: then only they can
 * change it (SPEC U9). Null where its owner may; the address is '' where the provider does not say.
 */
export function findForeignOrganizer(
  links: readonly Pick<LinkRow, 'origin' | 'can_edit' | 'organizer' | 'state'>[],
): string | null {
  const live = links.filter(({ state }) => state !== 'closed');
  const isForeign =
    live.length > 0 && live.every((link) => link.origin === 'remote' && !link.can_edit);
  return isForeign ? (live.find(({ organizer }) => organizer)?.organizer ?? '') : null;
}

/** The event's links, locked until the transaction ends; its own row is locked before. */
export async function lockLinksOfEvent(
  tx: TenantTransaction,
  eventId: EventId,
): Promise<LinkRow[]> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('event_id', '=', eventId)
    .orderBy('created_at')
    .orderBy('id')
    .forUpdate()
    .execute();
}
