import type { Activity, ActivityPatch } from '../../src/api/schemas/activities.ts';
import { doDaysMove } from '../../src/calendar/move-days.ts';
import { parseRule } from '../../src/calendar/rule.ts';
import type { ActivityChange } from '../api/activities.ts';
import { ApiError } from '../api/client.ts';
import { scopes as texts } from '../texts.ts';
import { addDays, fromMinutes, splitWallClock, toMinutes } from '../time/wall-clock.ts';
import { type EventValues, whenOf } from './event-values.ts';

/** Which occurrences an edit or a deletion is meant for. */
export type Scope = 'this' | 'following' | 'all';

/** One occurrence of a series, changed on its own or not. */
export interface OccurrenceName {
  seriesId: string;
  originalStart: string;
}

/** Undefined for single events and for series as wholes. */
export function occurrenceOf(activity: Activity): OccurrenceName | undefined {
  const { series_id, original_start } = activity;
  if (series_id === null || original_start === null) return undefined;
  return { seriesId: series_id, originalStart: original_start };
}

/** One occurrence alone has no rule. Of a series that is not known only the one can be changed. */
export function listScopes(
  series: Activity | undefined,
  patch: ActivityPatch | undefined,
): Scope[] {
  const alone: Scope[] = patch?.recurrence === undefined ? ['this'] : [];
  return series ? [...alone, 'following', 'all'] : ['this'];
}

export interface OccurrenceEdit {
  occurrence: OccurrenceName;
  series: Activity | undefined;
  before: EventValues;
  wanted: EventValues;
  /** What differs between the two, for the occurrence itself. */
  patch: ActivityPatch;
}

/** What to ask of the server. What is meant for more than one moves each by what this one was moved by. */
export function toChange(edit: OccurrenceEdit, scope: Scope): ActivityChange {
  const { occurrence, series, patch } = edit;
  if (scope === 'this' || !series) {
    return { kind: 'occurrence', ...occurrence, body: { ...patch, scope: 'this' } };
  }
  const body = { ...patch, version: series.version };
  if (scope === 'following') {
    const moved = moveAlong(edit, occurrence.originalStart);
    return { kind: 'occurrence', ...occurrence, body: { ...body, ...moved, scope } };
  }
  // Of a series that ends to be one, this is what is left.
  const moved = patch.recurrence === null ? whenOf(edit.wanted) : moveAlong(edit, series.start);
  return { kind: 'update', id: series.id, body: { ...body, ...moved } };
}

/** The start and end of another occurrence that is moved likewise; nothing where nothing moves. */
function moveAlong({ before, wanted, patch }: OccurrenceEdit, start: string) {
  const { recurrence } = patch;
  if (patch.start === undefined) return {};
  const shift = shiftBetween(before, wanted);
  const from = shiftStart(start, shift);
  const exdates = recurrence?.exdates?.map((each) => formatStart(shiftStart(each, shift), wanted));
  const moved = exdates && recurrence ? { recurrence: { ...recurrence, exdates } } : {};
  if (wanted.isAllDay) {
    const days = daysBetween(wanted.startDate, wanted.endDate);
    return { ...moved, start: from.date, end: addDays(from.date, days + 1) };
  }
  const length = minutesBetween(wanted.startDate, wanted.startTime, wanted.endDate, wanted.endTime);
  const to = fromMinutes((toMinutes(from) ?? 0) + length);
  return {
    ...moved,
    start: `${from.date}T${from.time}`,
    end: `${to.date}T${to.time}`,
    time_zone: wanted.timeZone,
  };
}

/** By days and, where both have times, minutes; where only the new one has a time, all get that. */
interface Shift {
  days: number;
  minutes: number;
  time: string | undefined;
}

function shiftBetween(before: EventValues, wanted: EventValues): Shift {
  if (before.isAllDay || wanted.isAllDay) {
    const time = wanted.isAllDay ? undefined : wanted.startTime;
    return { days: daysBetween(before.startDate, wanted.startDate), minutes: 0, time };
  }
  const [from, to] = [before, wanted];
  const minutes = minutesBetween(from.startDate, from.startTime, to.startDate, to.startTime);
  return { days: 0, minutes, time: undefined };
}

function shiftStart(start: string, { days, minutes, time }: Shift) {
  const wall = splitWallClock(start);
  const shifted = fromMinutes((toMinutes(wall) ?? 0) + minutes);
  return { date: addDays(shifted.date, days), time: time ?? shifted.time };
}

const formatStart = ({ date, time }: { date: string; time: string }, values: EventValues) =>
  values.isAllDay ? date : `${date}T${time}:00`;

const minutesBetween = (fromDate: string, fromTime: string, toDate: string, toTime: string) =>
  (toMinutes({ date: toDate, time: toTime }) ?? 0) -
  (toMinutes({ date: fromDate, time: fromTime }) ?? 0);
const daysBetween = (from: string, to: string) =>
  minutesBetween(from, '00:00', to, '00:00') / (24 * 60);

/** `1 day and 2 hours later`; '' where the start stays. */
export function describeShift(before: EventValues, wanted: EventValues): string {
  const { days, minutes } = shiftBetween(before, wanted);
  const total = days * 24 * 60 + minutes;
  if (total === 0) return '';
  const size = Math.abs(total);
  const parts = [
    [Math.floor(size / (24 * 60)), texts.days],
    [Math.floor(size / 60) % 24, texts.hours],
    [size % 60, texts.minutes],
  ] as const;
  const amount = texts.list(parts.filter(([count]) => count > 0).map(([count, say]) => say(count)));
  return total > 0 ? texts.later(amount) : texts.earlier(amount);
}

/** Whether all dates of the series move by as much as its start. Of its other times they do in any case. */
export function isWholeShift({ series, before, wanted }: OccurrenceEdit): boolean {
  if (!series?.recurrence) return true;
  const { date } = splitWallClock(series.start);
  const to = shiftStart(series.start, shiftBetween(before, wanted)).date;
  const dayOf = (text: string) => daysBetween('1970-01-01', text);
  return series.recurrence.rules.every((rule) =>
    doDaysMove(parseRule(rule), dayOf(date), dayOf(to)),
  );
}

/** What is wrong with the choice itself, and not with what was typed. */
export const isAboutScope = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.field === 'scope';
