import { Temporal } from 'temporal-polyfill';
import type { LocalDate, LocalDateTime, TimeZone, When } from '../calendar/event.ts';
import { findIanaZone } from '../calendar/windows-zones.ts';
import { getOffsetMs } from '../calendar/zone-offset.ts';
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
  const timeZone = name ? findZone(name) : undefined;
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

/**
 * The zone of a series: the first of the names that is known. Without one its later times are guesses,
 * where those of a single event are not.
 */
export function readSeriesZone(
  names: readonly (string | null | undefined)[],
  offset: string,
): ReadZone {
  const zones = names.map((name) => readZone(name, offset));
  const known = zones.find(({ warning }) => warning === null);
  if (known) return known;
  const timeZone = toFixedZone(offset);
  const name = names.find(Boolean)?.slice(0, 64);
  return {
    timeZone,
    warning: `${name ? `The time zone "${name}" is not known` : 'No time zone is named'}; the series is kept in ${timeZone}, and where clocks change its times may be an hour off.`,
  };
}

/**
 * When a timed event is, from the RFC 3339 instants of its start and its end. Throws
 * `malformed-answer` for what is no time, and for an end before the start.
 */
export function readTimes(start: string, end: string, { timeZone, warning }: ReadZone): ReadWhen {
  const from = toEpochMs(start);
  const to = toEpochMs(end);
  if (to < from) throw malformed('An event ends before it starts.');
  const when: TimedWhen = {
    kind: 'timed',
    start: showAt(from, timeZone),
    end: showAt(to, timeZone),
    timeZone,
  };
  if (when.start <= when.end) return { when, warnings: warning ? [warning] : [] };
  return {
    when: { ...when, start: showAt(from, 'UTC'), end: showAt(to, 'UTC'), timeZone: 'UTC' },
    warnings: [
      'It goes through the hour that the clocks repeat; the times are right, but they are shown in UTC.',
    ],
  };
}

/**
 * The same of a series. Its zone is kept whatever happens at its first occurrence: in UTC all the
 * others would drift with the clocks.
 */
export function readSeriesTimes(start: string, end: string, zone: ReadZone): ReadWhen {
  const { when, warnings } = readTimes(start, end, zone);
  if (when.kind === 'all-day' || when.timeZone === zone.timeZone) return { when, warnings };
  const { timeZone } = zone;
  const [from, to] = [toEpochMs(start), toEpochMs(end)];
  const startWall = showAt(from, timeZone);
  const endWall = showAt(Date.parse(`${startWall}Z`) + to - from, 'UTC');
  return {
    when: { kind: 'timed', start: startWall, end: endWall, timeZone },
    warnings: [
      'Its first occurrence goes through the hour that the clocks repeat, and is shown an hour off.',
    ],
  };
}

/** When an all-day event is. Throws `malformed-answer` for what are no dates in their order. */
export function readDates(startDate: LocalDate, endDate: LocalDate): ReadWhen {
  for (const date of [startDate, endDate]) readDate(date);
  if (endDate <= startDate) throw malformed('An event ends before it starts.');
  return { when: { kind: 'all-day', startDate, endDate }, warnings: [] };
}

/** A date that a calendar has. Throws `malformed-answer`. */
export function readDate(date: LocalDate): LocalDate {
  showAt(toEpochMs(`${date}T00:00:00Z`), 'UTC');
  return date;
}

/** When an event is, as it could be read; the warnings are for people. */
export interface ReadWhen {
  when: When;
  warnings: string[];
}

/** Wall-clock time of an RFC 3339 instant in `timeZone`. Throws `malformed-answer`. */
export const toWallTime = (instant: string, timeZone: TimeZone): LocalDateTime =>
  showAt(toEpochMs(instant), timeZone);

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

/**
 * The times of a series, which all its occurrences have. Throws `refused` where the clocks skip them on
 * its first day: moved there, they would be moved on every other day too.
 */
export function checkSeriesTimes(when: TimedWhen): TimedWhen {
  const shown = skipGaps(when);
  if (shown.start === when.start && shown.end === when.end) return when;
  throw new ProviderError(
    'refused',
    'The series begins on a day on which the clocks skip its time; let it begin on another day.',
    { isForPeople: true },
  );
}

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

/** Exchange's sentinels (years 1 and 9999) and their neighbours are no times of a meeting. */
const FIRST_MS = Date.UTC(1900, 0, 1);
const LAST_MS = Date.UTC(3000, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

/** A long calendar has tens of thousands of these: no library is asked but for the offset. */
function showAt(epochMs: number, timeZone: TimeZone): LocalDateTime {
  const isNear = epochMs >= FIRST_MS - DAY_MS && epochMs < LAST_MS + DAY_MS;
  const wallMs = isNear ? epochMs + getOffsetMs(epochMs, timeZone) : Number.NaN;
  if (wallMs >= FIRST_MS && wallMs < LAST_MS) return new Date(wallMs).toISOString().slice(0, 19);
  throw malformed('An event is in a year that no calendar has.');
}

const INSTANT =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Of an RFC 3339 instant, whole seconds. Throws `malformed-answer`. */
export function toEpochMs(instant: string): number {
  if (INSTANT.test(instant) && isDate(instant.slice(0, 10))) {
    return Math.floor(Date.parse(instant) / 1000) * 1000;
  }
  throw malformed(`"${instant.slice(0, 40)}" is not a usable time.`);
}

/** Whether the month is as long as that; 30 February would be carried on into March. */
const isDate = (date: string) =>
  date.slice(8) <= '28' || new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);

const malformed = (what: string) => new ProviderError('malformed-answer', what);

/** Names that were understood before; of those that exist there are some hundreds. */
const knownZones = new Map<string, TimeZone>();

function findZone(name: string): TimeZone | undefined {
  const known = knownZones.get(name);
  if (known) return known;
  const timeZone = findIanaZone(name);
  if (timeZone && knownZones.size < 2_000) knownZones.set(name, timeZone);
  return timeZone;
}

/** `+02:00` → `Etc/GMT-2`, whose sign is the other way round. Only whole hours have such a name. */
function toFixedZone(offset: string): TimeZone {
  const match = /^([+-])(\d\d):00$/.exec(offset);
  const hours = Number(match?.[2] ?? 0);
  if (!match || hours === 0 || hours > 12) return 'UTC';
  return `Etc/GMT${match[1] === '+' ? '-' : '+'}${hours}`;
}
