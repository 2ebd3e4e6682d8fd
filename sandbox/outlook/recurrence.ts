import { GraphError, invalidProperty } from './graph-error.ts';
import { isAbsent, readEnum, readInteger, readObject, type Json } from './json.ts';
import {
  findFirstDay,
  LAST_DAY,
  patternTypes,
  rangeTypes,
  type PatternType,
  type Rule,
  weekDays,
  weekIndexes,
} from './recurrence-days.ts';
import { formatDay, parseDate } from './wall-clock.ts';
import { CUSTOM_ZONE, windowsNameOf } from './zones.ts';

/** Source: EWS numberOfOccurrences. */
const COUNT_MAX = 999;
const INTERVAL_MAX = 999;

const needsDaysOfWeek: readonly PatternType[] = ['weekly', 'relativeMonthly', 'relativeYearly'];
const needsDayOfMonth: readonly PatternType[] = ['absoluteMonthly', 'absoluteYearly'];
const needsMonth: readonly PatternType[] = ['absoluteYearly', 'relativeYearly'];

/**
 * Reads a `patternedRecurrence`. Members that the pattern does not use are validated all the same,
 * as Graph does; its own sentinels (month 0, 0001-01-01) pass. Source: resources/recurrencepattern,
 * resources/recurrencerange.
 */
export function readRule(input: Json, eventStartDay: number, isStartFree: boolean): Rule {
  const recurrence = readObject(input, 'recurrence');
  const pattern = readObject(recurrence.pattern, 'recurrence.pattern');
  const range = readObject(recurrence.range, 'recurrence.range');
  const type = readEnum(pattern.type, patternTypes, 'recurrence.pattern.type');
  const rangeType = readEnum(range.type, rangeTypes, 'recurrence.range.type');
  const startDay = isAbsent(range.startDate)
    ? eventStartDay
    : readDate(range.startDate, 'startDate');
  const rule: Rule = {
    type,
    interval: readPart(pattern.interval, 'interval', 1, INTERVAL_MAX),
    daysOfWeek: readDaysOfWeek(pattern.daysOfWeek ?? []),
    firstDayOfWeek: weekDays.indexOf(
      readEnum(pattern.firstDayOfWeek ?? 'sunday', weekDays, 'firstDayOfWeek'),
    ),
    dayOfMonth: readPart(pattern.dayOfMonth ?? 0, 'dayOfMonth', 0, 31),
    month: readPart(pattern.month ?? 0, 'month', 0, 12),
    index: readEnum(pattern.index ?? 'first', weekIndexes, 'index'),
    range: rangeType,
    startDay,
    endDay: rangeType === 'endDate' ? readDate(range.endDate, 'endDate') : null,
    count: readPart(range.numberOfOccurrences ?? 0, 'numberOfOccurrences', 0, COUNT_MAX),
  };
  if (!isStartFree && startDay !== eventStartDay) {
    throw invalidProperty('The recurrence range must start on the date of the start of the event.');
  }
  checkRule(rule);
  return rule;
}

function checkRule(rule: Rule): void {
  const { type } = rule;
  if (needsDaysOfWeek.includes(type) && rule.daysOfWeek.length === 0) refuse('daysOfWeek');
  if (needsDayOfMonth.includes(type) && rule.dayOfMonth === 0) refuse('dayOfMonth');
  if (needsMonth.includes(type) && rule.month === 0) refuse('month');
  if (rule.range === 'numbered' && rule.count === 0) refuse('numberOfOccurrences');
  if (rule.endDay !== null && rule.endDay > LAST_DAY) {
    throw new GraphError(400, 'ErrorRecurrenceEndDateTooBig', 'Recurrence end date is too big.');
  }
  if (findFirstDay(rule) === undefined) {
    throw new GraphError(
      400,
      'ErrorRecurrenceHasNoOccurrence',
      'The recurrence has no occurrences in the specified range.',
    );
  }
}

function refuse(member: string): never {
  throw invalidProperty(`The recurrence pattern is invalid: '${member}' is missing or zero.`);
}

function readPart(input: Json, name: string, min: number, max: number): number {
  const value = readInteger(input, `recurrence.${name}`);
  if (value < min || value > max) {
    throw invalidProperty(`The recurrence is invalid: '${name}' is out of range.`);
  }
  return value;
}

function readDate(input: Json, name: string): number {
  const day = parseDate(input);
  if (day === undefined) throw invalidProperty(`The recurrence is invalid: '${name}' is no date.`);
  return day;
}

function readDaysOfWeek(input: Json): number[] {
  if (!Array.isArray(input)) refuse('daysOfWeek');
  const days = input.map((day: Json) => weekDays.indexOf(readEnum(day, weekDays, 'daysOfWeek')));
  return [...new Set(days)];
}

/** Answers fill the members that a pattern does not use with sentinels. */
export function renderRule(rule: Rule, zone: string): Record<string, unknown> {
  const { type, daysOfWeek } = rule;
  return {
    pattern: {
      type,
      interval: rule.interval,
      month: rule.month,
      dayOfMonth: rule.dayOfMonth,
      ...(daysOfWeek.length > 0 && { daysOfWeek: daysOfWeek.map((day) => weekDays[day]) }),
      firstDayOfWeek: weekDays[rule.firstDayOfWeek],
      index: rule.index,
    },
    range: {
      type: rule.range,
      startDate: formatDay(rule.startDay),
      endDate: rule.endDay === null ? '0001-01-01' : formatDay(rule.endDay),
      recurrenceTimeZone: zone === CUSTOM_ZONE ? zone : windowsNameOf(zone),
      numberOfOccurrences: rule.count,
    },
  };
}

/** Whether two rules have the same pattern, whatever their ranges. */
export function hasSamePattern(a: Rule, b: Rule): boolean {
  const key = ({
    range: _range,
    startDay: _start,
    endDay: _end,
    count: _count,
    ...pattern
  }: Rule) => JSON.stringify({ ...pattern, daysOfWeek: pattern.daysOfWeek.toSorted() });
  return key(a) === key(b);
}
