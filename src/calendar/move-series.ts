import type { LocalDate, When } from './event.ts';
import { toEpochMs, toLocalDateTime } from './instants.ts';
import { findOccurrence, hasOccurrence, listOccurrences, toWall } from './occurrences.ts';
import {
  formatUtc,
  fromCompact,
  type OriginalStart,
  type Series,
  sortStarts,
  startOf,
  toCompact,
} from './recurrence.ts';
import { moveDays } from './move-days.ts';
import { formatRule, parseRule, type Rule } from './rule.ts';

export interface MovedSeries {
  series: Series;
  /**
   * The new name of an occurrence that was named by its old start; null where the series has none in
   * its place any more. For exceptions, which are kept by that name.
   */
  renameStart: (start: OriginalStart) => OriginalStart | null;
}

const DAY = 24 * 60 * 60;

/**
 * The series with its event at another time: what "all occurrences" means when one is dragged.
 *
 * Another time of day, zone or length moves every occurrence on its own date. Another date moves them
 * by as many days where the rule takes its day from the start or plainly names the start's: one
 * BYDAY, the start's among the days of a week, one BYMONTHDAY, one BYMONTH. A rule that names several
 * days of a month, or another one, stays as it is, and the new start is one more occurrence. UNTIL keeps the last date. Left-out dates are moved along,
 * and forgotten where nothing is left to leave out; extra dates are always moved.
 */
export function moveSeries(series: Series, newWhen: When): MovedSeries {
  const { when, recurrence } = series;
  const [from, to] = [startOf(when), startOf(newWhen)];
  const isSameStart = from === to && zoneOf(when) === zoneOf(newWhen);
  if (isSameStart) {
    return { series: { when: newWhen, recurrence }, renameStart: (start) => start };
  }
  const days = dayNumberOf(to) - dayNumberOf(from);
  const move = (start: OriginalStart) => moveStart(start, days, when, newWhen);
  const changeRule = (text: string) => {
    const rule = parseRule(text);
    const moved = moveTimes(moveDays(rule, dayNumberOf(from), dayNumberOf(to)), from, to);
    return formatRule({ ...moved, until: moveUntil(moved.until, days, when, newWhen) });
  };
  const bare: Series = {
    when: newWhen,
    recurrence: {
      rules: recurrence.rules.map(changeRule),
      exrules: recurrence.exrules.map(changeRule),
      rdates: sortStarts(recurrence.rdates.map(move)),
      exdates: [],
    },
  };
  const renameStart = (start: OriginalStart) => findInPlace(start, move(start), series, bare);
  const exdates = recurrence.exdates.map(renameStart).filter((start) => start !== null);
  return {
    series: { when: newWhen, recurrence: { ...bare.recurrence, exdates: sortStarts(exdates) } },
    renameStart,
  };
}

const zoneOf = (when: When) => (when.kind === 'timed' ? when.timeZone : null);
const dayNumberOf = (start: OriginalStart) => Math.floor(toWall(start) / DAY);
const printDate = (dayNumber: number): LocalDate =>
  new Date(dayNumber * DAY * 1000).toISOString().slice(0, 10);

/** The same number of days on; where it began at the event's old time, now at its new one. */
function moveStart(start: OriginalStart, days: number, when: When, newWhen: When): OriginalStart {
  const date = printDate(dayNumberOf(start) + days);
  if (newWhen.kind === 'all-day') return date;
  const isUsual = start.length === 10 || start.slice(10) === startOf(when).slice(10);
  return `${date}${isUsual ? newWhen.start.slice(10) : start.slice(10)}`;
}

/** Times that the rule plainly takes from the old start; all-day series have none. */
function moveTimes(rule: Rule, from: OriginalStart, to: OriginalStart): Rule {
  if (to.length === 10) return { ...rule, byHour: [], byMinute: [], bySecond: [] };
  const keys = ['byHour', 'byMinute', 'bySecond'] as const;
  const moved = { ...rule };
  for (const [index, key] of keys.entries()) {
    const [old, now] = [from, to].map((start) => Number(start.slice(11).split(':')[index] ?? 0));
    if (rule[key].length === 1 && rule[key][0] === old) moved[key] = [now ?? 0];
  }
  return moved;
}

/** The end of the last date on which an occurrence could begin, moved by as many days. */
function moveUntil(until: string | null, days: number, when: When, newWhen: When): string | null {
  if (until === null) return null;
  const last = readLastDate(until, when);
  const date = printDate(dayNumberOf(last) + days);
  if (newWhen.kind === 'all-day') return toCompact(date);
  return formatUtc(toEpochMs(`${date}T23:59:59`, newWhen.timeZone));
}

function readLastDate(until: string, when: When): LocalDate {
  if (when.kind === 'all-day') return fromCompact(until).slice(0, 10);
  const local = toLocalDateTime(Date.parse(`${fromCompact(until)}Z`), when.timeZone);
  const isWhole = local.slice(10) >= when.start.slice(10);
  return isWhole ? local.slice(0, 10) : printDate(dayNumberOf(local) - 1);
}

/** In monthly and yearly series months differ in length: then it is the one in the same month. */
function findInPlace(
  start: OriginalStart,
  moved: OriginalStart,
  old: Series,
  now: Series,
): OriginalStart | null {
  const found = findOccurrence(now, moved);
  if (found) return found.originalStart;
  if (now.recurrence.rules.some((rule) => !/^FREQ=(MONTHLY|YEARLY)/.test(rule))) return null;
  if (!hasOccurrence({ ...old, recurrence: { ...old.recurrence, exdates: [] } }, start))
    return null;
  const months = monthOf(startOf(now.when)) - monthOf(startOf(old.when)) + monthOf(start);
  const [year, month] = [Math.floor(months / 12), months % 12];
  const reachMs = 2 * DAY * 1000;
  const window = {
    from: new Date(Date.UTC(year, month, 1) - reachMs),
    until: new Date(Date.UTC(year, month + 1, 1) + reachMs),
  };
  const inMonth = listOccurrences(now, window, 100)
    .map(({ originalStart }) => originalStart)
    .filter((each) => monthOf(each) === months);
  return inMonth.length === 1 ? (inMonth[0] ?? null) : null;
}

/** Months since the year 0. */
const monthOf = (start: OriginalStart) =>
  Number(start.slice(0, 4)) * 12 + Number(start.slice(5, 7)) - 1;
