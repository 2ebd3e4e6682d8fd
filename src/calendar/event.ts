import type { Recurrence } from './recurrence.ts';

/** A wall-clock time without a zone, `YYYY-MM-DDTHH:MM:SS`. */
export type LocalDateTime = string;
/** `YYYY-MM-DD`. */
export type LocalDate = string;
/** An IANA name, as it was given: never the engine's canonical spelling of it. */
export type TimeZone = string;

/**
 * When an event is. Local times and their zone are the truth; instants are derived from them.
 * `end` and `endDate` are exclusive: an event of one day ends on the next date.
 */
export type When =
  | { kind: 'timed'; start: LocalDateTime; end: LocalDateTime; timeZone: TimeZone }
  | { kind: 'all-day'; startDate: LocalDate; endDate: LocalDate };

export const visibilities = ['default', 'public', 'private', 'confidential'] as const;
export type Visibility = (typeof visibilities)[number];

export const showAsValues = [
  'busy',
  'free',
  'tentative',
  'out-of-office',
  'working-elsewhere',
] as const;
export type ShowAs = (typeof showAsValues)[number];

/** Somebody who is invited. The organizer is none, and neither are rooms and other resources. */
export interface Attendee {
  /** In lower case: it tells guests apart. */
  email: string;
  /** As whoever invited them, or the provider, calls them; '' where nobody did. */
  name: string;
  isOptional: boolean;
}

export const answerValues = ['needs-action', 'accepted', 'declined', 'tentative'] as const;
export type GuestAnswer = (typeof answerValues)[number];
/** What one can say to an invitation of one's own. */
export const ownAnswers = ['accepted', 'tentative', 'declined'] as const;
export type OwnAnswer = (typeof ownAnswers)[number];
/** What guests said, by address. The provider's own: it is read and shown, and neither merged nor written. */
export type Answers = Readonly<Record<string, GuestAnswer>>;

/** An event has at most so many guests here; of longer lists at a provider the rest is left alone. */
export const ATTENDEES_MAX = 200;

/** What both sides can hold of an event, in our words. Text is plain text; '' means none. */
export interface EventFields {
  title: string;
  description: string;
  location: string;
  when: When;
  /** Of a series, whose first occurrence `when` is; null for a single event. */
  recurrence: Recurrence | null;
  visibility: Visibility;
  showAs: ShowAs;
  /** By address, each once; at most `ATTENDEES_MAX`. They merge by address. */
  attendees: readonly Attendee[];
}

/** Guests in the one order that they are kept in. Of entries with one address the first counts. */
export function sortAttendees(attendees: readonly Attendee[]): Attendee[] {
  const byEmail = new Map<string, Attendee>();
  for (const one of attendees) if (!byEmail.has(one.email)) byEmail.set(one.email, one);
  return [...byEmail.values()].sort((a, b) => (a.email < b.email ? -1 : 1));
}

/** Fields that merge together carry one name; the start, end, all-day and zone are one unit. */
export type MergeUnit = keyof EventFields;
export const mergeUnits = [
  'title',
  'description',
  'location',
  'when',
  'recurrence',
  'visibility',
  'showAs',
  'attendees',
] as const satisfies readonly MergeUnit[];

/** The units of a copy that invites nobody: its guests, whoever they are, are no business of ours. */
export const unitsWithoutGuests = mergeUnits.filter((unit) => unit !== 'attendees');

/** The event as a mirror shows it that tells nothing but when its owner is busy. */
export function toBusy({ when, recurrence, showAs }: EventFields): EventFields {
  const nothing = { description: '', location: '', attendees: [] };
  return { title: 'Busy', ...nothing, when, recurrence, visibility: 'private', showAs };
}
