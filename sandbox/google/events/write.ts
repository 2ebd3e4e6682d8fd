/** events.insert, update, patch and delete. */

import { getCalendar, isAtLeast, roleOf } from '../access.ts';
import { NO_CONTENT, ok, type Answer, type Call } from '../call.ts';
import {
  accessLevelRequired,
  alreadyDeleted,
  conditionNotMet,
  duplicate,
  invalid,
  notFound,
} from '../errors.ts';
import { findString, mergePatch, type JsonObject } from '../json.ts';
import type { CalendarState } from '../state.ts';
import { etagOf, type EventData, type Person, type StoredEvent } from './event.ts';
import { checkClientId, makeId } from './ids.ts';
import { readReminders, readWritten } from './read-body.ts';
import { renderEvent } from './render.ts';
import { saveEvent } from './save.ts';
import { viewOf, wholeView } from './view.ts';

/** Source: events.insert. A used id is refused for ever, also that of a deleted event. */
export function insertEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const { body } = call;
  const givenId = findString(body, 'id');
  const givenUid = findString(body, 'iCalUID');
  if (givenId !== undefined) checkClientId(givenId);
  if (givenId !== undefined && givenUid !== undefined && givenUid !== `${givenId}@google.com`) {
    throw invalid('Only one of id and iCalUID may be given.');
  }
  const written = readWritten(body, calendar.timeZone);
  const id = givenId ?? makeId(() => call.world.runtime.random());
  const iCalUID = givenUid ?? `${id}@google.com`;
  if (calendar.events.has(id) || calendar.byUid.has(iCalUID)) throw duplicate();
  const data: EventData = {
    ...written,
    creator: { email: call.user.email },
    organizer: organizerOf(calendar),
    iCalUID,
    sequence: 0,
    eventType: findString(body, 'eventType') ?? 'default',
  };
  const event = saveEvent(call, calendar, {
    id,
    data,
    reminders: { [call.user.accountId]: readReminders(body) },
    createdAt: call.now,
  });
  return ok(renderEvent(event, viewOf(call, calendar)));
}

/** The whole resource is replaced: writable members that are missing are cleared. */
export function updateEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const current = getEvent(call, calendar);
  checkMayWrite(call, calendar, current);
  return ok(replaceEvent(call, calendar, current, call.body));
}

/** Members given are merged in, arrays replaced whole, `null` clears. Source: events.patch. */
export function patchEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const current = getEvent(call, calendar);
  checkMayWrite(call, calendar, current);
  const full = renderEvent(current, wholeView(call, calendar));
  const merged = mergePatch(full, call.body);
  return ok(replaceEvent(call, calendar, current, merged as JsonObject));
}

/** 204; a second delete is 410 `deleted`. Source: guides/errors. */
export function deleteEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const current = getEvent(call, calendar);
  if (current.data.status === 'cancelled') throw alreadyDeleted();
  checkMayWrite(call, calendar, current);
  saveEvent(call, calendar, { ...current, data: { ...current.data, status: 'cancelled' } });
  return NO_CONTENT;
}

function getEvent(call: Call, calendar: CalendarState): StoredEvent {
  const event = calendar.events.get(call.path.eventId ?? '');
  if (!event) throw notFound();
  return event;
}

function replaceEvent(
  call: Call,
  calendar: CalendarState,
  current: StoredEvent,
  body: JsonObject,
): JsonObject {
  const written = readWritten(body, calendar.timeZone);
  const event = saveEvent(call, calendar, {
    ...current,
    data: { ...current.data, ...written },
    reminders: { ...current.reminders, [call.user.accountId]: readReminders(body) },
  });
  return renderEvent(event, viewOf(call, calendar));
}

function checkMayWrite(call: Call, calendar: CalendarState, current: StoredEvent): void {
  const isPrivate = ['private', 'confidential'].includes(current.data.visibility ?? '');
  if (isPrivate && !isAtLeast(roleOf(calendar, call.user), 'writer')) {
    throw accessLevelRequired('writer');
  }
  if (call.ifMatch !== null && !matches(call, etagOf(current.versionStamp))) {
    throw conditionNotMet();
  }
}

/** `If-Match: *` is not documented; by default it accepts any version. */
function matches(call: Call, etag: string): boolean {
  const wanted = (call.ifMatch ?? '').trim();
  if (wanted === '*') return call.world.getSwitch('google.ifMatchStar', true);
  return wanted === etag || `"${wanted}"` === etag;
}

export function organizerOf(calendar: CalendarState): Person {
  if (calendar.isPrimary) return { email: calendar.id };
  return { email: calendar.id, displayName: calendar.summary };
}
