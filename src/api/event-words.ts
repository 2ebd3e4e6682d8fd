import type { Attendee, EventFields, MergeUnit, When } from '../calendar/event.ts';
import type { Recurrence } from '../calendar/recurrence.ts';
import type { FieldsView, Unit } from './schemas/activities.ts';

/** A merge unit's name in this API. */
export function toUnit(unit: MergeUnit): Unit {
  return unit === 'showAs' ? 'show_as' : unit;
}

/** Some of an event's fields in the words of this API. */
export function toFieldsView(fields: Partial<EventFields>): FieldsView {
  const { showAs, when, recurrence, attendees, ...texts } = fields;
  return {
    ...texts,
    ...(when !== undefined && { when: toWhenView(when) }),
    ...(recurrence !== undefined && { recurrence: toRecurrenceView(recurrence) }),
    ...(showAs !== undefined && { show_as: showAs }),
    ...(attendees !== undefined && { attendees: attendees.map(toGuestView) }),
  };
}

export const toGuestView = ({ email, name, isOptional }: Attendee) => ({
  email,
  name,
  is_optional: isOptional,
});

/** How a series recurs, in this API: null for a single event. */
export const toRecurrenceView = (recurrence: Recurrence | null) =>
  recurrence && {
    rules: [...recurrence.rules],
    exrules: [...recurrence.exrules],
    rdates: [...recurrence.rdates],
    exdates: [...recurrence.exdates],
  };

export function toWhenView(when: When) {
  return when.kind === 'all-day'
    ? { is_all_day: true, start: when.startDate, end: when.endDate, time_zone: null }
    : { is_all_day: false, start: when.start, end: when.end, time_zone: when.timeZone };
}
