import type { LocalDate, LocalDateTime, When } from './event.ts';
import { toEpochMs, toLocalDateTime } from './instants.ts';
import { findIanaZone } from './windows-zones.ts';
import { formatRule, isCompactTime, parseRule, RecurrenceError } from './rule.ts';

export { RecurrenceError } from './rule.ts';

/** How a series recurs, RFC 5545, in the zone of its event's `when`. The event's own start is the first occurrence. */
export interface Recurrence {
  /**
   * RRULE values without the property's name: `FREQ=WEEKLY;BYDAY=TU`; canonical order and spelling.
   * UNTIL: for timed series a UTC date-time `20260601T065959Z`, for all-day a date.
   */
  rules: readonly string[];
  /** EXRULE values, which old series have. */
  exrules: readonly string[];
  /** Extra starts: local date-times in the event's zone, dates for all-day; sorted, each once. */
  rdates: readonly OriginalStart[];
  /** Starts that are left out, likewise. */
  exdates: readonly OriginalStart[];
}
/** What names an occurrence: the start that the rule gives it, wall-clock in the series' zone, or a date. */
export type OriginalStart = LocalDateTime | LocalDate;
export interface Series {
  when: When;
  recurrence: Recurrence;
}
export interface Occurrence {
  originalStart: OriginalStart;
  when: When;
}

/** More than any series in use; each costs time at every look. */
const RULE_COUNT_MAX = 10;
const DATE_COUNT_MAX = 4_000;
const LINE_COUNT_MAX = 4_000;
const TEXT_LENGTH_MAX = 200_000;

/**
 * Reads content lines of RFC 5545: RRULE, EXRULE, RDATE and EXDATE, folded or not, in any case.
 * Throws `RecurrenceError` with a sentence for people: nothing is left out without a word.
 *
 * UTC values and values with a TZID become wall-clock times of the event's zone. Where the kind of a
 * value is not the event's, a date means that day at the event's time, and a time means its date. An
 * UNTIL without a Z is in the event's zone. A period is its start if it is as long as the event.
 */
export function parseRecurrence(lines: readonly string[], when: When): Recurrence {
  const found = { RRULE: [], EXRULE: [], RDATE: [], EXDATE: [] } as Record<PropertyName, string[]>;
  for (const { name, zone, value } of readLines(lines)) {
    if (name === 'RRULE' || name === 'EXRULE') {
      found[name].push(canonicalRule(value, when));
    } else {
      for (const text of value.split(',')) found[name].push(readStart(text.trim(), zone, when));
    }
  }
  const recurrence: Recurrence = {
    rules: found.RRULE,
    exrules: found.EXRULE,
    rdates: sortStarts(found.RDATE),
    exdates: sortStarts(found.EXDATE),
  };
  if (recurrence.rules.length + recurrence.rdates.length === 0) {
    throw new RecurrenceError('The series has neither a rule nor a date that says when it recurs.');
  }
  for (const list of [recurrence.rules, recurrence.exrules]) {
    if (list.length > RULE_COUNT_MAX) throw new RecurrenceError('The series has too many rules.');
  }
  for (const list of [recurrence.rdates, recurrence.exdates]) {
    if (list.length > DATE_COUNT_MAX) throw new RecurrenceError('The series names too many dates.');
  }
  return recurrence;
}

/** The lines that `parseRecurrence` reads as the same: EXDATE and RDATE carry the event's zone. */
export function formatRecurrence(recurrence: Recurrence, when: When): string[] {
  const parameter = when.kind === 'all-day' ? ';VALUE=DATE' : `;TZID=${when.timeZone}`;
  const dateLine = (name: string, starts: readonly OriginalStart[]) =>
    starts.length > 0 ? [`${name}${parameter}:${starts.map(toCompact).join(',')}`] : [];
  return [
    ...recurrence.rules.map((rule) => `RRULE:${rule}`),
    ...recurrence.exrules.map((rule) => `EXRULE:${rule}`),
    ...dateLine('RDATE', recurrence.rdates),
    ...dateLine('EXDATE', recurrence.exdates),
  ];
}

export const sortStarts = (starts: readonly OriginalStart[]): OriginalStart[] =>
  [...new Set(starts)].sort();

/** The start of the event itself, as it names its occurrence. */
export const startOf = (when: When): OriginalStart =>
  when.kind === 'all-day' ? when.startDate : when.start;

/** `2026-06-01T09:00:00` → `20260601T090000`. */
export const toCompact = (start: OriginalStart): string => start.replaceAll(/[-:]/g, '');

/** The reverse of `toCompact`; a Z is cut off. */
export const fromCompact = (text: string): OriginalStart =>
  text.replace(/^(\d{4})(\d\d)(\d\d)/, '$1-$2-$3').replace(/T(\d\d)(\d\d)(\d\d)Z?$/, 'T$1:$2:$3');

type PropertyName = 'RRULE' | 'EXRULE' | 'RDATE' | 'EXDATE';
interface ContentLine {
  name: PropertyName;
  zone: string | null;
  value: string;
}

const LINE = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z-]+=(?:"[^"]*"|[^";:]*))*):(.*)$/is;

function readLines(lines: readonly string[]): ContentLine[] {
  if (
    lines.length > LINE_COUNT_MAX ||
    lines.reduce((sum, { length }) => sum + length, 0) > TEXT_LENGTH_MAX
  ) {
    throw new RecurrenceError('The description of the series is too long.');
  }
  return lines.map((line) => {
    // A line may be folded: continued on the next one after a space.
    const match = LINE.exec(line.replaceAll(/\r?\n[ \t]/g, '').trim());
    if (!match) {
      throw new RecurrenceError(
        `The series has a line that is not understood: ${line.slice(0, 40)}`,
      );
    }
    const name = (match[1] ?? '').toUpperCase() as PropertyName;
    const zone = /;TZID=(?:"([^"]*)"|([^;]*))/i.exec(match[2] ?? '');
    return { name, zone: zone ? (zone[1] ?? zone[2] ?? '') : null, value: match[3] ?? '' };
  });
}

function canonicalRule(text: string, when: When): string {
  const rule = parseRule(text);
  return formatRule({ ...rule, until: rule.until && toUntil(rule.until, when) });
}

function toUntil(until: string, when: When): string {
  if (when.kind === 'all-day') return until.slice(0, 8);
  if (until.endsWith('Z')) return until;
  const local = fromCompact(until.length === 8 ? `${until}T000000` : until);
  return formatUtc(toEpochMs(local, when.timeZone));
}

/** An instant as UNTIL writes it. */
export const formatUtc = (epochMs: number): string =>
  `${toCompact(new Date(epochMs).toISOString().slice(0, 19))}Z`;

function readStart(text: string, zone: string | null, when: When): OriginalStart {
  const [start = '', end] = text.toUpperCase().split('/');
  if (!isCompactTime(start)) {
    throw new RecurrenceError(`The series names a date that is none: ${text.slice(0, 40)}`);
  }
  if (end !== undefined && !isAsLong(start, end, when)) {
    throw new RecurrenceError(
      'The series has an extra date of its own length (a period), which cannot be kept.',
    );
  }
  const local = fromCompact(start);
  if (when.kind === 'all-day') return local.slice(0, 10);
  if (start.length === 8) return `${local}${when.start.slice(10)}`;
  if (start.endsWith('Z')) return toLocalDateTime(Date.parse(`${local}Z`), when.timeZone);
  if (zone === null || zone === when.timeZone) return local;
  return toLocalDateTime(toEpochMsIn(local, zone), when.timeZone);
}

function toEpochMsIn(local: LocalDateTime, zone: string): number {
  const timeZone = findIanaZone(zone);
  if (timeZone) return toEpochMs(local, timeZone);
  throw new RecurrenceError(
    `The series has dates in a time zone that is not known: ${zone.slice(0, 64)}`,
  );
}

/** Whether a period, with its end or its duration, is as long as the event by the clock. */
function isAsLong(start: string, end: string, when: When): boolean {
  if (when.kind === 'all-day' || start.length === 8) return false;
  const wanted = Date.parse(`${when.end}Z`) - Date.parse(`${when.start}Z`);
  const match =
    /^P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/.exec(
      end,
    );
  if (match) {
    const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
      .slice(1)
      .map((part) => Number(part ?? 0));
    return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 === wanted;
  }
  const isSameKind = end.endsWith('Z') === start.endsWith('Z');
  if (!isCompactTime(end) || end.length === 8 || !isSameKind) return false;
  return Date.parse(`${fromCompact(end)}Z`) - Date.parse(`${fromCompact(start)}Z`) === wanted;
}
