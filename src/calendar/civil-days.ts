/** Arithmetic on whole days since 1970-01-01, in the Gregorian calendar, and on weeks of years. */

export interface CivilDate {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
}

/** `Date` would do, but a rule that hardly ever matches asks some hundred thousand times. */
export function toDayNumber(year: number, month: number, day: number): number {
  // Years that begin in March have their leap day at the end.
  const marchYear = month > 2 ? year : year - 1;
  const monthFromMarch = (month + 9) % 12;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * monthFromMarch + 2) / 5) + day - EPOCH;
}
/** From the day before 1 March of the year 0 to 1970-01-01. */
const EPOCH = 719_469;

export function toCivilDate(dayNumber: number): CivilDate {
  // A guess that is at most a year too late.
  let year = Math.floor((dayNumber + 719_528) / 365.2425) + 1;
  while (toDayNumber(year, 1, 1) > dayNumber) year--;
  const dayOfYear = dayNumber - toDayNumber(year, 1, 1);
  const leapDay = isLeapYear(year) ? 1 : 0;
  let month = 12;
  while (dayOfYear < startOfMonth(month, leapDay)) month--;
  return { year, month, day: dayOfYear - startOfMonth(month, leapDay) + 1 };
}

/** Days before each month of a common year. */
const monthStarts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const startOfMonth = (month: number, leapDay: number) =>
  (monthStarts[month - 1] ?? 0) + (month > 2 ? leapDay : 0);

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
