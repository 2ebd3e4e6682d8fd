import type { EventId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { insertLink } from './links.ts';
import { isResting } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/** Of a series that was split: the new half goes where these copies of the old one are, and is whose that was. */
export async function copyLinks(
  tx: TenantTransaction,
  links: readonly LinkRow[],
  { eventId, isSilent, now, newId }: { eventId: EventId; isSilent: boolean } & Occasion,
): Promise<void> {
  const open = links.filter((link) => link.state !== 'closed' || isResting(link));
  const places = open
    // Parts of one copy are one.
    .filter((link, index) => open.findIndex((one) => isSameCopy(one, link)) === index)
    .map((link) => ({
      calendarId: link.calendar_id,
      connectionId: link.connection_id,
      shows: link.shows,
      carriesGuests: link.carries_guests,
      origin: link.origin,
      isResting: isResting(link),
    }));
  for (const place of places) await insertLink(tx, { eventId, ...place, isSilent, now, newId });
  const connected = places.filter((place) => !place.isResting);
  await enqueueSync(tx, connected, { now, newId });
}

const isSameCopy = (a: LinkRow, b: LinkRow) =>
  a.id === b.id || (a.copy_id !== null && a.copy_id === b.copy_id);
