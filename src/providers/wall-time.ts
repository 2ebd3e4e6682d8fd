import { Temporal } from 'temporal-polyfill';
import type { LocalDateTime, TimeZone, When } from '../calendar/event.ts';
import { findIanaZone } from '../calendar/windows-zones.ts';
import { readAsUtc, readClock } from '../calendar/zone-clock.ts';
import { ProviderError } from './provider-error.ts';

/** A zone as it could be read; `warning` is for people, null when nothing was lost. */
export interface ReadZone {
  timeZone: TimeZone;
  warning: string | null;
}

/**
 * Reads a provider's name of a zone. A name that nobody knows becomes the fixed offset at which the
 * event was given (UTC where there is none), with a warning: the instants stay exactly as they are.
 */
export function readZone(name: string | null | undefined, offset: string): ReadZone {
  const timeZone = name ? findIanaZone(name) : undefined;
  if (timeZone) return { timeZone, warning: null };
  const fixed = toFixedZone(offset);
  const subject = name
    ? `The time zone "${name.slice(0, 64)}" is not known`
    : 'No time zone is named';
  return {
    timeZone: fixed,
    warning: `${subject}; the times are right, but they are shown in ${fixed} and do not follow daylight saving.`,
  };
}

/** Wall-clock time of an RFC 3339 instant in `timeZone`. Throws `malformed-answer`. */
export function toWallTime(instant: string, timeZone: TimeZone): LocalDateTime {
  const wallTime = tryToWallTime(instant, timeZone);
  // Exchange's sentinels (years 1 and 9999) and their neighbours are no times of a meeting.
  if (wallTime && /^(19|2\d)\d\d-/.test(wallTime)) return wallTime;
  throw new ProviderError('malformed-answer', `"${instant.slice(0, 40)}" is not a usable time.`);
}

/** The instant of a wall-clock time. Throws `refused`, which sets that one event aside. */
export const toInstant = (wallTime: LocalDateTime, timeZone: TimeZone): string =>
  parseWallTime(wallTime, timeZone).toInstant().toString();

/**
 * The event with times that its clocks show. A time that they skip moves forward by the gap, and the
 * end moves along where it would come before the start: said here once, because providers differ.
 */
export function skipGaps(when: TimedWhen): TimedWhen {
  const { timeZone } = when;
  const start = parseWallTime(when.start, timeZone);
  const end = parseWallTime(when.end, timeZone);
  const length = Temporal.PlainDateTime.from(when.start).until(when.end);
  const isOvertaken = length.sign >= 0 && Temporal.ZonedDateTime.compare(end, start) < 0;
  return {
    ...when,
    start: printWallTime(start),
    end: printWallTime(isOvertaken ? start.add(length) : end),
  };
}
type TimedWhen = Extract<When, { kind: 'timed' }>;

/** In a gap moved forward by it, of two the first. */
function parseWallTime(wallTime: LocalDateTime, timeZone: TimeZone): Temporal.ZonedDateTime {
  try {
    return Temporal.PlainDateTime.from(wallTime).toZonedDateTime(timeZone);
  } catch (cause) {
    throw new ProviderError('refused', `"${wallTime} ${timeZone}" is not a usable time.`, {
      cause,
    });
  }
}

const printWallTime = (time: Temporal.ZonedDateTime): LocalDateTime =>
  time.toPlainDateTime().toString({ smallestUnit: 'second' });

function tryToWallTime(instant: string, timeZone: TimeZone): LocalDateTime | undefined {
  try {
    const ms = readInstant(instant);
    if (ms !== undefined) return readClock(ms, timeZone);
    return printWallTime(Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone));
  } catch {
    return undefined;
  }
}

/** An instant as providers print it, in milliseconds without the second's parts; else undefined. */
function readInstant(text: string): number | undefined {
  const match = /^([\dT:-]{19})(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  const local = match?.[1] ? readAsUtc(match[1]) : undefined;
  if (!match || local === undefined) return undefined;
  const [, , sign, hours = '0', minutes = '0'] = match;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? local + offsetMs : local - offsetMs;
}

/** `+02:00` → `Etc/GMT-2`, whose sign is the other way round. Only whole hours have such a name. */
function toFixedZone(offset: string): TimeZone {
  const match = /^([+-])(\d\d):00$/.exec(offset);
  const hours = Number(match?.[2] ?? 0);
  if (!match || hours === 0 || hours > 12) return 'UTC';
  return `Etc/GMT${match[1] === '+' ? '-' : '+'}${hours}`;
}
