import type { Activity, WrittenRecurrence } from '../../src/api/schemas/activities.ts';
import { lengthOfMonth, toDayNumber, weekdayOf } from '../../src/calendar/civil-days.ts';
import { describeRecurrence, readUntilDate } from '../../src/calendar/describe-recurrence.ts';
import type { When } from '../../src/calendar/event.ts';
import { expandRule } from '../../src/calendar/expand-rule.ts';
import {
  buildRule,
  parsePattern,
  type RecurrencePattern,
  type WeekdayCode,
} from '../../src/calendar/recurrence-pattern.ts';
import { parseRule, weekdayCodes } from '../../src/calendar/rule.ts';
import { recurrenceTexts } from '../texts.ts';
import type { SpokenRepeat } from '../time/read-repeat.ts';
import type { SpokenWhen } from '../time/read-when.ts';
import { addDays, parseDate } from '../time/wall-clock.ts';

export type RecurrenceView = NonNullable<Activity['recurrence']>;

/** What the form holds of how an event repeats. */
export type Repeat =
  | { kind: 'none' }
  /** By a rule that the form cannot show in parts; it stays as it is. */
  | { kind: 'kept' }
  | {
      kind: 'pattern';
      /** As it was for a start on `anchor`: `patternAt` takes it along to another one. */
      pattern: RecurrencePattern;
      anchor: string;
      isCustom: boolean;
    };

export type PresetName = 'daily' | 'weekly' | 'monthly' | 'monthlyDate' | 'yearly';

const never = { kind: 'never' } as const;

/** What is offered by name for an event that starts on `date`. */
export function listPresets(date: string): Record<PresetName, RecurrencePattern> {
  const { month, day, weekday } = readDate(date);
  const none = { every: 1, weekdays: [], on: null, month: null, ends: never };
  return {
    daily: { ...none, unit: 'day' },
    weekly: { ...none, unit: 'week', weekdays: [weekday] },
    monthly: { ...none, unit: 'month', on: { nth: nthOf(date), weekday } },
    monthlyDate: { ...none, unit: 'month', on: { monthDay: day } },
    yearly: { ...none, unit: 'year', on: { monthDay: day }, month },
  };
}

/** Which of those that are offered it is, whenever it ends; undefined where it is none of them. */
export function findPreset(pattern: RecurrencePattern, date: string): PresetName | undefined {
  const text = (one: RecurrencePattern) => buildSafely({ ...one, ends: never });
  const found = Object.entries(listPresets(date)).find(([, one]) => text(one) === text(pattern));
  return found?.[0] as PresetName | undefined;
}

/** In which months or years a pattern can be on the day of `date`: as a date, as a weekday, as the last. */
export function listPlaces(date: string): NonNullable<RecurrencePattern['on']>[] {
  const { year, month, day, weekday } = readDate(date);
  const left = lengthOfMonth(year, month) - day;
  const place = Math.ceil(day / 7);
  return [
    { monthDay: day },
    ...(left === 0 ? [{ monthDay: -1 }] : []),
    ...(place < 5 ? [{ nth: place, weekday }] : []),
    ...(left < 7 ? [{ nth: -1, weekday }] : []),
  ];
}

/** The pattern in another unit, on the day of `date`. */
export function withUnit(
  pattern: Pick<RecurrencePattern, 'every' | 'ends'>,
  unit: RecurrencePattern['unit'],
  date: string,
): RecurrencePattern {
  const { daily, weekly, monthlyDate, yearly } = listPresets(date);
  const plain = { day: daily, week: weekly, month: monthlyDate, year: yearly }[unit];
  return { ...plain, every: pattern.every, ends: pattern.ends };
}

/** What was said of repeating, for a start on `date`: what was not said of it is as the start has it. */
export function toSpokenRepeat(
  { every, unit, weekdays, on }: SpokenRepeat,
  { until, times }: Pick<SpokenWhen, 'until' | 'times'>,
  date: string,
): Repeat {
  const ends: RecurrencePattern['ends'] =
    until !== undefined
      ? { kind: 'on', date: until }
      : times !== undefined
        ? { kind: 'after', count: times }
        : never;
  const plain = withUnit({ every, ends }, unit, date);
  const pattern = { ...plain, ...(weekdays.length > 0 && { weekdays }), ...(on && { on }) };
  return { kind: 'pattern', pattern, anchor: date, isCustom: !findPreset(pattern, date) };
}

/**
 * The pattern for a start on `date`: what it plainly takes from the start's day goes along with it, as
 * the server takes it along when a series is moved. The end does so only in a series that there is.
 */
export function patternAt(
  { pattern, anchor }: { pattern: RecurrencePattern; anchor: string },
  date: string,
  movesEnd = false,
): RecurrencePattern {
  if (date === anchor || parseDate(date) !== date) return pattern;
  const [old, now] = [readDate(anchor), readDate(date)];
  const moved = { ...pattern };
  const [weekday] = pattern.weekdays;
  if (pattern.weekdays.length === 1 && weekday === old.weekday) moved.weekdays = [now.weekday];
  if (pattern.month === old.month) moved.month = now.month;
  const { on } = pattern;
  if (on && 'monthDay' in on && on.monthDay === old.day) moved.on = { monthDay: now.day };
  if (on && 'nth' in on && on.weekday === old.weekday && isPlaceOf(on.nth, anchor)) {
    moved.on = { nth: on.nth < 0 && isLastOf(date) ? -1 : nthOf(date), weekday: now.weekday };
  }
  if (movesEnd && pattern.ends.kind === 'on') {
    const days = now.dayNumber - old.dayNumber;
    moved.ends = { kind: 'on', date: addDays(pattern.ends.date, days) };
  }
  return moved;
}

/** A fifth one is the last: not each month has it. */
const nthOf = (date: string) => {
  const place = Math.ceil(readDate(date).day / 7);
  return place === 5 ? -1 : place;
};
const isPlaceOf = (nth: number, date: string) =>
  nth === -1 ? isLastOf(date) : nth === Math.ceil(readDate(date).day / 7);
function isLastOf(date: string): boolean {
  const { year, month, day } = readDate(date);
  return day + 7 > lengthOfMonth(year, month);
}

function readDate(date: string) {
  const usable = parseDate(date) === date ? date : '2026-01-01';
  const [year = 0, month = 1, day = 1] = usable.split('-').map(Number);
  const dayNumber = toDayNumber(year, month, day);
  const weekday: WeekdayCode = weekdayCodes[weekdayOf(dayNumber)] ?? 'MO';
  return { year, month, day, dayNumber, weekday };
}

type TimesView = Pick<Activity, 'is_all_day' | 'start' | 'end' | 'time_zone'>;

export function toWhen({ is_all_day, start, end, time_zone }: TimesView): When {
  return is_all_day || time_zone === null
    ? { kind: 'all-day', startDate: start.slice(0, 10), endDate: end.slice(0, 10) }
    : { kind: 'timed', start, end, timeZone: time_zone };
}

/** `Every second Tuesday until 30 June 2027`. */
export const describeSeries = (recurrence: RecurrenceView, times: TimesView): string =>
  describeRecurrence(recurrence, toWhen(times), recurrenceTexts);

/** The sentence for a pattern of the form; '' while a part of it is not yet said. */
export function describePattern(pattern: RecurrencePattern, date: string): string {
  const rule = buildSafely(pattern);
  if (rule === undefined || parseDate(date) !== date) return '';
  const when: When = { kind: 'all-day', startDate: date, endDate: addDays(date, 1) };
  const recurrence = { rules: [rule], exrules: [], rdates: [], exdates: [] };
  return describeRecurrence(recurrence, when, recurrenceTexts);
}

/** How an event repeats, as the form takes it up; its occurrence may begin on another date. */
export function toRepeat(activity: Activity): Repeat {
  const { recurrence } = activity;
  if (!recurrence) return { kind: 'none' };
  const [rule, ...others] = recurrence.rules;
  const rest = [...others, ...recurrence.exrules, ...recurrence.rdates];
  if (rule === undefined || rest.length > 0) return { kind: 'kept' };
  const anchor = activity.start.slice(0, 10);
  try {
    const { until } = parseRule(rule);
    const untilDate = until === null ? null : readUntilDate(until, toWhen(activity));
    const pattern = parsePattern(rule, anchor, untilDate);
    if (!pattern) return { kind: 'kept' };
    return { kind: 'pattern', pattern, anchor, isCustom: !findPreset(pattern, anchor) };
  } catch {
    return { kind: 'kept' };
  }
}

/** As the API takes it. Dates that were left out before stay left out. */
export function toRecurrence(
  pattern: RecurrencePattern,
  isAllDay: boolean,
  exdates: readonly string[],
): WrittenRecurrence {
  const { ends } = pattern;
  // Up to the end of the last date, by the clock of the event's own zone.
  const until =
    ends.kind === 'on' && !isAllDay ? `${ends.date.replaceAll('-', '')}T235959` : undefined;
  const rules = [buildRule(pattern, until)];
  return exdates.length > 0 ? { rules, exdates: [...exdates] } : { rules };
}

function buildSafely(pattern: RecurrencePattern): string | undefined {
  try {
    return buildRule(pattern);
  } catch {
    return undefined;
  }
}

const DAY_SECONDS = 24 * 60 * 60;
/** More dates than this in a row are not looked through. */
const LOOKED_MAX = 5_000;

/**
 * The first dates of a pattern from `since` on, for a series that starts on `date`, which is one of
 * them in any case. Dates alone: what the clock shows then is the same each time.
 */
export function listDates(
  pattern: RecurrencePattern,
  { date, since, skipped, max }: { date: string; since: string; skipped: string[]; max: number },
): string[] {
  const rule = buildSafely(pattern);
  if (rule === undefined || parseDate(date) !== date) return [];
  const last = pattern.ends.kind === 'on' ? pattern.ends.date : '9999-12-31';
  const toSeconds = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1000;
  const found: string[] = [];
  let looked = 0;
  const options = { from: toSeconds(since), isStartCounted: true };
  for (const seconds of expandRule({ ...parseRule(rule), until: null }, toSeconds(date), options)) {
    if (++looked > LOOKED_MAX || seconds / DAY_SECONDS > 2_932_896) break;
    const each = new Date(seconds * 1000).toISOString().slice(0, 10);
    if (each > last && each !== date) break;
    if (each < since || skipped.includes(each)) continue;
    if (found.push(each) >= max) break;
  }
  return found;
}

/** The first date that the rule itself comes on; undefined where there is none. */
export function findFirstDate(pattern: RecurrencePattern, date: string): string | undefined {
  const rule = buildSafely({ ...pattern, ends: never });
  if (rule === undefined || parseDate(date) !== date) return undefined;
  const start = Date.parse(`${date}T00:00:00Z`) / 1000;
  for (const first of expandRule(parseRule(rule), start, { isStartCounted: false })) {
    return new Date(first * 1000).toISOString().slice(0, 10);
  }
  return undefined;
}
