import {
  type Attendee,
  type EventFields,
  sortAttendees,
  type TimeZone,
  type When,
} from '../calendar/event.ts';
import { parseTimeZone, parseWhen, WhenError, type WrittenWhen } from '../calendar/parse-when.ts';
import { moveSeries } from '../calendar/move-series.ts';
import {
  parseRecurrence,
  type Recurrence,
  RecurrenceError,
  toCompact,
} from '../calendar/recurrence.ts';
import { ApiError } from './api-error.ts';
import type { ActivityPatch, Guest, NewActivity, WrittenRecurrence } from './schemas/activities.ts';

/** The fields of a new event. Throws `invalid-request`. */
export function readNewFields(body: NewActivity): EventFields {
  const when = readWhen({ start: body.start, end: body.end, timeZone: body.time_zone });
  return {
    title: body.title.trim(),
    description: body.description ?? '',
    location: body.location ?? '',
    when,
    recurrence: readRecurrence(body.recurrence ?? null, when),
    visibility: body.visibility ?? 'default',
    showAs: body.show_as ?? 'busy',
    attendees: readGuests(body.attendees ?? []),
  };
}

/**
 * What an edit of `event` changes; start, end and zone are one. A series that is moved takes its rule
 * along. Throws `invalid-request`.
 */
export function readChanges(
  body: ActivityPatch,
  event: Pick<EventFields, 'when' | 'recurrence'>,
  { isOccurrence = false }: { isOccurrence?: boolean } = {},
): Partial<EventFields> {
  const { title, description, location, visibility, show_as: showAs } = body;
  const when = readChangedWhen(body);
  const recurrence = readChangedRecurrence(body, when, event);
  if (isOccurrence && recurrence) {
    throw new ApiError('invalid-request', 'One occurrence alone does not repeat.', {
      pointer: '/recurrence',
    });
  }
  return {
    ...(recurrence !== undefined && { recurrence }),
    ...(title !== undefined && { title: title.trim() }),
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(visibility !== undefined && { visibility }),
    ...(showAs !== undefined && { showAs }),
    ...(when !== undefined && { when }),
    ...(body.attendees !== undefined && { attendees: readGuests(body.attendees) }),
  };
}

function readChangedRecurrence(
  { recurrence: written }: ActivityPatch,
  when: When | undefined,
  event: Pick<EventFields, 'when' | 'recurrence'>,
): Recurrence | null | undefined {
  if (written !== undefined) return readRecurrence(written, when ?? event.when);
  if (when === undefined || event.recurrence === null) return undefined;
  return moveSeries({ when: event.when, recurrence: event.recurrence }, when).series.recurrence;
}

function readRecurrence(written: WrittenRecurrence | null, when: When): Recurrence | null {
  if (written === null) return null;
  const { rules, exrules = [], rdates = [], exdates = [] } = written;
  const dates = (name: string, starts: readonly string[]) =>
    starts.map(
      (start) => `${name}${when.kind === 'all-day' ? ';VALUE=DATE' : ''}:${toCompact(start)}`,
    );
  try {
    return parseRecurrence(
      [
        ...rules.map((rule) => `RRULE:${rule}`),
        ...exrules.map((rule) => `EXRULE:${rule}`),
        ...dates('RDATE', rdates),
        ...dates('EXDATE', exdates),
      ],
      when,
    );
  } catch (error) {
    if (!(error instanceof RecurrenceError)) throw error;
    throw new ApiError('invalid-request', error.message, { pointer: '/recurrence' });
  }
}

function readGuests(guests: readonly Guest[]): Attendee[] {
  const emails = guests.map(({ email }) => email.toLowerCase());
  const index = emails.findIndex((email, place) => emails.indexOf(email) < place);
  if (index >= 0) {
    throw new ApiError('invalid-request', 'Name each guest once.', {
      pointer: `/attendees/${index}/email`,
    });
  }
  return sortAttendees(
    guests.map(({ email, name = '', is_optional: isOptional = false }) => ({
      email: email.toLowerCase(),
      name: name.trim(),
      isOptional,
    })),
  );
}

function readChangedWhen({ start, end, time_zone: timeZone }: ActivityPatch): When | undefined {
  if (start === undefined && end === undefined && timeZone === undefined) return undefined;
  if (start === undefined || end === undefined) {
    throw new ApiError('invalid-request', 'Send start and end together, with the zone if timed.', {
      pointer: start === undefined ? '/start' : '/end',
    });
  }
  return readWhen({ start, end, timeZone });
}

const pointers: Record<keyof WrittenWhen, string> = {
  start: '/start',
  end: '/end',
  timeZone: '/time_zone',
};

function readWhen(written: WrittenWhen): When {
  return orRefuse(() => parseWhen(written));
}

/** An IANA name in `time_zone`, as it was spelled. Throws `invalid-request` for what is none. */
export function readTimeZone(timeZone: string): TimeZone {
  return orRefuse(() => parseTimeZone(timeZone));
}

function orRefuse<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof WhenError)) throw error;
    throw new ApiError('invalid-request', error.message, { pointer: pointers[error.field] });
  }
}
