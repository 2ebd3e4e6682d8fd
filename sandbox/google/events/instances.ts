/** Occurrences of a series that nobody has touched, and where to find those that somebody has. */

import type { Change } from '../call.ts';
import { expandSeries, parseSeries, type Series, type SeriesStart } from '../recurrence/series.ts';
import { exceptionsOf, type CalendarState } from '../state.ts';
import { toInstant, toWall } from '../zones.ts';
import { isAllDay, type EventTime, type StoredEvent } from './event.ts';
import { parseDate, printDate } from './time.ts';

/** An endless series is listed this far ahead; many pages, but they end. */
const EXPANSION_YEARS = 10;
const INSTANCES_PER_SERIES_MAX = 5_000;
const DAY_MS = 86_400_000;

const parsed = new WeakMap<readonly string[], Series | null>();

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** `<series>_<start in UTC>`, for all-day events `<series>_<date>`. Seen in real payloads. */
export function instanceId(masterId: string, original: EventTime): string {
  const stamp = isAllDay(original)
    ? original.date.replaceAll('-', '')
    : `${new Date(original.at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `${masterId}_${stamp}`;
}

/** Starts of the series within the span (midnights as if in UTC for all-day series). */
export function slotsOf(
  call: Change,
  master: StoredEvent,
  span: Span,
  limit = INSTANCES_PER_SERIES_MAX,
): EventTime[] {
  const { start, recurrence } = master.data;
  const series = findSeries(master);
  if (!recurrence || !series) return [];
  const options = {
    ...span,
    limit,
    startAlwaysOccurs: call.world.getSwitch('google.startAlwaysOccurs', true),
  };
  const found = expandSeries(series, startOf(start), options);
  if (isAllDay(start)) return found.map((at) => ({ date: printDate(at) }));
  return found.map((at) => ({ at, timeZone: start.timeZone }));
}

export function isSlot(call: Change, master: StoredEvent, original: EventTime): boolean {
  if (isAllDay(original) !== isAllDay(master.data.start)) return false;
  const from = isAllDay(original) ? (parseDate(original.date) ?? 0) : original.at;
  return slotsOf(call, master, { from, to: from + 1 }).length > 0;
}

/** The occurrence at `original` as the series alone describes it. */
export function instanceAt(master: StoredEvent, original: EventTime): StoredEvent {
  const { recurrence: _recurrence, ...data } = master.data;
  const times = shiftedTo(master, original);
  return {
    ...master,
    id: instanceId(master.id, original),
    data: { ...data, ...times, recurringEventId: master.id, originalStartTime: original },
  };
}

/** The record behind an id: a stored event, or an occurrence that exists only by its series. */
export function findRecord(
  call: Change,
  calendar: CalendarState,
  eventId: string,
): StoredEvent | undefined {
  const stored = calendar.events.get(eventId);
  if (stored) return isForgotten(call, stored) ? undefined : stored;
  const match = /^(.+)_(\d{8})(?:T(\d{6})Z)?$/.exec(eventId);
  const master = match && calendar.events.get(match[1] ?? '');
  if (!match || !master || isForgotten(call, master)) return undefined;
  const original = originalOf(master, match[2] ?? '', match[3]);
  return original && isSlot(call, master, original) ? instanceAt(master, original) : undefined;
}

/** Every occurrence in the span, exceptions in the place of what they replace. */
export function instancesOf(
  call: Change,
  calendar: CalendarState,
  master: StoredEvent,
  span: Span,
): StoredEvent[] {
  const exceptions = new Map(exceptionsOf(calendar, master.id).map((event) => [event.id, event]));
  const instances = plainInstancesOf(call, master, span).map((plain) => {
    const exception = exceptions.get(plain.id);
    exceptions.delete(plain.id);
    return exception ?? plain;
  });
  // What is left was moved here from outside the span, or has lost its place in the series.
  return [...instances, ...exceptions.values()];
}

/** The last expansion of each series, because a listing asks for it again for every page. */
const expanded = new WeakMap<StoredEvent, { key: string; instances: readonly StoredEvent[] }>();

function plainInstancesOf(call: Change, master: StoredEvent, span: Span): readonly StoredEvent[] {
  const isStartIn = call.world.getSwitch('google.startAlwaysOccurs', true);
  const key = `${span.from} ${span.to} ${isStartIn}`;
  const known = expanded.get(master);
  if (known?.key === key) return known.instances;
  const instances = slotsOf(call, master, span).map((original) => instanceAt(master, original));
  expanded.set(master, { key, instances });
  return instances;
}

/** From the series' beginning, or a bound on the starts, to as far as endless series are told. */
export function spanOf(
  call: Change,
  master: StoredEvent,
  window: { from?: number | undefined; to?: number | undefined } = {},
): Span {
  const years = call.world.getSwitch('google.expansionYears', EXPANSION_YEARS);
  const horizon = (Math.floor(call.now / DAY_MS) + years * 366) * DAY_MS;
  const { start, end } = master.data;
  const length = Math.max(0, momentOf(end) - momentOf(start));
  return {
    from: (window.from ?? Number.MIN_SAFE_INTEGER) - length - DAY_MS,
    to: Math.min(window.to ?? horizon, horizon) + DAY_MS,
  };
}

/** Tombstones vanish after a while; their ids stay taken. Source: Event.status. */
export function isForgotten(call: Change, event: StoredEvent): boolean {
  if (event.data.status !== 'cancelled' || event.data.recurringEventId !== undefined) return false;
  const days = call.world.getSwitch('google.tombstoneDays', 30);
  return event.updatedStamp < (call.now - days * DAY_MS) * 1000;
}

/** An instant, or midnight as if in UTC. */
export function momentOf(time: EventTime): number {
  return isAllDay(time) ? (parseDate(time.date) ?? 0) : time.at;
}

function findSeries(master: StoredEvent): Series | null {
  const lines = master.data.recurrence;
  if (!lines) return null;
  let series = parsed.get(lines);
  if (series === undefined) {
    series = parseSeries(lines, isAllDay(master.data.start)) ?? null;
    parsed.set(lines, series);
  }
  return series;
}

function startOf(start: EventTime): SeriesStart {
  if (isAllDay(start)) return { wall: parseDate(start.date) ?? 0, timeZone: null };
  return { wall: toWall(start.timeZone, start.at), timeZone: start.timeZone };
}

function shiftedTo(master: StoredEvent, original: EventTime): { start: EventTime; end: EventTime } {
  const { start, end } = master.data;
  if (isAllDay(original)) {
    const length = momentOf(end) - momentOf(start);
    return { start: original, end: { date: printDate(momentOf(original) + length) } };
  }
  if (isAllDay(start) || isAllDay(end)) return { start: original, end: original };
  return { start: original, end: { at: original.at + end.at - start.at, timeZone: end.timeZone } };
}

function originalOf(master: StoredEvent, date: string, time?: string): EventTime | undefined {
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const { start } = master.data;
  if (time === undefined) return isAllDay(start) ? { date: iso } : undefined;
  if (isAllDay(start)) return undefined;
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
  const at = Date.parse(`${iso}T${clock}Z`);
  return Number.isNaN(at) ? undefined : { at, timeZone: start.timeZone };
}

/** Midnight of a date in the calendar's zone, or the instant itself. */
export function instantOf(time: EventTime, calendarZone: string): number {
  return isAllDay(time) ? toInstant(calendarZone, momentOf(time)) : time.at;
}
