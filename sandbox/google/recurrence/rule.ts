/** Reads one RFC 5545 recurrence rule. */

/** Google knows nothing finer than days. */
export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

/** Monday is 0. `nth` 0 means every such day. */
export interface WeekdayPart {
  readonly weekday: number;
  readonly nth: number;
}

export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | undefined;
  readonly until: Until | undefined;
  readonly weekStart: number;
  readonly byMonth: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly WeekdayPart[];
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
  readonly bySetPos: readonly number[];
}

/** `ms` is an instant when `isUtc`, else a wall time as if in UTC. */
export interface Until {
  readonly ms: number;
  readonly isUtc: boolean;
}

const FREQUENCIES: readonly Frequency[] = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const NUMBER_MAX = 1_000_000;

/** Lowest and highest absolute value of each numeric part, and whether it may be negative. */
const RANGES = {
  BYMONTH: [1, 12, false],
  BYWEEKNO: [1, 53, true],
  BYYEARDAY: [1, 366, true],
  BYMONTHDAY: [1, 31, true],
  BYHOUR: [0, 23, false],
  BYMINUTE: [0, 59, false],
  BYSECOND: [0, 60, false],
  BYSETPOS: [1, 366, true],
} as const;

/** The rule behind `RRULE:`, or undefined when it is not one. */
export function parseRule(text: string): Rule | undefined {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().split(';')) {
    const [name, value, ...rest] = part.split('=');
    if (!name || value === undefined || rest.length > 0 || parts.has(name)) return undefined;
    parts.set(name, value);
  }
  const frequency = FREQUENCIES.find((candidate) => candidate === parts.get('FREQ'));
  const interval = readPositive(parts.get('INTERVAL') ?? '1');
  const count = readPositive(parts.get('COUNT') ?? '1');
  const until = parts.has('UNTIL') ? parseUntil(parts.get('UNTIL') ?? '') : undefined;
  const byDay = readWeekdays(parts.get('BYDAY'));
  const weekStart = WEEKDAYS.indexOf(parts.get('WKST') ?? 'MO');
  const numbers = readNumbers(parts);
  const isWhole = frequency && interval && count && byDay && numbers && weekStart >= 0;
  if (!isWhole || (parts.has('UNTIL') && !until)) return undefined;
  if ([...parts.keys()].some((name) => !KNOWN.has(name))) return undefined;
  return {
    frequency,
    interval,
    count: parts.has('COUNT') ? count : undefined,
    until,
    weekStart,
    byDay,
    ...numbers,
  };
}

/** `19971224T000000Z`, `19971224T000000` or `19971224`. */
export function parseUntil(text: string): Until | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || hour > 23 || minute > 59) return undefined;
  return {
    ms: date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000,
    isUtc: match[7] === 'Z',
  };
}

const KNOWN = new Set([
  'FREQ',
  'INTERVAL',
  'COUNT',
  'UNTIL',
  'WKST',
  'BYDAY',
  ...Object.keys(RANGES),
]);

type Numbers = Pick<
  Rule,
  | 'byMonth'
  | 'byWeekNo'
  | 'byYearDay'
  | 'byMonthDay'
  | 'byHour'
  | 'byMinute'
  | 'bySecond'
  | 'bySetPos'
>;

function readNumbers(parts: ReadonlyMap<string, string>): Numbers | undefined {
  let isValid = true;
  const read = (name: keyof typeof RANGES): number[] => {
    const numbers = readList(parts.get(name), RANGES[name]);
    isValid &&= numbers !== undefined;
    return numbers ?? [];
  };
  const numbers = {
    byMonth: read('BYMONTH'),
    byWeekNo: read('BYWEEKNO'),
    byYearDay: read('BYYEARDAY'),
    byMonthDay: read('BYMONTHDAY'),
    byHour: read('BYHOUR'),
    byMinute: read('BYMINUTE'),
    bySecond: read('BYSECOND'),
    bySetPos: read('BYSETPOS'),
  };
  return isValid ? numbers : undefined;
}

function readList(
  text: string | undefined,
  [lowest, highest, mayBeNegative]: readonly [number, number, boolean],
): number[] | undefined {
  if (text === undefined) return [];
  const numbers = text.split(',').map((part) => (/^[+-]?\d{1,4}$/.test(part) ? Number(part) : NaN));
  const isValid = numbers.every(
    (number) =>
      Math.abs(number) >= lowest && Math.abs(number) <= highest && (number >= 0 || mayBeNegative),
  );
  return isValid ? [...new Set(numbers)].sort((left, right) => left - right) : undefined;
}

function readWeekdays(text: string | undefined): WeekdayPart[] | undefined {
  if (text === undefined) return [];
  const parts: WeekdayPart[] = [];
  for (const part of text.split(',')) {
    const match = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(part);
    const nth = Number(match?.[1] ?? 0);
    if (!match || Math.abs(nth) > 53 || (match[1] !== undefined && nth === 0)) return undefined;
    parts.push({ weekday: WEEKDAYS.indexOf(match[2] ?? ''), nth });
  }
  return parts;
}

function readPositive(text: string): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return number > 0 ? Math.min(number, NUMBER_MAX) : undefined;
}
