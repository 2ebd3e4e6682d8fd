/** Between RFC 5545 and Graph's six patterns and three ranges. Pure. */

import { lengthOfMonth } from '../../calendar/civil-days.ts';
import type { LocalDate, TimeZone, When } from '../../calendar/event.ts';
import { expandRule, withStart } from '../../calendar/expand-rule.ts';
import { toEpochMs } from '../../calendar/instants.ts';
import {
  findOccurrence,
  getLastOccurrence,
  listOccurrences,
  toWall,
} from '../../calendar/occurrences.ts';
import {
  formatUtc,
  type OriginalStart,
  RecurrenceError,
  type Series,
  startOf,
} from '../../calendar/recurrence.ts';
import { formatRule, parseRule, type Rule, type RuleDay } from '../../calendar/rule.ts';
import { moveTo } from '../../calendar/split-series.ts';
import { findIanaZone, findWindowsZone } from '../../calendar/windows-zones.ts';
import { getOffsetMs } from '../../calendar/zone-offset.ts';
import { skipGaps } from '../wall-time.ts';

/** Source: resources/patternedrecurrence. Answers fill what a pattern does not use with sentinels. */
export interface GraphRecurrence {
  pattern: GraphPattern;
  range: {
    type: string;
    startDate?: string | null;
    endDate?: string | null;
    numberOfOccurrences?: number | null;
    recurrenceTimeZone?: string | null;
  };
}
interface GraphPattern {
  type: string;
  interval?: number | null;
  daysOfWeek?: readonly string[] | null;
  dayOfMonth?: number | null;
  month?: number | null;
  index?: string | null;
  firstDayOfWeek?: string | null;
}

/** One series of Graph's. */
export interface GraphSeriesPart {
  recurrence: GraphRecurrence;
  /** Begins with the part's first occurrence: Graph must not be given any other start. */
  when: When;
  /** Occurrences of the part to delete after it is made: Graph's rule cannot leave any out. */
  removed: readonly OriginalStart[];
}

/** `singles`: no union of patterns has exactly these occurrences; they are written one by one. */
export type GraphForm = { kind: 'series'; parts: readonly GraphSeriesPart[] } | { kind: 'singles' };

/** More series than this behind one event are harder to live with than single events. */
const PART_COUNT_MAX = 12;
/** Source: EWS numberOfOccurrences. */
const COUNT_MAX = 999;
/** Source: EWS ErrorRecurrenceEndDateTooBig. */
const LAST_DATE = '4500-09-01';
/** How many occurrences are compared before the parts are believed to be the series. */
const COMPARED_MAX = 150;

const dayNames = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
const indexNames: Record<number, string> = {
  1: 'first',
  2: 'second',
  3: 'third',
  4: 'fourth',
  [-1]: 'last',
};

/**
 * The series as Graph can hold it, exactly or not at all: whatever is made is compared with the series
 * itself. Source: resources/recurrencepattern, recurrencerange; EWS dayOfMonth for months too short.
 *
 * Extra dates (RDATE), EXRULE, more than one rule and several times a day are single events, and so
 * is a zone that has no Windows name with the same hours: in UTC a series drifts. A start that its
 * rule does not hit is a part of its own, with one occurrence.
 */
export function toGraphRecurrence(series: Series): GraphForm {
  const { when, recurrence } = series;
  const [text, ...others] = recurrence.rules;
  const zone = findSeriesZone(when);
  const isPlain = others.length + recurrence.exrules.length + recurrence.rdates.length === 0;
  if (text === undefined || !isPlain || zone === undefined) return { kind: 'singles' };
  const rule = withStart(parseRule(text), toWall(startOf(when)));
  const patterns =
    rule.byHour.length * rule.byMinute.length * rule.bySecond.length === 1
      ? toPatterns(rule)
      : null;
  if (!patterns || patterns.length > PART_COUNT_MAX) return { kind: 'singles' };
  const parts = patterns.flatMap((pattern) => toPart(pattern, rule, series, zone) ?? []);
  const isStartHit = parts.some((part) => startOf(part.when) === startOf(when));
  if (!isStartHit) parts.unshift(toStartPart(series, zone));
  // A start that clocks skip would be written moved, and with it all that follow.
  const isSkipped = parts.some((part) => startOf(part.when) !== startOf(skipGap(part.when)));
  return !isSkipped && isExact(parts, series) ? { kind: 'series', parts } : { kind: 'singles' };
}

const skipGap = (when: When): When => (when.kind === 'timed' ? skipGaps(when) : when);

/** The name that start, end and rule are written with; undefined where none keeps the zone's hours. */
function findSeriesZone(when: When): string | undefined {
  if (when.kind === 'all-day') return 'UTC';
  const name = findWindowsZone(when.timeZone);
  const meant = name && findIanaZone(name);
  return name && meant && keepsSameHours(when.timeZone, meant, when.start) ? name : undefined;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** For six years, week by week: so long are changes of clocks known ahead. */
function keepsSameHours(a: TimeZone, b: TimeZone, start: string): boolean {
  if (a === b) return true;
  const from = Date.parse(`${start}Z`);
  for (let at = from; at < from + 312 * WEEK_MS; at += WEEK_MS) {
    if (getOffsetMs(at, a) !== getOffsetMs(at, b)) return false;
  }
  return true;
}

type MonthDay = { dayOfMonth: number } | { days: readonly RuleDay[]; nth: number };

const allMonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** Where a month is too short, the rule leaves it out and Graph takes its last day. */
const isIn = (month: number, each: MonthDay): boolean =>
  !('dayOfMonth' in each) || each.dayOfMonth <= lengthOfMonth(2023, month);

/** Patterns that together may be the rule; null where there are none. */
function toPatterns(rule: Rule): GraphPattern[] | null {
  const { frequency, interval, byDay, byMonth, byMonthDay, bySetPos } = rule;
  if (rule.byWeekNo.length + rule.byYearDay.length > 0) return null;
  const isByWeekday = byDay.length > 0 && byDay.every(({ nth }) => nth === 0);
  const isWeekdaysOnly = byMonth.length + byMonthDay.length + bySetPos.length === 0;
  if (frequency === 'DAILY' && isWeekdaysOnly && byDay.length === 0) {
    return [{ type: 'daily', interval }];
  }
  // All of a weekday in every day, week, month or year is that weekday in every week.
  if (isByWeekday && isWeekdaysOnly && (frequency === 'WEEKLY' || interval === 1)) {
    return [toWeekly(rule)];
  }
  if (frequency !== 'MONTHLY' && frequency !== 'YEARLY') return null;
  const monthDays = toMonthDays(rule);
  if (!monthDays) return null;
  if (frequency === 'MONTHLY' && byMonth.length === 0) {
    return monthDays.flatMap((each) => {
      const months = allMonths.filter((month) => bySetPos.length > 0 || isIn(month, each));
      if (interval === 1) return inMonths([each], months, 1);
      return { ...toMonthPattern(each, 'Monthly'), interval };
    });
  }
  if (frequency === 'MONTHLY' && interval > 1) return null;
  // Of all months of a year together BYSETPOS picks in a yearly rule only.
  if (frequency === 'YEARLY' && bySetPos.length > 0 && byMonth.length !== 1) return null;
  if (frequency === 'YEARLY' && byMonth.length === 0 && byMonthDay.length === 0) return null;
  const months = byMonth.length > 0 ? byMonth : allMonths;
  return inMonths(monthDays, months, interval);
}

function toWeekly({ frequency, interval, byDay, weekStart }: Rule): GraphPattern {
  return {
    type: 'weekly',
    interval: frequency === 'WEEKLY' ? interval : 1,
    daysOfWeek: byDay.map(({ weekday }) => dayNames[weekday] ?? ''),
    // Always said: Graph's own default is Sunday, RFC 5545's is Monday.
    firstDayOfWeek: dayNames[weekStart] ?? 'monday',
  };
}

/** What the rule picks of each month, one entry a day; null where Graph cannot say it. */
function toMonthDays({ byDay, byMonthDay, bySetPos }: Rule): MonthDay[] | null {
  if (byDay.length > 0 && byMonthDay.length > 0) return null;
  if (byMonthDay.length > 0) {
    // The last of 28, 29, 30 is the 30th or the end of a shorter month.
    const isClamped = byMonthDay.every((day, index) => day === 28 + index) && byMonthDay.length > 1;
    if (bySetPos.length > 0) {
      if (!isClamped || bySetPos.join() !== '-1') return null;
      return [{ dayOfMonth: byMonthDay.at(-1) ?? 0 }];
    }
    if (byMonthDay.some((day) => day < -1)) return null;
    return byMonthDay.map((day) => ({ dayOfMonth: day }));
  }
  const numbers = bySetPos.length > 0 ? bySetPos : [0];
  const monthDays: MonthDay[] =
    bySetPos.length > 0
      ? numbers.map((nth) => ({ days: byDay, nth }))
      : byDay.map((day) => ({ days: [day], nth: day.nth }));
  if (bySetPos.length > 0 && byDay.some(({ nth }) => nth !== 0)) return null;
  const isKnown = monthDays.every((each) => 'nth' in each && indexNames[each.nth] !== undefined);
  return isKnown ? monthDays : null;
}

function toMonthPattern(monthDay: MonthDay, unit: 'Monthly' | 'Yearly'): GraphPattern {
  if ('dayOfMonth' in monthDay) {
    // A day that a month does not have is its last one.
    const dayOfMonth = monthDay.dayOfMonth === -1 ? 31 : monthDay.dayOfMonth;
    return { type: `absolute${unit}`, dayOfMonth };
  }
  return {
    type: `relative${unit}`,
    daysOfWeek: monthDay.days.map(({ weekday }) => dayNames[weekday] ?? ''),
    index: indexNames[monthDay.nth] ?? '',
    firstDayOfWeek: 'monday',
  };
}

function inMonths(
  monthDays: readonly MonthDay[],
  months: readonly number[],
  interval: number,
): GraphPattern[] {
  const step = 12 / months.length;
  const isEven = months.every((month, index) => month === (months[0] ?? 0) + index * step);
  if (interval === 1 && isEven && months.length > 1) {
    return monthDays.map((each) => ({ ...toMonthPattern(each, 'Monthly'), interval: step }));
  }
  return monthDays.flatMap((each) =>
    months.map((month) => ({ ...toMonthPattern(each, 'Yearly'), interval, month })),
  );
}

/** Undefined where the rule ends before the part's first occurrence. */
function toPart(
  pattern: GraphPattern,
  rule: Rule,
  series: Series,
  zone: string,
): GraphSeriesPart | undefined {
  const { when, recurrence } = series;
  const start = toWall(startOf(when));
  const own = { ...toRule(pattern), until: rule.until };
  // The first that the whole rule has as well: with an interval the part may begin in the wrong year.
  const whole = expandRule({ ...rule, count: null }, start, { isStartCounted: false });
  const first = findFirstShared(own, whole, start);
  if (first === undefined) return undefined;
  const partWhen = moveTo(when, printStart(first, when));
  const last = findLast(series);
  const inPart = (text: string): Series => ({
    when: partWhen,
    recurrence: { rules: [text], exrules: [], rdates: [], exdates: [] },
  });
  const range = toRange(own, inPart, last, rule.count !== null, partWhen);
  if (!range) return undefined;
  const part = inPart(range.rule);
  return {
    recurrence: {
      pattern,
      range: {
        ...range.range,
        startDate: startOf(partWhen).slice(0, 10),
        recurrenceTimeZone: zone,
      },
    },
    when: partWhen,
    removed: recurrence.exdates.flatMap((each) => findOccurrence(part, each)?.originalStart ?? []),
  };
}

/** Both lists ascend. */
function findFirstShared(own: Rule, whole: Iterable<number>, start: number): number | undefined {
  let tries = 0;
  for (const wall of whole) {
    if (++tries > COMPARED_MAX) return undefined;
    const { value } = expandRule({ ...own, interval: 1, count: null }, start, {
      isStartCounted: false,
      from: wall,
    }).next();
    // `from` may give what lies a little before.
    if (value === wall || hits(own, start, wall)) return wall;
  }
  return undefined;
}

function hits(own: Rule, start: number, wall: number): boolean {
  const rule = { ...own, interval: 1, count: null };
  for (const each of expandRule(rule, start, { isStartCounted: false, from: wall })) {
    if (each >= wall) return each === wall;
  }
  return false;
}

const printStart = (wall: number, when: When): OriginalStart =>
  new Date(wall * 1000).toISOString().slice(0, when.kind === 'all-day' ? 10 : 19);

/** The last start of the whole series, whether or not it is left out; null: endless. */
function findLast({ when, recurrence }: Series): OriginalStart | null {
  return (
    getLastOccurrence({ when, recurrence: { ...recurrence, exdates: [] } })?.originalStart ?? null
  );
}

/** A count where the rule has one, of which the part takes its share; else the date of the end. */
function toRange(
  own: Rule,
  inPart: (text: string) => Series,
  last: OriginalStart | null,
  isCounted: boolean,
  when: When,
): { rule: string; range: GraphRecurrence['range'] } | null {
  const endless = { ...own, until: null };
  if (last === null || last > LAST_DATE) {
    return { rule: formatRule(endless), range: { type: 'noEnd' } };
  }
  if (startOf(when) > last) return null;
  const until = toUntil(last.slice(0, 10), when);
  const ended = inPart(formatRule({ ...endless, until }));
  const end = getLastOccurrence(ended)?.originalStart.slice(0, 10) ?? startOf(when).slice(0, 10);
  if (isCounted) {
    let count = 0;
    for (const wall of expandRule(endless, toWall(startOf(when)), { isStartCounted: true })) {
      if (wall > toWall(last) || ++count > COUNT_MAX) break;
    }
    if (count <= COUNT_MAX) {
      const rule = formatRule({ ...endless, count });
      return { rule, range: { type: 'numbered', numberOfOccurrences: count } };
    }
  }
  return { rule: formatRule({ ...endless, until }), range: { type: 'endDate', endDate: end } };
}

function toStartPart({ when, recurrence }: Series, zone: string): GraphSeriesPart {
  const start = startOf(when);
  const startDate = start.slice(0, 10);
  return {
    recurrence: {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', numberOfOccurrences: 1, startDate, recurrenceTimeZone: zone },
    },
    when,
    removed: recurrence.exdates.filter((each) => each === start),
  };
}

/** Whether the parts together have the occurrences of the series, each once, as far as one looks. */
function isExact(parts: readonly GraphSeriesPart[], series: Series): boolean {
  const bare = { ...series, recurrence: { ...series.recurrence, exdates: [] } };
  const expected = list(bare, COMPARED_MAX);
  const found = parts
    .flatMap((part) => list(fromGraphRecurrence(part.recurrence, part.when), COMPARED_MAX))
    .sort()
    .slice(0, COMPARED_MAX);
  return found.join() === expected.join();
}

function list(series: Series, max: number): string[] {
  const window = { from: new Date(FIRST_MS), until: new Date(LAST_MS) };
  return listOccurrences(series, window, max).map(({ originalStart }) => originalStart);
}
const FIRST_MS = Date.UTC(1900, 0, 1);
const LAST_MS = Date.UTC(4500, 0, 1);

/**
 * What Graph's recurrence means. `when` is the master's; it is moved to the first occurrence, and into
 * the rule's zone where that is another: days are counted there. A zone without a meaning
 * (`tzone://Microsoft/Custom`, '') is the event's own. Throws `RecurrenceError`.
 */
export function fromGraphRecurrence({ pattern, range }: GraphRecurrence, when: When): Series {
  const inZone = toRuleZone(when, range.recurrenceTimeZone);
  const startDate = readDate(range.startDate) ?? startOf(inZone).slice(0, 10);
  const begin = inZone.kind === 'all-day' ? startDate : `${startDate}${inZone.start.slice(10)}`;
  const rule = toRule(pattern);
  const first = expandRule(rule, toWall(begin), { isStartCounted: false }).next();
  if (first.done) throw new RecurrenceError('The series has no occurrence.');
  const series = {
    when: moveTo(inZone, printStart(first.value, inZone)),
    recurrence: { rules: [formatRule(withRange(rule, range, inZone))], ...noDates },
  };
  return series;
}
const noDates = { exrules: [], rdates: [], exdates: [] };

function withRange(rule: Rule, range: GraphRecurrence['range'], when: When): Rule {
  switch (range.type.toLowerCase()) {
    case 'noend':
      return rule;
    case 'numbered': {
      const count = range.numberOfOccurrences ?? 0;
      if (count > 0) return { ...rule, count };
      throw new RecurrenceError('The series has no number of occurrences.');
    }
    case 'enddate': {
      const endDate = readDate(range.endDate);
      if (endDate) return { ...rule, until: toUntil(endDate, when) };
      throw new RecurrenceError('The series has no date on which it ends.');
    }
    default:
      throw new RecurrenceError('The series ends in a way that is not known.');
  }
}

/** The end of a date in the series' zone, as UNTIL spells it. */
function toUntil(date: LocalDate, when: When): string {
  if (when.kind === 'all-day') return date.replaceAll('-', '');
  return formatUtc(toEpochMs(`${date}T23:59:59`, when.timeZone));
}

function toRuleZone(when: When, name: string | null | undefined): When {
  const timeZone = name ? findIanaZone(name) : undefined;
  if (when.kind === 'all-day' || !timeZone) return when;
  if (keepsSameHours(when.timeZone, timeZone, when.start)) return when;
  const show = (local: string) => {
    const at = toEpochMs(local, when.timeZone);
    return new Date(at + getOffsetMs(at, timeZone)).toISOString().slice(0, 19);
  };
  return { kind: 'timed', start: show(when.start), end: show(when.end), timeZone };
}

/** Undefined for sentinels: 0001-01-01 is no date of anybody's. */
const readDate = (text: string | null | undefined): LocalDate | undefined =>
  text && /^[1-9]\d{3}-\d\d-\d\d/.test(text) ? text.slice(0, 10) : undefined;

/** The pattern as an endless rule; what it does not use is not looked at. */
function toRule(pattern: GraphPattern): Rule {
  const rule: Rule = {
    ...parseRule('FREQ=DAILY'),
    interval: Math.max(1, Math.trunc(pattern.interval ?? 1)),
  };
  switch (pattern.type.toLowerCase()) {
    case 'daily':
      return rule;
    case 'weekly': {
      const weekStart = readDay(pattern.firstDayOfWeek ?? 'sunday');
      return { ...rule, frequency: 'WEEKLY', byDay: readDays(pattern, 0), weekStart };
    }
    case 'absolutemonthly':
      return { ...rule, frequency: 'MONTHLY', ...readDayOfMonth(pattern) };
    case 'relativemonthly':
      return { ...rule, frequency: 'MONTHLY', ...readNth(pattern) };
    case 'absoluteyearly': {
      const month = readMonth(pattern);
      return { ...rule, frequency: 'YEARLY', byMonth: [month], ...readDayOfMonth(pattern, month) };
    }
    case 'relativeyearly':
      return { ...rule, frequency: 'YEARLY', byMonth: [readMonth(pattern)], ...readNth(pattern) };
    default:
      throw new RecurrenceError('The series recurs in a way that is not known.');
  }
}

/** A day that a month does not have is its last one. */
function readDayOfMonth({ dayOfMonth }: GraphPattern, month?: number): Partial<Rule> {
  const day = dayOfMonth ?? 0;
  if (!Number.isInteger(day) || day < 1 || day > 31) {
    throw new RecurrenceError('The series has no day of the month.');
  }
  const shortest = month === undefined ? 28 : lengthOfMonth(2023, month);
  const longest = month === undefined ? 31 : lengthOfMonth(2024, month);
  if (day <= shortest) return { byMonthDay: [day] };
  if (day >= longest) {
    // In a month that always has as many days it needs no words.
    return { byMonthDay: day > shortest ? [-1] : [day] };
  }
  return { byMonthDay: [28, 29, 30].filter((each) => each <= day), bySetPos: [-1] };
}

function readNth(pattern: GraphPattern): Partial<Rule> {
  const index = (pattern.index ?? 'first').toLowerCase();
  const nth = Number(Object.entries(indexNames).find(([, name]) => name === index)?.[0] ?? 0);
  if (nth === 0) throw new RecurrenceError('The series names a week that is not known.');
  const days = readDays(pattern, 0);
  // Of several days the first that comes, once a month: `1MO,1TU` would be two.
  if (days.length > 1) return { byDay: days, bySetPos: [nth] };
  return { byDay: days.map(({ weekday }) => ({ weekday, nth })) };
}

function readDays({ daysOfWeek }: GraphPattern, nth: number): RuleDay[] {
  const weekdays = [...new Set((daysOfWeek ?? []).map(readDay))].sort();
  if (weekdays.length === 0) throw new RecurrenceError('The series has no day of the week.');
  return weekdays.map((weekday) => ({ weekday, nth }));
}

function readDay(name: string): number {
  const weekday = dayNames.findIndex((each) => each === name.toLowerCase());
  if (weekday >= 0) return weekday;
  throw new RecurrenceError('The series names a day of the week that is not known.');
}

function readMonth({ month }: GraphPattern): number {
  if (month && Number.isInteger(month) && month >= 1 && month <= 12) return month;
  throw new RecurrenceError('The series has no month.');
}

/** Whether both say the same to Graph; sentinels, order, case and names of one zone are no difference. */
export const isSameGraphRecurrence = (a: GraphRecurrence, b: GraphRecurrence): boolean =>
  spell(a) === spell(b);

function spell({ pattern, range }: GraphRecurrence): string {
  const rule = toRule(pattern);
  const type = range.type.toLowerCase();
  return JSON.stringify({
    rule: formatRule(rule),
    type,
    startDate: readDate(range.startDate),
    endDate: type === 'enddate' ? readDate(range.endDate) : null,
    count: type === 'numbered' ? range.numberOfOccurrences : null,
    zone: range.recurrenceTimeZone
      ? (findWindowsZone(findIanaZone(range.recurrenceTimeZone) ?? '') ?? range.recurrenceTimeZone)
      : '',
  });
}
