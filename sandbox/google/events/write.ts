/** events.insert, import, quickAdd, update, patch, delete and move. */

import { getCalendar, isAtLeast, roleOf } from '../access.ts';
import { NO_CONTENT, ok, type Answer, type Call } from '../call.ts';
import {
  accessLevelRequired,
  alreadyDeleted,
  conditionNotMet,
  duplicate,
  invalid,
  notFound,
  required,
} from '../errors.ts';
import { findObject, findString, isObject, mergePatch } from '../json.ts';
import { exceptionsOf, type CalendarState } from '../state.ts';
import { readConference } from './conference.ts';
import { declineOwn, isOrganizerCopy } from './copies.ts';
import { etagOf, type EventData, type Person, type StoredEvent } from './event.ts';
import { checkClientId, importedId, makeId } from './ids.ts';
import { findRecord } from './instances.ts';
import { readEventType, withTypeRules } from './kinds.ts';
import { readReminders, readWritten } from './read-body.ts';
import { readGuarded, replaceEvent, saveAndSpread } from './replace.ts';
import { saveEvent } from './save.ts';
import { renderEvent } from './render.ts';
import { viewOf, wholeView } from './view.ts';

const HOUR_MS = 3_600_000;

/** Source: events.insert. A used id is refused for ever, also that of a deleted event. */
export function insertEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const givenId = findString(call.body, 'id');
  const givenUid = findString(call.body, 'iCalUID');
  if (givenId !== undefined) checkClientId(givenId);
  if (givenId !== undefined && givenUid !== undefined && givenUid !== `${givenId}@google.com`) {
    throw invalid('Only one of id and iCalUID may be given.');
  }
  const eventType = readEventType(call, calendar);
  const id = givenId ?? makeId(() => call.world.runtime.random());
  const iCalUID = givenUid ?? `${id}@google.com`;
  const data = newData(call, calendar, { iCalUID, eventType, organizer: organizerOf(calendar) });
  if (calendar.events.has(id) || calendar.byUid.has(iCalUID)) throw duplicate();
  return answer(call, calendar, saveAndSpread(call, calendar, undefined, newDraft(call, id, data)));
}

/** A private copy of somebody's event; a known iCalUID is brought up to date. Mails nobody. */
export function importEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const iCalUID = findString(call.body, 'iCalUID');
  if (!iCalUID) throw required('Missing iCalUID.');
  const organizer = readOrganizer(call) ?? organizerOf(calendar);
  const data = newData(call, calendar, { iCalUID, eventType: 'default', organizer });
  const id = importedId(iCalUID);
  const known = [...(calendar.byUid.get(iCalUID) ?? [])]
    .map((each) => calendar.events.get(each))
    .find((each) => each?.data.recurringEventId === undefined);
  if (!known) {
    return answer(call, calendar, saveEvent(call, calendar, newDraft(call, id, data)));
  }
  const given = typeof call.body.sequence === 'number' ? call.body.sequence : known.data.sequence;
  if (given < known.data.sequence && call.world.getSwitch('google.refuseLowerSequence', true)) {
    throw invalid('Invalid sequence value.');
  }
  const next = { ...data, creator: known.data.creator, sequence: given };
  return answer(call, calendar, saveEvent(call, calendar, { ...known, data: next }));
}

/** The text becomes the title of an hour from now; Google's reading of dates is not played. */
export function quickAddEvent(call: Call): Answer {
  const text = call.query.text('text');
  if (!text) throw required('Missing text.', 'text');
  const begin = Math.ceil(call.now / HOUR_MS) * HOUR_MS;
  const body = {
    summary: text,
    start: { dateTime: new Date(begin).toISOString() },
    end: { dateTime: new Date(begin + HOUR_MS).toISOString() },
  };
  return insertEvent({ ...call, body });
}

/** The whole resource is replaced: writable members that are missing are cleared. */
export function updateEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const current = getWritable(call, calendar);
  return answer(call, calendar, replaceEvent(call, calendar, current, call.body));
}

/** Members given are merged in, arrays replaced whole, `null` clears. Source: events.patch. */
export function patchEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const current = getWritable(call, calendar);
  const whole = renderEvent(current, wholeView(call, calendar));
  const merged = mergePatch(whole, call.body);
  if (!isObject(merged)) throw invalid();
  // A new request for a conference replaces the old conference.
  const request = findObject(findObject(call.body, 'conferenceData') ?? {}, 'createRequest');
  const body = request ? { ...merged, conferenceData: { createRequest: request } } : merged;
  return answer(call, calendar, replaceEvent(call, calendar, current, body));
}

/** 204; a second delete is 410 `deleted`. A guest's delete is a refusal. Source: guides/errors. */
export function deleteEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writerWithoutPrivateAccess');
  const found = findRecord(call, calendar, call.path.eventId ?? '');
  if (found?.data.status === 'cancelled') throw alreadyDeleted();
  const current = getWritable(call, calendar);
  const left = isOrganizerCopy(current) ? current : declineOwn(current);
  saveAndSpread(call, calendar, current, {
    ...left,
    data: { ...left.data, status: 'cancelled' },
  });
  return NO_CONTENT;
}

/**
 * Changes the organizer. The old calendar keeps a bare stub, or a guest's copy if its owner is
 * among the guests. Source: events.move.
 */
export function moveEvent(call: Call): Answer {
  const calendar = getCalendar(call, 'writer');
  const destinationId = call.query.text('destination');
  if (!destinationId) throw required('Missing destination.', 'destination');
  const destination = getCalendar(call, 'writer', destinationId);
  const current = getWritable(call, calendar);
  const { data } = current;
  if (data.eventType !== 'default') throw invalid('Events of this type cannot be moved.');
  if (data.recurringEventId !== undefined) throw invalid('Instances cannot be moved.');
  if (destination === calendar) return answer(call, calendar, current);
  const existing = destination.events.get(current.id);
  if (existing && !existing.isBare && existing.data.iCalUID !== data.iCalUID) throw duplicate();
  const moved = { ...data, organizer: organizerOf(destination) };
  const event = saveAndSpread(call, destination, existing, {
    ...current,
    data: moved,
    isBare: undefined,
  });
  for (const exception of exceptionsOf(calendar, current.id)) {
    const { organizer } = moved;
    saveEvent(call, destination, { ...exception, data: { ...exception.data, organizer } });
  }
  const isGuest = data.attendees?.some(({ email }) => email === calendar.id);
  if (!isGuest) {
    saveAndSpread(call, calendar, current, {
      ...current,
      data: { ...moved, status: 'cancelled' },
      isBare: true,
    });
  }
  return answer(call, destination, event);
}

function newData(
  call: Call,
  calendar: CalendarState,
  identity: { iCalUID: string; eventType: string; organizer: Person },
): EventData {
  const { body } = call;
  const sequence = typeof body.sequence === 'number' ? Math.max(0, body.sequence) : 0;
  const data: EventData = {
    ...readWritten(body, calendar.timeZone),
    creator: { email: call.user.email },
    ...identity,
    sequence,
    ...readConference(call, body, undefined),
  };
  return withTypeRules(readGuarded(call, data));
}

function newDraft(call: Call, id: string, data: EventData) {
  const reminders = { [call.user.accountId]: readReminders(call.body) };
  return { id, data, reminders, createdAt: call.now };
}

function answer(call: Call, calendar: CalendarState, event: StoredEvent): Answer {
  return ok(renderEvent(event, viewOf(call, calendar)));
}

/** The event of the path. Throws 404, 403 for a private one, 412 for another version. */
function getWritable(call: Call, calendar: CalendarState): StoredEvent {
  const event = findRecord(call, calendar, call.path.eventId ?? '');
  if (!event || event.isBare) throw notFound();
  const isPrivate = ['private', 'confidential'].includes(event.data.visibility ?? '');
  if (isPrivate && !isAtLeast(roleOf(calendar, call.user), 'writer')) {
    throw accessLevelRequired('writer');
  }
  if (call.isInBatch && event.data.eventType === 'workingLocation') {
    throw invalid('Working location events are not supported in batch requests.');
  }
  if (call.ifMatch !== null && !matches(call, etagOf(event.versionStamp))) throw conditionNotMet();
  return event;
}

/** `If-Match: *` is not documented; by default it accepts any version. */
function matches(call: Call, etag: string): boolean {
  const wanted = (call.ifMatch ?? '').trim();
  if (wanted === '*') return call.world.getSwitch('google.ifMatchStar', true);
  return wanted === etag || `"${wanted}"` === etag;
}

function organizerOf(calendar: CalendarState): Person {
  if (calendar.isPrimary) return { email: calendar.id };
  return { email: calendar.id, displayName: calendar.summary };
}

function readOrganizer({ body }: Call): Person | undefined {
  const organizer = findObject(body, 'organizer');
  const email = organizer && findString(organizer, 'email');
  if (!organizer || !email) return undefined;
  const displayName = findString(organizer, 'displayName');
  return displayName ? { email: email.toLowerCase(), displayName } : { email: email.toLowerCase() };
}
