import type { LocalDate, LocalDateTime, TimeZone, When } from './event.ts';

/** When an event is, as people and programs write it (docs of `POST /api/activities`). */
export interface WrittenWhen {
  start: string;
  end: string;
  timeZone?: string | undefined;
}

/** What is written is not a time. The message is a sentence that says what to write instead. */
export class WhenError extends Error {
  override readonly name = 'WhenError';
  readonly field: keyof WrittenWhen;

  constructor(field: keyof WrittenWhen, message: string) {
    super(message);
    this.field = field;
  }
}

const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;
const LENGTH_MAX_YEARS = 5;

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const dateTimePattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;
/** Names of the IANA database: parts that begin with a capital letter. Offsets are no names. */
const zonePattern = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Z][A-Za-z0-9_+-]*){0,2}$/;

/**
 * Reads dates (all-day, `end` exclusive) or wall-clock times in an IANA zone. Throws `WhenError`.
 * The zone keeps the spelling it was given.
 */
export function parseWhen(written: WrittenWhen): When {
  const isAllDay = datePattern.test(written.start);
  if (isAllDay !== datePattern.test(written.end)) {
    throw new WhenError('end', 'Write start and end in the same form: two dates, or two times.');
  }
  return isAllDay ? parseDates(written) : parseTimes(written);
}

function parseDates({ start, end, timeZone }: WrittenWhen): When {
  if (timeZone !== undefined) {
    throw new WhenError('timeZone', 'Leave the time zone out: an all-day event has none.');
  }
  const startDate = parseDate('start', start);
  const endDate = parseDate('end', end);
  if (endDate <= startDate) {
    throw new WhenError(
      'end',
      'Write an end after the start: the first date that is no longer part of the event.',
    );
  }
  checkLength(startDate, endDate);
  return { kind: 'all-day', startDate, endDate };
}

function parseTimes(written: WrittenWhen): When {
  const start = parseDateTime('start', written.start);
  const end = parseDateTime('end', written.end);
  const timeZone = parseTimeZone(written.timeZone);
  if (end < start) throw new WhenError('end', 'Write an end that is not before the start.');
  checkLength(start, end);
  return { kind: 'timed', start, end, timeZone };
}

function parseDate(field: 'start' | 'end', text: string): LocalDate {
  const [, year, month, day] = (datePattern.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) {
    throw new WhenError(field, `Write the ${field} as a date such as 2026-11-24.`);
  }
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw new WhenError(field, `Write a year from ${FIRST_YEAR} to ${LAST_YEAR}.`);
  }
  const date = new Date(Date.UTC(year, month - 1, day));
  // The 30th of February rolls over into March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    throw new WhenError(field, `Write a ${field} that is in the calendar: ${text} is not.`);
  }
  return text;
}

function parseDateTime(field: 'start' | 'end', text: string): LocalDateTime {
  const [, date, hour, minute, second = '00'] = dateTimePattern.exec(text) ?? [];
  if (date === undefined || hour === undefined || minute === undefined) {
    throw new WhenError(
      field,
      `Write the ${field} as a time such as 2026-11-24T09:00, without an offset or a Z; ` +
        'the zone goes into time_zone.',
    );
  }
  parseDate(field, date);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new WhenError(field, `Write a time of day from 00:00:00 to 23:59:59 for the ${field}.`);
  }
  return `${date}T${hour}:${minute}:${second}`;
}

/** An IANA name that we know the hours of, as it was spelled. Throws `WhenError`. */
export function parseTimeZone(timeZone: string | undefined): TimeZone {
  if (timeZone === undefined) {
    throw new WhenError('timeZone', 'Say in which time zone the times are, such as Europe/Berlin.');
  }
  if (!zonePattern.test(timeZone) || !isKnownZone(timeZone)) {
    throw new WhenError(
      'timeZone',
      'Write a time zone of the IANA database, such as Europe/Berlin or America/New_York.',
    );
  }
  return timeZone;
}

function isKnownZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Both forms sort as text, so the limit is the start with another year. */
function checkLength(start: string, end: string): void {
  const limit = `${Number(start.slice(0, 4)) + LENGTH_MAX_YEARS}${start.slice(4)}`;
  if (end > limit) {
    throw new WhenError('end', `Write an end at most ${LENGTH_MAX_YEARS} years after the start.`);
  }
}
