/** Which events a listing holds. */

import type { Call } from '../call.ts';
import type { CalendarState } from '../state.ts';
import type { StoredEvent } from './event.ts';
import { instantOf, slotsOf, spanOf } from './instances.ts';
import type { ListQuery } from './list-query.ts';

/** For singleEvents=false: masters, single events, exceptions; tombstones as the query wants. */
export function isListed(
  call: Call,
  event: StoredEvent,
  query: ListQuery,
  calendar: CalendarState,
): boolean {
  if (!isStatusListed(event, query, calendar)) return false;
  // A series may begin before the window and last into it.
  if (!event.data.recurrence) return isMatch(event, query, calendar);
  return isMatch(event, withoutWindow(query), calendar) && isSeriesInWindow(call, event, query);
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

/**
 * By the bounds of the series as a whole: masters that ended before the window may come too, which
 * Google does (seen in practice), so only what surely does not touch the window is left out.
 */
function isSeriesInWindow(call: Call, master: StoredEvent, query: ListQuery): boolean {
  const { timeMin, timeMax } = query;
  if (timeMin === undefined && timeMax === undefined) return true;
  const span = spanOf(call, master, { from: timeMin, to: timeMax });
  return slotsOf(call, master, span, 1).length > 0;
}

function withoutWindow(query: ListQuery): ListQuery {
  return { ...query, timeMin: undefined, timeMax: undefined };
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
