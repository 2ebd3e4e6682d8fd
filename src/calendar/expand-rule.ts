/** The times of one rule, in wall-clock seconds as if the wall were in UTC: zones are not known here. */

import {
  lengthOfMonth,
  lengthOfYear,
  startOfWeek,
  toCivilDate,
  toDayNumber,
  weekdayOf,
  weekNumbersOf,
} from './civil-days.ts';
import type { Rule, RuleDay } from './rule.ts';

const DAY = 24 * 60 * 60;
/** After the year 9999 there is nothing. */
const END = toDayNumber(9_999, 12, 31) * DAY + DAY;
/**
 * Days and times looked at in one expansion, some ten milliseconds' worth; also without a hit. A
 * daily rule is followed for 160 years; 29 February on one weekday comes every 40 at the latest.
 */
const WORK_MAX = 60_000;

const steadySteps = { WEEKLY: 7 * DAY, DAILY: DAY, HOURLY: 3_600, MINUTELY: 60, SECONDLY: 1 };
/** In which a day or more is one period. */
const coarseFrequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY'];

interface Options {
  /** Times before it may be left out, where nothing has to be counted. */
  from?: number;
  /**
   * Whether the start is an occurrence, the first of COUNT, even where the rule does not hit it.
   * RFC 5545 leaves that open; Google does so.
   */
  isStartCounted: boolean;
}

/**
 * Ascending, from `start` on, each once. COUNT is obeyed; UNTIL is the caller's, for it is an
 * instant. A rule that takes more work than any in earnest just ends.
 */
export function* expandRule(
  rule: Rule,
  start: number,
  { from = start, isStartCounted }: Options,
): Generator<number> {
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  if (isStartCounted) {
    yield start;
    left--;
  }
  const first = isStartCounted ? start + 1 : start;
  if (isSteady(rule)) {
    yield* expandSteady(rule, start, Math.max(from, first));
    return;
  }
  const whole = withStart(rule, start);
  const seek = rule.count === null ? Math.max(from, start) : start;
  const times = coarseFrequencies.includes(rule.frequency)
    ? expandDays(whole, start, seek)
    : expandUnits(whole, start, seek);
  for (const time of times) {
    if (time < first) continue;
    if (left-- <= 0) return;
    yield time;
  }
}

/** The last time of a rule with a COUNT, its start counted; of a finer one what the bounds leave. */
export function findLastCounted(rule: Rule, start: number): number {
  if (isSteady(rule)) return lastSteady(rule, start);
  let last = start;
  for (const time of expandRule(rule, start, { isStartCounted: true })) last = time;
  return last;
}

/** Whether it counts the clock's hours, minutes or seconds. */
export const isFinerThanDays = ({ frequency }: Rule): boolean =>
  !coarseFrequencies.includes(frequency);

/** Whether it has nothing but its frequency: then any time is found by multiplication. */
const isSteady = (rule: Rule) =>
  rule.frequency in steadySteps &&
  rule.byDay.length === 0 &&
  !numberKeys.some((key) => rule[key].length > 0);

const numberKeys = [
  'byMonth',
  'byWeekNo',
  'byYearDay',
  'byMonthDay',
  'byHour',
  'byMinute',
  'bySecond',
  'bySetPos',
] as const;

function* expandSteady(rule: Rule, start: number, from: number): Generator<number> {
  const step = stepOf(rule);
  const last = lastSteady(rule, start);
  const first = start + Math.ceil((from - start) / step) * step;
  let work = 0;
  for (let time = first; time <= last && work < WORK_MAX; time += step, work++) yield time;
}

const stepOf = ({ interval, frequency }: Rule) =>
  interval * steadySteps[frequency as keyof typeof steadySteps];

function lastSteady(rule: Rule, start: number): number {
  const step = stepOf(rule);
  const steps = Math.min(Math.floor((END - 1 - start) / step), (rule.count ?? Infinity) - 1);
  return start + steps * step;
}

/** The rule with what it leaves open, which comes from the start. Source: RFC 5545, 3.3.10. */
export function withStart(rule: Rule, start: number): Rule {
  const day = Math.floor(start / DAY);
  const second = start - day * DAY;
  const isCoarse = coarseFrequencies.includes(rule.frequency);
  const orElse = (given: readonly number[], value: number, isExpanded: boolean) =>
    given.length > 0 || !isExpanded ? given : [value];
  return {
    ...rule,
    ...daysOfStart(rule, day),
    byHour: orElse(rule.byHour, Math.floor(second / 3_600), isCoarse),
    byMinute: orElse(
      rule.byMinute,
      Math.floor((second % 3_600) / 60),
      isCoarse || rule.frequency === 'HOURLY',
    ),
    bySecond: orElse(rule.bySecond, second % 60, rule.frequency !== 'SECONDLY'),
  };
}

function daysOfStart(rule: Rule, startDay: number): Partial<Rule> {
  const namesDays = rule.byWeekNo.length + rule.byYearDay.length + rule.byMonthDay.length > 0;
  if (namesDays || rule.byDay.length > 0) return {};
  const { month, day } = toCivilDate(startDay);
  switch (rule.frequency) {
    case 'YEARLY':
      return { byMonth: rule.byMonth.length > 0 ? rule.byMonth : [month], byMonthDay: [day] };
    case 'MONTHLY':
      return { byMonthDay: [day] };
    case 'WEEKLY':
      return { byDay: [{ weekday: weekdayOf(startDay), nth: 0 }] };
    default:
      return {};
  }
}

/** Periods of a day or more: their days, and on each the same times. */
function* expandDays(rule: Rule, start: number, seek: number): Generator<number> {
  const times = new TimesOfDay(rule);
  const smallest = Math.min(...rule.bySetPos.map(Math.abs));
  let work = 0;
  for (let period = periodOf(rule, start, seek); work < WORK_MAX; period++) {
    const candidates = listCandidates(rule, start, period);
    if (!candidates) return;
    work += Math.max(candidates.length, 1);
    const days = candidates.filter((day) => isDayWanted(rule, day));
    const size = days.length * times.length;
    if (size === 0 || (rule.bySetPos.length > 0 && size < smallest)) continue;
    const timeAt = (place: number) =>
      (days[Math.floor(place / times.length)] ?? 0) * DAY + times.at(place % times.length);
    for (const place of listPlaces(rule, size, () => countBefore(days, seek) * times.length)) {
      const time = timeAt(place);
      if (time >= END || ++work > WORK_MAX) return;
      yield time;
    }
  }
}

const countBefore = (days: readonly number[], seek: number) => {
  const index = days.findIndex((day) => day * DAY + DAY > seek);
  return index === -1 ? days.length : index;
};

/** Which of a period's times BYSETPOS picks: all where it is missing. */
function* listPlaces({ bySetPos, count }: Rule, size: number, skip: () => number) {
  if (bySetPos.length === 0) {
    for (let place = count === null ? skip() : 0; place < size; place++) yield place;
    return;
  }
  const places = bySetPos.map((position) => (position > 0 ? position - 1 : size + position));
  yield* sortUnique(places.filter((place) => place >= 0 && place < size));
}

/** The times that BYHOUR, BYMINUTE and BYSECOND make; of up to 86,400 none is written down. */
class TimesOfDay {
  readonly length: number;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];

  constructor({ byHour, byMinute, bySecond }: Pick<Rule, 'byHour' | 'byMinute' | 'bySecond'>) {
    this.#hours = byHour;
    this.#minutes = byMinute;
    // There are no leap seconds here: the 60th is the 59th. Source: RFC 5545, 3.3.12.
    this.#seconds = [...new Set(bySecond.map((second) => Math.min(second, 59)))];
    this.length = this.#hours.length * this.#minutes.length * this.#seconds.length;
  }

  at(place: number): number {
    const perHour = this.#minutes.length * this.#seconds.length;
    const hour = this.#hours[Math.floor(place / perHour)] ?? 0;
    const minute = this.#minutes[Math.floor((place % perHour) / this.#seconds.length)] ?? 0;
    return hour * 3_600 + minute * 60 + (this.#seconds[place % this.#seconds.length] ?? 0);
  }
}

/** How many intervals after the start's period `seek` lies. */
function periodOf({ frequency, interval, weekStart }: Rule, start: number, seek: number): number {
  const [from, to] = [Math.floor(start / DAY), Math.floor(seek / DAY)];
  const [a, b] = [toCivilDate(from), toCivilDate(Math.max(from, to))];
  const distances: Record<string, () => number> = {
    YEARLY: () => b.year - a.year,
    MONTHLY: () => (b.year - a.year) * 12 + b.month - a.month,
    WEEKLY: () => (startOfWeek(to, weekStart) - startOfWeek(from, weekStart)) / 7,
    DAILY: () => to - from,
  };
  return Math.max(0, Math.floor((distances[frequency]?.() ?? 0) / interval));
}

/** Days of a period, in order, among which all wanted ones are. Undefined after the last year. */
function listCandidates(rule: Rule, start: number, period: number): number[] | undefined {
  const startDay = Math.floor(start / DAY);
  const step = period * rule.interval;
  if (rule.frequency === 'DAILY' || rule.frequency === 'WEEKLY') {
    const isDaily = rule.frequency === 'DAILY';
    const begin = isDaily ? startDay + step : startOfWeek(startDay, rule.weekStart) + step * 7;
    return begin * DAY < END ? range(begin, isDaily ? 1 : 7) : undefined;
  }
  const { year, month } = toCivilDate(startDay);
  if (rule.frequency === 'YEARLY') {
    return year + step <= 9_999 ? daysOfYear(rule, year + step) : undefined;
  }
  const months = year * 12 + month - 1 + step;
  if (months >= 10_000 * 12) return undefined;
  return daysOfMonth(rule, Math.floor(months / 12), (months % 12) + 1);
}

function daysOfYear(rule: Rule, year: number): number[] {
  const { byYearDay, byMonthDay, byMonth, byDay, byWeekNo } = rule;
  const [begin, length] = [toDayNumber(year, 1, 1), lengthOfYear(year)];
  if (byYearDay.length > 0) return numbered(byYearDay, begin, length);
  if (byMonth.length > 0 || byMonthDay.length > 0) {
    const months = byMonth.length > 0 ? byMonth : range(1, 12);
    return months.flatMap((month) => daysOfMonth(rule, year, month));
  }
  const isByWeekday = byDay.length > 0 && byWeekNo.length === 0;
  return isByWeekday ? weekdaysIn(byDay, begin, length) : range(begin, length);
}

function daysOfMonth({ byMonthDay, byMonth, byDay }: Rule, year: number, month: number): number[] {
  if (byMonth.length > 0 && !byMonth.includes(month)) return [];
  const [begin, length] = [toDayNumber(year, month, 1), lengthOfMonth(year, month)];
  if (byMonthDay.length > 0) return numbered(byMonthDay, begin, length);
  return byDay.length > 0 ? weekdaysIn(byDay, begin, length) : range(begin, length);
}

function range(begin: number, length: number): number[] {
  const numbers: number[] = [];
  for (let number = begin; number < begin + length; number++) numbers.push(number);
  return numbers;
}

/** Numbers count from the beginning of a month or a year, negative ones from its end. */
function numbered(numbers: readonly number[], begin: number, length: number): number[] {
  const days = numbers
    .map((number) => (number > 0 ? number - 1 : length + number))
    .filter((index) => index >= 0 && index < length);
  return sortUnique(days.map((index) => begin + index));
}

function weekdaysIn(byDay: readonly RuleDay[], begin: number, length: number): number[] {
  const days: number[] = [];
  for (const { weekday, nth } of byDay) {
    const first = (weekday - weekdayOf(begin) + 7) % 7;
    const count = Math.ceil((length - first) / 7);
    const index = nth > 0 ? nth - 1 : count + nth;
    if (nth === 0) for (let each = 0; each < count; each++) days.push(begin + first + each * 7);
    else if (index >= 0 && index < count) days.push(begin + first + index * 7);
  }
  return sortUnique(days);
}

const sortUnique = (numbers: number[]) =>
  numbers.length < 2 ? numbers : [...new Set(numbers)].sort((a, b) => a - b);

/** Whether each part that speaks of days lets the day through. */
function isDayWanted(rule: Rule, dayNumber: number): boolean {
  const { byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = rule;
  const weekday = weekdayOf(dayNumber);
  if (byDay.length > 0 && !byDay.some((each) => each.weekday === weekday)) return false;
  const isCounting = byDay.some(({ nth }) => nth !== 0);
  const isByDate = byMonth.length + byMonthDay.length + byYearDay.length + byWeekNo.length > 0;
  if (!isByDate && !isCounting) return true;
  const { year, month, day } = toCivilDate(dayNumber);
  if (byMonth.length > 0 && !byMonth.includes(month)) return false;
  if (byMonthDay.length > 0 && !isIn(byMonthDay, day, lengthOfMonth(year, month))) return false;
  const dayOfYear = dayNumber - toDayNumber(year, 1, 1) + 1;
  if (byYearDay.length > 0 && !isIn(byYearDay, dayOfYear, lengthOfYear(year))) return false;
  if (byWeekNo.length > 0) {
    const [number, numberFromEnd] = weekNumbersOf(dayNumber, rule.weekStart);
    if (!byWeekNo.includes(number) && !byWeekNo.includes(numberFromEnd)) return false;
  }
  if (!isCounting) return true;
  // `2MO` counts in the month for MONTHLY and for YEARLY with BYMONTH, else in the year.
  const isInMonth = rule.frequency === 'MONTHLY' || byMonth.length > 0;
  const [place, length] = isInMonth
    ? [day, lengthOfMonth(year, month)]
    : [dayOfYear, lengthOfYear(year)];
  const [nth, nthFromEnd] = [Math.ceil(place / 7), -Math.ceil((length - place + 1) / 7)];
  return byDay.some(
    (each) =>
      each.weekday === weekday && (each.nth === 0 || each.nth === nth || each.nth === nthFromEnd),
  );
}

const isIn = (list: readonly number[], number: number, length: number) =>
  list.includes(number) || list.includes(number - length - 1);

/** Periods of an hour, a minute or a second; those that a part forbids are leapt over. */
function* expandUnits(rule: Rule, start: number, seek: number): Generator<number> {
  const size = rule.frequency === 'HOURLY' ? 3_600 : rule.frequency === 'MINUTELY' ? 60 : 1;
  const first = Math.floor(start / size);
  const times = new TimesOfDay({
    byHour: [0],
    byMinute: size === 3_600 ? rule.byMinute : [0],
    bySecond: size > 1 ? rule.bySecond : [0],
  });
  const isDayOk = rememberLast((day: number) => isDayWanted(rule, day));
  const forbids = (list: readonly number[], value: number) =>
    list.length > 0 && !list.includes(value);
  let period = Math.max(0, Math.floor((Math.floor(seek / size) - first) / rule.interval));
  for (let work = 0; work < WORK_MAX; work++) {
    const begin = (first + period * rule.interval) * size;
    if (begin >= END) return;
    const second = begin % DAY < 0 ? (begin % DAY) + DAY : begin % DAY;
    let leap = 0;
    if (!isDayOk(Math.floor(begin / DAY))) leap = DAY - second;
    else if (forbids(rule.byHour, Math.floor(second / 3_600))) leap = 3_600 - (second % 3_600);
    else if (size < 3_600 && forbids(rule.byMinute, Math.floor((second % 3_600) / 60))) {
      leap = 60 - (second % 60);
    } else if (size === 1 && forbids(rule.bySecond, second % 60)) leap = 1;
    if (leap > 0) {
      period += Math.max(1, Math.ceil(leap / size / rule.interval));
      continue;
    }
    for (const place of listPlaces(rule, times.length, () => 0)) {
      work++;
      yield begin + times.at(place);
    }
    period++;
  }
}

function rememberLast<T>(ask: (key: number) => T): (key: number) => T {
  let last: { key: number; answer: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, answer: ask(key) };
    return last.answer;
  };
}
