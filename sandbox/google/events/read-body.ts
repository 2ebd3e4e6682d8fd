/** Reads the writable members of a request body into stored form. Throws Google's 400s. */

import { invalid, required } from '../errors.ts';
import {
  findArray,
  findBoolean,
  findInteger,
  findObject,
  findObjects,
  findString,
  findStrings,
  type JsonObject,
} from '../json.ts';
import type {
  Attendee,
  EventData,
  EventStatus,
  ExtendedProperties,
  Reminders,
  ResponseStatus,
} from './event.ts';
import { readRecurrence } from './recurrence-lines.ts';
import { readTimes } from './time.ts';

/** The members a client may write on any event; identity and history are not among them. */
export type WrittenData = Omit<
  EventData,
  | 'creator'
  | 'organizer'
  | 'iCalUID'
  | 'sequence'
  | 'recurringEventId'
  | 'originalStartTime'
  | 'conferenceData'
  | 'hangoutLink'
  | 'eventType'
>;

type Override = { method: string; minutes: number };

const STATUSES = ['confirmed', 'tentative', 'cancelled'] as const;
const RESPONSES = ['needsAction', 'declined', 'tentative', 'accepted'] as const;
const VISIBILITIES = ['default', 'public', 'private', 'confidential'] as const;
const TRANSPARENCIES = ['opaque', 'transparent'] as const;

const OVERRIDES_MAX = 5;
/** Four weeks. */
const REMINDER_MINUTES_MAX = 40_320;
const PROPERTY_KEY_LENGTH_MAX = 44;
const PROPERTY_VALUE_LENGTH_MAX = 1024;
const PROPERTIES_MAX = 300;
const PROPERTIES_BYTES_MAX = 32 * 1024;
const ATTACHMENTS_MAX = 25;

export function readWritten(body: JsonObject, calendarZone: string): WrittenData {
  const lines = findStrings(body, 'recurrence');
  const isSeries = lines !== undefined && lines.length > 0;
  const times = readTimes(body, calendarZone, isSeries);
  const visibility = findChoice(body, 'visibility', VISIBILITIES);
  return {
    status: findChoice(body, 'status', STATUSES) ?? ('confirmed' satisfies EventStatus),
    summary: findText(body, 'summary'),
    description: findText(body, 'description'),
    location: findText(body, 'location'),
    colorId: findText(body, 'colorId'),
    eventLabelId: findText(body, 'eventLabelId'),
    ...times,
    recurrence: isSeries ? readRecurrence(lines, times.start) : undefined,
    transparency: leaveOut(findChoice(body, 'transparency', TRANSPARENCIES), 'opaque'),
    visibility: leaveOut(visibility, 'default'),
    attendees: readAttendees(body),
    extendedProperties: readExtendedProperties(body),
    gadget: findObject(body, 'gadget'),
    anyoneCanAddSelf: findBoolean(body, 'anyoneCanAddSelf') === true ? true : undefined,
    guestsCanInviteOthers: findBoolean(body, 'guestsCanInviteOthers') === false ? false : undefined,
    guestsCanModify: findBoolean(body, 'guestsCanModify') === true ? true : undefined,
    guestsCanSeeOtherGuests:
      findBoolean(body, 'guestsCanSeeOtherGuests') === false ? false : undefined,
    privateCopy: findBoolean(body, 'privateCopy') === true ? true : undefined,
    source: readSource(body),
    attachments: readAttachments(body),
    birthdayProperties: findObject(body, 'birthdayProperties'),
    focusTimeProperties: findObject(body, 'focusTimeProperties'),
    outOfOfficeProperties: findObject(body, 'outOfOfficeProperties'),
    workingLocationProperties: findObject(body, 'workingLocationProperties'),
  };
}

/** At most five overrides of 0 to 40320 minutes. Source: Event.reminders, EventReminder.minutes. */
export function readReminders(body: JsonObject): Reminders {
  const reminders = findObject(body, 'reminders');
  if (!reminders) return { useDefault: true };
  const overrides = readOverrides(reminders, 'overrides');
  const useDefault = findBoolean(reminders, 'useDefault') ?? false;
  if (useDefault && overrides.length > 0) {
    throw invalid('Cannot specify both default reminders and overrides at the same time.');
  }
  return overrides.length > 0 ? { useDefault, overrides } : { useDefault };
}

export function readOverrides(parent: JsonObject, key: string): Override[] {
  const overrides = (findObjects(parent, key) ?? []).map((override) => {
    const method = findChoice(override, 'method', ['email', 'popup']);
    const minutes = findInteger(override, 'minutes');
    if (!method || minutes === undefined) throw required('Missing reminder method or minutes.');
    if (minutes < 0 || minutes > REMINDER_MINUTES_MAX) throw invalid('Invalid reminder minutes.');
    return { method, minutes };
  });
  if (overrides.length > OVERRIDES_MAX) throw invalid('Too many override reminders.');
  return overrides;
}

function readAttendees(body: JsonObject): readonly Attendee[] | undefined {
  const byEmail = new Map<string, Attendee>();
  for (const item of findObjects(body, 'attendees') ?? []) {
    const email = findString(item, 'email')?.trim();
    if (!email) throw required('Missing attendee email.');
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw invalid('Invalid attendee email.');
    const attendee: Attendee = {
      email: email.toLowerCase(),
      displayName: findText(item, 'displayName'),
      responseStatus:
        findChoice(item, 'responseStatus', RESPONSES) ?? ('needsAction' satisfies ResponseStatus),
      optional: findBoolean(item, 'optional') === true ? true : undefined,
      resource: findBoolean(item, 'resource') === true ? true : undefined,
      comment: findText(item, 'comment'),
      additionalGuests: findInteger(item, 'additionalGuests') || undefined,
    };
    byEmail.set(attendee.email, attendee);
  }
  return byEmail.size > 0 ? [...byEmail.values()] : undefined;
}

/** Too long keys vanish and too long values are cut, both silently. Source: extended-properties. */
function readExtendedProperties(body: JsonObject): ExtendedProperties | undefined {
  const properties = findObject(body, 'extendedProperties');
  if (!properties) return undefined;
  const own = readProperties(properties, 'private');
  const shared = readProperties(properties, 'shared');
  const all = [...Object.entries(own ?? {}), ...Object.entries(shared ?? {})];
  if (all.length > PROPERTIES_MAX) throw invalid('Too many extended properties.');
  const bytes = all.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  if (bytes > PROPERTIES_BYTES_MAX) throw invalid('Extended properties are too large.');
  if (!own && !shared) return undefined;
  return { ...(own && { private: own }), ...(shared && { shared }) };
}

function readProperties(parent: JsonObject, key: string): Record<string, string> | undefined {
  const kept: Record<string, string> = {};
  const properties = findObject(parent, key) ?? {};
  for (const name of Object.keys(properties)) {
    const value = findString(properties, name);
    if (value === undefined || name.length > PROPERTY_KEY_LENGTH_MAX) continue;
    kept[name] = value.slice(0, PROPERTY_VALUE_LENGTH_MAX);
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function readSource(body: JsonObject): JsonObject | undefined {
  const source = findObject(body, 'source');
  const url = source && findString(source, 'url');
  if (!source || !url) return undefined;
  if (!/^https?:\/\//.test(url)) throw invalid('Invalid source url.');
  const title = findText(source, 'title');
  return title === undefined ? { url } : { url, title };
}

function readAttachments(body: JsonObject): readonly JsonObject[] | undefined {
  if ((findArray(body, 'attachments')?.length ?? 0) > ATTACHMENTS_MAX) {
    throw invalid('Too many attachments.');
  }
  const attachments = findObjects(body, 'attachments')?.map((item) => {
    const fileUrl = findString(item, 'fileUrl');
    if (!fileUrl) throw required('Missing attachment fileUrl.');
    const kept = ['fileUrl', 'title', 'mimeType', 'iconLink'].map((key) => [
      key,
      findString(item, key),
    ]);
    return Object.fromEntries(kept.filter(([, value]) => value !== undefined)) as JsonObject;
  });
  return attachments?.length ? attachments : undefined;
}

function findChoice<T extends string>(
  body: JsonObject,
  key: string,
  choices: readonly T[],
): T | undefined {
  const value = findString(body, key);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw invalid(`Invalid value for: ${value} is not a valid value`);
  return choice;
}

/** Empty texts are not kept. */
function findText(body: JsonObject, key: string): string | undefined {
  return findString(body, key) || undefined;
}

function leaveOut<T extends string, D extends T>(
  value: T | undefined,
  standard: D,
): Exclude<T, D> | undefined {
  return value === standard ? undefined : (value as Exclude<T, D> | undefined);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
