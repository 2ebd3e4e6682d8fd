import type { LocalDate, When } from '../../src/calendar/event.ts';
import { expandSeries, parseSeries } from '../../sandbox/google/recurrence/series.ts';
import { toInstant } from '../../sandbox/google/zones.ts';
import type { Chance } from './chance.ts';

/** All that is judged of a series lies in here: clocks change in it, on both sides of the Atlantic. */
const FROM = Date.UTC(2027, 2, 1);
const UNTIL = Date.UTC(2027, 5, 10);
const SLOTS_MAX = 200;
const DAY_MS = 86_400_000;

/** The day on which the rule has an occurrence: it names it, since nobody plans near midnight. */
export type Slot = LocalDate;

/** Graph's own words for a rule. */
export interface GraphRule {
  pattern: Record<string, unknown>;
  range: Record<string, unknown>;
}

/** How a series recurs, as people say it at each side. */
export interface Rule {
  /** `RRULE:…` */
  line: string;
  /** Null where Graph has no words for it. */
  graph: GraphRule | null;
}

const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const dayCodes = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const indexNames = ['first', 'second', 'third', 'fourth', 'last'];

/** Tuesdays and Thursdays, so that a rule of both has its start among them. */
export const startDays = ['2027-03-09', '2027-03-11', '2027-03-16'] as const;
/** A fifth Wednesday, which not each month has: Graph has no word for it. It is a 31st, too. */
export const LATE_START = '2027-03-31';

type Bare = [line: string, pattern: Record<string, unknown> | null];

/** `inGraph`: one that Graph has words for. Others it holds as several series, which share its days out. */
export function drawRule(chance: Chance, when: When, { inGraph = false } = {}): Rule {
  const date = slotOf(when);
  const weekday = new Date(date).getUTCDay();
  const day = dayNames[weekday];
  const weekly = { type: 'weekly', interval: 1, firstDayOfWeek: 'monday' };
  const dayOfMonth = Number(date.slice(8));
  const nth = Math.ceil(dayOfMonth / 7);
  const kinds: Bare[] = [
    ['FREQ=WEEKLY', { ...weekly, daysOfWeek: [day] }],
    ['FREQ=WEEKLY;INTERVAL=2', { ...weekly, interval: 2, daysOfWeek: [day] }],
    ['FREQ=DAILY', { type: 'daily', interval: 1 }],
    ['FREQ=DAILY;INTERVAL=3', { type: 'daily', interval: 3 }],
  ];
  const both = { ...weekly, daysOfWeek: ['tuesday', 'thursday'] };
  if (weekday === 2 || weekday === 4) kinds.push(['FREQ=WEEKLY;BYDAY=TU,TH', both]);
  if (dayOfMonth < 29) {
    kinds.push(['FREQ=MONTHLY', { type: 'absoluteMonthly', interval: 1, dayOfMonth }]);
  }
  const code = dayCodes[weekday];
  const index = { index: indexNames[nth - 1], firstDayOfWeek: 'monday' };
  if (nth < 5)
    kinds.push([
      `FREQ=MONTHLY;BYDAY=${nth}${code}`,
      { type: 'relativeMonthly', interval: 1, daysOfWeek: [day], ...index },
    ]);
  if (inGraph || !chance.is(DIVIDED_SHARE)) return withEnd(chance, chance.pick(kinds), when);
  const line = chance.pick(drawDivided({ date, dayOfMonth, nth, code }));
  return withEnd(chance, [line, null], when);
}

/** Graph has no words for them. */
const hardLines = ['FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=2,-2', 'FREQ=WEEKLY;BYDAY=TU,TH;BYSETPOS=-1'];

/** Of all rules that are not said in Outlook. */
const DIVIDED_SHARE = 0.4;

/**
 * Rules that are several of Graph's patterns, all of which begin on this day but for one at its end; and some
 * that are none, and single events there.
 */
function drawDivided({
  date,
  dayOfMonth,
  nth,
  code,
}: {
  date: Slot;
  dayOfMonth: number;
  nth: number;
  code: string | undefined;
}): string[] {
  // The start is off it, and a series by itself.
  const lines = [`FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1,-1`, ...hardLines];
  if (dayOfMonth > 29) lines.push(`FREQ=MONTHLY;BYMONTHDAY=${dayOfMonth}`);
  if (dayOfMonth < 29) {
    lines.push(`FREQ=MONTHLY;BYMONTHDAY=${dayOfMonth},${((dayOfMonth + 9) % 28) + 1}`);
    if (date < '2027-06') lines.push(`FREQ=YEARLY;BYMONTH=3,4,5;BYMONTHDAY=${dayOfMonth}`);
  }
  if (nth < 5) lines.push(`FREQ=MONTHLY;BYDAY=${nth}${code},${(nth % 4) + 1}${code}`);
  return lines;
}

/** What Graph cannot hold, in no number of series. */
export const hardRule: Rule = { line: 'RRULE:FREQ=MONTHLY;BYDAY=5WE', graph: null };

function withEnd(chance: Chance, [line, pattern]: Bare, when: When): Rule {
  const startDate = slotOf(when);
  const graph = (range: Record<string, unknown>) =>
    pattern && { pattern, range: { ...range, startDate } };
  const kind = chance.pick(['count', 'until', 'none'] as const);
  const count = chance.integer(3, 6);
  if (kind === 'none' && !line.startsWith('FREQ=DAILY')) {
    return { line: `RRULE:${line}`, graph: graph({ type: 'noEnd' }) };
  }
  const counted: Rule = {
    line: `RRULE:${line};COUNT=${count}`,
    graph: graph({ type: 'numbered', numberOfOccurrences: count }),
  };
  const last = listSlots(when, [counted.line]).at(-1);
  if (kind === 'count' || kind === 'none' || last === undefined) return counted;
  const end = chance.is(0.3) ? printStartOf(when, last) : printEndOf(when, last);
  return {
    line: `RRULE:${line};UNTIL=${end}`,
    graph: graph({ type: 'endDate', endDate: last }),
  };
}

/** The rule up to the day before `cut`, and what is left of it from there on. */
export function cutRule(
  when: When,
  lines: readonly string[],
  cut: Slot,
): { before: string[]; after: string[] } {
  const rule = lines.find((line) => line.startsWith('RRULE:')) ?? '';
  const bare = rule.replaceAll(/;(UNTIL|COUNT)=[^;]*/g, '');
  const count = Number(/;COUNT=(\d+)/.exec(rule)?.[1] ?? 0);
  const passed = listSlots(when, lines).filter((slot) => slot < cut).length;
  const before = `${bare};UNTIL=${printEndOf(when, dayBefore(cut))}`;
  const after = count > 0 ? `${bare};COUNT=${count - passed}` : rule;
  return { before: lines.map((line) => (line === rule ? before : line)), after: [after] };
}

/** The rule of a series that is moved on its days: it ends on the day on which it did. */
export function keepLastDay(when: When, lines: readonly string[], moved: When): string[] {
  const last = listSlots(when, lines).at(-1);
  return lines.map((line) =>
    last ? line.replace(/UNTIL=[^;]*/, `UNTIL=${printEndOf(moved, last)}`) : line,
  );
}

/** The same in Graph's words. */
export function cutGraphRule(
  when: When,
  rule: GraphRule,
  cut: Slot,
): { before: GraphRule; after: GraphRule } {
  const { pattern, range } = rule;
  const { startDate, recurrenceTimeZone } = range;
  const rest: GraphRule['range'] = { ...range, startDate: cut };
  if (range['type'] === 'numbered') {
    const slots = listSlots(when, linesOf(rule, when));
    rest['numberOfOccurrences'] =
      Number(range['numberOfOccurrences']) - slots.filter((slot) => slot < cut).length;
  }
  const ended = { type: 'endDate', startDate, endDate: dayBefore(cut), recurrenceTimeZone };
  return { before: { pattern, range: ended }, after: { pattern, range: rest } };
}

/** Graph's words as lines of RFC 5545. Source: resources/recurrencepattern, recurrencerange. */
export function linesOf({ pattern, range }: GraphRule, when: When): string[] {
  const days = (pattern['daysOfWeek'] as string[] | undefined) ?? [];
  const codes = days.map((name) => dayCodes[dayNames.indexOf(name)]);
  const nth = indexNames.indexOf(String(pattern['index'])) + 1;
  const dayOfMonth = Number(pattern['dayOfMonth']);
  const interval = `INTERVAL=${String(pattern['interval'])}`;
  const byType: Record<string, string> = {
    daily: `FREQ=DAILY;${interval}`,
    weekly: `FREQ=WEEKLY;${interval};BYDAY=${codes.join()}`,
    absoluteYearly: `FREQ=YEARLY;${interval};BYMONTH=${String(pattern['month'])};BYMONTHDAY=${dayOfMonth}`,
    absoluteMonthly: `FREQ=MONTHLY;${interval};BYMONTHDAY=${dayOfMonth === 31 ? -1 : dayOfMonth}`,
    relativeMonthly: `FREQ=MONTHLY;${interval};BYDAY=${codes.join()};BYSETPOS=${nth === 5 ? -1 : nth}`,
  };
  const ends: Record<string, string> = {
    noEnd: '',
    numbered: `;COUNT=${String(range['numberOfOccurrences'])}`,
    endDate: `;UNTIL=${printEndOf(when, String(range['endDate']))}`,
  };
  return [`RRULE:${byType[String(pattern['type'])]}${ends[String(range['type'])]}`];
}

/** The days of a series, by the recurrence of the sandbox: it shares no code with the engine. */
export const listSlots = (when: When, lines: readonly string[]): Slot[] =>
  expand(when, lines, { from: FROM, to: UNTIL, limit: SLOTS_MAX });

/** Whether the rule has a day after those that are judged. */
export const goesOn = (when: When, lines: readonly string[]): boolean =>
  expand(when, lines, { from: UNTIL, to: UNTIL + 730 * DAY_MS, limit: 1 }).length > 0;

function expand(
  when: When,
  lines: readonly string[],
  reach: { from: number; to: number; limit: number },
): Slot[] {
  const isAllDay = when.kind === 'all-day';
  const series = parseSeries(lines, isAllDay);
  if (!series) throw new Error(`no rule: ${lines.join(' ')}`);
  const start = isAllDay
    ? { wall: Date.parse(when.startDate), timeZone: null }
    : { wall: Date.parse(`${when.start}Z`), timeZone: when.timeZone };
  return expandSeries(series, start, { ...reach, startAlwaysOccurs: true }).map(printDay);
}

export const window = {
  from: new Date(FROM).toISOString(),
  until: new Date(UNTIL).toISOString(),
  /** Whether an occurrence of this day is among those that are judged. */
  has: (slot: Slot) =>
    Date.parse(slot) > FROM + 2 * DAY_MS && Date.parse(slot) < UNTIL - 2 * DAY_MS,
};

const slotOf = (when: When): Slot =>
  when.kind === 'all-day' ? when.startDate : when.start.slice(0, 10);

/** The series' times on one of its days. */
export function whenOn(when: When, slot: Slot): When {
  if (when.kind === 'timed') {
    const at = (time: string) => `${slot}${time.slice(10)}`;
    return { ...when, start: at(when.start), end: at(when.end) };
  }
  const length = Date.parse(when.endDate) - Date.parse(when.startDate);
  return { kind: 'all-day', startDate: slot, endDate: printDay(Date.parse(slot) + length) };
}

export const printDay = (at: number): Slot => new Date(at).toISOString().slice(0, 10);
const dayBefore = (slot: Slot): Slot => printDay(Date.parse(slot) - DAY_MS);

/** As UNTIL: the last second of the day by the series' clock, in UTC; for all-day the date. */
const printEndOf = (when: When, slot: Slot) => printUntil(when, slot, 'T23:59:59');

/** The very start of the occurrence on that day. */
const printStartOf = (when: When, slot: Slot) =>
  printUntil(when, slot, when.kind === 'timed' ? when.start.slice(10) : '');

function printUntil(when: When, slot: Slot, time: string): string {
  if (when.kind === 'all-day') return slot.replaceAll('-', '');
  return printUtc(toInstant(when.timeZone, Date.parse(`${slot}${time}Z`)));
}

const printUtc = (at: number) =>
  `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
