/**
 * Occurrences of one rule in wall-clock seconds, as if the wall were in UTC. Zones are not known
 * here. Bounded by work, so that a hostile or never matching rule just ends.
 */

import {
  civilOf,
  daysOf,
  monthLength,
  weekdayOf,
  weekNumbersOf,
  yearLength,
  type Civil,
} from './days.ts';
import type { Rule } from './rule.ts';

const DAY = 86_400;
/** Days looked at in one expansion; about 10 milliseconds. */
const WORK_MAX = 150_000;
/** Days looked at without any hit; no rule that ever matches has a longer gap. */
const IDLE_WORK_MAX = 100_000;
const YEAR_MAX = 9_999;

/** `days` holds one period's candidates, `times` their seconds of the day, in order. */
interface Period {
  readonly days: readonly number[];
  readonly times: readonly number[];
  readonly work: number;
}

/**
 * Yields ascending wall seconds from `start` on, but may begin at about `from` where nothing has to
 * be counted. COUNT is obeyed here, UNTIL is the caller's (it is an instant, and zones are his).
 */
export function* expandRule(rule: Rule, start: number, from = start): Generator<number> {
  const whole = withDefaults(rule, start);
  const seek = rule.count === undefined ? Math.max(from, start) : start;
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  let work = 0;
  let idle = 0;
  for (const period of periodsOf(whole, start, seek)) {
    work += period.work;
    idle += period.work;
    if (work > WORK_MAX || idle > IDLE_WORK_MAX) return;
    for (const second of secondsOf(whole, period)) {
      if (second < start) continue;
      yield second;
      work++;
      idle = 0;
      if (--left <= 0) return;
    }
  }
}

/** What the rule leaves open comes from the start. Source: RFC 5545, 3.3.10. */
function withDefaults(rule: Rule, start: number): Rule {
  const day = Math.floor(start / DAY);
  const civil = civilOf(day);
  const clock = start - day * DAY;
  const namesDays =
    rule.byWeekNo.length + rule.byYearDay.length + rule.byMonthDay.length + rule.byDay.length > 0;
  const days = namesDays ? {} : defaultDays(rule, civil, weekdayOf(day));
  const orElse = (given: readonly number[], value: number) => (given.length > 0 ? given : [value]);
  return {
    ...rule,
    ...days,
    byHour: orElse(rule.byHour, Math.floor(clock / 3_600)),
    byMinute: orElse(rule.byMinute, Math.floor((clock % 3_600) / 60)),
    bySecond: orElse(rule.bySecond, clock % 60),
  };
}

function defaultDays(rule: Rule, civil: Civil, weekday: number): Partial<Rule> {
  switch (rule.frequency) {
    case 'YEARLY': {
      const byMonth = rule.byMonth.length > 0 ? rule.byMonth : [civil.month];
      return { byMonth, byMonthDay: [civil.day] };
    }
    case 'MONTHLY':
      return { byMonthDay: [civil.day] };
    case 'WEEKLY':
      return { byDay: [{ weekday, nth: 0 }] };
    case 'DAILY':
      return {};
  }
}

function periodsOf(rule: Rule, start: number, seek: number): Generator<Period> {
  const startDay = Math.floor(start / DAY);
  const seekDay = Math.floor(seek / DAY);
  switch (rule.frequency) {
    case 'YEARLY':
      return years(rule, civilOf(startDay).year, civilOf(seekDay).year);
    case 'MONTHLY':
      return months(rule, civilOf(startDay), civilOf(seekDay));
    case 'WEEKLY':
      return weeks(rule, startDay, seekDay);
    case 'DAILY':
      return dailies(rule, startDay, seekDay);
  }
}

function* years(rule: Rule, first: number, seek: number): Generator<Period> {
  const times = timesOf(rule);
  for (let year = aligned(first, seek, rule.interval); year <= YEAR_MAX; year += rule.interval) {
    const days: number[] = [];
    const wanted =
      rule.byWeekNo.length > 0 || rule.byMonth.length === 0 ? ALL_MONTHS : rule.byMonth;
    let work = 1;
    for (const month of wanted) {
      const begin = daysOf(year, month, 1);
      const length = monthLength(year, month);
      work += length;
      for (let day = 1; day <= length; day++) {
        if (isDayWanted(rule, begin + day - 1, { year, month, day })) days.push(begin + day - 1);
      }
    }
    yield { days, times, work };
  }
}

function* months(rule: Rule, first: Civil, seek: Civil): Generator<Period> {
  const times = timesOf(rule);
  const begin = first.year * 12 + first.month - 1;
  let at = aligned(begin, seek.year * 12 + seek.month - 1, rule.interval);
  for (; at < (YEAR_MAX + 1) * 12; at += rule.interval) {
    const year = Math.floor(at / 12);
    const month = (at % 12) + 1;
    if (rule.byMonth.length > 0 && !rule.byMonth.includes(month)) {
      yield { days: [], times, work: 1 };
      continue;
    }
    const firstDay = daysOf(year, month, 1);
    const length = monthLength(year, month);
    const days: number[] = [];
    for (let day = 1; day <= length; day++) {
      if (isDayWanted(rule, firstDay + day - 1, { year, month, day }))
        days.push(firstDay + day - 1);
    }
    yield { days, times, work: length };
  }
}

function* weeks(rule: Rule, startDay: number, seekDay: number): Generator<Period> {
  const times = timesOf(rule);
  const startOfWeek = (day: number) => day - ((weekdayOf(day) - rule.weekStart + 7) % 7);
  const step = rule.interval * 7;
  const last = daysOf(YEAR_MAX, 12, 31);
  let begin = aligned(startOfWeek(startDay), startOfWeek(seekDay), step);
  for (; begin <= last; begin += step) {
    const days: number[] = [];
    for (let day = begin; day < begin + 7; day++) {
      if (isDayWanted(rule, day)) days.push(day);
    }
    yield { days, times, work: 7 };
  }
}

function* dailies(rule: Rule, startDay: number, seekDay: number): Generator<Period> {
  const times = timesOf(rule);
  const last = daysOf(YEAR_MAX, 12, 31);
  for (let day = aligned(startDay, seekDay, rule.interval); day <= last; day += rule.interval) {
    yield { days: isDayWanted(rule, day) ? [day] : [], times, work: 1 };
  }
}

function timesOf(rule: Rule): number[] {
  return rule.byHour.flatMap((hour) =>
    rule.byMinute.flatMap((minute) =>
      rule.bySecond.map((second) => hour * 3_600 + minute * 60 + second),
    ),
  );
}

/** The period's seconds in order, thinned out by BYSETPOS. */
function* secondsOf(rule: Rule, { days, times }: Period): Generator<number> {
  if (rule.bySetPos.length === 0) {
    for (const day of days) for (const time of times) yield day * DAY + time;
    return;
  }
  const size = days.length * times.length;
  const places = rule.bySetPos
    .map((position) => (position > 0 ? position - 1 : size + position))
    .filter((place) => place >= 0 && place < size);
  for (const place of [...new Set(places)].sort((left, right) => left - right)) {
    const day = days[Math.floor(place / times.length)] ?? 0;
    yield day * DAY + (times[place % times.length] ?? 0);
  }
}

function isDayWanted(rule: Rule, days: number, known?: Civil): boolean {
  const { byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = rule;
  if (byDay.length > 0 && !byDay.some(({ weekday }) => weekday === weekdayOf(days))) return false;
  if (byMonth.length + byMonthDay.length + byYearDay.length + byWeekNo.length === 0) {
    if (!byDay.some(({ nth }) => nth !== 0)) return true;
  }
  const civil = known ?? civilOf(days);
  if (byMonth.length > 0 && !byMonth.includes(civil.month)) return false;
  if (byMonthDay.length > 0) {
    const fromEnd = civil.day - monthLength(civil.year, civil.month) - 1;
    if (!byMonthDay.includes(civil.day) && !byMonthDay.includes(fromEnd)) return false;
  }
  if (byYearDay.length > 0) {
    const dayOfYear = days - daysOf(civil.year, 1, 1) + 1;
    const fromEnd = dayOfYear - yearLength(civil.year) - 1;
    if (!byYearDay.includes(dayOfYear) && !byYearDay.includes(fromEnd)) return false;
  }
  if (byWeekNo.length > 0) {
    const numbers = weekNumbersOf(days, rule.weekStart);
    if (!numbers.some((number) => byWeekNo.includes(number))) return false;
  }
  return byDay.length === 0 || byDay.some((part) => isNth(rule, part, days, civil));
}

/** `2MO` counts in the month for MONTHLY and for YEARLY with BYMONTH, else in the year. */
function isNth(
  rule: Rule,
  { weekday, nth }: { weekday: number; nth: number },
  days: number,
  civil: Civil,
): boolean {
  if (weekday !== weekdayOf(days)) return false;
  const isCounting = rule.frequency === 'MONTHLY' || rule.frequency === 'YEARLY';
  if (nth === 0 || !isCounting) return true;
  const inMonth = rule.frequency === 'MONTHLY' || rule.byMonth.length > 0;
  const index = inMonth ? civil.day - 1 : days - daysOf(civil.year, 1, 1);
  const length = inMonth ? monthLength(civil.year, civil.month) : yearLength(civil.year);
  return nth > 0
    ? Math.floor(index / 7) + 1 === nth
    : -(Math.floor((length - 1 - index) / 7) + 1) === nth;
}

/** The last value at or before `seek` that is a whole number of steps after `first`. */
function aligned(first: number, seek: number, step: number): number {
  return seek <= first ? first : first + Math.floor((seek - first) / step) * step;
}

const ALL_MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
