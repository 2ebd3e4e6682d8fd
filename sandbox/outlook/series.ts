import { GraphError } from './graph-error.ts';
import { momentAt, momentOf } from './event-input.ts';
import {
  findFirstDay,
  findLastDay,
  findPreviousDay,
  listDays,
  LAST_DAY,
} from './recurrence-days.ts';
import type { Content, Exception, Moment, Series, StoredEvent } from './state.ts';
import { DAY_MS, dayOf, formatDay, isInGap, parseDate, wallAt } from './wall-clock.ts';

export interface Occurrence {
  /**
   * Date of the original start in the series' zone: one a day at most, so it names the occurrence.
   */
  slot: string;
  exception: Exception | null;
  start: Moment;
  end: Moment;
}

/** Occurrences that overlap the window, by original start; cancelled ones are left out. */
export function listOccurrences(event: StoredEvent, from: number, to: number): Occurrence[] {
  const series = getSeries(event);
  const marginDays = Math.ceil(series.durationMs / DAY_MS) + 2;
  const lastDay = Math.min(dayOf(to) + 2, series.lastDay ?? LAST_DAY);
  const found: Occurrence[] = [];
  for (const day of listDays(series.rule, dayOf(from) - marginDays, lastDay)) {
    const slot = formatDay(day);
    if (series.exceptions[slot] || series.cancelled.includes(slot)) continue;
    const occurrence = plainOccurrence(event, series, day);
    if (overlaps(occurrence.start.at, occurrence.end.at, from, to)) found.push(occurrence);
  }
  // A moved occurrence may lie far from its slot.
  for (const occurrence of listExceptions(event)) {
    if (overlaps(occurrence.start.at, occurrence.end.at, from, to)) found.push(occurrence);
  }
  return found.sort((a, b) => (a.slot < b.slot ? -1 : 1));
}

export function listExceptions(event: StoredEvent): Occurrence[] {
  const slots = Object.keys(getSeries(event).exceptions).sort();
  return slots.map((slot) => occurrenceAt(event, slot));
}

function overlaps(startAt: number, endAt: number, from: number, to: number): boolean {
  return startAt < to && (endAt > from || (endAt === startAt && startAt >= from));
}

/** Whether anything of the event falls into the window. */
export function isInWindow(event: StoredEvent, from: number, to: number): boolean {
  if (!event.series) return overlaps(event.content.start.at, event.content.end.at, from, to);
  return listOccurrences(event, from, to).length > 0;
}

/** The occurrence of a slot, undefined when the rule has none there or it was cancelled. */
export function findOccurrence(event: StoredEvent, slot: string): Occurrence | undefined {
  const { series } = event;
  if (!series || series.cancelled.includes(slot) || !hasSlot(series, slot)) return undefined;
  return occurrenceAt(event, slot);
}

function occurrenceAt(event: StoredEvent, slot: string): Occurrence {
  const series = getSeries(event);
  const plain = plainOccurrence(event, series, parseDate(slot) ?? 0);
  const exception = series.exceptions[slot] ?? null;
  if (!exception) return plain;
  const { start = plain.start, end = plain.end } = exception.overrides;
  return { slot, exception, start, end };
}

/** When the occurrence of a slot began before anybody moved it. */
export function startOfSlot(event: StoredEvent, slot: string): Moment {
  return plainOccurrence(event, getSeries(event), parseDate(slot) ?? 0).start;
}

function plainOccurrence(event: StoredEvent, series: Series, day: number): Occurrence {
  const { isAllDay } = event.content;
  const wall = day * DAY_MS + series.timeOfDayMs;
  const start = momentOf(wall, series.zone, isAllDay);
  // An occurrence pushed forward by a clock change keeps its length instead of ending before it
  // starts.
  const end =
    !isAllDay && isInGap(wall, series.zone)
      ? momentAt(start.at + series.durationMs, series.zone)
      : momentOf(wall + series.durationMs, series.zone, isAllDay);
  return { slot: formatDay(day), exception: null, start, end };
}

export function getSeries(event: StoredEvent): Series {
  if (event.series) return event.series;
  throw new Error(`event ${event.key} is no series`);
}

/** An occurrence's members: the master's but for what it has of its own. */
export function contentOf(event: StoredEvent, occurrence: Occurrence): Content {
  return {
    ...event.content,
    ...occurrence.exception?.overrides,
    start: occurrence.start,
    end: occurrence.end,
  };
}

/**
 * Refuses to move an occurrence to or past the day of a neighbour.
 * Source: event-update, ErrorOccurrenceCrossingBoundary.
 */
export function checkBoundary(event: StoredEvent, slot: string, start: Moment): void {
  const { zone } = getSeries(event);
  const dayIn = (moment: Moment) =>
    dayOf(event.content.isAllDay ? moment.wall : wallAt(moment.at, zone));
  const previous = findNeighbour(event, slot, -1);
  const next = findNeighbour(event, slot, 1);
  const isTooEarly = previous !== undefined && dayIn(start) <= dayIn(previous.start);
  const isTooLate = next !== undefined && dayIn(start) >= dayIn(next.start);
  if (!isTooEarly && !isTooLate) return;
  throw new GraphError(
    400,
    'ErrorOccurrenceCrossingBoundary',
    'Modified occurrence is crossing or overlapping adjacent occurrence.',
  );
}

/** The nearest occurrence before or after a slot that is not cancelled. */
function findNeighbour(event: StoredEvent, slot: string, step: 1 | -1): Occurrence | undefined {
  const series = getSeries(event);
  let day = parseDate(slot) ?? 0;
  // Every cancelled slot is passed at most once.
  for (let tries = 0; tries <= series.cancelled.length; tries++) {
    const found =
      step === 1
        ? listDays(series.rule, day + 1, series.lastDay ?? LAST_DAY).next().value
        : findPreviousDay(series.rule, day);
    if (typeof found !== 'number') return undefined;
    day = found;
    const neighbour = findOccurrence(event, formatDay(day));
    if (neighbour) return neighbour;
  }
  return undefined;
}

/**
 * Brings a series up to date after its rule or its times changed: the master starts with its first
 * occurrence, and what it knew of slots that are gone is forgotten.
 */
export function settleSeries(event: StoredEvent): void {
  const series = getSeries(event);
  const { content } = event;
  const startWall = wallIn(content.start, series.zone, content.isAllDay);
  series.timeOfDayMs = startWall % DAY_MS;
  series.durationMs = wallIn(content.end, series.zone, content.isAllDay) - startWall;
  series.lastDay = findLastDay(series.rule);
  const first = findFirstDay(series.rule);
  if (first !== undefined && first !== dayOf(startWall)) {
    const { start, end } = plainOccurrence(event, series, first);
    content.start = start;
    content.end = end;
  }
  series.cancelled = series.cancelled.filter((slot) => hasSlot(series, slot));
  for (const slot of Object.keys(series.exceptions)) {
    if (!hasSlot(series, slot)) delete series.exceptions[slot];
  }
}

export function wallIn(moment: Moment, zone: string, isAllDay: boolean): number {
  return isAllDay || moment.zone === zone ? moment.wall : wallAt(moment.at, zone);
}

function hasSlot(series: Series, slot: string): boolean {
  const day = parseDate(slot);
  if (day === undefined || (series.lastDay !== null && day > series.lastDay)) return false;
  return listDays(series.rule, day, day).next().value === day;
}
