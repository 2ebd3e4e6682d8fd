import type { Unit } from '../../src/api/schemas/activities.ts';
import { type EventValues, parseGuests } from './event-values.ts';

/** What somebody typed into the form of an event, and what it had shown before. */
export interface Typed {
  before: EventValues;
  values: EventValues;
}

/** The fields that change as one, as two calendars are merged. Guests are merged one by one. */
const fieldsOf = {
  title: ['title'],
  when: ['isAllDay', 'startDate', 'startTime', 'endDate', 'endTime', 'timeZone'],
  recurrence: ['repeat', 'isRepeatChanged'],
  location: ['location'],
  attendees: ['guests'],
  description: ['notes'],
  visibility: ['visibility'],
  show_as: ['showAs'],
} as const satisfies Record<Unit, readonly (keyof EventValues)[]>;

const allUnits = Object.keys(fieldsOf) as Unit[];

/** What differs between two states of a form, in the order that people think of it. */
export function listChanged(before: EventValues, after: EventValues): Unit[] {
  return allUnits.filter((unit) =>
    fieldsOf[unit].some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])),
  );
}

/**
 * The event as it is now, with what was typed where something was: nobody types anything twice because
 * somebody else was faster.
 */
export function rebase({ before, values }: Typed, newer: EventValues): EventValues {
  const typed = listChanged(before, values);
  const kept = typed.flatMap((unit) => fieldsOf[unit]).map((name) => [name, values[name]]);
  const { tellGuests } = values;
  const rebased: EventValues = { ...newer, tellGuests, ...Object.fromEntries(kept) };
  if (!typed.includes('attendees')) return rebased;
  const [old, wanted] = [parseGuests(before.guests), parseGuests(values.guests)];
  const others = parseGuests(newer.guests).filter(
    (email) => !old.includes(email) && !wanted.includes(email),
  );
  const gone = old.filter((email) => !parseGuests(newer.guests).includes(email));
  const mine = wanted.filter((email) => !gone.includes(email));
  return { ...rebased, guests: [...mine, ...others].join('\n') };
}
