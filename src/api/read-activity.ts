import { type Attendee, type EventFields, sortAttendees, type When } from '../calendar/event.ts';
import { parseWhen, WhenError, type WrittenWhen } from '../calendar/parse-when.ts';
import { ApiError } from './api-error.ts';
import type { ActivityPatch, Guest, NewActivity } from './schemas/activities.ts';

/** The fields of a new event. Throws `invalid-request`. */
export function readNewFields(body: NewActivity): EventFields {
  return {
    title: body.title.trim(),
    description: body.description ?? '',
    location: body.location ?? '',
    when: readWhen({ start: body.start, end: body.end, timeZone: body.time_zone }),
    recurrence: null,
    visibility: body.visibility ?? 'default',
    showAs: body.show_as ?? 'busy',
    attendees: readGuests(body.attendees ?? []),
  };
}

/** What an edit changes; start, end and zone are one. Throws `invalid-request`. */
export function readChanges(body: ActivityPatch): Partial<EventFields> {
  const { title, description, location, visibility, show_as: showAs } = body;
  const when = readChangedWhen(body);
  return {
    ...(title !== undefined && { title: title.trim() }),
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(visibility !== undefined && { visibility }),
    ...(showAs !== undefined && { showAs }),
    ...(when !== undefined && { when }),
    ...(body.attendees !== undefined && { attendees: readGuests(body.attendees) }),
  };
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
  try {
    return parseWhen(written);
  } catch (error) {
    if (!(error instanceof WhenError)) throw error;
    throw new ApiError('invalid-request', error.message, { pointer: pointers[error.field] });
  }
}
