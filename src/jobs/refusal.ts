import type { EventRow, LinkRow } from '../store/database.ts';
import { isAlive, toFields } from '../store/event-fields.ts';
import { findEvent } from '../store/events.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { invitesManyTimes } from '../sync/part.ts';
import { isSame } from '../sync/same.ts';
import { BY_ITSELF } from '../sync/single.ts';
import { formOf } from './shown-fields.ts';
import type { Target } from './target.ts';

const MANY_INVITATIONS_REASON =
  'This calendar can hold this series only as several, and would invite each guest once to each of them.';
const TOO_MANY_REASON =
  'This calendar can hold this series only date by date, and it has more dates in a year than are made singly.';

/** Why a copy waits for a person that went by a deletion of ours that is not wanted any more, or by somebody's. */
export const HALF_DELETED =
  'It was just being taken out of the calendar by Kalends, and nobody can tell whether that did it. It stays here.';

/** What its copy says of an event that came back from it. */
export const REVIVED_REASON =
  'It was deleted here after it had been changed in the calendar. It was kept in both.';

/**
 * Why the event is not written to this calendar, in words for people; null: it is. A series that would be
 * several there would invite its guests once to each, also to one that is an event by itself.
 */
export async function findRefusal(
  tx: TenantTransaction,
  { provider }: Target,
  { event, link }: { event: EventRow; link: LinkRow },
  now: Date,
): Promise<string | null> {
  if (!isAlive(event)) return null;
  const form = formOf(provider, event, now);
  if (form.kind === 'none') return TOO_MANY_REASON;
  const { attendees } = toFields(event);
  if (!link.carries_guests || link.shows !== 'all' || attendees.length === 0) return null;
  const isByItself = link.series_form === BY_ITSELF && event.series_id !== null;
  const series = isByItself ? await findEvent(tx, event.series_id ?? event.id) : event;
  if (!series || !isSame(attendees, toFields(series).attendees)) return null;
  return invitesManyTimes(formOf(provider, series, now), attendees)
    ? MANY_INVITATIONS_REASON
    : null;
}
