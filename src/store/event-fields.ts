import type { EventFields, When } from '../calendar/event.ts';
import { toInstants } from '../calendar/instants.ts';
import type { EventRow } from './database.ts';

type EventColumns = Pick<
  EventRow,
  | 'title'
  | 'description'
  | 'location'
  | 'visibility'
  | 'show_as'
  | 'is_all_day'
  | 'start_date'
  | 'end_date'
  | 'start_local'
  | 'end_local'
  | 'time_zone'
>;

/** JSON is read as what it says and written as text. */
interface WrittenGuests {
  attendees: string;
}

/** The columns of `calendar_events` that hold these fields; only those given. */
export function toColumns(fields: Partial<EventFields>): Partial<EventColumns & WrittenGuests> & {
  starts_at?: Date;
  ends_at?: Date;
} {
  const { title, description, location, visibility, showAs, when, attendees } = fields;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(visibility !== undefined && { visibility }),
    ...(showAs !== undefined && { show_as: showAs }),
    ...(when !== undefined && toWhenColumns(when)),
    ...(attendees !== undefined && { attendees: JSON.stringify(attendees) }),
  };
}

/** All of an event's columns: the result of `toColumns` for whole fields. */
export function toAllColumns(
  fields: EventFields,
): EventColumns & WrittenGuests & { starts_at: Date; ends_at: Date } {
  return {
    title: fields.title,
    description: fields.description,
    location: fields.location,
    visibility: fields.visibility,
    show_as: fields.showAs,
    ...toWhenColumns(fields.when),
    attendees: JSON.stringify(fields.attendees),
  };
}

function toWhenColumns(when: When) {
  const { startsAt, endsAt } = toInstants(when);
  const derived = { starts_at: startsAt, ends_at: endsAt };
  return when.kind === 'all-day'
    ? {
        ...derived,
        is_all_day: true,
        start_date: when.startDate,
        end_date: when.endDate,
        start_local: null,
        end_local: null,
        time_zone: null,
      }
    : {
        ...derived,
        is_all_day: false,
        start_date: null,
        end_date: null,
        start_local: when.start,
        end_local: when.end,
        time_zone: when.timeZone,
      };
}

export function toFields(
  row: EventColumns & Pick<EventRow, 'attendees' | 'recurrence'>,
): EventFields {
  return {
    title: row.title,
    description: row.description,
    location: row.location,
    visibility: row.visibility,
    showAs: row.show_as,
    when: toWhen(row),
    recurrence: row.recurrence,
    attendees: row.attendees ?? [],
  };
}

/** Throws where the row breaks the table's own check, which it cannot. */
export function toWhen(
  row: Pick<
    EventColumns,
    'is_all_day' | 'start_date' | 'end_date' | 'start_local' | 'end_local' | 'time_zone'
  >,
): When {
  if (row.is_all_day && row.start_date && row.end_date) {
    return { kind: 'all-day', startDate: row.start_date, endDate: row.end_date };
  }
  if (row.start_local && row.end_local && row.time_zone) {
    return { kind: 'timed', start: row.start_local, end: row.end_local, timeZone: row.time_zone };
  }
  throw new Error('An event has neither dates nor times.');
}
