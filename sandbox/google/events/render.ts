/** From the stored copy to what one viewer sees of it. */

import type { JsonObject } from '../json.ts';
import { etagOf, type Attendee, type EventData, type Person, type StoredEvent } from './event.ts';
import { printTime } from './time.ts';

/** Who looks, and how. Everything that can change an event's rendering. */
export interface View {
  readonly calendarId: string;
  readonly accountId: string;
  readonly email: string;
  readonly zone: string;
  readonly maxAttendees: number | undefined;
  /** Private events keep only their times. */
  readonly hidesPrivate: boolean;
  /** Nothing but busy times. */
  readonly isFreeBusyOnly: boolean;
  /** A tombstone tells no details: incremental listings without `showDeleted`. */
  readonly hidesDeleted: boolean;
  /** Nothing is held back: the resource that a PATCH is merged into. */
  readonly showsAll: boolean;
}

export function viewKey(view: View): string {
  return [
    view.accountId,
    view.zone,
    view.maxAttendees ?? '',
    view.hidesPrivate ? 'p' : '',
    view.isFreeBusyOnly ? 'f' : '',
    view.hidesDeleted ? 'd' : '',
  ].join('|');
}

/** The event as JSON, defaults left out, members in the order real answers have. */
export function renderEvent(event: StoredEvent, view: View): JsonObject {
  const { data } = event;
  const head = { kind: 'calendar#event', etag: etagOf(event.versionStamp), id: event.id };
  const slot = {
    ...(data.recurringEventId !== undefined && { recurringEventId: data.recurringEventId }),
    ...(data.originalStartTime && {
      originalStartTime: printTime(data.originalStartTime, view.zone),
    }),
  };
  const isDeleted = data.status === 'cancelled';
  if (event.isBare) return { ...head, status: data.status };
  if (isDeleted && view.hidesDeleted) return { ...head, status: data.status, ...slot };
  const times = { start: printTime(data.start, view.zone), end: printTime(data.end, view.zone) };
  if (view.isFreeBusyOnly || (view.hidesPrivate && isPrivate(data))) {
    return renderBusy(event, head, times, slot, view);
  }
  return renderFully(event, head, times, slot, view);
}

function renderFully(
  event: StoredEvent,
  head: JsonObject,
  times: JsonObject,
  slot: JsonObject,
  view: View,
): JsonObject {
  const { data } = event;
  return {
    ...head,
    ...stamps(event),
    summary: data.summary,
    description: data.description,
    location: data.location,
    colorId: data.colorId,
    eventLabelId: data.eventLabelId,
    creator: renderPerson(data.creator, view.calendarId),
    organizer: renderPerson(data.organizer, view.calendarId),
    ...times,
    ...(data.recurrence && { recurrence: data.recurrence }),
    ...slot,
    transparency: data.transparency,
    visibility: data.visibility,
    iCalUID: data.iCalUID,
    sequence: data.sequence,
    ...renderAttendees(data, view),
    ...(data.extendedProperties && { extendedProperties: { ...data.extendedProperties } }),
    hangoutLink: data.hangoutLink,
    conferenceData: data.conferenceData,
    gadget: data.gadget,
    anyoneCanAddSelf: data.anyoneCanAddSelf,
    guestsCanInviteOthers: data.guestsCanInviteOthers,
    guestsCanModify: data.guestsCanModify,
    guestsCanSeeOtherGuests: data.guestsCanSeeOtherGuests,
    privateCopy: data.privateCopy,
    reminders: { ...(event.reminders[view.accountId] ?? { useDefault: true }) },
    ...((view.showsAll || data.creator.email === view.email) && { source: data.source }),
    attachments: data.attachments,
    birthdayProperties: data.birthdayProperties,
    focusTimeProperties: data.focusTimeProperties,
    outOfOfficeProperties: data.outOfOfficeProperties,
    workingLocationProperties: data.workingLocationProperties,
    eventType: data.eventType,
  };
}

/** What a reader sees of a private event, and anybody with free/busy access of every event. */
function renderBusy(
  event: StoredEvent,
  head: JsonObject,
  times: JsonObject,
  slot: JsonObject,
  view: View,
): JsonObject {
  const { data } = event;
  return {
    ...head,
    ...stamps(event),
    ...(view.isFreeBusyOnly ? {} : { organizer: renderPerson(data.organizer, view.calendarId) }),
    ...times,
    ...(data.recurrence && { recurrence: data.recurrence }),
    ...slot,
    transparency: data.transparency,
    visibility: view.isFreeBusyOnly ? undefined : data.visibility,
    iCalUID: data.iCalUID,
    sequence: data.sequence,
    eventType: data.eventType,
  };
}

function stamps(event: StoredEvent): JsonObject {
  return {
    status: event.data.status,
    htmlLink: `https://www.google.com/calendar/event?eid=${eidOf(event)}`,
    created: new Date(Math.floor(event.createdAt / 1000) * 1000).toISOString(),
    updated: new Date(Math.floor(event.updatedStamp / 1000)).toISOString(),
  };
}

function renderPerson(person: Person, calendarId: string): JsonObject {
  return {
    email: person.email,
    ...(person.displayName !== undefined && { displayName: person.displayName }),
    ...(person.email === calendarId && { self: true }),
  };
}

function renderAttendees(data: EventData, view: View): JsonObject {
  if (!data.attendees) return {};
  const isGuestCopy = data.organizer.email !== view.calendarId;
  const own = data.attendees.filter(({ email }) => email === view.calendarId);
  const isBlind = isGuestCopy && data.guestsCanSeeOtherGuests === false;
  const isTooMany = view.maxAttendees !== undefined && data.attendees.length > view.maxAttendees;
  const shown = !view.showsAll && (isBlind || isTooMany) ? own : data.attendees;
  const attendees = shown.map((attendee) => renderAttendee(attendee, data, view));
  return shown === data.attendees ? { attendees } : { attendees, attendeesOmitted: true };
}

function renderAttendee(attendee: Attendee, data: EventData, view: View): JsonObject {
  return {
    email: attendee.email,
    ...(attendee.displayName !== undefined && { displayName: attendee.displayName }),
    ...(attendee.email === data.organizer.email && { organizer: true }),
    ...(attendee.email === view.calendarId && { self: true }),
    ...(attendee.resource && { resource: true }),
    ...(attendee.optional && { optional: true }),
    responseStatus: attendee.responseStatus,
    ...(attendee.comment !== undefined && { comment: attendee.comment }),
    ...(attendee.additionalGuests && { additionalGuests: attendee.additionalGuests }),
  };
}

function isPrivate(data: EventData): boolean {
  return data.visibility === 'private' || data.visibility === 'confidential';
}

/** Base64 of "eventId calendarId" without padding, as the web address of an event has it. */
function eidOf(event: StoredEvent): string {
  const bytes = new TextEncoder().encode(`${event.id} ${event.calendarId}`);
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '');
}
