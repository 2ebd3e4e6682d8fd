import { DAY_MS } from './wall-clock.ts';

/** Graph's six patterns and three ranges, on day numbers; the clock time belongs to the event. */
export interface Rule {
  type: PatternType;
  interval: number;
  /** 0 is Sunday. */
  daysOfWeek: number[];
  firstDayOfWeek: number;
  dayOfMonth: number;
  /** 1 to 12; 0 when the pattern has none. */
  month: number;
  index: WeekIndex;
  range: RangeType;
  startDay: number;
  /** Inclusive; null unless the range has an end date. */
  endDay: number | null;
  count: number;
}

export const patternTypes = [
  'daily',
  'weekly',
  'absoluteMonthly',
  'relativeMonthly',
  'absoluteYearly',
  'relativeYearly',
] as const;
export const rangeTypes = ['endDate', 'noEnd', 'numbered'] as const;
export const weekIndexes = ['first', 'second', 'third', 'fourth', 'last'] as const;
export const weekDays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
export type PatternType = (typeof patternTypes)[number];
type RangeType = (typeof rangeTypes)[number];
type WeekIndex = (typeof weekIndexes)[number];

/** 4500-09-01, after which the store has no calendar. Source: EWS ErrorRecurrenceEndDateTooBig. */
export const LAST_DAY = Date.UTC(4500, 8, 1) / DAY_MS;

/** The days of a rule from `fromDay` to `toDay`, both inclusive, without regard to a count. */
export function* listDays(rule: Rule, fromDay: number, toDay: number): Generator<number> {
  const first = Math.max(fromDay, rule.startDay);
  const last = Math.min(toDay, rule.endDay ?? LAST_DAY);
  for (let period = periodOf(rule, first); ; period++) {
    const { startsAt, days } = daysOfPeriod(rule, period);
    if (startsAt > last) return;
    for (const day of days) {
      if (day > last) break;
      if (day >= first) yield day;
    }
  }
}

/** The last day of a rule, counting where it is numbered; null when it has no end. */
export function findLastDay(rule: Rule): number | null {
  if (rule.range === 'noEnd') return null;
  let last: number | null = null;
  if (rule.range === 'endDate') {
    return findPreviousDay(rule, (rule.endDay ?? LAST_DAY) + 1) ?? null;
  }
  let count = 0;
  for (const day of listDays(rule, rule.startDay, LAST_DAY)) {
    last = day;
    if (++count === rule.count) break;
  }
  return last;
}

export function findFirstDay(rule: Rule): number | undefined {
  return listDays(rule, rule.startDay, LAST_DAY).next().value ?? undefined;
}

/** The rule's last day before `day`. Looks back in growing steps, for rules are dense or sparse. */
export function findPreviousDay(rule: Rule, day: number): number | undefined {
  for (let span = 32; ; span *= 8) {
    const from = Math.max(rule.startDay, day - span);
    let found: number | undefined;
    for (const each of listDays(rule, from, day - 1)) found = each;
    if (found !== undefined || from === rule.startDay) return found;
  }
}

/** Number of the day, week, month or year (in steps of the interval) that `day` falls into. */
function periodOf(rule: Rule, day: number): number {
  const { startDay, interval } = rule;
  switch (rule.type) {
    case 'daily':
      return Math.floor((day - startDay) / interval);
    case 'weekly':
      return Math.floor((day - startOfWeek(rule, startDay)) / (7 * interval));
    case 'absoluteMonthly':
    case 'relativeMonthly':
      return Math.floor((monthOf(day) - monthOf(startDay)) / interval);
    case 'absoluteYearly':
    case 'relativeYearly':
      return Math.floor((yearOf(day) - yearOf(startDay)) / interval);
  }
}

function daysOfPeriod(rule: Rule, period: number): { startsAt: number; days: number[] } {
  const step = period * rule.interval;
  switch (rule.type) {
    case 'daily':
      return { startsAt: rule.startDay + step, days: [rule.startDay + step] };
    case 'weekly': {
      const monday = startOfWeek(rule, rule.startDay) + step * 7;
      return { startsAt: monday, days: daysOfWeekFrom(rule, monday) };
    }
    case 'absoluteMonthly':
    case 'relativeMonthly':
      return daysOfMonth(rule, monthOf(rule.startDay) + step);
    case 'absoluteYearly':
    case 'relativeYearly':
      return daysOfMonth(rule, (yearOf(rule.startDay) + step) * 12 + rule.month - 1);
  }
}

function startOfWeek(rule: Rule, day: number): number {
  return day - ((weekDayOf(day) - rule.firstDayOfWeek + 7) % 7);
}

function daysOfWeekFrom(rule: Rule, weekStart: number): number[] {
  const days: number[] = [];
  for (let day = weekStart; day < weekStart + 7; day++) {
    if (rule.daysOfWeek.includes(weekDayOf(day))) days.push(day);
  }
  return days;
}

/** The one day that the pattern has in a month; a day past the month's end is its last day. */
function daysOfMonth(rule: Rule, month: number): { startsAt: number; days: number[] } {
  const startsAt = dayOfDate(month, 1);
  const length = dayOfDate(month + 1, 1) - startsAt;
  if (rule.type === 'absoluteMonthly' || rule.type === 'absoluteYearly') {
    return { startsAt, days: [startsAt + Math.min(rule.dayOfMonth, length) - 1] };
  }
  const matching: number[] = [];
  for (let day = startsAt; day < startsAt + length; day++) {
    if (rule.daysOfWeek.includes(weekDayOf(day))) matching.push(day);
  }
  const position = rule.index === 'last' ? -1 : weekIndexes.indexOf(rule.index);
  const day = matching.at(position);
  return { startsAt, days: day === undefined ? [] : [day] };
}

/** 1970-01-01 was a Thursday. */
const weekDayOf = (day: number) => (((day + 4) % 7) + 7) % 7;

const dayOfDate = (month: number, date: number) =>
  Date.UTC(Math.floor(month / 12), ((month % 12) + 12) % 12, date) / DAY_MS;

function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

const yearOf = (day: number) => new Date(day * DAY_MS).getUTCFullYear();
