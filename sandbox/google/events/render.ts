/** From the stored copy to what one viewer sees of it. */

import type { Json, JsonObject } from '../json.ts';
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

/** Members are set one by one, in the order of real answers: spreading costs ten times more. */
type Rendered = Record<string, Json | undefined>;

/** The event as JSON, defaults left out. */
export function renderEvent(event: StoredEvent, view: View): JsonObject {
  const { data } = event;
  const out: Rendered = {
    kind: 'calendar#event',
    etag: etagOf(event.versionStamp),
    id: event.id,
    status: data.status,
  };
  if (event.isBare) return out;
  if (data.status === 'cancelled' && view.hidesDeleted) {
    setSlot(out, data, view);
    return out;
  }
  out.htmlLink = `https://www.google.com/calendar/event?eid=${eidOf(event)}`;
  out.created = new Date(Math.floor(event.createdAt / 1000) * 1000).toISOString();
  out.updated = new Date(Math.floor(event.updatedStamp / 1000)).toISOString();
  const isBusyOnly = view.isFreeBusyOnly || (view.hidesPrivate && isPrivate(data));
  if (!isBusyOnly) setDescription(out, data, view);
  else if (!view.isFreeBusyOnly) out.organizer = renderPerson(data.organizer, view.calendarId);
  out.start = printTime(data.start, view.zone);
  out.end = printTime(data.end, view.zone);
  set(out, 'recurrence', data.recurrence);
  setSlot(out, data, view);
  set(out, 'transparency', data.transparency);
  if (!view.isFreeBusyOnly) set(out, 'visibility', data.visibility);
  out.iCalUID = data.iCalUID;
  out.sequence = data.sequence;
  if (!isBusyOnly) setDetails(out, event, view);
  out.eventType = data.eventType;
  return out;
}

function setDescription(out: Rendered, data: EventData, view: View): void {
  set(out, 'summary', data.summary);
  set(out, 'description', data.description);
  set(out, 'location', data.location);
  set(out, 'colorId', data.colorId);
  set(out, 'eventLabelId', data.eventLabelId);
  out.creator = renderPerson(data.creator, view.calendarId);
  out.organizer = renderPerson(data.organizer, view.calendarId);
}

function setDetails(out: Rendered, event: StoredEvent, view: View): void {
  const { data } = event;
  setAttendees(out, data, view);
  if (data.extendedProperties) out.extendedProperties = { ...data.extendedProperties };
  for (const member of PLAIN_DETAILS) set(out, member, data[member]);
  out.reminders = { ...(event.reminders[view.accountId] ?? { useDefault: true }) };
  // Source: Event.source, "can only be seen or modified by the creator".
  if (view.showsAll || data.creator.email === view.email) set(out, 'source', data.source);
  for (const member of TYPE_DETAILS) set(out, member, data[member]);
}

/** Which occurrence of which series this is. */
function setSlot(out: Rendered, data: EventData, view: View): void {
  set(out, 'recurringEventId', data.recurringEventId);
  const original = data.originalStartTime;
  if (original) out.originalStartTime = printTime(original, view.zone);
}

function set(out: Rendered, key: string, value: Json | undefined): void {
  if (value !== undefined) out[key] = value;
}

const PLAIN_DETAILS = [
  'hangoutLink',
  'conferenceData',
  'gadget',
  'anyoneCanAddSelf',
  'guestsCanInviteOthers',
  'guestsCanModify',
  'guestsCanSeeOtherGuests',
  'privateCopy',
] as const;

const TYPE_DETAILS = [
  'attachments',
  'birthdayProperties',
  'focusTimeProperties',
  'outOfOfficeProperties',
  'workingLocationProperties',
] as const;

function renderPerson(person: Person, calendarId: string): JsonObject {
  const out: Rendered = { email: person.email };
  set(out, 'displayName', person.displayName);
  if (person.email === calendarId) out.self = true;
  return out;
}

/** Only the own entry for guests who may not see each other, or when there are too many. */
function setAttendees(out: Rendered, data: EventData, view: View): void {
  if (!data.attendees) return;
  const isGuestCopy = data.organizer.email !== view.calendarId;
  const isBlind = isGuestCopy && data.guestsCanSeeOtherGuests === false;
  const isTooMany = view.maxAttendees !== undefined && data.attendees.length > view.maxAttendees;
  const isCut = !view.showsAll && (isBlind || isTooMany);
  const shown = isCut
    ? data.attendees.filter(({ email }) => email === view.calendarId)
    : data.attendees;
  out.attendees = shown.map((attendee) => renderAttendee(attendee, data, view));
  if (isCut) out.attendeesOmitted = true;
}

function renderAttendee(attendee: Attendee, data: EventData, view: View): JsonObject {
  const out: Rendered = { email: attendee.email };
  set(out, 'displayName', attendee.displayName);
  if (attendee.email === data.organizer.email) out.organizer = true;
  if (attendee.email === view.calendarId) out.self = true;
  set(out, 'resource', attendee.resource);
  set(out, 'optional', attendee.optional);
  out.responseStatus = attendee.responseStatus;
  set(out, 'comment', attendee.comment);
  set(out, 'additionalGuests', attendee.additionalGuests);
  return out;
}

function isPrivate(data: EventData): boolean {
  return data.visibility === 'private' || data.visibility === 'confidential';
}

/** Base64 of "eventId calendarId" without padding, as the web address of an event has it. */
function eidOf(event: StoredEvent): string {
  const plain = `${event.id} ${event.calendarId}`;
  // Ids are ASCII but for what a caller's own address may hold.
  const text = /[^\0-\x7f]/.test(plain) ? encodeURIComponent(plain) : plain;
  return btoa(text).replaceAll('=', '');
}
