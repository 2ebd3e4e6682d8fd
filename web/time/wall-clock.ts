/**
 * Arithmetic on wall-clock dates and times as text: `2026-11-24` and `09:00`. They are what a person
 * typed; what instant they are is the server's business.
 */

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

export interface WallClock {
  date: string;
  time: string;
}

/** Minutes since 1970 as if there were no zones; undefined for what is no date or time. */
export function toMinutes({ date, time }: WallClock): number | undefined {
  const ms = Date.parse(`${date}T${time}:00Z`);
  return Number.isNaN(ms) ? undefined : ms / MINUTE_MS;
}

export function fromMinutes(minutes: number): WallClock {
  const text = new Date(minutes * MINUTE_MS).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 16) };
}

export function addDays(date: string, days: number): string {
  const minutes = toMinutes({ date, time: '00:00' });
  return minutes === undefined ? date : fromMinutes(minutes + days * DAY_MINUTES).date;
}

/** Monday is 0. */
export const weekdayOf = (date: string): number =>
  (new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7;

/** The last day of the month that a date is in. */
export function lastOfMonth(date: string): string {
  const inNextMonth = addDays(`${date.slice(0, 7)}-28`, 4);
  return addDays(`${inNextMonth.slice(0, 7)}-01`, -1);
}

/** `2026-11-24T09:00[:00]` in its two halves. */
export function splitWallClock(text: string): WallClock {
  return { date: text.slice(0, 10), time: text.slice(11, 16) || '00:00' };
}

/** What clocks show in a zone at an instant. */
export function wallClockAt(instant: Date, timeZone: string): WallClock {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(instant);
  const get = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((part) => part.type === type)?.value ?? '00';
  return {
    date: `${get('year')}-${get('month')}-${get('day')}`,
    time: `${get('hour')}:${get('minute')}`,
  };
}

/**
 * A date as people type it: `2026-11-24`, or day, month and year in the locale's own order. Returns
 * `YYYY-MM-DD`, or undefined for what is not a real date.
 */
export function parseDate(text: string, locale?: string): string | undefined {
  const numbers = text.trim().match(/^(\d{1,4})[-./ ]+(\d{1,2})[-./ ]+(\d{1,4})\.?$/);
  if (!numbers) return undefined;
  const [, a = '', b = '', c = ''] = numbers;
  if (a.length === 4) return makeDate(a, b, c);
  return isDayFirst(locale) ? makeDate(c, b, a) : makeDate(c, a, b);
}

function isDayFirst(locale?: string): boolean {
  const parts = new Intl.DateTimeFormat(locale).formatToParts(new Date(0));
  const order = parts.map((part) => part.type);
  return order.indexOf('day') < order.indexOf('month');
}

function makeDate(year: string, month: string, day: string): string | undefined {
  const fullYear = year.length === 2 ? `20${year}` : year;
  const date = `${fullYear}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const ms = Date.parse(`${date}T00:00:00Z`);
  // The 31st of February reads as the 3rd of March: only what comes back unchanged is a date.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return undefined;
  return date;
}

/** A time as people type it: `09:00`, `9`, `930`, `9.30`, `3pm`, `3:30 p.m.`. Returns `HH:MM`. */
export function parseTime(text: string): string | undefined {
  const plain = text.trim().toLowerCase().replaceAll('\u202f', ' ');
  const match = plain.match(/^(\d{1,2})(?:[:.h ]?(\d{2}))?\s*(?:([ap])\.?\s*m?\.?)?$/);
  if (!match) return undefined;
  const [, hourText = '', minuteText = '00', half] = match;
  const minute = Number(minuteText);
  let hour = Number(hourText);
  if (half && (hour < 1 || hour > 12)) return undefined;
  if (half) hour = (hour % 12) + (half === 'p' ? 12 : 0);
  if (hour > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
