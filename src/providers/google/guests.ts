import type { Attendee, GuestAnswer } from '../../calendar/event.ts';
import { type ListedGuest, replaceGuests } from '../guest-list.ts';
import { ProviderError } from '../provider-error.ts';
import type { GoogleEvent } from './http.ts';

export type GoogleGuest = NonNullable<GoogleEvent['attendees']>[number];

/** Source: Event, `attendees[].responseStatus`. */
const answers: Record<string, GuestAnswer | undefined> = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
};

/** The organizer is on the list of most events with guests, and is none of them. */
export function listGuests({ attendees, organizer }: GoogleEvent): ListedGuest<GoogleGuest>[] {
  const host = organizer?.email?.toLowerCase();
  return (attendees ?? []).map((entry) => {
    const email = entry.email?.toLowerCase() ?? '';
    const isGuest = email !== '' && email !== host && !entry.organizer && !entry.resource;
    const name = entry.displayName ?? '';
    return {
      entry,
      guest: isGuest ? { email, name, isOptional: entry.optional === true } : null,
      answer: readAnswer(entry),
    };
  });
}

/** The calendar's own entry on somebody else's list. */
export const findOwnEntry = ({ attendees }: GoogleEvent) =>
  attendees?.find(({ self, organizer }) => self && !organizer);

export const readAnswer = ({ responseStatus }: GoogleGuest): GuestAnswer =>
  answers[responseStatus ?? ''] ?? 'needs-action';

export function toGoogleGuest(
  { email, name, isOptional }: Attendee,
  known?: GoogleGuest,
): GoogleGuest {
  return { email, ...(name && { displayName: name }), ...known, optional: isOptional };
}

/** A PATCH replaces the list as a whole. Source: events.patch. */
export function writeGuests(event: GoogleEvent, wanted: readonly Attendee[]): GoogleGuest[] {
  if (event.attendeesOmitted) {
    throw new ProviderError('refused', 'Google does not show the whole list of guests.', {
      isForPeople: true,
    });
  }
  return replaceGuests(listGuests(event), wanted, toGoogleGuest);
}
