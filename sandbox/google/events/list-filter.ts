/** Which events a listing holds. */

import type { CalendarState } from '../state.ts';
import { toInstant } from '../zones.ts';
import { isAllDay, type EventTime, type StoredEvent } from './event.ts';
import type { ListQuery } from './list-query.ts';
import { parseDate } from './time.ts';

/** For singleEvents=false: masters, single events, exceptions; tombstones as the query wants. */
export function isListed(event: StoredEvent, query: ListQuery, calendar: CalendarState): boolean {
  return isStatusListed(event, query, calendar) && isMatch(event, query, calendar);
}

export function isMatch(event: StoredEvent, query: ListQuery, calendar: CalendarState): boolean {
  const { data } = event;
  if (query.eventTypes.length > 0 && !query.eventTypes.includes(data.eventType)) return false;
  if (query.iCalUID !== undefined && data.iCalUID !== query.iCalUID) return false;
  if (query.updatedMin !== undefined && event.updatedStamp < query.updatedMin * 1000) return false;
  if (!isInWindow(event, query, calendar)) return false;
  const { private: own, shared } = data.extendedProperties ?? {};
  if (!query.privateProperties.every((wanted) => hasProperty(own, wanted))) return false;
  if (!query.sharedProperties.every((wanted) => hasProperty(shared, wanted))) return false;
  return query.search === undefined || isFound(event, query.search);
}

/** The instant of a time; a date begins at midnight in the calendar's zone. */
export function instantOf(time: EventTime, calendarZone: string): number {
  return isAllDay(time) ? toInstant(calendarZone, parseDate(time.date) ?? 0) : time.at;
}

/** Cancelled exceptions of a live series are always there; other tombstones only when asked for. */
function isStatusListed(event: StoredEvent, query: ListQuery, calendar: CalendarState): boolean {
  if (event.data.status !== 'cancelled' || query.showDeleted || query.isIncremental) return true;
  if (query.updatedMin !== undefined) return true;
  const master = event.data.recurringEventId;
  if (master === undefined) return false;
  const series = calendar.events.get(master);
  return series !== undefined && series.data.status !== 'cancelled';
}

/** `timeMin` bounds the end, `timeMax` the start, both exclusive. Source: events.list. */
function isInWindow(event: StoredEvent, query: ListQuery, calendar: CalendarState): boolean {
  const { timeMin, timeMax } = query;
  if (timeMin === undefined && timeMax === undefined) return true;
  const { start, end } = event.data;
  if (timeMax !== undefined && instantOf(start, calendar.timeZone) >= timeMax) return false;
  return timeMin === undefined || instantOf(end, calendar.timeZone) > timeMin;
}

function hasProperty(properties: Readonly<Record<string, string>> | undefined, wanted: string) {
  const cut = wanted.indexOf('=');
  return properties?.[wanted.slice(0, cut)] === wanted.slice(cut + 1);
}

function isFound(event: StoredEvent, search: string): boolean {
  const { data } = event;
  const people = [data.organizer, ...(data.attendees ?? [])];
  const haystack = [
    data.summary,
    data.description,
    data.location,
    ...people.flatMap(({ email, displayName }) => [email, displayName]),
    JSON.stringify(data.workingLocationProperties ?? ''),
  ]
    .join('\n')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
