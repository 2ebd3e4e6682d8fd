import type { EventId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { insertLink } from './links.ts';
import { closedReasons } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Sees to it that each part of a series has a link beside this one, which is one of them: the first
 * one's id is that of the copy. A part that went in the calendar is not made anew. Answers the link as it
 * is from then on.
 */
export async function linkParts(
  tx: TenantTransaction,
  link: LinkRow,
  count: number,
  occasion: Occasion,
): Promise<LinkRow> {
  const copyId = link.copy_id ?? link.id;
  if (link.copy_id === null) {
    await tx
      .updateTable('event_links')
      .set({ copy_id: copyId })
      .where('id', '=', link.id)
      .execute();
  }
  const known = await tx
    .selectFrom('event_links')
    .select(['id', 'part', 'state', 'state_reason'])
    .where('copy_id', '=', copyId)
    .execute();
  // Met in a second calendar, and not made there by us.
  if (!known.some(({ id }) => id === copyId)) return link;
  // Those that the series had no use for any more.
  const isOver = ({ state, state_reason }: (typeof known)[number]) =>
    state === 'closed' && state_reason === closedReasons.replaced;
  for (let part = 0; part < count; part++) {
    if (known.some((one) => one.part === part && !isOver(one))) continue;
    await insertLink(tx, { ...placeOf(link), copyId, part, origin: link.origin, ...occasion });
  }
  return { ...link, copy_id: copyId };
}

/** The event lives again: of copies that are not gone whole, the parts that went with it are made anew. */
export async function reopenParts(tx: TenantTransaction, eventId: EventId): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({ state_reason: closedReasons.replaced })
    .where('event_id', '=', eventId)
    .where('state', '=', 'closed')
    .where('state_reason', '=', closedReasons.gone)
    .where('copy_id', 'in', (query) =>
      query
        .selectFrom('event_links as live')
        .select('live.copy_id')
        .where('live.event_id', '=', eventId)
        .where('live.state', '<>', 'closed'),
    )
    .execute();
}

const placeOf = (link: LinkRow) => ({
  eventId: link.event_id,
  calendarId: link.calendar_id,
  connectionId: link.connection_id,
  shows: link.shows,
  carriesGuests: link.carries_guests,
  isSilent: link.is_silent,
});

/** Whether another part of this copy is in its calendar, or on its way there. */
export async function hasOtherPart(tx: TenantTransaction, link: LinkRow): Promise<boolean> {
  if (link.copy_id === null) return false;
  const row = await tx
    .selectFrom('event_links')
    .select('id')
    .where('copy_id', '=', link.copy_id)
    .where('id', '<>', link.id)
    .where('state', '<>', 'closed')
    .where('is_remote_gone', '=', false)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
