import { addDays, toMinutes, wallClockAt } from '../../time/wall-clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** What ends before this hour of a day belongs to the evening before. In milliseconds. */
export const NIGHT_MS = 5 * 60 * 60 * 1000;

/** Days in a row, as the viewer has them. */
export interface Days {
  /** `2026-11-24`. */
  first: string;
  /** When each begins, and at last when the last one ends: instants in milliseconds. */
  midnights: number[];
}

/** Both dates included. */
export function listDays(first: string, last: string, timeZone: string): Days {
  const midnights: number[] = [];
  for (let date = first; date <= addDays(last, 1); date = addDays(date, 1)) {
    midnights.push(findMidnight(date, timeZone));
  }
  return { first, midnights };
}

/** The instant when clocks in the zone show it; where they leap over it, the one after. */
function findMidnight(date: string, timeZone: string): number {
  const wanted = Date.parse(`${date}T00:00:00Z`);
  let instant = wanted;
  // The offset is known at an instant, and the instant by its offset: the second look is right.
  for (let looks = 0; looks < 2; looks++) {
    const shown = toMinutes(wallClockAt(new Date(instant), timeZone)) ?? 0;
    instant += wanted - shown * 60_000;
  }
  return instant;
}

/** Dates with the end excluded where all-day; else instants. */
export interface Times {
  isAllDay: boolean;
  start: string;
  end: string;
}

/** The places of its first and last day among the days, cut to them; undefined: on none of them. */
export function findDays(
  { isAllDay, start, end }: Times,
  { first, midnights }: Days,
): { from: number; to: number } | undefined {
  const count = midnights.length - 1;
  const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
  let [from, to] = [0, 0];
  if (isAllDay) {
    const zero = Date.parse(first);
    [from, to] = [(startMs - zero) / DAY_MS, (endMs - zero) / DAY_MS - 1];
  } else {
    from = placeOf(startMs, midnights);
    // What ends at midnight is not of the next day, and what ends in the night hardly.
    to = placeOf(Math.max(startMs, endMs - 1), midnights);
    if (to > from && endMs < (midnights[to] ?? Number.POSITIVE_INFINITY) + NIGHT_MS) to--;
  }
  if (to < 0 || from >= count) return undefined;
  return { from: Math.max(from, 0), to: Math.min(Math.max(to, from), count - 1) };
}

/** How many midnights are past, less one: -1 is before the first day. */
function placeOf(ms: number, midnights: readonly number[]): number {
  let [low, high] = [0, midnights.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((midnights[middle] ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * At most `max` of what is on each day, and how many more there are. `items` are by start, the longer
 * first: what began earlier stays, so a bar of several days is whole or not there.
 */
export function capDays<T extends { from: number; to: number }>(
  items: readonly T[],
  dayCount: number,
  max: number,
): { kept: T[]; more: number[] } {
  const used = Array<number>(dayCount).fill(0);
  const more = Array<number>(dayCount).fill(0);
  const kept = items.filter(({ from, to }) => {
    let hasRoom = true;
    for (let day = from; day <= to; day++) hasRoom &&= (used[day] ?? 0) < max;
    const counts = hasRoom ? used : more;
    for (let day = from; day <= to; day++) counts[day] = (counts[day] ?? 0) + 1;
    return hasRoom;
  });
  return { kept, more };
}
