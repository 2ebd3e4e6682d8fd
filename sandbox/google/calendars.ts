/** Calendars themselves, as against their entries in people's lists. */

import { getCalendar } from './access.ts';
import { createCalendar, newListEntry } from './accounts.ts';
import { putEntry } from './calendar-list.ts';
import { NO_CONTENT, ok, type Answer, type Call } from './call.ts';
import { touchTopic } from './channels.ts';
import { conditionNotMet, forbidden, invalid, required } from './errors.ts';
import { etagOf } from './events/event.ts';
import { makeId } from './events/ids.ts';
import { findObject, findObjects, findString, mergePatch, type JsonObject } from './json.ts';
import { nextStamp, type CalendarState } from './state.ts';
import { isZone } from './zones.ts';

const LABELS_MAX = 200;
const LABEL_NAME_LENGTH_MAX = 50;

export function getOneCalendar(call: Call): Answer {
  return ok(renderCalendar(getCalendar(call, 'freeBusyReader')));
}

/** Makes a secondary calendar and puts it on its owner's list. */
export function insertCalendar(call: Call): Answer {
  const { state, now, body, user } = call;
  const id = `c_${makeId(() => call.world.runtime.random())}@group.calendar.google.com`;
  const calendar = createCalendar(state, now, {
    id,
    ownerEmail: user.email,
    isPrimary: false,
    createdByClient: call.caller.clientId,
    timeZone: 'UTC',
    ...readFields(body),
  });
  calendar.labelProperties = readLabels(call, body);
  putEntry(call, newListEntry(calendar, 0));
  return ok(renderCalendar(calendar));
}

export function updateCalendar(call: Call): Answer {
  return replaceCalendar(call, getOwned(call), call.body);
}

export function patchCalendar(call: Call): Answer {
  const calendar = getOwned(call);
  const merged = mergePatch(renderCalendar(calendar), call.body);
  return replaceCalendar(call, calendar, merged as JsonObject);
}

/** Destroys a secondary calendar. The primary one can only be cleared. */
export function deleteCalendar(call: Call): Answer {
  const calendar = getOwned(call);
  if (calendar.isPrimary) throw invalid('The primary calendar cannot be deleted.');
  call.state.calendars.delete(calendar.id);
  for (const user of call.state.users.values()) {
    const entry = user.entries.get(calendar.id);
    if (!entry) continue;
    const stamp = nextStamp(call.state, call.now);
    user.entries.set(calendar.id, { ...entry, stamp, isDeleted: true });
    touchTopic(call, `calendarList:${user.accountId}`);
  }
  touchTopic(call, `events:${calendar.id}`);
  return NO_CONTENT;
}

/** Deletes every event of the primary calendar, for good, and ends all sync tokens. */
export function clearCalendar(call: Call): Answer {
  const calendar = getOwned(call);
  if (!calendar.isPrimary) throw invalid('Only primary calendars can be cleared.');
  const stamp = nextStamp(call.state, call.now);
  calendar.events.clear();
  calendar.exceptions.clear();
  calendar.byUid.clear();
  calendar.log = [];
  calendar.places.clear();
  calendar.eventsStamp = stamp;
  calendar.tokensValidFrom = stamp;
  touchTopic(call, `events:${calendar.id}`);
  return NO_CONTENT;
}

export function renderCalendar(calendar: CalendarState): JsonObject {
  return {
    kind: 'calendar#calendar',
    etag: etagOf(calendar.stamp),
    id: calendar.id,
    summary: calendar.summary,
    description: calendar.description,
    location: calendar.location,
    timeZone: calendar.timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    ...(!calendar.isPrimary && { dataOwner: calendar.ownerEmail }),
    labelProperties: calendar.labelProperties,
  };
}

function replaceCalendar(call: Call, calendar: CalendarState, body: JsonObject): Answer {
  if (call.ifMatch !== null && call.ifMatch !== '*' && call.ifMatch !== etagOf(calendar.stamp)) {
    throw conditionNotMet();
  }
  const { summary, description, location, timeZone } = readFields(body);
  calendar.labelProperties = readLabels(call, body) ?? calendar.labelProperties;
  calendar.summary = summary;
  calendar.description = description;
  calendar.location = location;
  calendar.timeZone = timeZone ?? calendar.timeZone;
  calendar.stamp = nextStamp(call.state, call.now);
  return ok(renderCalendar(calendar));
}

function readFields(body: JsonObject) {
  const summary = findString(body, 'summary');
  if (!summary) throw required('Missing summary.');
  const timeZone = findString(body, 'timeZone');
  if (timeZone !== undefined && !isZone(timeZone)) throw invalid('Invalid time zone.');
  return {
    summary,
    description: findString(body, 'description') || undefined,
    location: findString(body, 'location') || undefined,
    ...(timeZone !== undefined && { timeZone }),
  };
}

/** At most 200 labels with names of at most 50 characters. Source: LabelProperties. */
function readLabels(call: Call, body: JsonObject): JsonObject | undefined {
  const properties = findObject(body, 'labelProperties');
  if (!properties) return undefined;
  const labels = findObjects(properties, 'eventLabels') ?? [];
  if (labels.length > LABELS_MAX) throw invalid('Too many event labels.');
  return {
    eventLabels: labels.map((label) => {
      const name = findString(label, 'name');
      const backgroundColor = findString(label, 'backgroundColor');
      if ((name?.length ?? 0) > LABEL_NAME_LENGTH_MAX) throw invalid('Label name is too long.');
      if (!backgroundColor) throw required('Missing label color.');
      const id = findString(label, 'id') ?? makeId(() => call.world.runtime.random());
      return { id, ...(name !== undefined && { name }), backgroundColor };
    }),
  };
}

function getOwned(call: Call): CalendarState {
  const calendar = getCalendar(call, 'owner');
  if (calendar.isPrimary && calendar.ownerEmail !== call.user.email) throw forbidden();
  return calendar;
}
