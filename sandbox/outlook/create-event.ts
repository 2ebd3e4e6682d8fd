import type { Answer, Call } from './call.ts';
import {
  checkTimes,
  NO_TIME,
  readContent,
  readEventBody,
  readMoment,
  straightenTimes,
} from './event-input.ts';
import { mergeExtensions } from './extensions.ts';
import { mergeMultiValues, mergeProperties } from './extended-properties.ts';
import { GraphError, invalidProperty } from './graph-error.ts';
import { calendarId, eventId, newICalUId } from './ids.ts';
import { isAbsent, readBoolean, readString, type JsonObject } from './json.ts';
import { emptyLocation } from './location.ts';
import { inviteAttendees } from './meetings.ts';
import { applyOnlineMeeting } from './online-meeting.ts';
import { readRule } from './recurrence.ts';
import { settleSeries, wallIn } from './series.ts';
import { eventsContext, shaperOf } from './shape.ts';
import type { Content, StoredCalendar, StoredEvent } from './state.ts';
import { checkCanEdit, insertEvent, newEventKey } from './store.ts';
import { dayOf } from './wall-clock.ts';
import { getZone, windowsNameOf } from './zones.ts';

/** `POST …/events`. Attendees are invited at once. Source: user-post-events. */
export function createEvent(call: Call, calendar: StoredCalendar): Answer {
  checkCanEdit(calendar);
  const input = readEventBody(call.body);
  call.log.calendarId = calendarId(call.mailbox, calendar);
  const earlier = findEarlier(call, input);
  if (earlier) {
    const status = call.world.getSwitch('outlook.repeatedCreateStatus', 201);
    return answerEvent(call, earlier, status);
  }
  const event = buildEvent(call, calendar, input);
  remember(call, event, input);
  insertEvent(call, call.mailbox, event);
  inviteAttendees(call, call.mailbox, event);
  return answerEvent(call, event, 201);
}

function answerEvent(call: Call, event: StoredEvent, status: number): Answer {
  call.log.eventId = eventId(call.mailbox, event, null, call.prefer.isImmutableId);
  const wire = shaperOf(call, 'item')(event, null);
  return { status, body: { '@odata.context': eventsContext(call, 'events', true), ...wire } };
}

/**
 * The event that an earlier create with the same `transactionId` made. The same body makes no
 * second event; another one is refused with the id of the first. Source: live checks;
 * alcionai/corso#2490.
 */
function findEarlier(call: Call, input: JsonObject): StoredEvent | undefined {
  const known = call.mailbox.transactions.get(transactionIdOf(input) ?? '');
  const event = known && call.mailbox.events.get(known.key);
  if (!known || !event || event.deletedAt !== null) return undefined;
  if (known.body === JSON.stringify(input)) return event;
  throw new GraphError(
    400,
    'ErrorDuplicateTransactionId',
    "Your request can't be completed. The TransactionId specified in the request has already " +
      'been used to create a different event.',
    {
      extra: {
        '@event.existingEventId': eventId(call.mailbox, event, null, call.prefer.isImmutableId),
      },
    },
  );
}

function remember(call: Call, event: StoredEvent, input: JsonObject): void {
  const id = transactionIdOf(input);
  if (id === null) return;
  call.mailbox.transactions.set(id, { key: event.key, body: JSON.stringify(input) });
}

function transactionIdOf(input: JsonObject): string | null {
  return isAbsent(input.transactionId) ? null : readString(input.transactionId, 'transactionId');
}

function buildEvent(call: Call, calendar: StoredCalendar, input: JsonObject): StoredEvent {
  const { mailbox, world } = call;
  if (isAbsent(input.start) || isAbsent(input.end)) {
    throw invalidProperty('An event needs a start and an end.');
  }
  const isAllDay = !isAbsent(input.isAllDay) && readBoolean(input.isAllDay, 'isAllDay');
  const start = readMoment(input.start, 'start', isAllDay);
  const end = readMoment(input.end, 'end', isAllDay);
  const content = { ...newContent(start, end), ...readContent(dropNulls(input), true) };
  straightenTimes(content);
  checkTimes(content);
  applyOnlineMeeting(call, mailbox, content, input);
  const now = world.runtime.now();
  const event: StoredEvent = {
    key: newEventKey(call),
    calendarKey: calendar.key,
    version: 1,
    iCalUId: newICalUId(world.runtime),
    transactionId: transactionIdOf(input),
    createdAt: now,
    modifiedAt: now,
    changedSeq: 0,
    deletedAt: null,
    isOrganizer: true,
    organizer: { name: mailbox.account.name, address: mailbox.account.email },
    originalStartTimeZone: windowsNameOf(start.zone),
    originalEndTimeZone: windowsNameOf(end.zone),
    content,
    series: null,
    extendedProperties: mergeProperties([], input.singleValueExtendedProperties ?? []),
    multiValueProperties: mergeMultiValues([], input.multiValueExtendedProperties ?? []),
    extensions: mergeExtensions([], input.extensions ?? []),
  };
  if (!isAbsent(input.recurrence)) startSeries(event, input.recurrence);
  return event;
}

/** Nulls mean the default at creation. */
function dropNulls(input: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(input).filter(([name, value]) => value !== null || name === 'subject'),
  );
}

/**
 * Makes the event the master of a series, its pattern on the clock of `recurrenceTimeZone`. A range
 * must start on the date of the event, unless the start is free to follow the range.
 */
export function startSeries(event: StoredEvent, recurrence: unknown, isStartFree = false): void {
  const { content } = event;
  const zone = readSeriesZone(recurrence, content.start.zone);
  const startDay = dayOf(wallIn(content.start, zone, content.isAllDay));
  const rule = readRule(recurrence, startDay, isStartFree);
  event.series = {
    rule,
    zone,
    timeOfDayMs: 0,
    durationMs: 0,
    lastDay: null,
    exceptions: {},
    cancelled: [],
  };
  settleSeries(event);
}

/** An empty zone falls back to that of the start. */
function readSeriesZone(recurrence: unknown, eventZone: string): string {
  const range = (recurrence as { range?: { recurrenceTimeZone?: unknown } } | null)?.range;
  const name = range?.recurrenceTimeZone;
  if (isAbsent(name) || name === '') return eventZone;
  return getZone(name);
}

function newContent(start: Content['start'], end: Content['end']): Content {
  return {
    subject: '',
    body: '',
    unsafeBody: null,
    bodyPreview: '',
    start,
    end,
    isAllDay: false,
    importance: 'normal',
    sensitivity: 'normal',
    showAs: 'busy',
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    categories: [],
    location: emptyLocation(),
    locations: [],
    attendees: [],
    hideAttendees: false,
    responseRequested: true,
    allowNewTimeProposals: true,
    isOnlineMeeting: false,
    onlineMeetingProvider: 'unknown',
    onlineMeeting: null,
    isCancelled: false,
    responseStatus: { response: 'organizer', time: NO_TIME },
  };
}
