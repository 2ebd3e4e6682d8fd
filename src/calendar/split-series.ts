import type { When } from './event.ts';
import { expandRule, withStart } from './expand-rule.ts';
import { toEpochMs } from './instants.ts';
import { findOccurrence, getFirstOccurrence, listOccurrences, toWall } from './occurrences.ts';
import {
  formatUtc,
  type OriginalStart,
  RecurrenceError,
  type Series,
  startOf,
  toCompact,
} from './recurrence.ts';
import { formatRule, parseRule, type Rule } from './rule.ts';

export interface SplitSeries {
  /** Null where the split is at the first occurrence: the whole series is `after`. */
  before: Series | null;
  /**
   * Begins with the occurrence that the split is at, at the time that the rule gives it; with a start
   * that is left out where that is the first occurrence and the rule counts from what is left out.
   */
  after: Series;
}

/** What one occurrence alone recurs like. */
const ONCE = 'FREQ=DAILY;COUNT=1';
const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** How far the second half is compared with what it came from. */
const COMPARED_MAX = 120;

/**
 * Splits a series for "this and following". The first half ends at the last second of the day before,
 * as Google's own splits do, or a second before the split if it has another occurrence on that day.
 * COUNT becomes an UNTIL in it, and what is left of the COUNT in the second. Dates go to the half that
 * they are in.
 *
 * Throws `RecurrenceError` where there is no such occurrence, and where a second half that begins there
 * would not have the same occurrences (an extra date in a week that an every-second-week rule skips).
 */
export function splitSeries(series: Series, originalStart: OriginalStart): SplitSeries {
  const occurrence = findOccurrence(series, originalStart);
  if (!occurrence) throw new RecurrenceError('The series has no occurrence at that time.');
  const cut = occurrence.originalStart;
  const after = beginAt(series, cut);
  const isExact = isRest(after, series, cut);
  if (getFirstOccurrence(series)?.originalStart === cut) {
    return { before: null, after: isExact ? after : series };
  }
  if (!isExact) {
    throw new RecurrenceError(
      'The series cannot be split at this occurrence, because its rule counts from the first one.',
    );
  }
  return { before: endBefore(series, cut), after };
}

/** What of the series is before the cut, which is a later one of its occurrences. */
export function endBefore({ when, recurrence }: Series, cut: OriginalStart): Series {
  const until = findUntil({ when, recurrence }, cut);
  const rules = recurrence.rules.map((text) => {
    const rule = parseRule(text);
    if (!hasAnyFrom(rule, when, cut) || isEarlier(rule.until, until)) return text;
    return formatRule({ ...rule, count: null, until });
  });
  const rdates = recurrence.rdates.filter((start) => start < cut);
  return {
    when,
    recurrence: {
      rules: rules.length + rdates.length > 0 ? rules : [ONCE],
      exrules: recurrence.exrules,
      rdates,
      exdates: recurrence.exdates.filter((start) => start < cut),
    },
  };
}

/** Both are spelled alike in one series, so that text sorts them. */
const isEarlier = (until: string | null, other: string) => until !== null && until < other;

function findUntil(series: Series, cut: OriginalStart): string {
  const { when } = series;
  if (when.kind === 'all-day') return toCompact(printDay(toWall(cut) - DAY_MS / 1000));
  const cutMs = toEpochMs(cut, when.timeZone);
  const midnightMs = toEpochMs(`${cut.slice(0, 10)}T00:00:00`, when.timeZone);
  const window = { from: new Date(midnightMs), until: new Date(cutMs) };
  const isAlone = listOccurrences(series, window, 1_000).every(
    ({ when: each }) => startOf(each).slice(0, 10) < cut.slice(0, 10),
  );
  return formatUtc(isAlone ? midnightMs - SECOND_MS : cutMs - SECOND_MS);
}

/** Whether the rule has an own occurrence at the cut or after it, so that it has to be ended. */
function hasAnyFrom(rule: Rule, when: When, cut: OriginalStart): boolean {
  if (rule.count === null) return true;
  for (const wall of expandRule(rule, toWall(startOf(when)), { isStartCounted: true })) {
    if (wall >= toWall(cut)) return true;
  }
  return false;
}

function beginAt({ when, recurrence }: Series, cut: OriginalStart): Series {
  const start = toWall(startOf(when));
  const isSoleRule = recurrence.rules.length === 1;
  const rules = recurrence.rules.flatMap((text) => {
    const rule = parseRule(text);
    const counted = countFrom(rule, start, toWall(cut), true);
    if (!counted || isEarlier(rule.until, printCut(when, cut))) return [];
    // A rule that does not hit the new start would take from it what it left open.
    return [
      formatRule(isSoleRule && counted.isHit ? counted.rule : withStart(counted.rule, start)),
    ];
  });
  const exrules = recurrence.exrules.flatMap((text) => {
    const counted = countFrom(parseRule(text), start, toWall(cut), false);
    return counted ? [formatRule(withStart(counted.rule, start))] : [];
  });
  const rdates = recurrence.rdates.filter((each) => each > cut);
  return {
    when: moveTo(when, cut),
    recurrence: {
      rules: rules.length + rdates.length > 0 ? rules : [ONCE],
      exrules,
      rdates,
      exdates: recurrence.exdates.filter((each) => each >= cut),
    },
  };
}

const printCut = (when: When, cut: OriginalStart) =>
  when.kind === 'all-day' ? toCompact(cut) : formatUtc(toEpochMs(cut, when.timeZone));

/** The rule with what is left of its COUNT; null when nothing is. */
function countFrom(rule: Rule, start: number, cut: number, isStartCounted: boolean) {
  let passed = 0;
  let isHit = false;
  const from = rule.count === null ? cut : start;
  for (const wall of expandRule(rule, start, { isStartCounted, from })) {
    if (wall === cut) isHit = true;
    if (wall >= cut) break;
    passed++;
  }
  if (rule.count === null) return { rule, isHit };
  const left = rule.count - passed;
  if (left <= 0) return null;
  // The new start is counted whether or not the rule hits it.
  return { rule: { ...rule, count: isHit || !isStartCounted ? left : left + 1 }, isHit };
}

/** Whether both have the same occurrences from the cut on, as far as one looks. */
function isRest(after: Series, whole: Series, cut: OriginalStart): boolean {
  const timeZone = whole.when.kind === 'timed' ? whole.when.timeZone : 'UTC';
  const from = new Date(toEpochMs(cut.length === 10 ? `${cut}T00:00:00` : cut, timeZone));
  const window = { from, until: new Date(LAST_MS) };
  const list = (series: Series) =>
    listOccurrences(series, window, COMPARED_MAX)
      .map(({ originalStart }) => originalStart)
      .filter((start) => start >= cut)
      .slice(0, COMPARED_MAX / 2)
      .join();
  return list(after) === list(whole);
}
const LAST_MS = Date.UTC(9_000, 0, 1);

/** The same length by the clock, at another start. */
export function moveTo(when: When, start: OriginalStart): When {
  const length = toWall(when.kind === 'all-day' ? when.endDate : when.end) - toWall(startOf(when));
  if (when.kind === 'all-day') {
    return { kind: 'all-day', startDate: start, endDate: printDay(toWall(start) + length) };
  }
  const end = new Date((toWall(start) + length) * 1000).toISOString().slice(0, 19);
  return { kind: 'timed', start, end, timeZone: when.timeZone };
}

const printDay = (wall: number) => new Date(wall * 1000).toISOString().slice(0, 10);
