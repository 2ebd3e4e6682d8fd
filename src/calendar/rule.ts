/** One RFC 5545 recurrence rule: what follows `RRULE:`. */

export const frequencies = [
  'YEARLY',
  'MONTHLY',
  'WEEKLY',
  'DAILY',
  'HOURLY',
  'MINUTELY',
  'SECONDLY',
] as const;
export type Frequency = (typeof frequencies)[number];

/** A weekday is its place in this list: Monday is 0. */
export const weekdayCodes = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

export interface RuleDay {
  /** 0 is Monday. */
  weekday: number;
  /** The how many-th of its month or year, from the end where negative; 0 means each. */
  nth: number;
}

/** Lists are sorted, each number once; empty where the rule does not have the part. */
export interface Rule {
  frequency: Frequency;
  interval: number;
  count: number | null;
  /** As in RFC 5545: `20260601T065959Z`, `20260601T085959` or `20260601`. */
  until: string | null;
  /** 0 is Monday. */
  weekStart: number;
  byMonth: readonly number[];
  byWeekNo: readonly number[];
  byYearDay: readonly number[];
  byMonthDay: readonly number[];
  byDay: readonly RuleDay[];
  byHour: readonly number[];
  byMinute: readonly number[];
  bySecond: readonly number[];
  bySetPos: readonly number[];
}

/** What is written is no recurrence, or one beyond our bounds. The message is a sentence for people. */
export class RecurrenceError extends Error {
  override readonly name = 'RecurrenceError';
}

/** Longer than a rule that names each of the 366 days of a year from both ends. */
const RULE_LENGTH_MAX = 4_000;
const NUMBER_MAX = 1_000_000_000;

type NumberPart = Exclude<keyof Rule & `by${string}`, 'byDay'>;
/** In the order that rules are written in. Lowest and highest value; `isSigned`: also from the end. */
const numberParts: Record<
  string,
  { key: NumberPart; min: number; max: number; isSigned?: boolean }
> = {
  BYMONTH: { key: 'byMonth', min: 1, max: 12 },
  BYWEEKNO: { key: 'byWeekNo', min: 1, max: 53, isSigned: true },
  BYYEARDAY: { key: 'byYearDay', min: 1, max: 366, isSigned: true },
  BYMONTHDAY: { key: 'byMonthDay', min: 1, max: 31, isSigned: true },
  BYHOUR: { key: 'byHour', min: 0, max: 23 },
  BYMINUTE: { key: 'byMinute', min: 0, max: 59 },
  BYSECOND: { key: 'bySecond', min: 0, max: 60 },
  BYSETPOS: { key: 'bySetPos', min: 1, max: 366, isSigned: true },
};
const knownParts = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY'].concat(
  Object.keys(numberParts),
);

/**
 * Reads a rule in any case and order. Throws `RecurrenceError`.
 *
 * Parts that RFC 5545 forbids together, but that can only be meant in one way, are read in it, as
 * all libraries do: a part that may not stand with a frequency only leaves days out, numbers of
 * weekdays count in months and years only, and of COUNT and UNTIL what comes first ends the series.
 */
export function parseRule(text: string): Rule {
  if (text.length > RULE_LENGTH_MAX) throw new RecurrenceError('The repetition rule is too long.');
  const parts = readParts(text);
  const frequency = frequencies.find((each) => each === parts.get('FREQ'));
  if (!frequency) {
    throw new RecurrenceError('The repetition rule does not say how often (FREQ).');
  }
  const rule: Rule = {
    frequency,
    interval: readCount('INTERVAL', parts.get('INTERVAL')) ?? 1,
    count: readCount('COUNT', parts.get('COUNT')),
    until: readUntil(parts.get('UNTIL')),
    weekStart: readWeekStart(parts.get('WKST')),
    byMonth: [],
    byWeekNo: [],
    byYearDay: [],
    byMonthDay: [],
    byDay: readDays(parts.get('BYDAY'), frequency === 'MONTHLY' || frequency === 'YEARLY'),
    byHour: [],
    byMinute: [],
    bySecond: [],
    bySetPos: [],
  };
  for (const [name, { key }] of Object.entries(numberParts)) {
    rule[key] = readNumbers(name, parts.get(name));
  }
  const bySetPosOnly = rule.bySetPos.length > 0 && !/(^|;)BY(?!SETPOS)/i.test(text);
  if (bySetPosOnly) {
    throw new RecurrenceError('The repetition rule picks by place (BYSETPOS), but from nothing.');
  }
  return rule;
}

function readParts(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  // Many programs end a rule with a semicolon.
  for (const part of text.trim().replace(/;$/, '').toUpperCase().split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.*)$/.exec(part) ?? [];
    if (!knownParts.includes(name)) {
      throw new RecurrenceError(
        `The repetition rule has a part that is not known: ${print(part)}.`,
      );
    }
    if (parts.has(name)) throw new RecurrenceError(`The repetition rule says ${name} twice.`);
    parts.set(name, value);
  }
  return parts;
}

function readCount(name: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const number = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= NUMBER_MAX) return number;
  throw outOfRange(name, value);
}

function readUntil(value: string | undefined): string | null {
  if (value === undefined) return null;
  if (isCompactTime(value)) return value;
  throw outOfRange('UNTIL', value);
}

/** Whether it is `20260601`, `20260601T065959` or that with a Z, and in the calendar. */
export function isCompactTime(text: string): boolean {
  const match = /^([1-9]\d{3})(\d\d)(\d\d)(?:T([01]\d|2[0-3])([0-5]\d)([0-5]\d)Z?)?$/.exec(text);
  if (!match) return false;
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return date.toISOString().slice(0, 10).replaceAll('-', '') === text.slice(0, 8);
}

function readWeekStart(value: string | undefined): number {
  if (value === undefined) return 0;
  const weekday = weekdayCodes.findIndex((code) => code === value);
  if (weekday >= 0) return weekday;
  throw outOfRange('WKST', value);
}

function readDays(value: string | undefined, isCounting: boolean): RuleDay[] {
  if (value === undefined) return [];
  const byText = new Map<string, RuleDay>();
  for (const text of value.split(',')) {
    const match = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(text);
    const number = match?.[1] === undefined ? null : Number(match[1]);
    if (!match || number === 0 || Math.abs(number ?? 0) > 53) throw outOfRange('BYDAY', text);
    const weekday = weekdayCodes.findIndex((code) => code === match[2]);
    const day = { weekday, nth: isCounting ? (number ?? 0) : 0 };
    byText.set(`${day.nth}${day.weekday}`, day);
  }
  return [...byText.values()].sort((a, b) => a.nth - b.nth || a.weekday - b.weekday);
}

function readNumbers(name: string, value: string | undefined): number[] {
  const { min, max, isSigned = false } = numberParts[name] ?? { min: 0, max: 0 };
  if (value === undefined) return [];
  const numbers = value.split(',').map((text) => {
    const number = /^[+-]?\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
    const size = isSigned ? Math.abs(number) : number;
    if (size >= min && size <= max) return number;
    throw outOfRange(name, text);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

const outOfRange = (name: string, value: string) =>
  new RecurrenceError(`The repetition rule's ${name} cannot be ${print(value) || 'empty'}.`);

const print = (text: string) => text.slice(0, 40);

/** The rule in one spelling for each; what goes without saying is left out. */
export function formatRule(rule: Rule): string {
  const parts = [`FREQ=${rule.frequency}`];
  const add = (name: string, values: readonly (string | number)[]) => {
    if (values.length > 0) parts.push(`${name}=${values.join(',')}`);
  };
  if (rule.interval > 1) add('INTERVAL', [rule.interval]);
  for (const name of ['BYMONTH', 'BYWEEKNO', 'BYYEARDAY', 'BYMONTHDAY']) {
    add(name, rule[numberParts[name]!.key]);
  }
  add('BYDAY', rule.byDay.map(formatDay));
  for (const name of ['BYHOUR', 'BYMINUTE', 'BYSECOND', 'BYSETPOS']) {
    add(name, rule[numberParts[name]!.key]);
  }
  if (rule.weekStart !== 0 && isWeekStartHeard(rule)) {
    add('WKST', [weekdayCodes[rule.weekStart] ?? 'MO']);
  }
  if (rule.count !== null) add('COUNT', [rule.count]);
  if (rule.until !== null) add('UNTIL', [rule.until]);
  return parts.join(';');
}

export const formatDay = ({ weekday, nth }: RuleDay): string =>
  `${nth === 0 ? '' : nth}${weekdayCodes[weekday]}`;

/** Where weeks begin matters to every second week and to numbered weeks only. */
export const isWeekStartHeard = ({ frequency, interval, byWeekNo, bySetPos }: Rule): boolean =>
  byWeekNo.length > 0 || (frequency === 'WEEKLY' && (interval > 1 || bySetPos.length > 0));
