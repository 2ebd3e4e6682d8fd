import type { EventId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { insertLink } from './links.ts';
import { closedReasons } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Sees to it that each of these parts of a series has a link beside this one: the first one's id is that
 * of the copy. A part that went in the calendar is not made anew. Answers the link as it is from then on.
 */
export async function linkParts(
  tx: TenantTransaction,
  link: LinkRow,
  parts: readonly number[],
  occasion: Occasion,
): Promise<LinkRow> {
  const { copy_id: copyId } = await joinCopy(tx, link);
  const known = await tx
    .selectFrom('event_links')
    .select(['id', 'part', 'state', 'state_reason'])
    .where('event_id', '=', link.event_id)
    .where('calendar_id', '=', link.calendar_id)
    .execute();
  // Met in a second calendar, and not made there by us.
  if (!known.some(({ id }) => id === copyId)) return link;
  const taken = new Set(known.filter((one) => !isOver(one)).map(({ part }) => part));
  for (const part of parts) {
    if (taken.has(part)) continue;
    await insertLink(tx, { ...occasion, ...placeOf(link), copyId, part, origin: link.origin });
  }
  return { ...link, copy_id: copyId };
}

/** The link as one of a copy that may be several. */
export async function joinCopy<L extends Pick<LinkRow, 'id' | 'copy_id'>>(
  tx: TenantTransaction,
  link: L,
): Promise<L & { copy_id: string }> {
  if (link.copy_id !== null) return { ...link, copy_id: link.copy_id };
  await tx.updateTable('event_links').set({ copy_id: link.id }).where('id', '=', link.id).execute();
  return { ...link, copy_id: link.id };
}

/** Whether nothing is said against another in its place: the series had no use for it, or it was taken away. */
export const isOver = ({ state, state_reason }: Pick<LinkRow, 'state' | 'state_reason'>): boolean =>
  state === 'closed' &&
  [closedReasons.replaced, closedReasons.removed].some((one) => one === state_reason);

/** The event lives again: the parts of these copies that went with it are made anew. */
export async function reopenParts(
  tx: TenantTransaction,
  copyIds: readonly string[],
): Promise<void> {
  if (copyIds.length === 0) return;
  await tx
    .updateTable('event_links')
    .set({ state_reason: closedReasons.replaced })
    .where('copy_id', 'in', copyIds)
    .where('state', '=', 'closed')
    .where('state_reason', '=', closedReasons.gone)
    .execute();
}

/** One followed link of each copy of the event that may be several in its calendar, by the copy's id. */
export async function listLiveParts(
  tx: TenantTransaction,
  eventId: EventId,
): Promise<Map<string, LinkRow>> {
  const links = await tx
    .selectFrom('event_links')
    .selectAll()
    .where('event_id', '=', eventId)
    .where('copy_id', 'is not', null)
    .where('state', '<>', 'closed')
    .orderBy('part', 'desc')
    .execute();
  return new Map(links.map((link) => [link.copy_id ?? '', link]));
}

const placeOf = (link: LinkRow) => ({
  eventId: link.event_id,
  calendarId: link.calendar_id,
  connectionId: link.connection_id,
  shows: link.shows,
  carriesGuests: link.carries_guests,
  isSilent: link.is_silent,
});

/** The other parts of this copy that are in its calendar, or on their way there. */
export async function listOtherParts(
  tx: TenantTransaction,
  { id, copy_id: copyId }: LinkRow,
): Promise<LinkRow[]> {
  if (copyId === null) return [];
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('copy_id', '=', copyId)
    .where('id', '<>', id)
    .where('state', '<>', 'closed')
    .where('is_remote_gone', '=', false)
    .orderBy('part')
    .execute();
}
