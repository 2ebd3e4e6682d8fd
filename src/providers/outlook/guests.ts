import type { Attendee, GuestAnswer } from '../../calendar/event.ts';
import { type ListedGuest, replaceGuests } from '../guest-list.ts';
import type { OutlookEvent } from './http.ts';

export type OutlookGuest = NonNullable<NonNullable<OutlookEvent['attendees']>[number]>;

/** Source: responseStatus, `response`; `none` and `notResponded` say nothing yet. */
const answers: Record<string, GuestAnswer | undefined> = {
  accepted: 'accepted',
  declined: 'declined',
  tentativelyAccepted: 'tentative',
};

/** What the mailbox's owner said; null on a meeting of their own. */
export function readOwnAnswer({ isOrganizer, responseStatus }: OutlookEvent): GuestAnswer | null {
  if (isOrganizer !== false) return null;
  return answers[responseStatus?.response ?? ''] ?? 'needs-action';
}

export function listGuests({ attendees, organizer }: OutlookEvent): ListedGuest<OutlookGuest>[] {
  const host = organizer?.emailAddress?.address?.toLowerCase();
  return (attendees ?? []).map((entry) => {
    const email = entry.emailAddress?.address?.toLowerCase() ?? '';
    const name = entry.emailAddress?.name ?? '';
    const isGuest = email !== '' && email !== host && entry.type !== 'resource';
    return {
      entry,
      // Exchange gives the address for a name where there is none.
      guest: isGuest
        ? { email, name: name.toLowerCase() === email ? '' : name, isOptional: isOptional(entry) }
        : null,
      answer: answers[entry.status?.response ?? ''] ?? 'needs-action',
    };
  });
}

const isOptional = ({ type }: OutlookGuest) => type === 'optional';

export function toOutlookGuest(guest: Attendee, known?: OutlookGuest): OutlookGuest {
  const { email, name } = guest;
  return {
    ...(known ?? { emailAddress: { address: email, ...(name && { name }) } }),
    type: guest.isOptional ? 'optional' : 'required',
  };
}

/** A PATCH replaces the list as a whole. Source: event, update. */
export const writeGuests = (event: OutlookEvent, wanted: readonly Attendee[]): OutlookGuest[] =>
  replaceGuests(listGuests(event), wanted, toOutlookGuest);
