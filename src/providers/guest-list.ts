import {
  type Answers,
  type Attendee,
  ATTENDEES_MAX,
  type GuestAnswer,
  sortAttendees,
} from '../calendar/event.ts';

/** Somebody on a provider's list, and how that is written there. */
export interface ListedGuest<Entry> {
  entry: Entry;
  /** Null where the entry is no guest of ours: the organizer, a room, somebody without an address. */
  guest: Attendee | null;
  answer: GuestAnswer;
}

/** The guests on the list; of more than we hold the first ones, always the same. */
export function toGuests(list: readonly ListedGuest<unknown>[]): Attendee[] {
  return sortAttendees(list.flatMap(({ guest }) => guest ?? [])).slice(0, ATTENDEES_MAX);
}

export function toAnswers(list: readonly ListedGuest<unknown>[]): Answers {
  return Object.fromEntries(
    list.flatMap(({ guest, answer }) => (guest ? [[guest.email, answer]] : [])),
  );
}

/**
 * The provider's list with `wanted` for its guests. Lists are replaced whole, so all that is not
 * ours to say goes back as it was read: rooms, answers, comments, and guests beyond our number.
 */
export function replaceGuests<Entry>(
  list: readonly ListedGuest<Entry>[],
  wanted: readonly Attendee[],
  write: (guest: Attendee, known: Entry | undefined) => Entry,
): Entry[] {
  const known = new Set(toGuests(list).map(({ email }) => email));
  const left = new Map(wanted.map((guest) => [guest.email, guest]));
  const kept = list.flatMap(({ entry, guest }) => {
    if (!guest) return [entry];
    const still = left.get(guest.email);
    if (!still) return known.has(guest.email) ? [] : [entry];
    left.delete(guest.email);
    return still.isOptional === guest.isOptional ? [entry] : [write(still, entry)];
  });
  return [...kept, ...[...left.values()].map((guest) => write(guest, undefined))];
}
