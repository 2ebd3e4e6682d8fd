/** freeBusy.query. */

import { findCalendar, isAtLeast, roleOf } from './access.ts';
import { ok, type Answer, type Call } from './call.ts';
import { GoogleError, invalid, required, timeRangeEmpty } from './errors.ts';
import type { StoredEvent } from './events/event.ts';
import { instancesOf, instantOf, spanOf } from './events/instances.ts';
import { parseTimestamp } from './events/time.ts';
import { findInteger, findObjects, findString, type JsonObject } from './json.ts';
import type { CalendarState } from './state.ts';
import { formatInstant, isZone } from './zones.ts';

/** Source: FreeBusyRequest.calendarExpansionMax. */
const CALENDARS_MAX = 50;
/** Neither keeps anybody from other work. */
const NEVER_BUSY = ['workingLocation', 'birthday'];

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Per calendar either busy times or errors, inside a 200. */
export function queryFreeBusy(call: Call): Answer {
  const { body } = call;
  const range = readRange(body);
  const zone = findString(body, 'timeZone') ?? 'UTC';
  if (!isZone(zone)) throw invalid('Invalid time zone.');
  const max = Math.min(findInteger(body, 'calendarExpansionMax') ?? CALENDARS_MAX, CALENDARS_MAX);
  const calendars: Record<string, object> = {};
  for (const [index, item] of (findObjects(body, 'items') ?? []).entries()) {
    const id = findString(item, 'id');
    if (!id) throw required('Missing calendar id.');
    calendars[id] =
      index < max ? busyOf(call, id, range, zone) : failure('tooManyCalendarsRequested');
  }
  return ok({
    kind: 'calendar#freeBusy',
    timeMin: new Date(range.from).toISOString(),
    timeMax: new Date(range.to).toISOString(),
    calendars,
  });
}

function busyOf(call: Call, id: string, range: Range, zone: string): object {
  const calendar = findCalendar(call, id);
  if (!calendar || !isAtLeast(roleOf(calendar, call.user), 'freeBusyReader')) {
    return failure('notFound');
  }
  const busy = merge(rangesOf(call, calendar, range));
  return {
    busy: busy.map(({ from, to }) => ({
      start: formatInstant(zone, from),
      end: formatInstant(zone, to),
    })),
  };
}

function rangesOf(call: Call, calendar: CalendarState, range: Range): Range[] {
  const found: Range[] = [];
  const add = (event: StoredEvent) => {
    const from = Math.max(range.from, instantOf(event.data.start, calendar.timeZone));
    const to = Math.min(range.to, instantOf(event.data.end, calendar.timeZone));
    if (from < to && isBusy(event, calendar.id)) found.push({ from, to });
  };
  for (const event of calendar.events.values()) {
    if (
      event.data.recurringEventId !== undefined &&
      calendar.events.has(event.data.recurringEventId)
    ) {
      continue;
    }
    if (!event.data.recurrence) add(event);
    else if (event.data.status !== 'cancelled') {
      for (const instance of instancesOf(call, calendar, event, spanOf(call, event, range))) {
        add(instance);
      }
    }
  }
  return found;
}

function isBusy({ data }: StoredEvent, calendarId: string): boolean {
  const own = data.attendees?.find(({ email }) => email === calendarId);
  return (
    data.status !== 'cancelled' &&
    data.transparency !== 'transparent' &&
    own?.responseStatus !== 'declined' &&
    !NEVER_BUSY.includes(data.eventType)
  );
}

function merge(ranges: Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of ranges.sort((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last && range.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

function readRange(body: JsonObject): Range {
  const [timeMin, timeMax] = [findString(body, 'timeMin'), findString(body, 'timeMax')];
  if (!timeMin || !timeMax) throw required('Missing timeMin or timeMax.');
  const [from, to] = [parseTimestamp(timeMin), parseTimestamp(timeMax)];
  if (from === undefined || to === undefined) {
    throw new GoogleError(400, 'badRequest', 'Bad Request');
  }
  if (to <= from) throw timeRangeEmpty();
  return { from, to };
}

function failure(reason: string): object {
  return { errors: [{ domain: 'global', reason }], busy: [] };
}
