import type { Activity } from '../../../src/api/schemas/activities.ts';
import type { CalendarEvent } from '../../../src/api/schemas/calendar-events.ts';
import { addDays, wallClockAt } from '../../time/wall-clock.ts';
import { usableZone } from '../../time/zones.ts';
import { type EventValues, lengthOf, moveStart } from '../event-values.ts';

/** Tells apart what is drawn: an occurrence has no id of its own. */
export const keyOf = ({ id, original_start }: CalendarEvent) => `${id} ${original_start ?? ''}`;

/** Where something was dropped or drawn. All-day: dates, the end excluded; else instants. */
export type Place =
  | { isAllDay: true; start: string; end: string }
  | { isAllDay: false; start: Date; end: Date };

/** An event that was dragged, or stretched at its end. */
export interface Move {
  event: CalendarEvent;
  kind: 'drag' | 'stretch';
  to: Place;
}

/** The activity that an event on the calendar is: of an unchanged occurrence, the series at its date. */
export function toActivity(activity: Activity, event: CalendarEvent): Activity {
  const { is_all_day, start, end, time_zone, starts_at, ends_at } = event;
  const when = { is_all_day, start, end, time_zone, starts_at, ends_at };
  const { series_id, original_start } = event;
  return event.is_exception ? activity : { ...activity, ...when, series_id, original_start };
}

/** What would stand in the form. A dragged event keeps its zone and, by the clock, its length. */
export function moveValues(
  before: EventValues,
  { kind, to }: Move,
  viewerZone: string,
): EventValues {
  if (to.isAllDay) {
    return { ...before, isAllDay: true, startDate: to.start, endDate: addDays(to.end, -1) };
  }
  const timeZone = usableZone(before.isAllDay ? viewerZone : before.timeZone);
  const [start, end] = [wallClockAt(to.start, timeZone), wallClockAt(to.end, timeZone)];
  const startsAt = { startDate: start.date, startTime: start.time };
  const timed = { ...before, isAllDay: false, timeZone };
  if (kind === 'drag' && !before.isAllDay) return moveStart(timed, startsAt, lengthOf(before));
  return { ...timed, ...startsAt, endDate: end.date, endTime: end.time };
}

/** Where a new event begins: what was drawn, or the hour that was clicked, by the viewer's clock. */
export function newValues(place: Place, viewerZone: string): Partial<EventValues> {
  if (place.isAllDay) {
    return { isAllDay: true, startDate: place.start, endDate: addDays(place.end, -1) };
  }
  const [start, end] = [place.start, place.end].map((at) => wallClockAt(at, viewerZone));
  if (!start || !end) return {};
  return {
    isAllDay: false,
    startDate: start.date,
    startTime: start.time,
    endDate: end.date,
    endTime: end.time,
  };
}
