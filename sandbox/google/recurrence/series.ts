/** A whole series: RRULE and RDATE, less EXRULE and EXDATE, in the zone of its start. */

import { toInstant, toWall } from '../zones.ts';
import { expandRule } from './expand.ts';
import { parseRule, parseUntil, type Rule } from './rule.ts';

export interface Series {
  readonly rules: readonly Rule[];
  readonly exRules: readonly Rule[];
  readonly dates: readonly Moment[];
  readonly exDates: readonly Moment[];
}

/** One date of RDATE or EXDATE: an instant, or a wall time in the zone of the series. */
interface Moment {
  readonly ms: number;
  readonly isInstant: boolean;
}

/** Where a series begins. All-day series are walls at midnight and know no zone (null). */
export interface SeriesStart {
  readonly wall: number;
  readonly timeZone: string | null;
}

export interface ExpandOptions {
  /** Starts before this are left out. For all-day series midnights as if in UTC. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly limit: number;
  /** Whether DTSTART counts as an occurrence even where the rule does not hit it. */
  readonly startAlwaysOccurs: boolean;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Of what an EXRULE leaves out. */
const GONE_MAX = 20_000;

/**
 * Reads the lines of `recurrence`; undefined when one of them is wrong.
 * All-day series take dates only. Source: Event.recurrence, guides/recurringevents.
 */
export function parseSeries(lines: readonly string[], isAllDay: boolean): Series | undefined {
  const series = {
    rules: [] as Rule[],
    exRules: [] as Rule[],
    dates: [] as Moment[],
    exDates: [] as Moment[],
  };
  for (const line of lines) {
    const match = /^([A-Za-z]+)((?:;[^:]*)?):(.+)$/.exec(line.trim());
    const name = match?.[1]?.toUpperCase();
    const [parameters = '', value = ''] = [match?.[2], match?.[3]];
    if (name === 'RRULE' || name === 'EXRULE') {
      const rule = parameters === '' ? parseRule(value) : undefined;
      if (!rule) return undefined;
      (name === 'RRULE' ? series.rules : series.exRules).push(rule);
    } else if (name === 'RDATE' || name === 'EXDATE') {
      const dates = parseDates(parameters, value, isAllDay);
      if (!dates) return undefined;
      (name === 'RDATE' ? series.dates : series.exDates).push(...dates);
    } else {
      return undefined;
    }
  }
  return series.rules.length + series.dates.length > 0 ? series : undefined;
}

/** Starts within the window in order, as instants (all-day: midnights as if in UTC). */
export function expandSeries(series: Series, start: SeriesStart, options: ExpandOptions): number[] {
  const toMs = (wall: number) => (start.timeZone === null ? wall : toInstant(start.timeZone, wall));
  const momentMs = ({ ms, isInstant }: Moment) => (isInstant ? ms : toMs(ms));
  const gone = new Set(series.exDates.map(momentMs));
  for (const rule of series.exRules) {
    for (const at of expandOne(rule, start, { ...options, limit: GONE_MAX })) gone.add(at);
  }
  // What is left out may stand in front of what is not.
  const limit = options.limit + gone.size;
  const found = new Set<number>();
  const add = (at: number) => {
    if (at >= options.from && at < options.to && !gone.has(at)) found.add(at);
  };
  for (const rule of series.rules) {
    for (const at of expandOne(rule, start, { ...options, limit })) add(at);
  }
  for (const moment of series.dates) add(momentMs(moment));
  if (options.startAlwaysOccurs) add(toMs(start.wall));
  return [...found].sort((left, right) => left - right).slice(0, options.limit);
}

/** One rule's starts until the window's end. UNTIL is inclusive and compared as an instant. */
function* expandOne(rule: Rule, start: SeriesStart, options: ExpandOptions): Generator<number> {
  const zone = start.timeZone;
  const until = zone === null ? untilDate(rule) : untilInstant(rule, zone);
  // A day of slack: zones are applied behind the rule.
  const from = Math.floor((options.from - DAY) / 1000);
  const isCounted = rule.count !== undefined;
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  let yielded = 0;
  for (const second of expandRule(rule, start.wall / 1000, isCounted ? undefined : from)) {
    const wall = second * 1000;
    // DTSTART is the first of COUNT even where the rule does not hit it.
    const isMissed = isCounted && options.startAlwaysOccurs && left === rule.count;
    if (isMissed && wall !== start.wall) left--;
    if (left-- <= 0) return;
    if (wall - DAY > Math.min(until, options.to)) return;
    if (wall + DAY < options.from) continue;
    const at = zone === null ? wall : toInstant(zone, wall);
    if (at > until || at >= options.to) continue;
    yield at;
    if (at >= options.from && ++yielded >= options.limit) return;
  }
}

function untilInstant({ until }: Rule, zone: string): number {
  if (!until) return Number.POSITIVE_INFINITY;
  return until.isUtc ? until.ms : toInstant(zone, until.ms);
}

function untilDate({ until }: Rule): number {
  return until ? Math.floor(until.ms / DAY) * DAY : Number.POSITIVE_INFINITY;
}

function parseDates(parameters: string, value: string, isAllDay: boolean): Moment[] | undefined {
  const zone = /;TZID="?([^";:]+)"?/i.exec(parameters)?.[1];
  const moments: Moment[] = [];
  for (const text of value.split(',')) {
    const isDate = /^\d{8}$/.test(text.trim());
    // A PERIOD begins with its start.
    const parsed = parseUntil(text.trim().split('/')[0] ?? '');
    if (!parsed || (isAllDay && !isDate)) return undefined;
    if (parsed.isUtc || !zone) moments.push({ ms: parsed.ms, isInstant: parsed.isUtc });
    else moments.push({ ms: instantIn(zone, parsed.ms), isInstant: true });
  }
  return moments;
}

function instantIn(zone: string, wall: number): number {
  try {
    return toInstant(zone, wall);
  } catch (error) {
    if (error instanceof RangeError) return wall;
    throw error;
  }
}

/** The wall time of an instant, for the start of a series. */
export function seriesStart(at: number, timeZone: string): SeriesStart {
  return { wall: toWall(timeZone, at), timeZone };
}
