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

/** What both sides can hold of an event, in our words. Text is plain text; '' means none. */
export interface EventFields {
  title: string;
  description: string;
  location: string;
  when: When;
  visibility: Visibility;
  showAs: ShowAs;
}

/** Fields that merge together carry one name; the start, end, all-day and zone are one unit. */
export type MergeUnit = keyof EventFields;
export const mergeUnits = [
  'title',
  'description',
  'location',
  'when',
  'visibility',
  'showAs',
] as const satisfies readonly MergeUnit[];

/** The event as a mirror shows it that tells nothing but when its owner is busy. */
export function toBusy({ when, showAs }: EventFields): EventFields {
  return { title: 'Busy', description: '', location: '', when, visibility: 'private', showAs };
}
