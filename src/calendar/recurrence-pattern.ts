/** What a form for a recurring event holds. Nothing here needs a zone, a clock or a library. */

import { toDayNumber, weekdayOf } from './civil-days.ts';
import type { LocalDate } from './event.ts';
import { formatRule, parseRule, type Rule, weekdayCodes } from './rule.ts';

export type WeekdayCode = (typeof weekdayCodes)[number];

export type RecurrenceEnd =
  | { kind: 'never' }
  /** The last date on which it may begin. */
  | { kind: 'on'; date: LocalDate }
  | { kind: 'after'; count: number };

export interface RecurrencePattern {
  /** Every so many units: 2 with `week` is every second week. */
  every: number;
  unit: 'day' | 'week' | 'month' | 'year';
  /** Of a week, at least one; empty for other units. */
  weekdays: readonly WeekdayCode[];
  /** In which months and years: a date, or the nth weekday (-1 is the last). Null for other units. */
  on: { monthDay: number } | { nth: number; weekday: WeekdayCode } | null;
  /** 1 to 12, of a year; null for other units. */
  month: number | null;
  ends: RecurrenceEnd;
}

const units = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' } as const;
const frequencies = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY', year: 'YEARLY' } as const;

/**
 * What the form shows for a rule of a series that starts on `startDate`; null for rules that it cannot
 * hold. `untilDate` is the rule's UNTIL as a date in the series' zone: `readUntilDate` gives it.
 * Throws `RecurrenceError` for what is no rule.
 */
export function parsePattern(
  text: string,
  startDate: LocalDate,
  untilDate: LocalDate | null,
): RecurrencePattern | null {
  const rule = parseRule(text);
  const unit = units[rule.frequency as keyof typeof units];
  const others = [
    rule.byWeekNo,
    rule.byYearDay,
    rule.byHour,
    rule.byMinute,
    rule.bySecond,
    rule.bySetPos,
  ];
  if (!unit || others.some((list) => list.length > 0)) return null;
  if (rule.count !== null && rule.until !== null) return null;
  if (rule.until !== null && untilDate === null) return null;
  const days = parseDays(rule, unit, startDate);
  // The form begins weeks on Monday, which is heard in every second week only.
  const isOddWeek = rule.frequency === 'WEEKLY' && rule.interval > 1 && rule.weekStart !== 0;
  if (!days || isOddWeek) return null;
  return { every: rule.interval, unit, ...days, ends: parseEnd(rule, untilDate) };
}

function parseEnd({ count, until }: Rule, untilDate: LocalDate | null): RecurrenceEnd {
  if (count !== null) return { kind: 'after', count };
  return until !== null && untilDate ? { kind: 'on', date: untilDate } : { kind: 'never' };
}

type Days = Pick<RecurrencePattern, 'weekdays' | 'on' | 'month'>;

function parseDays(rule: Rule, unit: RecurrencePattern['unit'], startDate: LocalDate): Days | null {
  const { byDay, byMonthDay, byMonth } = rule;
  const [year = 0, month = 0, day = 0] = startDate.split('-').map(Number);
  const codes = byDay.map(({ weekday }) => weekdayCodes[weekday] ?? 'MO');
  if (unit === 'day' || unit === 'week') {
    if (byMonth.length + byMonthDay.length > 0 || (unit === 'day' && byDay.length > 0)) return null;
    const own = weekdayCodes[weekdayOf(toDayNumber(year, month, day))] ?? 'MO';
    const weekdays = unit === 'day' ? [] : codes.length > 0 ? codes : [own];
    return { weekdays, on: null, month: null };
  }
  if (byMonth.length > (unit === 'year' ? 1 : 0) || byDay.length + byMonthDay.length > 1)
    return null;
  const nth = byDay[0]?.nth;
  // Numbers of weekdays count in the year where no month is named.
  if (nth === 0 || (nth !== undefined && unit === 'year' && byMonth.length === 0)) return null;
  if (nth !== undefined && (nth > 5 || nth < -1)) return null;
  const monthDay = byMonthDay[0] ?? day;
  if (monthDay < -1) return null;
  // A day of each month of the year.
  if (unit === 'year' && byMonth.length === 0 && byMonthDay.length > 0) return null;
  return {
    weekdays: [],
    on: nth === undefined ? { monthDay } : { nth, weekday: codes[0] ?? 'MO' },
    month: unit === 'year' ? (byMonth[0] ?? month) : null,
  };
}

/**
 * The rule for what the form holds, canonical. `until` is the end of the last date as UNTIL spells it:
 * a UTC date-time for timed series; for all-day ones it may be left out.
 */
export function buildRule(pattern: RecurrencePattern, until?: string): string {
  const { every, unit, weekdays, on, month, ends } = pattern;
  const numberOf = (code: WeekdayCode) => weekdayCodes.indexOf(code);
  const byDay = weekdays.map((code) => ({ weekday: numberOf(code), nth: 0 }));
  if (on && 'nth' in on) byDay.push({ weekday: numberOf(on.weekday), nth: on.nth });
  const rule: Rule = {
    frequency: frequencies[unit],
    interval: every,
    count: ends.kind === 'after' ? ends.count : null,
    until: ends.kind === 'on' ? (until ?? ends.date.replaceAll('-', '')) : null,
    weekStart: 0,
    byMonth: month === null ? [] : [month],
    byWeekNo: [],
    byYearDay: [],
    byMonthDay: on && 'monthDay' in on ? [on.monthDay] : [],
    byDay,
    byHour: [],
    byMinute: [],
    bySecond: [],
    bySetPos: [],
  };
  // What a form sends may be out of range or unsorted: reading it again judges and sorts.
  return formatRule(parseRule(formatRule(rule)));
}
