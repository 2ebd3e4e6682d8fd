/** Arithmetic on whole days since 1970-01-01, in the Gregorian calendar, and on weeks of years. */

export interface CivilDate {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Months and days out of range are carried over. Years from 100 on: `Date` reads 99 as 1999. */
export const toDayNumber = (year: number, month: number, day: number): number =>
  Date.UTC(year, month - 1, day) / DAY_MS;

export function toCivilDate(dayNumber: number): CivilDate {
  const date = new Date(dayNumber * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 is Monday. 1970-01-01 was a Thursday. */
export const weekdayOf = (dayNumber: number): number => (((dayNumber + 3) % 7) + 7) % 7;

export const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

export const lengthOfYear = (year: number): number => (isLeapYear(year) ? 366 : 365);

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export const lengthOfMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (monthLengths[month - 1] ?? 0);

/** The first day of the week that `dayNumber` lies in, for weeks that begin on `weekStart`. */
export const startOfWeek = (dayNumber: number, weekStart: number): number =>
  dayNumber - ((weekdayOf(dayNumber) - weekStart + 7) % 7);

/**
 * The day's week in the year that the week belongs to, from its start and, negative, from its end.
 * Week 1 has at least four days in its year. Source: RFC 5545, 3.3.10; ISO 8601.
 */
export function weekNumbersOf(dayNumber: number, weekStart: number): [number, number] {
  // The fourth day of a week is in the year that the week belongs to.
  const begin = startOfWeek(dayNumber, weekStart);
  const { year } = toCivilDate(begin + 3);
  const firstWeek = startOfWeek(toDayNumber(year, 1, 4), weekStart);
  const nextFirstWeek = startOfWeek(toDayNumber(year + 1, 1, 4), weekStart);
  return [(begin - firstWeek) / 7 + 1, (begin - nextFirstWeek) / 7];
}
