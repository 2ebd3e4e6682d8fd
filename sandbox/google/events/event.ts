/** What a calendar holds: one copy of an event, never changed in place. */

import type { JsonObject } from '../json.ts';

/** All-day, or an instant with the zone it was meant in. */
export type EventTime =
  | { readonly date: string }
  | { readonly at: number; readonly timeZone: string };

export interface Person {
  readonly email: string;
  readonly displayName?: string | undefined;
}

export type ResponseStatus = 'needsAction' | 'declined' | 'tentative' | 'accepted';

export interface Attendee extends Person {
  readonly responseStatus: ResponseStatus;
  readonly optional?: true | undefined;
  readonly resource?: true | undefined;
  readonly comment?: string | undefined;
  readonly additionalGuests?: number | undefined;
}

export interface Reminders {
  readonly useDefault: boolean;
  readonly overrides?: readonly { readonly method: string; readonly minutes: number }[] | undefined;
}

export interface ExtendedProperties {
  readonly private?: Readonly<Record<string, string>> | undefined;
  readonly shared?: Readonly<Record<string, string>> | undefined;
}

export type EventStatus = 'confirmed' | 'tentative' | 'cancelled';

/** The members of the API's event that are stored. Values equal to the default are absent. */
export interface EventData {
  readonly status: EventStatus;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly location?: string | undefined;
  readonly colorId?: string | undefined;
  readonly eventLabelId?: string | undefined;
  readonly creator: Person;
  readonly organizer: Person;
  readonly start: EventTime;
  readonly end: EventTime;
  readonly recurrence?: readonly string[] | undefined;
  readonly recurringEventId?: string | undefined;
  readonly originalStartTime?: EventTime | undefined;
  readonly transparency?: 'transparent' | undefined;
  readonly visibility?: 'public' | 'private' | 'confidential' | undefined;
  readonly iCalUID: string;
  readonly sequence: number;
  readonly attendees?: readonly Attendee[] | undefined;
  readonly extendedProperties?: ExtendedProperties | undefined;
  readonly hangoutLink?: string | undefined;
  readonly conferenceData?: JsonObject | undefined;
  readonly gadget?: JsonObject | undefined;
  readonly anyoneCanAddSelf?: true | undefined;
  readonly guestsCanInviteOthers?: false | undefined;
  readonly guestsCanModify?: true | undefined;
  readonly guestsCanSeeOtherGuests?: false | undefined;
  readonly privateCopy?: true | undefined;
  readonly source?: JsonObject | undefined;
  readonly attachments?: readonly JsonObject[] | undefined;
  readonly birthdayProperties?: JsonObject | undefined;
  readonly focusTimeProperties?: JsonObject | undefined;
  readonly outOfOfficeProperties?: JsonObject | undefined;
  readonly workingLocationProperties?: JsonObject | undefined;
  readonly eventType: string;
}

export type EventMember = keyof EventData;

/** One event on one calendar. Times called `…Stamp` are microseconds since the epoch. */
export interface StoredEvent {
  readonly id: string;
  readonly calendarId: string;
  /** The event's place in the change log. No two changes have the same. */
  readonly stamp: number;
  /** The ETag is twice this number. A series and its exceptions share it. */
  readonly versionStamp: number;
  /** As `versionStamp`, but reminders do not move it. */
  readonly updatedStamp: number;
  readonly createdAt: number;
  readonly data: EventData;
  /** By account id: reminders are each user's own. */
  readonly reminders: Readonly<Record<string, Reminders>>;
  /** For an exception: the members that differ from its series on purpose. */
  readonly ownMembers?: readonly EventMember[] | undefined;
  /** A cancelled stub of which nothing but the id is told, e.g. after a move. */
  readonly isBare?: true | undefined;
}

export function isAllDay(time: EventTime): time is { readonly date: string } {
  return 'date' in time;
}

export function etagOf(stamp: number): string {
  return `"${stamp * 2}"`;
}
