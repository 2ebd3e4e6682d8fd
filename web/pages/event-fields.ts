import type { FieldsView, Unit } from '../../src/api/schemas/activities.ts';
import { allDay, guests, history as texts, showAsWords, visibilityWords } from '../texts.ts';
import { formatDateRange, formatTimeRange } from '../time/format.ts';
import { addDays } from '../time/wall-clock.ts';
import { cityOf } from '../time/zones.ts';
import { describeSeries } from './repeat.ts';

/** One field of an event in words, as its own clock shows it. `when` is what a rule is about. */
export function describeValue(
  unit: Unit,
  fields: FieldsView,
  when: FieldsView['when'] = fields.when,
): string {
  switch (unit) {
    case 'when':
      return fields.when ? describeTimes(fields.when) : texts.value('');
    case 'recurrence':
      return fields.recurrence && when
        ? texts.value(describeSeries(fields.recurrence, when))
        : texts.doesNotRepeat;
    case 'visibility':
      return texts.value(fields.visibility ? visibilityWords[fields.visibility] : '');
    case 'show_as':
      return texts.value(fields.show_as ? showAsWords[fields.show_as] : '');
    case 'attendees':
      return texts.value((fields.attendees ?? []).map(describeGuest).join(', '));
    default:
      return texts.value(fields[unit] ?? '');
  }
}

/** A name where there is one, and the address in any case: it is what tells guests apart. */
export function describeGuest(guest: NonNullable<FieldsView['attendees']>[number]): string {
  const who = guest.name ? `${guest.name} (${guest.email})` : guest.email;
  return guest.is_optional ? `${who}, ${guests.optional}` : who;
}

function describeTimes({ is_all_day, start, end, time_zone }: NonNullable<FieldsView['when']>) {
  if (is_all_day) return `${formatDateRange(start, addDays(end, -1), 'years')}, ${allDay}`;
  // The wall clock is what is shown: it is read as if it were UTC's, and shown so.
  const [from, to] = [new Date(`${start}Z`), new Date(`${end}Z`)];
  const times = formatTimeRange(from, to, 'UTC', 'dates');
  return time_zone ? `${times}, ${cityOf(time_zone)}` : times;
}

/** The fields that either side of a change names, in the order that people think of them. */
export function listUnits(before: FieldsView | null, after: FieldsView | null): Unit[] {
  const order: Unit[] = [
    'title',
    'when',
    'recurrence',
    'location',
    'attendees',
    'description',
    'visibility',
    'show_as',
  ];
  return order.filter((unit) => before?.[unit] !== undefined || after?.[unit] !== undefined);
}
