import type { Attendee, EventFields, MergeUnit, When } from '../calendar/event.ts';
import { toInstants } from '../calendar/instants.ts';
import type { Recurrence } from '../calendar/recurrence.ts';
import { isSameRecurrence } from '../calendar/same-recurrence.ts';

/** Whether two values of one merge unit mean the same. */
export function isSame<U extends MergeUnit>(a: EventFields[U], b: EventFields[U]): boolean {
  if (isList(a) || isList(b)) return isList(a) && isList(b) && areSameGuests(a, b);
  if (isPlain(a) || isPlain(b)) return a === b;
  if (isRecurrence(a) || isRecurrence(b)) {
    return isRecurrence(a) && isRecurrence(b) && areSameRecurrences(a, b);
  }
  return areSameTimes(a, b);
}

/**
 * Whether `read` can be what a provider made of `written`: providers trim text, end lines their own
 * way, fold white space, and give a zone back under another name of the same hours. Used only to
 * recognise our own write after its answer was lost.
 */
export function isEchoOf<U extends MergeUnit>(
  read: EventFields[U],
  written: EventFields[U],
): boolean {
  // Nobody rewrites who is optional: that a change of it never arrived must not be overlooked.
  if (isList(read) || isList(written)) return isSame(read, written);
  if (typeof read === 'string' && typeof written === 'string') {
    return foldSpace(read) === foldSpace(written);
  }
  if (isPlain(read) || isPlain(written)) return read === written;
  if (isRecurrence(read) || isRecurrence(written)) return isSame(read, written);
  return isSameTime(read, written);
}

/** Whether both are from one moment to one other, whatever zone each is said in. */
export function isSameTime(one: When, other: When): boolean {
  if (one.kind !== 'timed' || other.kind !== 'timed') return isSame(one, other);
  const [a, b] = [toInstants(one), toInstants(other)];
  return a.startsAt.getTime() === b.startsAt.getTime() && a.endsAt.getTime() === b.endsAt.getTime();
}

/**
 * Whether two events recur alike, each from its own start: by what their rules mean, since a provider
 * gives a rule back in words of its own (SPEC Z5).
 */
export function recurAlike(a: Times, b: Times): boolean {
  if (isSame(a.recurrence, b.recurrence)) return true;
  if (!a.recurrence || !b.recurrence) return false;
  const [one, other] = [
    { when: a.when, recurrence: a.recurrence },
    { when: b.when, recurrence: b.recurrence },
  ];
  return isSameRecurrence(one, other);
}

/** Whether a rule is another one that was cut short since: as a split in a calendar leaves the first half. */
export function isCutOf(read: Recurrence | null, written: Recurrence | null): boolean {
  if (!read || !written || isSame(read, written)) return false;
  const bare = ({ rules }: Recurrence) =>
    rules.map((rule) => rule.replaceAll(/;(UNTIL|COUNT)=[^;]*/g, ''));
  return read.rules.join().includes(';UNTIL=') && bare(read).join() === bare(written).join();
}

type Times = Pick<EventFields, 'when' | 'recurrence'>;

const isPlain = (value: EventFields[MergeUnit]): value is string | null =>
  value === null || typeof value === 'string';
const isRecurrence = (value: Recurrence | When): value is Recurrence => 'rules' in value;

const isList = (value: EventFields[MergeUnit]): value is readonly Attendee[] =>
  Array.isArray(value);

/** Names are the providers' own to give, and answers are the guests': neither is a change. */
export const isSameGuest = (a: Attendee | undefined, b: Attendee | undefined) =>
  a?.email === b?.email && a?.isOptional === b?.isOptional;

const areSameGuests = (a: readonly Attendee[], b: readonly Attendee[]) =>
  a.length === b.length && a.every((guest, index) => isSameGuest(guest, b[index]));

/** Each is in its one spelling: see `parseRecurrence`. */
const areSameRecurrences = (a: Recurrence, b: Recurrence) =>
  (['rules', 'exrules', 'rdates', 'exdates'] as const).every(
    (part) => a[part].join('\n') === b[part].join('\n'),
  );

function areSameTimes(a: When, b: When): boolean {
  if (a.kind === 'all-day') {
    return b.kind === 'all-day' && a.startDate === b.startDate && a.endDate === b.endDate;
  }
  return b.kind === 'timed' && a.start === b.start && a.end === b.end && a.timeZone === b.timeZone;
}

function foldSpace(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
