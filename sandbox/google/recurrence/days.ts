/** Calendar arithmetic on whole days since 1970-01-01. */

export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** Days since the epoch of a date in the proleptic Gregorian calendar. */
export function daysOf(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day last.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468;
}

export function civilOf(days: number): Civil {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const part = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * part + 2) / 5) + 1;
  const month = part < 10 ? part + 3 : part - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Monday is 0. */
export function weekdayOf(days: number): number {
  return (((days + 3) % 7) + 7) % 7;
}

export function monthLength(year: number, month: number): number {
  return month === 12 ? 31 : daysOf(year, month + 1, 1) - daysOf(year, month, 1);
}

export function yearLength(year: number): number {
  return daysOf(year + 1, 1, 1) - daysOf(year, 1, 1);
}

/** The first day of the week-numbering year: the week with at least four days in `year`. */
export function firstWeekOf(year: number, weekStart: number): number {
  const fourth = daysOf(year, 1, 4);
  return fourth - ((weekdayOf(fourth) - weekStart + 7) % 7);
}

/** Number of the day's week in its week-numbering year, from the start and from the end. */
export function weekNumbersOf(days: number, weekStart: number): readonly [number, number] {
  const { year } = civilOf(days);
  let weekYear = year + 1;
  while (firstWeekOf(weekYear, weekStart) > days) weekYear--;
  const first = firstWeekOf(weekYear, weekStart);
  const weeks = (firstWeekOf(weekYear + 1, weekStart) - first) / 7;
  const number = Math.floor((days - first) / 7) + 1;
  return [number, number - weeks - 1];
}
