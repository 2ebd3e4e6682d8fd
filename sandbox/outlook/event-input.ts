import { toHtmlDocument, sanitiseHtml, toPreview } from './body.ts';
import { GraphError, invalidProperty, invalidRequest, unreadableBody } from './graph-error.ts';
import {
  isAbsent,
  foldNames,
  isObject,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readString,
  type Json,
  type JsonObject,
} from './json.ts';
import { readLocations } from './location.ts';
import type { Attendee, Content, Moment } from './state.ts';
import { DAY_MS, instantOf, isInGap, parseDateTime, wallAt } from './wall-clock.ts';
import { getZone } from './zones.ts';

/** Source: event, attendees. */
const ATTENDEES_MAX = 500;
/** Source: EWS ErrorCalendarDurationIsTooLong. */
const DURATION_MAX_DAYS = 5 * 366;
export const NO_TIME = '0001-01-01T00:00:00Z';

const importances = ['low', 'normal', 'high'] as const;
const sensitivities = ['normal', 'personal', 'private', 'confidential'] as const;
const freeBusyStatuses = [
  'free',
  'tentative',
  'busy',
  'oof',
  'workingElsewhere',
  'unknown',
] as const;
const attendeeTypes = ['required', 'optional', 'resource'] as const;

/**
 * Reads the members of an event that a client may write; whatever else it sends is ignored, as
 * Graph does. The online meeting is not read here: its rules need the calendar.
 */
export function readContent(input: JsonObject, isWithAttendees: boolean): Partial<Content> {
  const content: Partial<Content> = {};
  const has = (name: string) => input[name] !== undefined;
  if (has('subject')) content.subject = readNullable(input.subject, 'subject');
  if (has('body')) Object.assign(content, readBody(input.body));
  if (has('importance')) content.importance = enumOf(input, 'importance', importances);
  if (has('sensitivity')) content.sensitivity = enumOf(input, 'sensitivity', sensitivities);
  if (has('showAs')) content.showAs = enumOf(input, 'showAs', freeBusyStatuses);
  for (const name of booleans) if (has(name)) content[name] = readBoolean(input[name], name);
  if (has('reminderMinutesBeforeStart')) {
    content.reminderMinutesBeforeStart = readInteger(
      input.reminderMinutesBeforeStart,
      'reminderMinutesBeforeStart',
    );
  }
  if (has('categories')) {
    content.categories = readArray(input.categories, 'categories').map((category) =>
      readString(category, 'categories'),
    );
  }
  Object.assign(content, readLocations(input));
  if (isWithAttendees && has('attendees')) content.attendees = readAttendees(input.attendees);
  return content;
}

const booleans = [
  'isAllDay',
  'isReminderOn',
  'hideAttendees',
  'responseRequested',
  'allowNewTimeProposals',
] as const;

const enumOf = <T extends string>(input: JsonObject, name: string, members: readonly T[]) =>
  readEnum(input[name], members, name);

const readNullable = (input: Json, name: string) =>
  input === null ? null : readString(input, name);

export function readBody(input: Json): Pick<Content, 'body' | 'unsafeBody' | 'bodyPreview'> {
  if (input === null) return { body: '', unsafeBody: null, bodyPreview: '' };
  const { content, contentType } = readObject(input, 'body');
  const type = readEnum(contentType ?? 'text', ['text', 'html'] as const, 'body.contentType');
  return bodyOf(toHtmlDocument(isAbsent(content) ? '' : readString(content, 'body.content'), type));
}

export function bodyOf(html: string): Pick<Content, 'body' | 'unsafeBody' | 'bodyPreview'> {
  const body = sanitiseHtml(html);
  return { body, unsafeBody: body === html ? null : html, bodyPreview: toPreview(body) };
}

function readAttendees(input: Json): Attendee[] {
  const attendees = readArray(input ?? [], 'attendees').map(readAttendee);
  if (attendees.length > ATTENDEES_MAX) {
    throw invalidRequest(`The number of attendees exceeds the maximum of ${ATTENDEES_MAX}.`);
  }
  return attendees;
}

export function readAttendee(input: Json): Attendee {
  const { type, emailAddress } = readObject(input, 'attendees');
  const { name, address } = foldNames(readObject(emailAddress, 'emailAddress'));
  if (typeof address !== 'string' || address === '') {
    throw invalidProperty('An attendee needs an email address.');
  }
  return {
    type: readEnum(type ?? 'required', attendeeTypes, 'attendees.type'),
    status: { response: 'none', time: NO_TIME },
    emailAddress: { name: typeof name === 'string' ? name : address, address },
  };
}

/**
 * Reads a `dateTimeTimeZone`. With an offset in `dateTime` the instant wins over the wall-clock
 * time.
 */
export function readMoment(input: Json, name: string, isAllDay: boolean): Moment {
  const { dateTime, timeZone } = foldNames(readObject(input, name));
  const zone = getZone(timeZone);
  const parsed = parseDateTime(readString(dateTime, `${name}.dateTime`));
  if (!parsed) {
    throw unreadableBody(
      `Cannot convert the value of '${name}' to the expected type 'Edm.DateTimeOffset'.`,
    );
  }
  if (parsed.offsetMs === null) return momentOf(parsed.wall, zone, isAllDay);
  if (isAllDay) return momentOf(parsed.wall, zone, isAllDay);
  return momentAt(parsed.wall - parsed.offsetMs, zone);
}

/** All-day events float: the same dates in every zone. */
export function momentOf(wall: number, zone: string, isAllDay: boolean): Moment {
  return { wall, zone, at: isAllDay ? wall : instantOf(wall, zone) };
}

export function momentAt(at: number, zone: string): Moment {
  return { wall: wallAt(at, zone), zone, at };
}

/**
 * An event that would begin inside a clock's gap moves as a whole, instead of ending before it
 * begins.
 */
export function straightenTimes(content: Content): void {
  const { start, end, isAllDay } = content;
  if (isAllDay || start.zone !== end.zone || !isInGap(start.wall, start.zone)) return;
  content.end = { ...end, at: start.at + end.wall - start.wall };
}

/**
 * Source: event, isAllDay; EWS response codes for order and length (Graph's own are not published).
 */
export function checkTimes({ start, end, isAllDay }: Content): void {
  if (isAllDay) {
    if (start.wall % DAY_MS !== 0) throw notMidnight('Start');
    if (end.wall % DAY_MS !== 0) throw notMidnight('End');
    if (start.zone !== end.zone) {
      throw invalidRequest(
        'The Event.Start and Event.End properties of an all-day event need the same time zone.',
      );
    }
  }
  if (end.at < start.at || (isAllDay && end.at === start.at)) {
    throw new GraphError(
      400,
      'ErrorCalendarEndDateIsEarlierThanStartDate',
      'The end of the event is earlier than its start.',
    );
  }
  if (end.at - start.at > DURATION_MAX_DAYS * DAY_MS) {
    throw new GraphError(
      400,
      'ErrorCalendarDurationIsTooLong',
      'The event is longer than five years.',
    );
  }
}

const notMidnight = (side: string) =>
  invalidRequest(`The Event.${side} property for an all-day event needs to be set to midnight.`);

/** The request body as an object; Graph refuses anything else before looking further. */
export function readEventBody(input: Json): JsonObject {
  if (isObject(input)) return input;
  throw unreadableBody('The request body is not a JSON object.');
}
