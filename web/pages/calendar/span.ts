import type { TimeWindow } from '../../api/calendar-events.ts';
import { addDays } from '../../time/wall-clock.ts';

/** Which days a view shows. Dates are text, `2026-11-24`; weekdays are 0 for Sunday to 6. */

export const views = ['month', 'week', 'day', 'agenda'] as const;
export type View = (typeof views)[number];

/** How far ahead an agenda looks. */
export const AGENDA_DAYS = 28;

const weekdayOf = (date: string) => new Date(`${date}T12:00:00Z`).getUTCDay();
const firstOfMonth = (date: string) => `${date.slice(0, 7)}-01`;

export function startOfWeek(date: string, firstDay: number): string {
  return addDays(date, -((weekdayOf(date) - firstDay + 7) % 7));
}

/** What a phone has room for of a week, from any day on. */
export const SHORT_WEEK = 3;

/** Where weeks begin, and whether they are short ones. */
export interface Weeks {
  firstDay: number;
  isShort: boolean;
}

/** The days in a view, the last one included. */
export function daysOf(
  view: View,
  date: string,
  { firstDay, isShort }: Weeks,
): { first: string; last: string } {
  if (view === 'day') return { first: date, last: date };
  if (view === 'agenda') return { first: date, last: addDays(date, AGENDA_DAYS - 1) };
  if (view === 'week' && isShort) return { first: date, last: addDays(date, SHORT_WEEK - 1) };
  if (view === 'week') {
    const first = startOfWeek(date, firstDay);
    return { first, last: addDays(first, 6) };
  }
  const first = startOfWeek(firstOfMonth(date), firstDay);
  return { first, last: addDays(first, 6 * 7 - 1) };
}

/**
 * What is asked of the server: the days with one more on both sides, since days begin elsewhere in
 * other zones. A week and a day ask for the month that they are in, so going through a month asks once,
 * and a phone that is turned asks for nothing new.
 */
export function windowOf(view: View, date: string, weeks: Weeks): TimeWindow {
  const { first, last } = daysOf(view === 'agenda' ? view : 'month', date, weeks);
  // A short week may go on after the last week of its month.
  const end = addDays(last, 1 + SHORT_WEEK);
  return { from: `${addDays(first, -1)}T00:00:00Z`, to: `${end}T00:00:00Z` };
}

/** The date that the arrows lead to. */
export function stepFrom(view: View, date: string, direction: 1 | -1, isShort = false): string {
  if (view !== 'month') {
    const days = { week: isShort ? SHORT_WEEK : 7, day: 1, agenda: AGENDA_DAYS }[view];
    return addDays(date, direction * days);
  }
  const first = firstOfMonth(addDays(firstOfMonth(date), direction === 1 ? 31 : -1));
  // The 31st has no day in some months: the last one stands in.
  const same = addDays(first, Number(date.slice(8)) - 1);
  return same.startsWith(first.slice(0, 7)) ? same : addDays(firstOfMonth(same), -1);
}

export const isView = (value: unknown): value is View => views.includes(value as View);

/** Only what is a date; the address may say anything. */
export function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}
