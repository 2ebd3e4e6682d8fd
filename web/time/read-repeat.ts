import type { RecurrencePattern, WeekdayCode } from '../../src/calendar/recurrence-pattern.ts';
import { weekdayCodes } from '../../src/calendar/rule.ts';
import { spokenWhen as words } from '../texts.ts';
import type { SpokenWhen } from './read-when.ts';
import { anyOf, count, day, monthName, onWord, placeIn, readNumber } from './spoken-words.ts';
import { addDays, lastOfMonth, type WallClock, weekdayOf } from './wall-clock.ts';

/** How often, as it was said. Without weekdays and a place in the month: on the day of the start. */
export type SpokenRepeat = Pick<RecurrencePattern, 'every' | 'unit' | 'weekdays' | 'on'>;

type Said = (string | undefined)[];

/** As many as the form takes. */
const EVERY_MAX = 999;
/** Longer is no fifth Friday away. */
const DAYS_LOOKED_AT = 100;
const UNITS = ['day', 'week', 'month', 'year'] as const;

const units = [words.dayUnits, words.weeks, words.monthUnits, words.yearUnits];
const every = anyOf(words.every);
const other = anyOf(words.other);
const comma = `(?:, ?(?:${anyOf(words.and)} )?| ${anyOf(words.and)} )`;
const listOf = (one: string) => `(${one}(?:${comma}${one})*)`;
const days = listOf(day);
const place = `(${anyOf(words.places.flat())}) (${day}) `;

/** Tried in this order, before a single day is. */
export const repeatReaders: [pattern: string, reader: (said: Said) => SpokenWhen | undefined][] = [
  [`${every} ${place}${anyOf([...words.ofMonth, ...words.ofEachMonth])}`, readPlace],
  [`(?:${anyOf(words.the)} )?${place}${anyOf(words.ofEachMonth)}`, readPlace],
  [`${every} ${anyOf(words.workday)}`, () => sayWeeks(1, weekdayCodes.slice(0, 5))],
  [`${onWord}${anyOf(words.workdays)}`, () => sayWeeks(1, weekdayCodes.slice(0, 5))],
  [`${every} (${other} )?${days}`, ([step, names]) => sayWeeks(step ? 2 : 1, readDays(names))],
  [`${onWord}${listOf(anyOf(words.eachWeekday))}`, ([names]) => sayWeeks(1, readDays(names))],
  [
    `(?:${every} (?:(${other})|${count})? ?(${anyOf(units.flat())})|(${anyOf(words.adverbs)}))(?: ${onWord}${days})?`,
    readUnit,
  ],
  [`(?:${anyOf(words.for)} )?(\\d{1,3}) ${anyOf(words.times)}`, ([times]) => sayTimes(times)],
];

/** After those by which a day of that month is said. */
export const untilMonth = `(${anyOf(words.endOf)} )?(${monthName})(?: (\\d{4}))?`;

/** Until June is until it begins, until the end of June until it ends; without its year the next. */
export function readUntilMonth([endOf, name = '', year]: Said, now: WallClock): SpokenWhen {
  const month = String(placeIn(words.months, name) + 1).padStart(2, '0');
  const thisYear = Number(now.date.slice(0, 4));
  const [date = ''] = (year ? [Number(year)] : [thisYear, thisYear + 1])
    .map((one) => `${one}-${month}-01`)
    .map((first) => (endOf ? lastOfMonth(first) : addDays(first, -1)))
    .filter((last) => year !== undefined || last >= now.date);
  return { until: date };
}

function readPlace([nth = '', name = '']: Said): SpokenWhen {
  const found = placeIn(words.places, nth);
  const [weekday = 'MO'] = readDays(name);
  // The last one is said last.
  const on = { nth: found === words.places.length - 1 ? -1 : found + 1, weekday };
  return { repeat: { every: 1, unit: 'month', weekdays: [], on } };
}

function readUnit([step, number, name, adverb, names]: Said): SpokenWhen | undefined {
  const unit =
    UNITS[name === undefined ? words.adverbs.indexOf(adverb ?? '') : placeIn(units, name)];
  const often = step ? 2 : number === undefined ? 1 : readNumber(number);
  if (!unit || !Number.isInteger(often) || often < 1 || often > EVERY_MAX) return undefined;
  if (names === undefined) return { repeat: { every: often, unit, weekdays: [], on: null } };
  return unit === 'week' ? sayWeeks(often, readDays(names)) : undefined;
}

const sayWeeks = (often: number, weekdays: readonly WeekdayCode[]): SpokenWhen => ({
  repeat: { every: often, unit: 'week', weekdays, on: null },
});

const sayTimes = (times = ''): SpokenWhen | undefined =>
  Number(times) > 0 ? { times: Number(times) } : undefined;

/** Those that a list names, from Monday on. */
function readDays(names = ''): WeekdayCode[] {
  const said = names.split(new RegExp(comma));
  return weekdayCodes.filter((_, index) =>
    [...(words.weekdays[index] ?? []), words.eachWeekday[index]].some((one) =>
      said.includes(one ?? ''),
    ),
  );
}

/**
 * The day on which what was said begins: of days that it names the first, from the day that was said
 * besides, else from now on. Undefined where any day may be the first, and none was said.
 */
export function firstDay(
  { weekdays, on, unit }: SpokenRepeat,
  { date, time }: SpokenWhen,
  now: WallClock,
): string | undefined {
  const isNamed = weekdays.length > 0 || on !== null;
  if (!isNamed && (date !== undefined || unit !== 'day' || time === undefined)) return date;
  const isToCome = time !== undefined && time > now.time;
  const since = date ?? addDays(now.date, isToCome ? 0 : 1);
  return Array.from({ length: DAYS_LOOKED_AT }, (_, index) => addDays(since, index)).find(
    (each) => !isNamed || isOneOf(each, { weekdays, on }),
  );
}

function isOneOf(date: string, { weekdays, on }: Pick<SpokenRepeat, 'weekdays' | 'on'>): boolean {
  const weekday = weekdayCodes[weekdayOf(date)] ?? 'MO';
  if (!on || !('nth' in on)) return weekdays.includes(weekday);
  const isLast = addDays(date, 7) > lastOfMonth(date);
  const nth = Math.ceil(Number(date.slice(8)) / 7);
  return weekday === on.weekday && (on.nth === -1 ? isLast : nth === on.nth);
}
