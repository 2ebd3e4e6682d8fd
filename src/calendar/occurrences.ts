import type { LocalDate, TimeZone, When } from './event.ts';
import { expandRule, findLastCounted, isFinerThanDays } from './expand-rule.ts';
import { toEpochMs, toInstants, wallToEpochMs } from './instants.ts';
import {
  type Occurrence,
  type OriginalStart,
  type Series,
  fromCompact,
  startOf,
} from './recurrence.ts';
import { parseRule, type Rule } from './rule.ts';
import { getOffsetMs } from './zone-offset.ts';

/** Instants, the second exclusive. */
export interface TimeWindow {
  from: Date;
  until: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
/** A series that leaves out more in a row than this has no more to come. */
const EXCLUDED_MAX = 20_000;
/** More than this that last into one day are no people's. */
const AT_ONCE_MAX = 100;

/**
 * Occurrences that lie in the window at least in part, by their starts; at most `max`, the first
 * ones. All-day occurrences are compared as midnights in UTC, as `toInstants` gives them.
 *
 * Clocks are kept: every occurrence begins at the rule's time on the wall. One that does not exist is
 * moved forward by the gap and keeps its length; where it meets another the two are one. Of a time
 * that happens twice it is the first. The event's own start is an occurrence, and the first of COUNT,
 * whether or not the rule hits it. FREQ=HOURLY and finer count hours that the clocks show, too.
 */
export function listOccurrences(series: Series, window: TimeWindow, max: number): Occurrence[] {
  const timing = toTiming(series.when);
  const [from, until] = [window.from.getTime(), window.until.getTime()];
  const reach = timing.lengthMs + slackOf(series.recurrence.rules.map(parseRule));
  // An occurrence that lies before the window may be in front of `max` that do not.
  const starts = collectStarts(series, timing, {
    from: from - reach,
    until,
    max: Infinity,
    enough: { after: from, max },
  });
  return starts
    .map((start) => toOccurrence(start, timing))
    .filter(({ endMs, startMs }) => endMs > from || startMs >= from)
    .slice(0, max)
    .map(({ occurrence }) => occurrence);
}

/** The occurrence with that original start, or the one whose clocks show it, moved out of a gap. */
export function findOccurrence(series: Series, originalStart: OriginalStart): Occurrence | null {
  const timing = toTiming(series.when);
  const at = readStartMs(originalStart, timing.timeZone);
  if (at === null) return null;
  const [start] = collectStarts(series, timing, { from: at, until: at + 1, max: 1 });
  return start ? toOccurrence(start, timing).occurrence : null;
}

/** An instant names the occurrence that begins then, a date the first one of that day. */
export function findOccurrenceAt(series: Series, start: Date | LocalDate): Occurrence | null {
  if (start instanceof Date) {
    const window = { from: start, until: new Date(start.getTime() + 1) };
    const found = listOccurrences(series, window, AT_ONCE_MAX);
    const isIt = ({ when }: Occurrence) => toInstants(when).startsAt.getTime() === start.getTime();
    return found.find(isIt) ?? null;
  }
  const midnight = Date.parse(`${start}T00:00:00Z`);
  const window = { from: new Date(midnight - DAY_MS), until: new Date(midnight + 2 * DAY_MS) };
  const found = listOccurrences(series, window, AT_ONCE_MAX);
  return found.find((one) => one.originalStart.startsWith(start)) ?? null;
}

export const hasOccurrence = (series: Series, originalStart: OriginalStart): boolean =>
  findOccurrence(series, originalStart) !== null;

/** Null where every one is left out. */
export function getFirstOccurrence(series: Series): Occurrence | null {
  const timing = toTiming(series.when);
  const [start] = collectStarts(series, timing, { from: -Infinity, until: Infinity, max: 1 });
  return start ? toOccurrence(start, timing).occurrence : null;
}

/** Whether a rule goes on for ever. */
export const isEndless = ({ recurrence }: Series): boolean =>
  recurrence.rules.some((rule) => !/(^|;)(COUNT|UNTIL)=/.test(rule));

/** Null: endless, or every one is left out. */
export function getLastOccurrence(series: Series): Occurrence | null {
  if (isEndless(series)) return null;
  const timing = toTiming(series.when);
  const latest = findLatest(series, timing);
  for (const reach of [HOUR_MS, 40 * DAY_MS, Infinity]) {
    const range = { from: latest - reach, until: Infinity, max: Infinity };
    const last = collectStarts(series, timing, range).at(-1);
    if (last) return toOccurrence(last, timing).occurrence;
  }
  return null;
}

/** An instant after which nothing begins. */
function findLatest({ recurrence }: Series, timing: Timing): number {
  let latest = toMs(timing.startWall * 1000, timing.timeZone);
  for (const text of recurrence.rules) {
    const rule = parseRule(text);
    const until = readUntil(rule, timing.timeZone);
    let last = until;
    if (rule.count !== null) {
      const wall = findLastCounted(rule, timing.startWall);
      last = Math.min(until, toMs(wall * 1000, timing.timeZone));
    }
    latest = Math.max(latest, last);
  }
  for (const start of recurrence.rdates)
    latest = Math.max(latest, readStartMs(start, timing.timeZone) ?? 0);
  return latest;
}

/** Seconds of a start, as if the wall were in UTC. */
export const toWall = (start: OriginalStart): number =>
  Date.parse(start.length === 10 ? `${start}T00:00:00Z` : `${start}Z`) / 1000;

interface Timing {
  /** Null for all-day series. */
  timeZone: TimeZone | null;
  /** Seconds, as if the wall were in UTC. */
  startWall: number;
  /** By the clock on the wall. */
  lengthMs: number;
}

interface Start {
  /** Seconds, as if the wall were in UTC: the original start. */
  wall: number;
  at: number;
}

const toTiming = (when: When): Timing => {
  const [start, end, timeZone] =
    when.kind === 'all-day'
      ? [`${when.startDate}T00:00:00Z`, `${when.endDate}T00:00:00Z`, null]
      : [`${when.start}Z`, `${when.end}Z`, when.timeZone];
  const startMs = Date.parse(start);
  return { timeZone, startWall: startMs / 1000, lengthMs: Date.parse(end) - startMs };
};

interface Range {
  from: number;
  /** Exclusive. */
  until: number;
  max: number;
  /** A looser bound than `max`: so many that begin `after` an instant. */
  enough?: { after: number; max: number };
}

/** Starts within the range, by instant. */
function collectStarts({ when, recurrence }: Series, timing: Timing, range: Range): Start[] {
  const { timeZone } = timing;
  const excluded = collectExcluded({ when, recurrence }, timing, range);
  const walls = new Map<number, number>();
  const { after, max } = range.enough ?? { after: -Infinity, max: range.max };
  for (const text of recurrence.rules) {
    let count = 0;
    let skipped = 0;
    let reachedMs = -Infinity;
    for (const { wall, at } of expandInZone(parseRule(text), timing, range, true)) {
      if (excluded.has(at)) {
        if (++skipped >= EXCLUDED_MAX) break;
        continue;
      }
      const shownMs = shownAt(at, timeZone);
      if (at >= after && !walls.has(at)) count++;
      // Where two meet, the one whose time exists gives its name.
      if (!walls.has(at) || shownMs === wall * 1000) walls.set(at, wall);
      // One that was moved out of a gap may have overtaken others.
      reachedMs = Math.max(reachedMs, shownMs);
      if (count >= max && wall * 1000 >= reachedMs) break;
    }
  }
  const own = recurrence.rules.length === 0 ? [startOf(when)] : [];
  for (const start of [...own, ...inReach(recurrence.rdates, range)]) {
    const at = readStartMs(start, timeZone);
    if (at === null || at < range.from || at >= range.until || excluded.has(at)) continue;
    if (!walls.has(at)) walls.set(at, readStartMs(start, null)! / 1000);
  }
  return [...walls]
    .map(([at, wall]) => ({ at, wall }))
    .sort((a, b) => a.at - b.at)
    .slice(0, range.max);
}

/** What EXDATE and EXRULE leave out, by instant: UTC and wall-clock name the same. */
function collectExcluded({ recurrence }: Series, timing: Timing, range: Range): Set<number> {
  const excluded = new Set<number>();
  for (const start of inReach(recurrence.exdates, range)) {
    const at = readStartMs(start, timing.timeZone);
    if (at !== null) excluded.add(at);
  }
  for (const text of recurrence.exrules) {
    for (const { at } of expandInZone(parseRule(text), timing, range, false)) {
      if (excluded.size >= EXCLUDED_MAX) break;
      excluded.add(at);
    }
  }
  return excluded;
}

/** Of sorted starts those that may lie in the range: text is compared faster than zones are asked. */
function inReach(
  starts: readonly OriginalStart[],
  { from, until }: Range,
): readonly OriginalStart[] {
  if (starts.length < 20) return starts;
  const print = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const first = from < FIRST_MS ? '' : print(from - 2 * DAY_MS);
  const last = until > LAST_MS ? '~' : print(until + 3 * DAY_MS);
  return starts.filter((start) => start >= first && start <= last);
}
const FIRST_MS = Date.UTC(1000, 0, 1);
const LAST_MS = Date.UTC(9990, 0, 1);

/** One rule's starts in the range. UNTIL is inclusive and compared as an instant, or as a date. */
function* expandInZone(
  rule: Rule,
  { timeZone, startWall }: Timing,
  { from, until }: Range,
  isStartCounted: boolean,
): Generator<Start> {
  const last = readUntil(rule, timeZone);
  const end = Math.min(until, last + 1);
  const slackMs = slackOf([rule]);
  const reachOf = (ms: number) => (Number.isFinite(ms) ? shownAt(ms, timeZone) + slackMs : ms);
  const shownMs = Number.isFinite(from) ? shownAt(from, timeZone) : startWall * 1000;
  const fromWall = Math.max(Math.floor((shownMs - slackMs) / 1000), startWall);
  const options = { isStartCounted, from: fromWall };
  const [endReach, startReach] = [reachOf(end), reachOf(until)];
  let isStart = isStartCounted;
  for (const wall of expandRule(rule, startWall, options)) {
    // The start is there even if the rule's end lies before it.
    if (wall * 1000 > (isStart ? startReach : endReach)) return;
    if (wall < fromWall) {
      isStart = false;
      continue;
    }
    const at = toMs(wall * 1000, timeZone);
    if (at >= from && at < (isStart ? until : end)) yield { wall, at };
    isStart = false;
  }
}

function readUntil({ until }: Rule, timeZone: TimeZone | null): number {
  if (until === null) return Infinity;
  const local = fromCompact(until);
  if (timeZone === null) return Date.parse(`${local.slice(0, 10)}T00:00:00Z`);
  if (until.endsWith('Z')) return Date.parse(`${local}Z`);
  return toEpochMs(local.length === 10 ? `${local}T00:00:00` : local, timeZone);
}

const toMs = (wallMs: number, timeZone: TimeZone | null) =>
  timeZone === null ? wallMs : wallToEpochMs(wallMs, timeZone);
const printWall = (wallMs: number) => new Date(wallMs).toISOString().slice(0, 19);
const shownAt = (at: number, timeZone: TimeZone | null) =>
  timeZone === null ? at : at + getOffsetMs(at, timeZone);

/**
 * By how much clocks are changed at most. Where a day was skipped (Apia, 2011) nobody misses a rule
 * finer than days, whose occurrences are too many to look at a day's for nothing.
 */
const slackOf = (rules: readonly Rule[]) => (rules.some(isFinerThanDays) ? 2 * HOUR_MS : DAY_MS);

/** Null for what is no start of a series of that kind. */
function readStartMs(start: OriginalStart, timeZone: TimeZone | null): number | null {
  const isDate = start.length === 10;
  const ms = Date.parse(isDate ? `${start}T00:00:00Z` : `${start}Z`);
  if (Number.isNaN(ms)) return null;
  if (timeZone === null) return ms;
  return isDate ? null : wallToEpochMs(ms, timeZone);
}

function toOccurrence({ wall, at }: Start, { timeZone, lengthMs }: Timing) {
  const startWallMs = wall * 1000;
  const name = printWall(startWallMs);
  if (timeZone === null) {
    const [startDate, endDate] = [name.slice(0, 10), printWall(at + lengthMs).slice(0, 10)];
    const when: When = { kind: 'all-day', startDate, endDate };
    return { occurrence: { originalStart: startDate, when }, startMs: at, endMs: at + lengthMs };
  }
  const shownMs = shownAt(at, timeZone);
  const isMoved = shownMs !== startWallMs;
  const endMs = isMoved ? at + lengthMs : toMs(startWallMs + lengthMs, timeZone);
  const start = isMoved ? printWall(shownMs) : name;
  const end = printWall(shownAt(endMs, timeZone));
  const when: When = { kind: 'timed', start, end, timeZone };
  return { occurrence: { originalStart: name, when }, startMs: at, endMs };
}
