import type { EventId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { insertLink } from './links.ts';
import type { TenantTransaction } from './tenant.ts';

/** Of a series that was split: the new half goes where these copies of the old one are. */
export async function copyLinks(
  tx: TenantTransaction,
  links: readonly LinkRow[],
  { eventId, isSilent, now, newId }: { eventId: EventId; isSilent: boolean } & Occasion,
): Promise<void> {
  const open = links.filter(({ state }) => state !== 'closed');
  const places = open
    // Parts of one copy are one.
    .filter((link, index) => open.findIndex((one) => isSameCopy(one, link)) === index)
    .map(({ calendar_id, connection_id, shows, carries_guests }) => ({
      calendarId: calendar_id,
      connectionId: connection_id,
      shows,
      carriesGuests: carries_guests,
    }));
  for (const place of places) await insertLink(tx, { eventId, ...place, isSilent, now, newId });
  await enqueueSync(tx, places, { now, newId });
}

const isSameCopy = (a: LinkRow, b: LinkRow) =>
  a.id === b.id || (a.copy_id !== null && a.copy_id === b.copy_id);
