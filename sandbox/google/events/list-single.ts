/** singleEvents=true: series as their occurrences. */

import type { Call } from '../call.ts';
import { changesAfter, type CalendarState } from '../state.ts';
import type { StoredEvent } from './event.ts';
import { instanceAt, instancesOf, instantOf, isForgotten, slotsOf, spanOf } from './instances.ts';
import { isMatch } from './list-filter.ts';
import type { ListQuery } from './list-query.ts';

/** After a long series is deleted only about this much of it comes as cancelled instances. */
const CANCELLED_MONTHS = 6;
const MONTH_MS = 30 * 86_400_000;

/** Everything the listing holds, all pages together, in order. */
export function listSingleEvents(
  call: Call,
  calendar: CalendarState,
  query: ListQuery,
): StoredEvent[] {
  const found: StoredEvent[] = [];
  const told = new Set<string>();
  const add = (event: StoredEvent) => {
    if (told.has(event.id) || !isWanted(event, query)) return;
    if (!isMatch(event, query, calendar)) return;
    told.add(event.id);
    found.push(event);
  };
  for (const event of changesAfter(calendar, query.since)) {
    if (isForgotten(call, event)) continue;
    if (event.data.recurrence) occurrencesOf(call, calendar, event, query).forEach(add);
    else if (!isPartOfListedSeries(calendar, event, query)) add(event);
  }
  return query.orderBy === 'startTime' ? sortByStart(found, calendar.timeZone) : found;
}

/** A changed series comes as all its instances; a deleted one as some cancelled ones. */
function occurrencesOf(
  call: Call,
  calendar: CalendarState,
  master: StoredEvent,
  query: ListQuery,
): StoredEvent[] {
  if (master.data.status === 'cancelled') {
    if (!query.isIncremental) return [];
    const months = call.world.getSwitch('google.cancelledInstanceMonths', CANCELLED_MONTHS);
    const reach = months * MONTH_MS;
    return slotsOf(call, master, { from: call.now - reach, to: call.now + reach }).map((slot) =>
      instanceAt(master, slot),
    );
  }
  const window = { from: query.timeMin, to: query.timeMax };
  return instancesOf(call, calendar, master, spanOf(call, master, window));
}

function isPartOfListedSeries(
  calendar: CalendarState,
  event: StoredEvent,
  query: ListQuery,
): boolean {
  const master = calendar.events.get(event.data.recurringEventId ?? '');
  return master !== undefined && master.stamp > query.since;
}

function isWanted(event: StoredEvent, query: ListQuery): boolean {
  if (event.data.status !== 'cancelled') return true;
  return query.showDeleted || query.isIncremental || query.updatedMin !== undefined;
}

function sortByStart(events: StoredEvent[], zone: string): StoredEvent[] {
  return events
    .map((event) => ({ event, at: instantOf(event.data.start, zone) }))
    .sort((left, right) => left.at - right.at)
    .map(({ event }) => event);
}
