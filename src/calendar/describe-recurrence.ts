/** Recurrences in plain words. Pages use it, too: it needs no library. */

import type { When } from './event.ts';
import { withStart } from './expand-rule.ts';
import type { Recurrence } from './recurrence.ts';
import { parseRule, type Rule } from './rule.ts';

/** Everything that is said, so that it can be said in another language. */
export interface RecurrenceTexts {
  weekdays: readonly string[];
  months: readonly string[];
  /** Singular and plural of what a frequency counts. */
  units: Record<Rule['frequency'], readonly [string, string]>;
  every: (count: number, unit: readonly [string, string]) => string;
  everyWeekday: (count: number, weekday: string) => string;
  workday: string;
  ordinal: (number: number) => string;
  /** `2`, `Tuesday` → `second Tuesday`; 0 is each. */
  nth: (number: number, what: string) => string;
  day: string;
  on: (what: string) => string;
  inMonths: (months: string) => string;
  inWeeks: (weeks: string) => string;
  dayOfYear: string;
  at: (times: string) => string;
  ofMonth: string;
  ofYear: string;
  ofThese: (places: string) => string;
  until: (date: string) => string;
  times: (count: number) => string;
  list: (items: readonly string[]) => string;
  /** Of `2026-06-30`. */
  date: (date: string) => string;
  /** The day of each year: 6, 30. */
  dayOfMonth: (month: number, day: number) => string;
  /** Of `09:00`. */
  time: (time: string) => string;
  also: (count: number) => string;
  except: (count: number) => string;
  someDates: (count: number) => string;
  notUnderstood: string;
}

const ordinals = ['', 'first', 'second', 'third', 'fourth', 'fifth'];

export const englishTexts: RecurrenceTexts = {
  weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  units: {
    YEARLY: ['year', 'years'],
    MONTHLY: ['month', 'months'],
    WEEKLY: ['week', 'weeks'],
    DAILY: ['day', 'days'],
    HOURLY: ['hour', 'hours'],
    MINUTELY: ['minute', 'minutes'],
    SECONDLY: ['second', 'seconds'],
  },
  every: (count, [one, many]) =>
    count === 1 ? `Every ${one}` : count === 2 ? `Every second ${one}` : `Every ${count} ${many}`,
  everyWeekday: (count, weekday) => (count === 1 ? `Every ${weekday}` : `Every second ${weekday}`),
  workday: 'weekday',
  ordinal: (number) => {
    const tail = number % 100 > 10 && number % 100 < 14 ? 0 : number % 10;
    return `${number}${['th', 'st', 'nd', 'rd'][tail] ?? 'th'}`;
  },
  nth: (number, what) => {
    if (number === 0) return `every ${what}`;
    if (number === -1) return `the last ${what}`;
    const size = Math.abs(number);
    const word = ordinals[size] ?? englishTexts.ordinal(size);
    return number > 0 ? `the ${word} ${what}` : `the ${word} ${what} from the end`;
  },
  day: 'day',
  on: (what) => `on ${what}`,
  inMonths: (months) => `in ${months}`,
  inWeeks: (weeks) => `in week ${weeks}`,
  dayOfYear: 'day',
  at: (times) => `at ${times}`,
  ofMonth: 'of the month',
  ofYear: 'of the year',
  ofThese: (places) => `only ${places} of these`,
  until: (date) => `until ${date}`,
  times: (count) => (count === 1 ? '(once)' : `(${count} times)`),
  list: (items) =>
    items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`,
  date: (date) => {
    const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
    return `${englishTexts.dayOfMonth(month, day)} ${year}`;
  },
  dayOfMonth: (month, day) => `${day} ${englishTexts.months[month - 1] ?? ''}`,
  time: (time) => time,
  also: (count) => (count === 1 ? 'and on another date' : `and on ${count} other dates`),
  except: (count) => (count === 1 ? 'except on one date' : `except on ${count} dates`),
  someDates: (count) => (count === 1 ? 'On one more date' : `On ${count} more dates`),
  notUnderstood: 'By a rule that is not understood',
};

/** More names than this are too many to read. */
const LISTED_MAX = 12;

/** One sentence without a full stop: `Every second Tuesday until 30 June 2026`. Never throws. */
export function describeRecurrence(
  recurrence: Recurrence,
  when: When,
  texts: RecurrenceTexts = englishTexts,
): string {
  const { rules, rdates, exdates, exrules } = recurrence;
  const said = rules.map((rule, index) => {
    const text = describeRule(rule, when, texts);
    return index === 0 ? text : text.charAt(0).toLowerCase() + text.slice(1);
  });
  const start = said.length > 0 ? texts.list(said) : texts.someDates(rdates.length);
  const parts = [start];
  if (said.length > 0 && rdates.length > 0) parts.push(texts.also(rdates.length));
  if (exdates.length + exrules.length > 0)
    parts.push(texts.except(exdates.length + exrules.length));
  return parts.join(', ');
}

function describeRule(text: string, when: When, texts: RecurrenceTexts): string {
  let rule: Rule;
  try {
    rule = withDays(parseRule(text), when);
  } catch {
    return texts.notUnderstood;
  }
  const parts = [...describeDays(rule, texts), ...describeTimes(rule, texts)];
  if (rule.bySetPos.length > 0 && !isPlainPlace(rule)) {
    const places = rule.bySetPos.map((place) => texts.nth(place, '').trim());
    parts.push(texts.ofThese(list(places, texts)));
  }
  if (rule.until !== null) parts.push(texts.until(texts.date(readUntilDate(rule.until, when))));
  if (rule.count !== null) parts.push(texts.times(rule.count));
  return parts.join(' ');
}

/** The rule with the days, and beside hours the minutes, that it takes from the start of its series. */
function withDays(rule: Rule, when: When): Rule {
  const start = when.kind === 'all-day' ? `${when.startDate}T00:00:00` : when.start;
  const whole = withStart(rule, Date.parse(`${start}Z`) / 1000);
  const byMinute = rule.byHour.length > 0 ? whole.byMinute : rule.byMinute;
  return {
    ...rule,
    byMonth: whole.byMonth,
    byMonthDay: whole.byMonthDay,
    byDay: whole.byDay,
    byMinute,
  };
}

const list = (items: readonly string[], texts: RecurrenceTexts) =>
  items.length <= LISTED_MAX ? texts.list(items) : `${items.slice(0, LISTED_MAX).join(', ')} …`;

function describeDays(rule: Rule, texts: RecurrenceTexts): string[] {
  const { frequency, interval, byDay, byMonth, byMonthDay, byYearDay, byWeekNo } = rule;
  const names = byDay.map(({ weekday }) => texts.weekdays[weekday] ?? '');
  const every = texts.every(interval, texts.units[frequency]);
  const months = byMonth.map((month) => texts.months[month - 1] ?? '');
  const isNumbered = byDay.some(({ nth }) => nth !== 0);
  const parts: string[] = [];
  if (isPlainPlace(rule)) {
    parts.push(every, texts.on(texts.nth(rule.bySetPos[0] ?? 1, describeGroup(rule, texts))));
  } else if (frequency === 'WEEKLY' && interval <= 2 && byDay.length === 1) {
    parts.push(texts.everyWeekday(interval, names[0] ?? ''));
  } else if (frequency === 'WEEKLY' && interval === 1 && isWorkdays(rule)) {
    parts.push(texts.everyWeekday(1, texts.workday));
  } else if (isNumbered) {
    const each = byDay.map(({ nth }, index) => texts.nth(nth, names[index] ?? ''));
    parts.push(every, texts.on(list(each, texts)));
    if (frequency === 'YEARLY' && byMonth.length === 0) parts.push(texts.ofYear);
  } else if (names.length > 0) {
    parts.push(every, texts.on(list(names, texts)));
  } else {
    parts.push(every);
  }
  if (byMonthDay.length > 0 && !isPlainPlace(rule)) parts.push(...describeMonthDays(rule, texts));
  else if (months.length > 0) parts.push(texts.inMonths(list(months, texts)));
  if (byYearDay.length > 0) {
    const days = byYearDay.map((day) => texts.nth(day, texts.dayOfYear));
    parts.push(texts.on(list(days, texts)), texts.ofYear);
  }
  if (byWeekNo.length > 0) parts.push(texts.inWeeks(list(byWeekNo.map(String), texts)));
  return parts;
}

function describeMonthDays(rule: Rule, texts: RecurrenceTexts): string[] {
  const { byMonth, byMonthDay, frequency } = rule;
  const [day = 0] = byMonthDay;
  const months = byMonth.map((month) => texts.months[month - 1] ?? '');
  if (frequency === 'YEARLY' && months.length === 1 && byMonthDay.length === 1 && day > 0) {
    return [texts.on(texts.dayOfMonth(byMonth[0] ?? 1, day))];
  }
  const days = byMonthDay.map((each) =>
    each > 0 ? `the ${texts.ordinal(each)}` : texts.nth(each, texts.day),
  );
  const isOfMonth = byMonthDay.some((each) => each < 0) || frequency !== 'MONTHLY';
  const parts = [texts.on(list(days, texts))];
  if (months.length > 0) parts.push(texts.inMonths(list(months, texts)));
  else if (isOfMonth) parts.push(texts.ofMonth);
  return parts;
}

/** `BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1`: one place among plain weekdays of a month. */
function isPlainPlace({ frequency, byDay, bySetPos, byMonthDay, ...rest }: Rule): boolean {
  const isOfMonth =
    frequency === 'MONTHLY' || (frequency === 'YEARLY' && rest.byMonth.length === 1);
  const others = [rest.byYearDay, rest.byWeekNo, rest.byHour, rest.byMinute, rest.bySecond];
  return (
    isOfMonth &&
    bySetPos.length === 1 &&
    byMonthDay.length === 0 &&
    byDay.length > 0 &&
    byDay.every(({ nth }) => nth === 0) &&
    others.every((each) => each.length === 0)
  );
}

function describeGroup(rule: Rule, texts: RecurrenceTexts): string {
  if (rule.byDay.length === 7) return texts.day;
  if (isWorkdays(rule)) return texts.workday;
  const names = rule.byDay.map(({ weekday }) => texts.weekdays[weekday] ?? '');
  return names.join(' / ');
}

const isWorkdays = ({ byDay }: Rule) =>
  byDay.map(({ nth, weekday }) => `${nth}${weekday}`).join() === '00,01,02,03,04';

function describeTimes(rule: Rule, texts: RecurrenceTexts): string[] {
  const { byHour, byMinute, bySecond } = rule;
  if (byHour.length + byMinute.length + bySecond.length === 0) return [];
  const two = (numbers: readonly number[]) =>
    numbers.length > 0 ? numbers.map((number) => String(number).padStart(2, '0')) : ['…'];
  const clock = two(byHour).flatMap((hour) => two(byMinute).map((minute) => `${hour}:${minute}`));
  const times =
    bySecond.length > 0
      ? clock.map((time) => `${time}:${two(bySecond).join('/')}`)
      : clock.map((time) => (time.includes('…') ? time : texts.time(time)));
  return [texts.at(list(times, texts))];
}

/** The last date on which an occurrence may begin, by the clocks of the series. */
export function readUntilDate(until: string, when: When): string {
  const date = until.replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3');
  const time = /T(\d\d)(\d\d)(\d\d)Z$/.exec(until);
  if (!time || when.kind === 'all-day') return date;
  const instant = new Date(`${date}T${time.slice(1).join(':')}Z`);
  try {
    // Swedish times are written nearly as ISO 8601 does: `2026-06-30 09:00:00`.
    const local = instant.toLocaleString('sv-SE', { timeZone: when.timeZone });
    if (local.slice(11) >= when.start.slice(11)) return local.slice(0, 10);
    return new Date(Date.parse(`${local.slice(0, 10)}T00:00:00Z`) - 1).toISOString().slice(0, 10);
  } catch {
    return date;
  }
}
