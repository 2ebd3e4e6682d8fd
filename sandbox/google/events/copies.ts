/** One meeting on several calendars: what the organizer changes reaches the guests, and back. */

import type { Change } from '../call.ts';
import { exceptionsOf, type CalendarState } from '../state.ts';
import type { Attendee, EventData, EventMember, StoredEvent } from './event.ts';
import { findRecord } from './instances.ts';
import { saveEvent } from './save.ts';

/** Answers of larger meetings are not carried around. Source: Event.attendees. */
const GUESTS_MAX = 200;

/** Each copy's own business; everything else is the organizer's. */
const LOCAL_MEMBERS: readonly EventMember[] = [
  'colorId',
  'eventLabelId',
  'transparency',
  'visibility',
  'source',
  'privateCopy',
];

export function isOrganizerCopy(event: { calendarId: string; data: EventData }): boolean {
  return event.data.organizer.email === event.calendarId;
}

/** Gives every guest with an account here the current copy, and takes it from those uninvited. */
export function copyToGuests(
  call: Change,
  previous: EventData | undefined,
  event: StoredEvent,
): void {
  if (!isOrganizerCopy(event) || event.data.privateCopy) return;
  const { data } = event;
  const guests = (data.attendees ?? []).filter(({ email }) => email !== data.organizer.email);
  const home = call.state.calendars.get(event.calendarId);
  for (const guest of guests) {
    const calendar = call.state.calendars.get(guest.email);
    if (!calendar?.isPrimary) continue;
    saveCopy(call, calendar, event, guest);
    // Whoever is invited to a series is invited to its changed occurrences too.
    for (const exception of home && data.recurrence ? exceptionsOf(home, event.id) : []) {
      const isInvited = exception.data.attendees?.some(({ email }) => email === guest.email);
      if (isInvited) saveCopy(call, calendar, exception, guest);
    }
  }
  const invited = new Set(guests.map(({ email }) => email));
  for (const { email } of previous?.attendees ?? []) {
    const calendar = call.state.calendars.get(email);
    if (!calendar || invited.has(email) || email === data.organizer.email) continue;
    withdrawCopy(call, calendar, event);
  }
}

/**
 * Carries a guest's change of his own copy to the organizer and from there to everybody: the
 * answer, shared properties, further guests where allowed, and all else with `guestsCanModify`.
 */
export function reportToOrganizer(call: Change, event: StoredEvent): void {
  const { data } = event;
  const calendar = call.state.calendars.get(data.organizer.email);
  const origin = calendar && findRecord(call, calendar, event.id);
  if (!calendar || !origin || data.privateCopy || origin.data.iCalUID !== data.iCalUID) return;
  const own = data.attendees?.find(({ email }) => email === event.calendarId);
  const known = origin.data.attendees ?? [];
  if (known.length > GUESTS_MAX) return;
  const answered = known.map((attendee) =>
    own && attendee.email === own.email ? { ...attendee, ...answerOf(own) } : attendee,
  );
  const mayInvite = origin.data.guestsCanInviteOthers !== false || origin.data.guestsCanModify;
  const emails = new Set(known.map(({ email }) => email));
  const added = (data.attendees ?? []).filter(({ email }) => !emails.has(email));
  const shared = data.extendedProperties?.shared;
  const changed: EventData = {
    ...(origin.data.guestsCanModify
      ? { ...data, ...pick(origin.data, LOCAL_MEMBERS) }
      : origin.data),
    organizer: origin.data.organizer,
    creator: origin.data.creator,
    attendees: mayInvite ? [...answered, ...added] : answered,
    extendedProperties: joinProperties(origin.data.extendedProperties?.private, shared),
    status: origin.data.status,
  };
  if (changed.attendees?.length === 0) return;
  const saved = saveEvent(call, calendar, { ...origin, data: changed });
  copyToGuests(call, origin.data, saved);
}

/** The answer of a guest who deletes his copy. */
export function declineOwn(event: StoredEvent): StoredEvent {
  const attendees = event.data.attendees?.map((attendee) =>
    attendee.email === event.calendarId
      ? { ...attendee, responseStatus: 'declined' as const }
      : attendee,
  );
  return { ...event, data: { ...event.data, attendees } };
}

function saveCopy(
  call: Change,
  calendar: CalendarState,
  origin: StoredEvent,
  guest: Attendee,
): void {
  const existing = findRecord(call, calendar, origin.id) ?? calendar.events.get(origin.id);
  // The same id on somebody's own event is possible, if unlikely; his event is left alone.
  if (existing && existing.data.iCalUID !== origin.data.iCalUID) return;
  const wasLeft = existing?.data.status === 'cancelled' && guest.responseStatus === 'declined';
  const local = existing ? pick(existing.data, LOCAL_MEMBERS) : { source: undefined };
  const data: EventData = {
    ...origin.data,
    ...local,
    extendedProperties: joinProperties(
      existing?.data.extendedProperties?.private,
      origin.data.extendedProperties?.shared,
    ),
    ...(wasLeft && { status: 'cancelled' as const }),
  };
  saveEvent(call, calendar, {
    id: origin.id,
    data,
    reminders: existing?.reminders ?? {},
    createdAt: origin.createdAt,
    ownMembers: existing?.ownMembers,
  });
}

function withdrawCopy(call: Change, calendar: CalendarState, origin: StoredEvent): void {
  const existing = findRecord(call, calendar, origin.id);
  if (!existing || existing.data.iCalUID !== origin.data.iCalUID) return;
  if (existing.data.status === 'cancelled') return;
  saveEvent(call, calendar, { ...existing, data: { ...existing.data, status: 'cancelled' } });
}

function answerOf(own: Attendee): Partial<Attendee> {
  const { responseStatus, comment, additionalGuests, displayName } = own;
  return { responseStatus, comment, additionalGuests, ...(displayName && { displayName }) };
}

function pick(data: EventData, members: readonly EventMember[]): Partial<EventData> {
  return Object.fromEntries(members.map((member) => [member, data[member]]));
}

function joinProperties(
  own: Readonly<Record<string, string>> | undefined,
  shared: Readonly<Record<string, string>> | undefined,
): EventData['extendedProperties'] {
  if (!own && !shared) return undefined;
  return { ...(own && { private: own }), ...(shared && { shared }) };
}
