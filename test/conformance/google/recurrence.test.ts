import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { RRule } from 'rrule';
import { describe, expect, test } from 'vitest';
import { expandSeries, parseSeries } from '../../../sandbox/google/recurrence/series.ts';
import { toInstant } from '../../../sandbox/google/zones.ts';
import { findBestMs } from '../../support/best-time.ts';

interface CorpusCase {
  id: string;
  dtstart: { kind: 'tzid' | 'floating' | 'date'; value: string; tz?: string };
  rrule: string;
  rdate: string[];
  exdate: string[];
  expected: string[];
  complete: boolean;
  undisputed: boolean;
  expressible: { google: boolean };
  startAt?: string;
  window?: [string, string];
}

const shared = process.env.KALENDS_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const corpusFile = resolve(shared, 'cases/rrule-corpus.json');
const cases = existsSync(corpusFile)
  ? (JSON.parse(readFileSync(corpusFile, 'utf8')) as { cases: CorpusCase[] }).cases
  : [];
/** The corpus keeps two rules with numbers out of range; Google's 400 for them is tested apart. */
const outOfRange = /BYWEEKNO=54|BYYEARDAY=0/;
const usable = cases.filter(
  (each) => each.undisputed && each.expressible.google && !outOfRange.test(each.rrule),
);

describe.skipIf(cases.length === 0)('the undisputed cases that Google can express', () => {
  test('there are enough of them to mean something', () => {
    expect(usable.length).toBeGreaterThan(120);
  });
  test.for(usable)('$id $rrule', (each) => {
    expect(expandCase(each)).toEqual(expectedOf(each));
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kathmandu',
  'Pacific/Auckland',
];

const ROUNDS = Number(process.env.KALENDS_RRULE_ROUNDS ?? 5_000);

test('seeded random rules across zones and clock changes agree with rrule.js', () => {
  const random = seeded(20_260_601);
  let occurrences = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const rule = randomRule(random);
    const zone = pick(random, ZONES);
    const start = Date.UTC(
      2015 + int(random, 12),
      int(random, 12),
      1 + int(random, 31),
      int(random, 24),
      pick(random, [0, 15, 30, 45]),
    );
    const from = start + int(random, 300) * 86_400_000;
    const to = from + 400 * 86_400_000;
    const actual = expand([`RRULE:${rule}`], start, zone, from, to, 20);
    const oracle = expandWithRruleJs(rule, start, zone, from, to, 20);
    occurrences += oracle.length;
    const where = `${rule} from ${new Date(start).toISOString()} in ${zone}`;
    expect(actual, where).toEqual(oracle);
  }
  expect(occurrences).toBeGreaterThan(ROUNDS * 5);
}, 300_000);

test('a start inside a clock gap moves forward by the gap, a repeated one is the first', () => {
  const start = Date.UTC(2026, 2, 28, 2, 30);
  const spring = expand(['RRULE:FREQ=DAILY;COUNT=3'], start, 'Europe/Berlin', 0, 9e14, 9);
  expect(spring.map((at) => new Date(at).toISOString())).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  const autumn = Date.UTC(2026, 9, 25, 2, 30);
  expect(toInstant('Europe/Berlin', autumn)).toBe(Date.UTC(2026, 9, 25, 0, 30));
});

test.for([
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4',
  'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
  'FREQ=DAILY;BYSETPOS=366',
  'FREQ=YEARLY;BYDAY=53MO;BYMONTH=1',
  'FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=31;BYMONTH=2',
  'FREQ=DAILY;COUNT=1000000;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23',
  'FREQ=YEARLY;INTERVAL=9999;BYYEARDAY=366',
])('a hostile or never matching rule ends within 50 ms: %s', (rule) => {
  const far = Date.UTC(9000, 0, 1);
  const work = () =>
    expand([`RRULE:${rule}`], Date.UTC(2026, 0, 5), 'Europe/Berlin', far, far + 1e12, 100_000);
  expect(findBestMs(work, 50)).toBeLessThan(50);
});

test('a rule that never matches has no occurrences', () => {
  const lines = ['RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'];
  expect(expand(lines, Date.UTC(2026, 0, 5), 'UTC', 0, 9e14, 9)).toEqual([]);
});

test('a rule finer than a day, or none at all, is not read', () => {
  for (const line of [
    'RRULE:FREQ=HOURLY',
    'INVALID',
    'RRULE:',
    'RRULE:FREQ=DAILY;X=1',
    'RRULE:FREQ=YEARLY;BYWEEKNO=54',
    'RRULE:FREQ=YEARLY;BYYEARDAY=0',
  ]) {
    expect(parseSeries([line], false)).toBeUndefined();
  }
});

function expand(
  lines: string[],
  wall: number,
  timeZone: string | null,
  from: number,
  to: number,
  limit: number,
): number[] {
  const series = parseSeries(lines, timeZone === null);
  if (!series) throw new Error(`not read: ${lines.join()}`);
  const options = { from, to, limit, startAlwaysOccurs: false };
  return expandSeries(series, { wall, timeZone }, options);
}

/**
 * For a rule that never matches rrule.js walks to the year 9999. The calendar repeats after 400
 * years, weekdays included, so the oracle is asked 7,600 years later, where that walk is short.
 */
const LATER_MS = 19 * 146_097 * 86_400_000;

/** The oracle: rrule.js on a floating clock, mapped to the zone by us. */
function expandWithRruleJs(
  rule: string,
  start: number,
  zone: string,
  from: number,
  to: number,
  limit: number,
): number[] {
  const day = 86_400_000;
  const options = RRule.parseString(rule);
  const until = options.until;
  const floating = new RRule({
    ...options,
    until: until ? new Date(+until + day + LATER_MS) : null,
    dtstart: new Date(start + LATER_MS),
  });
  return floating
    .between(new Date(from - 2 * day + LATER_MS), new Date(to + 2 * day + LATER_MS), true)
    .map((date) => toInstant(zone, date.getTime() - LATER_MS))
    .filter((at) => at >= from && at < to && (!until || at <= until.getTime()))
    .slice(0, limit);
}

function expandCase(each: CorpusCase): string[] {
  const isDate = each.dtstart.kind === 'date';
  const zone = isDate ? null : (each.dtstart.tz ?? 'UTC');
  const wallOf = (text: string) => Date.parse(`${text.length === 10 ? `${text}T00:00:00` : text}Z`);
  const compact = (text: string) => text.replaceAll(/[-:]/g, '').replace(/[+].*/, '');
  const lines = [`RRULE:${each.rrule}`];
  for (const date of each.rdate) lines.push(`RDATE:${compact(date.slice(0, 19))}`);
  for (const date of each.exdate) lines.push(`EXDATE:${compact(date.slice(0, 19))}`);
  const [from, to] = each.window ?? [each.startAt ?? '0001-01-01', '9000-01-01'];
  const found = expand(
    lines,
    wallOf(each.dtstart.value),
    zone,
    zone ? toInstant(zone, wallOf(from)) : wallOf(from),
    wallOf(to),
    each.complete ? 2_000 : each.expected.length,
  );
  return found.map((at) => new Date(at).toISOString().slice(0, 19));
}

function expectedOf(each: CorpusCase): string[] {
  const zone = each.dtstart.kind === 'date' ? null : (each.dtstart.tz ?? 'UTC');
  return each.expected.map((text) => {
    if (/[+-]\d\d:\d\d$|Z$/.test(text)) return new Date(text).toISOString().slice(0, 19);
    const wall = Date.parse(`${text.length === 10 ? `${text}T00:00:00` : text}Z`);
    return new Date(zone ? toInstant(zone, wall) : wall).toISOString().slice(0, 19);
  });
}

function randomRule(random: () => number): string {
  const frequency = pick(random, ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const);
  const parts = [`FREQ=${frequency}`];
  const maybe = (chance: number, part: () => string) => {
    if (random() < chance) parts.push(part());
  };
  const some = (most: number, value: () => string | number) =>
    [...new Set(Array.from({ length: 1 + int(random, most) }, value))].join(',');
  const weekday = () => pick(random, ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']);
  const signed = (most: number) => (random() < 0.3 ? -1 : 1) * (1 + int(random, most));
  maybe(0.5, () => `INTERVAL=${1 + int(random, 6)}`);
  maybe(0.3, () => `WKST=${weekday()}`);
  // Each part alone can match; together they may not, and then there is nothing on either side.
  const kind = frequency === 'YEARLY' ? int(random, 6) : 5;
  const hasMonths = kind > 1 && random() < 0.25;
  if (hasMonths) parts.push(`BYMONTH=${some(4, () => 1 + int(random, 12))}`);
  // It also intersects numbered with plain weekdays where the RFC unites them: never both.
  const isNumbered = (frequency === 'MONTHLY' || frequency === 'YEARLY') && random() < 0.5;
  if (kind === 0) parts.push(`BYYEARDAY=${some(4, () => signed(366))}`);
  if (kind === 1) parts.push(`BYWEEKNO=${some(4, () => signed(50))}`);
  if (kind === 1) maybe(0.5, () => `BYDAY=${some(3, weekday)}`);
  if (kind > 1 && isNumbered) {
    maybe(0.6, () => `BYDAY=${some(3, () => `${signed(5)}${weekday()}`)}`);
  } else if (kind > 1) {
    maybe(0.45, () => `BYDAY=${some(3, weekday)}`);
    const longest = hasMonths ? 28 : 31;
    if (frequency !== 'WEEKLY') maybe(0.3, () => `BYMONTHDAY=${some(3, () => signed(longest))}`);
  }
  // rrule.js gives the times of one day in the order of the rule, so the rule has them in order.
  maybe(0.15, () => `BYHOUR=${pick(random, ['7', '0,23', '6,12,18', '2'])}`);
  maybe(0.1, () => `BYMINUTE=${pick(random, ['0', '30', '10,50'])}`);
  // It cuts the first week of WEEKLY at its start, gives a date twice that is both first and last,
  // and takes the first for the second last of one: only positions that mean the same to both.
  const positions = frequency === 'MONTHLY' ? [1, 2, 3, -1] : [1, -1];
  if (frequency === 'MONTHLY' || frequency === 'YEARLY') {
    maybe(0.2, () => `BYSETPOS=${pick(random, positions)}`);
  }
  const end = random();
  if (end < 0.3) parts.push(`COUNT=${1 + int(random, 60)}`);
  else if (end < 0.5) parts.push(`UNTIL=20${20 + int(random, 10)}0${1 + int(random, 9)}15T093000Z`);
  return parts.join(';');
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 4) / 2 ** 28;
  };
}

function int(random: () => number, below: number): number {
  return Math.floor(random() * below);
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[int(random, from.length)] as T;
}
