import type { Answer, Call } from './call.ts';
import { startSeries } from './create-event.ts';
import {
  checkTimes,
  momentOf,
  readContent,
  readEventBody,
  readMoment,
  straightenTimes,
} from './event-input.ts';
import { mergeExtensions } from './extensions.ts';
import { mergeMultiValues, mergeProperties } from './extended-properties.ts';
import { GraphError, invalidProperty, itemNotFound } from './graph-error.ts';
import { isAbsent, readBoolean, type JsonObject } from './json.ts';
import { addressOf, updateMeeting } from './meetings.ts';
import { applyOnlineMeeting, dropMeetingWithoutBlock } from './online-meeting.ts';
import { hasSamePattern } from './recurrence.ts';
import { checkBoundary, contentOf, findOccurrence, settleSeries } from './series.ts';
import { eventsContext, shaperOf } from './shape.ts';
import type { Content, StoredEvent } from './state.ts';
import { calendarOf, checkCanEdit, checkIfMatch, touchEvent } from './store.ts';
import { windowsNameOf } from './zones.ts';

/** `PATCH …/events/{id}` on a single event, a master or an occurrence. Source: event-update. */
export function updateEvent(call: Call, event: StoredEvent, slot: string | null): Answer {
  checkCanEdit(calendarOf(call.mailbox, event));
  if (slot !== null) getOccurrence(event, slot);
  checkIfMatch(call.mailbox, event, call.ifMatch);
  const input = readEventBody(call.body);
  // A refused change must leave nothing behind, so it is made on a copy first.
  const changed = structuredClone(event);
  const before = event.content.attendees;
  if (slot === null) patchEvent(call, changed, input);
  else patchOccurrence(call, changed, slot, input);
  const { key: _key, ...rest } = changed;
  Object.assign(event, rest);
  touchEvent(call, call.mailbox, event);
  updateMeeting(call, call.mailbox, event, {
    before,
    after: attendeesAt(event, slot),
    members: Object.keys(input)
      .filter((name) => !name.startsWith('@'))
      .flatMap(sharedMember),
    slot,
  });
  const occurrence = slot === null ? null : getOccurrence(event, slot);
  const wire = shaperOf(call, 'item')(event, occurrence);
  return { status: 200, body: { '@odata.context': eventsContext(call, 'events', true), ...wire } };
}

const silentMembers = new Set([
  'singleValueExtendedProperties',
  'multiValueExtendedProperties',
  'extensions',
  'transactionId',
]);
const sharedMember = (name: string) => (silentMembers.has(name) ? [] : [name]);

function attendeesAt(event: StoredEvent, slot: string | null): Content['attendees'] {
  return slot === null
    ? event.content.attendees
    : contentOf(event, getOccurrence(event, slot)).attendees;
}

function getOccurrence(event: StoredEvent, slot: string) {
  const occurrence = findOccurrence(event, slot);
  if (!occurrence) throw itemNotFound();
  return occurrence;
}

function patchEvent(call: Call, event: StoredEvent, input: JsonObject): void {
  const before = structuredClone(event);
  const { content } = event;
  Object.assign(content, readPatch(content, input));
  straightenTimes(content);
  checkTimes(content);
  afterContent(call, content, input);
  if (!isAbsent(input.start)) event.originalStartTimeZone = windowsNameOf(content.start.zone);
  if (!isAbsent(input.end)) event.originalEndTimeZone = windowsNameOf(content.end.zone);
  if (input.singleValueExtendedProperties !== undefined) {
    event.extendedProperties = mergeProperties(
      event.extendedProperties,
      input.singleValueExtendedProperties,
    );
  }
  if (input.multiValueExtendedProperties !== undefined) {
    event.multiValueProperties = mergeMultiValues(
      event.multiValueProperties,
      input.multiValueExtendedProperties,
    );
  }
  if (input.extensions !== undefined) {
    event.extensions = mergeExtensions(event.extensions, input.extensions);
  }
  if (input.recurrence === null) event.series = null;
  else if (input.recurrence !== undefined) changeRecurrence(call, event, before, input);
  else if (event.series) keepRecurrence(call, event, before);
}

/**
 * A new pattern drops all exceptions and revives cancelled slots; a new range keeps those that it
 * still has.
 * Source: MS-OXOCAL 3.1.4.7.3.5.
 */
function changeRecurrence(
  call: Call,
  event: StoredEvent,
  before: StoredEvent,
  input: JsonObject,
): void {
  startSeries(event, input.recurrence, before.series !== null && isAbsent(input.start));
  const [old, series] = [before.series, event.series];
  if (!old || !series || !hasSamePattern(old.rule, series.rule)) return;
  const hasOldClock =
    old.timeOfDayMs === series.timeOfDayMs &&
    old.durationMs === series.durationMs &&
    windowsNameOf(old.zone) === windowsNameOf(series.zone);
  if (!hasOldClock && dropsOnClockChange(call)) return;
  series.exceptions = old.exceptions;
  series.cancelled = old.cancelled;
  settleSeries(event);
}

/** New times for a series whose rule was not sent along. */
function keepRecurrence(call: Call, event: StoredEvent, before: StoredEvent): void {
  const { series, content } = event;
  if (!series || !clockChanged(event, before)) return;
  // Source: outlook-mcp#71, #77.
  if (windowsNameOf(content.start.zone) !== windowsNameOf(series.zone)) {
    throw invalidProperty('The time zone of a series changes only together with its recurrence.');
  }
  const shiftDays = Math.floor((content.start.wall - before.content.start.wall) / 86_400_000);
  if (shiftDays !== 0) series.rule.startDay = Math.floor(content.start.wall / 86_400_000);
  if (dropsOnClockChange(call)) {
    series.exceptions = {};
    series.cancelled = [];
  }
  settleSeries(event);
}

/** Expected of Exchange, never published. */
const dropsOnClockChange = ({ world }: Call) =>
  world.getSwitch('outlook.clockChangeDropsExceptions', true);

const clockChanged = ({ content: a }: StoredEvent, { content: b }: StoredEvent) =>
  a.start.at !== b.start.at ||
  a.end.at !== b.end.at ||
  a.start.zone !== b.start.zone ||
  a.isAllDay !== b.isAllDay;

/** The id of an occurrence stays when a change of its own makes it an exception. */
function patchOccurrence(call: Call, event: StoredEvent, slot: string, input: JsonObject): void {
  const occurrence = getOccurrence(event, slot);
  if (!isAbsent(input.recurrence)) {
    throw new GraphError(400, 'ErrorInvalidRequest', 'An occurrence cannot have a recurrence.');
  }
  const content = structuredClone(contentOf(event, occurrence));
  const patch = readPatch(content, input);
  Object.assign(content, patch);
  straightenTimes(content);
  checkTimes(content);
  if (!isAbsent(input.start) || !isAbsent(input.end))
    checkTimesOfSlot(call, event, occurrence, content);
  const kept = { ...content };
  afterContent(call, content, input);
  const now = call.world.runtime.now();
  event.series!.exceptions[slot] = {
    overrides: {
      ...occurrence.exception?.overrides,
      ...patch,
      ...(content.body !== kept.body && { body: content.body, bodyPreview: content.bodyPreview }),
    },
    createdAt: occurrence.exception?.createdAt ?? now,
    modifiedAt: now,
  };
}

/** Some mailboxes refuse unchanged times too. Source: event-update; reports of clients. */
function checkTimesOfSlot(
  { world }: Call,
  event: StoredEvent,
  occurrence: { slot: string; start: Content['start']; end: Content['end'] },
  content: Content,
): void {
  const isUnchanged =
    content.start.at === occurrence.start.at && content.end.at === occurrence.end.at;
  if (isUnchanged && world.getSwitch('outlook.unchangedTimesCrossBoundary', false)) {
    throw new GraphError(
      400,
      'ErrorOccurrenceCrossingBoundary',
      'Modified occurrence is crossing or overlapping adjacent occurrence.',
    );
  }
  checkBoundary(event, occurrence.slot, content.start);
}

/** The members that a PATCH changes, times and attendees resolved against what is there. */
function readPatch(content: Content, input: JsonObject): Partial<Content> {
  const patch = readContent(input, true);
  const isAllDay = isAbsent(input.isAllDay)
    ? content.isAllDay
    : readBoolean(input.isAllDay, 'isAllDay');
  if (isAllDay !== content.isAllDay) {
    patch.start = momentOf(content.start.wall, content.start.zone, isAllDay);
    patch.end = momentOf(content.end.wall, content.end.zone, isAllDay);
  }
  if (!isAbsent(input.start)) patch.start = readMoment(input.start, 'start', isAllDay);
  if (!isAbsent(input.end)) patch.end = readMoment(input.end, 'end', isAllDay);
  if (patch.attendees) patch.attendees = keepAnswers(content.attendees, patch.attendees);
  return patch;
}

/** The list is replaced as a whole; what somebody answered is the server's to keep. */
function keepAnswers(before: Content['attendees'], after: Content['attendees']) {
  const known = new Map(before.map((each) => [addressOf(each), each]));
  return after.map((each) => {
    const { status, proposedNewTime } = known.get(addressOf(each)) ?? each;
    return { ...each, status, ...(proposedNewTime && { proposedNewTime }) };
  });
}

function afterContent(call: Call, content: Content, input: JsonObject): void {
  if (input.body !== undefined) dropMeetingWithoutBlock(content);
  applyOnlineMeeting(call, call.mailbox, content, input);
}
