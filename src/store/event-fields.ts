import type { EventFields, When } from '../calendar/event.ts';
import { toInstants } from '../calendar/instants.ts';
import { getLastOccurrence, isEndless } from '../calendar/occurrences.ts';
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
interface WrittenJson {
  attendees: string;
  recurrence: string | null;
}

/** The columns of `calendar_events` that hold these changes of `old`. */
export function toColumns(
  changes: Partial<EventFields>,
  old: EventFields,
): Partial<EventColumns & WrittenJson> & { starts_at?: Date; ends_at?: Date } {
  const { title, description, location, visibility, showAs, when, attendees, recurrence } = changes;
  const isMoved = when !== undefined || recurrence !== undefined;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    ...(visibility !== undefined && { visibility }),
    ...(showAs !== undefined && { show_as: showAs }),
    ...(isMoved && toTimeColumns({ ...old, ...changes })),
    ...(attendees !== undefined && { attendees: JSON.stringify(attendees) }),
  };
}

/** All of an event's columns: the result of `toColumns` for whole fields. */
export function toAllColumns(
  fields: EventFields,
): EventColumns & WrittenJson & { starts_at: Date; ends_at: Date } {
  return {
    title: fields.title,
    description: fields.description,
    location: fields.location,
    visibility: fields.visibility,
    show_as: fields.showAs,
    ...toTimeColumns(fields),
    attendees: JSON.stringify(fields.attendees),
  };
}

/** After the last occurrence of a series without end. */
const NEVER = new Date('9999-12-31T00:00:00Z');

/** When the last occurrence ends, or the event, if it is a single one. */
export function getLastEnd({ when, recurrence }: Pick<EventFields, 'when' | 'recurrence'>): Date {
  if (!recurrence) return toInstants(when).endsAt;
  const series = { when, recurrence };
  if (isEndless(series)) return NEVER;
  return toInstants(getLastOccurrence(series)?.when ?? when).endsAt;
}

function toTimeColumns({ when, recurrence }: Pick<EventFields, 'when' | 'recurrence'>) {
  const derived = {
    starts_at: toInstants(when).startsAt,
    ends_at: getLastEnd({ when, recurrence }),
    recurrence: recurrence && JSON.stringify(recurrence),
  };
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

/** Whether it is to be in calendars; an exception goes with its series. */
export const isAlive = ({ deleted_at, status, ended_with_series }: EventRow): boolean =>
  !deleted_at && status === 'confirmed' && !ended_with_series;
