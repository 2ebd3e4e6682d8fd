import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  type Body,
  type Client,
} from './client.ts';
import { toGraphRecurrence, type Start } from './rrule-to-graph.ts';

/** CommonJS that Node cannot name the exports of. */
const { RRule } = createRequire(import.meta.url)('rrule') as typeof import('rrule');
const shared =
  process.env.KALENDS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const corpusFile = `${shared}/cases/rrule-corpus.json`;

interface CorpusCase {
  id: string;
  dtstart: Start;
  rrule: string;
  rdate: string[];
  exdate: string[];
  expected: string[];
  complete: boolean;
  startAt?: string;
  window?: [string, string];
  undisputed: boolean;
}

test.skipIf(!existsSync(corpusFile))(
  'the undisputed rules that map exactly to Graph have the occurrences of RFC 5545',
  async () => {
    const { cases } = JSON.parse(readFileSync(corpusFile, 'utf8')) as { cases: CorpusCase[] };
    const client = clientOf(createTestWorld({ 'outlook.requestsPerTenMinutes': 1e9 }));
    let checked = 0;
    for (const each of cases) {
      if (!each.undisputed || each.rdate.length > 0 || each.expected.length === 0) continue;
      const recurrence = toGraphRecurrence(each.rrule, each.dtstart);
      if (!recurrence) continue;
      checked++;
      expect([each.id, await occurrencesOf(client, each, recurrence)]).toEqual([
        each.id,
        each.expected
          .map((at) => at.slice(0, 19))
          .map((at) => (at.length > 10 ? at : `${at}T00:00:00`)),
      ]);
    }
    expect(checked).toBeGreaterThan(30);
  },
);

async function occurrencesOf(client: Client, each: CorpusCase, recurrence: object) {
  const { dtstart, exdate, expected, startAt } = each;
  const timeZone = dtstart.tz ?? 'UTC';
  const isAllDay = dtstart.kind === 'date';
  const start = Temporal.PlainDateTime.from(dtstart.value);
  const end = isAllDay ? start.add({ days: 1 }) : start.add({ minutes: 30 });
  const master = await createOk(client, {
    subject: each.id,
    isAllDay,
    start: { dateTime: start.toString({ smallestUnit: 'second' }), timeZone },
    end: { dateTime: end.toString({ smallestUnit: 'second' }), timeZone },
    recurrence,
  });
  const list = () => listInstances(client, master, { each, timeZone });
  for (const date of exdate) {
    const wall = wallIn(date, timeZone);
    const found = (await list()).find((instance) => instance.start.dateTime.startsWith(wall));
    if (found) await client.delete(eventPath(found));
  }
  const from = startAt ? wallIn(startAt, timeZone) : '';
  const to = each.window?.[1] ?? '9999';
  return (await list())
    .map(({ start: at }) => at.dateTime.slice(0, 19) as string)
    .filter((wall) => wall >= from && wall < to)
    .slice(0, each.complete ? undefined : expected.length);
}

/** All instances up to the year of the last expected one, in windows of less than five years. */
async function listInstances(
  client: Client,
  { id }: Body,
  { each, timeZone }: { each: CorpusCase; timeZone: string },
): Promise<Body[]> {
  const lastYear = Number((each.expected.at(-1) ?? '').slice(0, 4));
  const found = new Map<string, Body>();
  let year = Number((each.startAt ?? each.dtstart.value).slice(0, 4));
  for (; year <= lastYear; year += 4) {
    const range = `startDateTime=${year}-01-01T00:00:00Z&endDateTime=${year + 4}-01-01T00:00:00Z`;
    const path = `/v1.0/me/events/${enc(id)}/instances?${range}&$top=1000&$select=start`;
    const items = await client.list(path, { prefer: `outlook.timezone="${timeZone}"` });
    for (const item of items) found.set(item.id, item);
  }
  return [...found.values()].sort(byStart);
}

const byStart = (a: Body, b: Body) => (a.start.dateTime < b.start.dateTime ? -1 : 1);

/** `19970902T090000` or with an offset, as the wall-clock time in the zone. */
function wallIn(text: string, timeZone: string): string {
  const [, y, m, d, h = '00', min = '00', s = '00', z] =
    /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)(Z|[+-]\d\d:\d\d)?)?/.exec(text) ?? [];
  const wall = `${y}-${m}-${d}T${h}:${min}:${s}`;
  if (!z) return wall;
  const zoned = Temporal.Instant.from(wall + z).toZonedDateTimeISO(timeZone);
  return zoned.toPlainDateTime().toString({ smallestUnit: 'second' });
}

const PATTERNS = 5_000;
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Los_Angeles',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Asia/Kolkata',
  'America/Sao_Paulo',
  'America/St_Johns',
  'UTC',
];
const times = ['00:00', '00:30', '02:00', '02:30', '09:00', '13:15', '23:30'];
const dayCodes = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const positions = { first: 1, second: 2, third: 3, fourth: 4, last: -1 } as const;
type Index = keyof typeof positions;

/** A small generator of numbers, so that a failure can be repeated. */
function createDice(seed: number) {
  let state = seed;
  const below = (max: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 12)) >>> 0) % max;
  };
  return {
    below,
    pick: <T>(items: readonly T[]): T => items[below(items.length)] as T,
    between: (min: number, max: number) => min + below(max - min + 1),
  };
}

type Dice = ReturnType<typeof createDice>;

interface RandomCase {
  zone: string;
  start: Temporal.PlainDateTime;
  recurrence: { pattern: Body; range: Body };
  rrule: string;
  fromDays: number;
  lengthDays: number;
}

function randomCase(dice: Dice): RandomCase {
  const start = Temporal.PlainDate.from('2021-01-01')
    .add({ days: dice.below(1_500) })
    .toPlainDateTime(dice.pick(times));
  const { pattern, rule, stepDays } = randomPattern(dice);
  const { range, limit } = randomRange(dice, start, stepDays);
  return {
    zone: dice.pick(zones),
    start,
    recurrence: { pattern, range },
    rrule: `${rule}${limit}`,
    fromDays: dice.below(stepDays * 8 * pattern.interval),
    lengthDays: Math.min(Math.max(60, stepDays * pattern.interval * 6), 1_800),
  };
}

function randomPattern(dice: Dice): { pattern: Body; rule: string; stepDays: number } {
  const interval = dice.pick([1, 1, 2, 3, 5]);
  const days = [...new Set(Array.from({ length: dice.between(1, 4) }, () => dice.below(7)))];
  const daysOfWeek = days.map((day) => dayNames[day]);
  const byDay = days.map((day) => dayCodes[day]).join();
  const index = dice.pick(Object.keys(positions) as Index[]);
  const dayOfMonth = dice.between(1, 31);
  const month = dice.between(1, 12);
  const firstDay = dice.below(7);
  switch (dice.below(6)) {
    case 0:
      return {
        pattern: { type: 'daily', interval },
        rule: `FREQ=DAILY;INTERVAL=${interval}`,
        stepDays: 1,
      };
    case 1:
      return {
        pattern: { type: 'weekly', interval, daysOfWeek, firstDayOfWeek: dayNames[firstDay] },
        rule: `FREQ=WEEKLY;INTERVAL=${interval};BYDAY=${byDay};WKST=${dayCodes[firstDay]}`,
        stepDays: 7,
      };
    case 2:
      return {
        pattern: { type: 'absoluteMonthly', interval, dayOfMonth },
        rule: `FREQ=MONTHLY;INTERVAL=${interval};${clampedDay(dayOfMonth)}`,
        stepDays: 31,
      };
    case 3:
      return {
        pattern: { type: 'relativeMonthly', interval, daysOfWeek, index },
        rule: `FREQ=MONTHLY;INTERVAL=${interval};BYDAY=${byDay};BYSETPOS=${positions[index]}`,
        stepDays: 31,
      };
    case 4:
      return {
        pattern: { type: 'absoluteYearly', interval, dayOfMonth, month },
        rule: `FREQ=YEARLY;INTERVAL=${interval};BYMONTH=${month};${clampedDay(dayOfMonth)}`,
        stepDays: 366,
      };
    default:
      return {
        pattern: { type: 'relativeYearly', interval, daysOfWeek, month, index },
        rule:
          `FREQ=YEARLY;INTERVAL=${interval};BYMONTH=${month};BYDAY=${byDay};` +
          `BYSETPOS=${positions[index]}`,
        stepDays: 366,
      };
  }
}

/** A day past the end of a month is its last (truth table 7.3). */
function clampedDay(day: number): string {
  if (day <= 28) return `BYMONTHDAY=${day}`;
  if (day === 31) return 'BYMONTHDAY=-1';
  return `BYMONTHDAY=${day === 29 ? '28,29' : '28,29,30'};BYSETPOS=-1`;
}

function randomRange(dice: Dice, start: Temporal.PlainDateTime, stepDays: number) {
  const startDate = start.toPlainDate().toString();
  switch (dice.below(3)) {
    case 0:
      return { range: { type: 'noEnd', startDate }, limit: '' };
    case 1: {
      const count = dice.between(1, 12);
      return {
        range: { type: 'numbered', startDate, numberOfOccurrences: count },
        limit: `;COUNT=${count}`,
      };
    }
    default: {
      const end = start.toPlainDate().add({ days: dice.below(stepDays * 15) });
      return {
        range: { type: 'endDate', startDate, endDate: end.toString() },
        limit: `;UNTIL=${end.toString().replaceAll('-', '')}T235959Z`,
      };
    }
  }
}

test(`${PATTERNS} random Graph patterns agree with the library rrule across zones and clock changes`, {
  timeout: 300_000,
}, async () => {
  const dice = createDice(20_260_301);
  const client = clientOf(createTestWorld({ 'outlook.requestsPerTenMinutes': 1e9 }));
  let occurrences = 0;
  for (let i = 0; i < PATTERNS; i++) {
    const each = randomCase(dice);
    const said = `#${i} ${each.zone} ${each.start.toString()} ${each.rrule}`;
    const expected = expectedStarts(each);
    const actual = await actualStarts(client, each);
    expect([said, actual]).toEqual([said, expected]);
    occurrences += expected === null ? 0 : expected.length;
  }
  expect(occurrences).toBeGreaterThan(20_000);
});

const plainUtc = (date: Temporal.PlainDateTime) =>
  new Date(date.toZonedDateTime('UTC').epochMilliseconds);

/** Starts inside the window as instants; null when the rule has no occurrence at all. */
function expectedStarts({ zone, start, rrule, fromDays, lengthDays }: RandomCase): string[] | null {
  const rule = new RRule({ ...RRule.parseString(rrule), dtstart: plainUtc(start) });
  const hasEnd = /COUNT|UNTIL/.test(rrule);
  if (hasEnd && rule.after(new Date(0), true) === null) return null;
  const from = start.add({ days: fromDays });
  const walls = rule.between(plainUtc(from), plainUtc(from.add({ days: lengthDays })), true);
  return walls.map((wall) =>
    Temporal.PlainDateTime.from(wall.toISOString().slice(0, 19))
      .toZonedDateTime(zone, { disambiguation: 'compatible' })
      .toInstant()
      .toString({ smallestUnit: 'second' })
      .slice(0, 19),
  );
}

async function actualStarts(client: Client, each: RandomCase): Promise<string[] | null> {
  const { zone, start, recurrence, fromDays, lengthDays } = each;
  const at = (wall: Temporal.PlainDateTime) => ({
    dateTime: wall.toString({ smallestUnit: 'second' }),
    timeZone: zone,
  });
  const event = { start: at(start), end: at(start.add({ minutes: 30 })), recurrence };
  const { status, body } = await client.post('/v1.0/me/events', event);
  if (status === 400 && body.error.code === 'ErrorRecurrenceHasNoOccurrence') return null;
  expect([status, body.error]).toEqual([201, undefined]);
  const from = start.add({ days: fromDays });
  const to = from.add({ days: lengthDays });
  const path =
    `/v1.0/me/events/${enc(body.id)}/instances?startDateTime=${from.subtract({ days: 2 }).toString()}Z` +
    `&endDateTime=${to.add({ days: 2 }).toString()}Z&$top=1000&$select=start,originalStart`;
  const instances = await client.list(path.replaceAll(/T(\d\d:\d\d)Z/g, 'T$1:00Z'));
  await client.delete(`/v1.0/me/events/${enc(body.id)}`);
  const first = from.toZonedDateTime(zone).toInstant().toString();
  const last = to.toZonedDateTime(zone).toInstant().toString();
  return instances
    .map(({ start: { dateTime } }) => dateTime.slice(0, 19) as string)
    .filter((text) => `${text}Z` >= first && `${text}Z` <= last)
    .sort();
}
