/** What the event types other than `default` may and must be. Source: guides/event-types. */

import type { Call } from '../call.ts';
import { invalid } from '../errors.ts';
import { findString, isSame, type JsonObject } from '../json.ts';
import type { CalendarState } from '../state.ts';
import { isAllDay, type EventData, type EventMember } from './event.ts';
import { EVENT_TYPES } from './list-query.ts';
import { momentOf } from './instances.ts';

const DAY_MS = 86_400_000;
const DECLINE_MODES = [
  'declineNone',
  'declineAllConflictingInvitations',
  'declineOnlyNewConflictingInvitations',
];
const PLACES = ['homeOffice', 'officeLocation', 'customLocation'];

/** Members of a type that may still be changed; types not named here are free. */
const CHANGEABLE: Readonly<Record<string, readonly EventMember[]>> = {
  birthday: ['colorId', 'summary', 'start', 'end', 'recurrence', 'status', 'sequence'],
  fromGmail: [
    'colorId',
    'visibility',
    'transparency',
    'status',
    'attendees',
    'extendedProperties',
    'sequence',
  ],
};

/** Reads the type of a new event. `fromGmail` cannot be made; most are for primary calendars. */
export function readEventType(call: Call, calendar: CalendarState): string {
  const eventType = findString(call.body, 'eventType') ?? 'default';
  if (!EVENT_TYPES.some((known) => known === eventType)) throw invalid('Invalid event type.');
  if (eventType === 'fromGmail') throw invalid('Events of this type cannot be created.');
  if (eventType !== 'default' && eventType !== 'birthday' && !calendar.isPrimary) {
    throw invalid('Events of this type can be created on primary calendars only.');
  }
  if (eventType === 'workingLocation' && call.isInBatch) {
    throw invalid('Working location events are not supported in batch requests.');
  }
  return eventType;
}

/** The event as its type wants it; throws 400 where that would contradict the request. */
export function withTypeRules(data: EventData): EventData {
  switch (data.eventType) {
    case 'focusTime':
    case 'outOfOffice':
      return checkAway(data);
    case 'workingLocation':
      return checkWorkingLocation(data);
    case 'birthday':
      return checkBirthday(data);
    default:
      return {
        ...data,
        birthdayProperties: undefined,
        focusTimeProperties: undefined,
        outOfOfficeProperties: undefined,
        workingLocationProperties: undefined,
      };
  }
}

/** The type is immutable, and some types can hardly be changed. */
export function checkTypeChange(body: JsonObject, before: EventData, after: EventData): void {
  const wanted = findString(body, 'eventType');
  if (wanted !== undefined && wanted !== before.eventType) {
    throw invalid('Event type cannot be changed.');
  }
  const changeable = CHANGEABLE[before.eventType];
  if (!changeable) return;
  const members = Object.keys({ ...before, ...after }) as EventMember[];
  const wrong = members.find(
    (member) => !changeable.includes(member) && !isSame(before[member], after[member]),
  );
  if (wrong) throw invalid(`The member ${wrong} of this event type cannot be changed.`);
}

function checkAway(data: EventData): EventData {
  const key = data.eventType === 'focusTime' ? 'focusTimeProperties' : 'outOfOfficeProperties';
  const properties = data[key];
  if (!properties) throw invalid(`Missing ${key}.`);
  const mode = findString(properties, 'autoDeclineMode');
  if (mode !== undefined && !DECLINE_MODES.includes(mode)) throw invalid('Invalid decline mode.');
  const chat = findString(properties, 'chatStatus');
  if (chat !== undefined && !['available', 'doNotDisturb'].includes(chat)) {
    throw invalid('Invalid chat status.');
  }
  if (isAllDay(data.start)) throw invalid('Events of this type cannot be all-day.');
  if (data.transparency === 'transparent') throw invalid('Events of this type must be opaque.');
  const other = data.eventType === 'focusTime' ? 'outOfOfficeProperties' : 'focusTimeProperties';
  return { ...data, [other]: undefined, workingLocationProperties: undefined };
}

function checkWorkingLocation(data: EventData): EventData {
  const properties = data.workingLocationProperties;
  const type = properties && findString(properties, 'type');
  if (type === undefined || !PLACES.includes(type)) throw invalid('Missing working location.');
  if (data.visibility !== 'public' || data.transparency !== 'transparent') {
    throw invalid('Working location events must be public and transparent.');
  }
  const length = momentOf(data.end) - momentOf(data.start);
  if (isAllDay(data.start) && length !== DAY_MS) {
    throw invalid('All-day working location events must span exactly one day.');
  }
  return { ...data, focusTimeProperties: undefined, outOfOfficeProperties: undefined };
}

function checkBirthday(data: EventData): EventData {
  const type = data.birthdayProperties && findString(data.birthdayProperties, 'type');
  if (type !== undefined && type !== 'birthday') throw invalid('Invalid birthday type.');
  const isOneDay = isAllDay(data.start) && momentOf(data.end) - momentOf(data.start) === DAY_MS;
  const isLeapDay = isAllDay(data.start) && data.start.date.endsWith('-02-29');
  const rule = isLeapDay ? 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1' : 'RRULE:FREQ=YEARLY';
  const isYearly = isSame(data.recurrence, [rule]);
  if (!isOneDay || !isYearly) throw invalid('Birthdays are yearly, all-day and one day long.');
  if (data.visibility !== 'private' || data.transparency !== 'transparent') {
    throw invalid('Birthdays must be private and transparent.');
  }
  return { ...data, birthdayProperties: { type: 'birthday' } };
}
