/** Reads and prints the API's `EventDateTime`. */

import { invalid, required, timeRangeEmpty, GoogleError } from '../errors.ts';
import { findString, isObject, type Json, type JsonObject } from '../json.ts';
import { formatInstant, isZone, toInstant } from '../zones.ts';
import { isAllDay, type EventTime } from './event.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?$/;

/** Start and end of a request. Throws Google's 400s. Source: concepts/events-calendars. */
export function readTimes(
  body: JsonObject,
  calendarZone: string,
  isSeries: boolean,
): { start: EventTime; end: EventTime } {
  const startIsDate = isDateOnly(body.start);
  const endIsDate = isDateOnly(body.end);
  if (!isObject(body.end) || !hasTime(body.end)) throw required('Missing end time.');
  if (!isObject(body.start) || !hasTime(body.start) || startIsDate !== endIsDate) {
    throw invalid('Start and end times must either both be date or both be dateTime.');
  }
  const start = readTime(body.start, calendarZone, 'start');
  const end = readTime(body.end, calendarZone, 'end');
  if (isSeries && !startIsDate) {
    if (!findString(body.start, 'timeZone')) throw missingZone('start');
    if (!findString(body.end, 'timeZone')) throw missingZone('end');
  }
  if (isAllDay(start) && isAllDay(end) && end.date <= start.date) throw timeRangeEmpty();
  if (!isAllDay(start) && !isAllDay(end) && end.at < start.at) throw timeRangeEmpty();
  return { start, end };
}

/** One `EventDateTime`. Without an offset it is in `timeZone`, else in the calendar's zone. */
export function readTime(
  value: JsonObject,
  calendarZone: string,
  which: 'start' | 'end',
): EventTime {
  const date = findString(value, 'date');
  const dateTime = findString(value, 'dateTime');
  if (date !== undefined && dateTime !== undefined) {
    throw invalid('Start and end times must either both be date or both be dateTime.');
  }
  const timeZone = findString(value, 'timeZone') || undefined;
  if (timeZone !== undefined && !isZone(timeZone)) {
    throw invalid(`Invalid time zone definition for ${which} time.`);
  }
  if (date !== undefined) {
    if (parseDate(date) === undefined) throw invalid(`Invalid value for: "${date}"`);
    return { date };
  }
  const at = parseDateTime(dateTime ?? '', timeZone ?? calendarZone);
  if (at === undefined) throw invalid(`Invalid value for: "${dateTime}"`);
  return { at, timeZone: timeZone ?? calendarZone };
}

export function printTime(time: EventTime, zone: string): JsonObject {
  if (isAllDay(time)) return { date: time.date };
  return { dateTime: formatInstant(zone, time.at), timeZone: time.timeZone };
}

/** A parameter such as `timeMin`: RFC 3339 with a mandatory offset, fractions ignored. */
export function parseTimestamp(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  return match?.[7] ? parseDateTime(text, 'UTC') : undefined;
}

/** Milliseconds of the date's midnight as if in UTC, or undefined when it is no date. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  return utcOf(Number(match[1]), Number(match[2]), Number(match[3]));
}

export function printDate(utcMidnight: number): string {
  return new Date(utcMidnight).toISOString().slice(0, 10);
}

/** Whole seconds: Google forgets fractions. */
function parseDateTime(text: string, zone: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const day = utcOf(Number(match[1]), Number(match[2]), Number(match[3]));
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  if (day === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const wall = day + ((hour * 60 + minute) * 60 + second) * 1000;
  const offset = match[7];
  if (!offset) return toInstant(zone, wall);
  if (offset === 'Z' || offset === 'z') return wall;
  const sign = offset.startsWith('-') ? -1 : 1;
  const digits = offset.replace(':', '');
  return wall - sign * (Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))) * 60_000;
}

function utcOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 0;
  return isReal ? date.getTime() : undefined;
}

function hasTime(value: JsonObject): boolean {
  return typeof value.date === 'string' || typeof value.dateTime === 'string';
}

function isDateOnly(value: Json | undefined): boolean {
  return isObject(value) && typeof value.date === 'string';
}

function missingZone(which: string): GoogleError {
  return required(`Missing time zone definition for ${which} time.`);
}
