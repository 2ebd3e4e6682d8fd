import { Temporal } from 'temporal-polyfill';

/** A start as a calendar file has it; `tz` is absent for floating times and dates. */
export interface Start {
  kind: 'tzid' | 'floating' | 'date' | 'utc';
  value: string;
  tz?: string;
}

const weekDays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const codes = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const indexes: Record<string, string> = {
  '1': 'first',
  '2': 'second',
  '3': 'third',
  '4': 'fourth',
  '-1': 'last',
};
const mappable = new Set(
  'FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH BYSETPOS WKST'.split(' '),
);

type Parts = Map<string, string>;
type Pattern = Record<string, unknown>;

/**
 * The Graph recurrence that means exactly the same, or undefined where there is none (truth table
 * 7.2).
 */
export function toGraphRecurrence(rrule: string, start: Start): object | undefined {
  const parts: Parts = new Map(rrule.split(';').map((part) => part.split('=') as [string, string]));
  if ([...parts.keys()].some((name) => !mappable.has(name))) return undefined;
  if (parts.has('COUNT') && parts.has('UNTIL')) return undefined;
  const pattern = patternOf(parts, start);
  if (!pattern) return undefined;
  return {
    pattern: { interval: Number(parts.get('INTERVAL') ?? 1), ...pattern },
    range: rangeOf(parts, start),
  };
}

function patternOf(parts: Parts, start: Start): Pattern | undefined {
  const date = Temporal.PlainDate.from(start.value.slice(0, 10));
  const days = parts.get('BYDAY')?.split(',');
  const monthDays = parts.get('BYMONTHDAY')?.split(',').map(Number);
  const months = parts.get('BYMONTH')?.split(',').map(Number);
  const has = (...names: string[]) => names.some((name) => parts.has(name));
  const weekday = codes[date.dayOfWeek % 7] ?? '';
  switch (parts.get('FREQ')) {
    case 'DAILY':
      if (has('BYMONTHDAY', 'BYMONTH', 'BYSETPOS')) return undefined;
      if (!days) return { type: 'daily' };
      return (parts.get('INTERVAL') ?? '1') === '1' ? weekly(days, 'SU') : undefined;
    case 'WEEKLY':
      if (has('BYMONTHDAY', 'BYMONTH', 'BYSETPOS')) return undefined;
      return weekly(days ?? [weekday], parts.get('WKST') ?? 'MO');
    case 'MONTHLY':
      if (months) return undefined;
      return inMonth('Monthly', {
        parts,
        days,
        monthDays: monthDays ?? (days ? undefined : [date.day]),
      });
    case 'YEARLY': {
      const month = months ?? (days ? undefined : [date.month]);
      if (month?.length !== 1) return undefined;
      const found = inMonth('Yearly', {
        parts,
        days,
        monthDays: monthDays ?? (days ? undefined : [date.day]),
      });
      if (!found || (month[0] === 2 && found.dayOfMonth === 29)) return undefined;
      return { ...found, month: month[0] };
    }
    default:
      return undefined;
  }
}

function weekly(days: string[], weekStart: string): Pattern | undefined {
  if (days.some((day) => !codes.includes(day))) return undefined;
  return { type: 'weekly', daysOfWeek: namesOf(days), firstDayOfWeek: namesOf([weekStart])[0] };
}

const namesOf = (days: string[]) => days.map((day) => weekDays[codes.indexOf(day)]);

function inMonth(
  kind: 'Monthly' | 'Yearly',
  given: { parts: Parts; days: string[] | undefined; monthDays: number[] | undefined },
): Pattern | undefined {
  const { parts, days, monthDays } = given;
  if (days && monthDays) return undefined;
  if (monthDays) {
    const [day] = monthDays;
    if (monthDays.length !== 1 || day === undefined || parts.has('BYSETPOS')) return undefined;
    // Graph's last day of the month is the thirty-first, clamped.
    if (day === -1) return { type: `absolute${kind}`, dayOfMonth: 31 };
    return day >= 1 && day <= 28 ? { type: `absolute${kind}`, dayOfMonth: day } : undefined;
  }
  return days && relative(kind, days, parts.get('BYSETPOS'));
}

function relative(kind: string, days: string[], position: string | undefined): Pattern | undefined {
  const type = `relative${kind}`;
  if (position !== undefined) {
    const index = indexes[position.replace('+', '')];
    const isPlain = days.every((day) => codes.includes(day));
    return index && isPlain ? { type, index, daysOfWeek: namesOf(days) } : undefined;
  }
  const match = /^([+-]?\d)([A-Z]{2})$/.exec(days[0] ?? '');
  const index = indexes[match?.[1]?.replace('+', '') ?? ''];
  if (days.length !== 1 || !match || !index) return undefined;
  return { type, index, daysOfWeek: namesOf([match[2] ?? '']) };
}

function rangeOf(parts: Parts, start: Start): Pattern {
  const startDate = start.value.slice(0, 10);
  const count = parts.get('COUNT');
  if (count) return { type: 'numbered', startDate, numberOfOccurrences: Number(count) };
  const until = parts.get('UNTIL');
  if (!until) return { type: 'noEnd', startDate };
  return { type: 'endDate', startDate, endDate: lastDate(until, start) };
}

/** The date of the last start that is not after UNTIL, on the series' own clock. */
function lastDate(until: string, { value, tz }: Start): string {
  const [, y, m, d, h = '23', min = '59', s = '59', z] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(until) ?? [];
  let wall = Temporal.PlainDateTime.from(`${y}-${m}-${d}T${h}:${min}:${s}`);
  if (z && tz) wall = wall.toZonedDateTime('UTC').withTimeZone(tz).toPlainDateTime();
  const time = Temporal.PlainTime.from(value.slice(11) || '00:00:00');
  const isBefore = Temporal.PlainTime.compare(wall.toPlainTime(), time) < 0;
  return wall
    .toPlainDate()
    .subtract({ days: isBefore ? 1 : 0 })
    .toString();
}
