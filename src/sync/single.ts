import { findOccurrence, listOccurrences, toWall } from '../calendar/occurrences.ts';
import {
  type Occurrence,
  type OriginalStart,
  type Series,
  startOf,
} from '../calendar/recurrence.ts';

/**
 * A series that a calendar can hold neither as one nor as several is single events there, for a year
 * ahead. Each is a part of the copy, whose number is made of the start that the rule gives it: it stays
 * the same whatever becomes of the others (SPEC O13).
 */
const AHEAD_MS = 365 * 24 * 60 * 60_000;
/** How often a year's end is moved on: so much of it may be missing. */
export const ROLL_MS = 30 * 24 * 60 * 60_000;
/** Of one series in one year: more than two a day are no plan of a person's. */
const SINGLES_MAX = 800;
/** Series that a calendar holds as several are numbered from 0, and are far fewer. */
export const PARTS_MAX = 1_000;
/** Nothing is made beyond it: twice a number fits into 32 bits. */
const LAST_MS = Date.UTC(4_000, 0, 1);

/** What the copy of an exception says as its `series_form` where it is an event by itself there. */
export const BY_ITSELF = 'by-itself';

/** Whether the part is one date; below zero where the series has that date no more. */
export const isSingle = ({ part }: { part: number }): boolean => Math.abs(part) > PARTS_MAX;

/** Minutes since 1970 of the start, as if the wall were in UTC. */
export const numberOf = (start: OriginalStart): number => Math.floor(toWall(start) / 60);

/** Whether its number says enough of it. */
const mayBeFound = ({ when, recurrence }: Series, start: OriginalStart): boolean =>
  start.length === 10 ||
  [startOf(when).slice(16), ':00'].includes(start.slice(16)) ||
  recurrence.rdates.includes(start);

/** The occurrence that the part is; null where the series has none there. */
export function findSingle(series: Series, part: number): Occurrence | null {
  if (part < 0) return null;
  const minute = new Date(part * 60_000).toISOString().slice(0, 16);
  if (series.when.kind === 'all-day') return findOccurrence(series, minute.slice(0, 10));
  const extra = series.recurrence.rdates.filter((start) => start.startsWith(minute));
  const starts = [`${minute}${startOf(series.when).slice(16)}`, `${minute}:00`, ...extra];
  for (const start of starts) {
    const found = findOccurrence(series, start);
    // A time that clocks skip is found by another name, too.
    if (found?.originalStart === start) return found;
  }
  return null;
}

/**
 * The numbers of the occurrences from now to a year ahead, of the first coming one at least, and whether
 * there are more to come. Null where they are too many to be single events.
 */
export function listSingles(
  series: Series,
  now: Date,
): { numbers: number[]; hasMore: boolean } | null {
  const until = new Date(now.getTime() + AHEAD_MS);
  const later = listOccurrences(series, { from: until, until: new Date(LAST_MS) }, 2);
  const coming = listOccurrences(series, { from: now, until }, SINGLES_MAX + 1);
  const shown = coming.length > 0 ? coming : later.slice(0, 1);
  const numbers = [...new Set(shown.map(({ originalStart }) => numberOf(originalStart)))];
  const isTold = shown.every(({ originalStart }) => mayBeFound(series, originalStart));
  if (numbers.length < shown.length || numbers.length > SINGLES_MAX || !isTold) return null;
  return { numbers, hasMore: later.length > 0 };
}
