import { createRequire } from 'node:module';
import { RRuleTemporal } from 'rrule-temporal';
import { expect, test } from 'vitest';
import { expandSeries, parseSeries } from '../../sandbox/google/recurrence/series.ts';
import { toInstant } from '../../sandbox/google/zones.ts';
import { listOccurrences } from '../../src/calendar/occurrences.ts';
import { parseRecurrence, type Series } from '../../src/calendar/recurrence.ts';
import { Random, randomRule, randomStart, ZONES } from './random-rules.ts';

/** CommonJS that Node cannot name the exports of. */
const { RRule } = createRequire(import.meta.url)('rrule') as typeof import('rrule');

/** 20,000 take some minutes; they were run once for each change of the expansion. */
const ROUNDS = Number(process.env.KALENDS_RRULE_ROUNDS ?? 2_000);
const DAY_MS = 86_400_000;
const LISTED_MAX = 25;

test('[Z2] random rules across zones and changes of the clocks agree with three other expansions', () => {
  const random = new Random(20_261_127);
  let occurrences = 0;
  let inTemporal = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const rule = randomRule(random);
    const zone = ZONES[round % ZONES.length] ?? 'UTC';
    const start = randomStart(random);
    const from = start + random.int(300) * DAY_MS;
    const to = from + 400 * DAY_MS;
    const where = `${rule} from ${new Date(start).toISOString()} in ${zone}, ${new Date(from).toISOString()}`;
    const ours = expand(rule, start, zone, from, to);
    occurrences += ours.length;
    expect(ours, where).toEqual(expandByRruleJs(rule, start, zone, from, to));
    if (!rule.startsWith('FREQ=HOURLY')) {
      expect(ours, where).toEqual(expandBySandbox(rule, start, zone, from, to));
    }
    // It is slow, gives up on rules that hardly ever match, and reads weeks without weekdays otherwise.
    const isWholeWeek = /BYWEEKNO/.test(rule) && !/BYDAY/.test(rule);
    if (round % 10 !== 0 || isWholeWeek) continue;
    const third = expandByRruleTemporal(rule, start, zone, from, to);
    if (third) inTemporal++;
    if (third) expect(ours, where).toEqual(third);
  }
  expect(occurrences).toBeGreaterThan(ROUNDS * 5);
  expect(inTemporal).toBeGreaterThan(ROUNDS / 20);
}, 1_800_000);

function expand(rule: string, start: number, timeZone: string, from: number, to: number): string[] {
  const local = new Date(start).toISOString().slice(0, 19);
  const when = { kind: 'timed' as const, start: local, end: local, timeZone };
  const series: Series = { when, recurrence: parseRecurrence([`RRULE:${rule}`], when) };
  const window = { from: new Date(from), until: new Date(to) };
  return listOccurrences(series, window, LISTED_MAX).map(({ when: each }) => {
    const shown = each.kind === 'timed' ? each.start : each.startDate;
    return print(toInstant(timeZone, Date.parse(`${shown}Z`)));
  });
}

const print = (ms: number) => new Date(ms).toISOString().slice(0, 19);

function expandBySandbox(rule: string, wall: number, timeZone: string, from: number, to: number) {
  const series = parseSeries([`RRULE:${rule}`], false);
  if (!series) throw new Error(`not read: ${rule}`);
  // Its limit counts two that a gap makes one as two.
  const options = { from, to, limit: LISTED_MAX + 20, startAlwaysOccurs: true };
  return expandSeries(series, { wall, timeZone }, options).slice(0, LISTED_MAX).map(print);
}

/**
 * Both libraries know neither our start, which is the first of COUNT even where the rule does not hit
 * it, nor our gaps: they are asked about a wall in UTC, and its times are brought to the zone here.
 */
function inZone(
  walls: number[],
  { start, rule }: { start: number; rule: string },
  zone: string,
  [from, to]: [number, number],
): string[] {
  const count = Number(/COUNT=(\d+)/.exec(rule)?.[1] ?? Infinity);
  const until = readUntil(rule);
  const later = walls.filter((wall) => wall > start).slice(0, count - 1);
  const instants = later.map((wall) => toInstant(zone, wall)).filter((at) => at <= until);
  const all = new Set([toInstant(zone, start), ...instants]);
  return [...all]
    .filter((at) => at >= from && at < to)
    .sort((a, b) => a - b)
    .slice(0, LISTED_MAX)
    .map(print);
}

function readUntil(rule: string): number {
  const [, date = '', time = ''] = /UNTIL=(\d{8})T(\d{6})Z/.exec(rule) ?? [];
  if (!date) return Infinity;
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:00Z`;
  return Date.parse(iso);
}

const withoutEnd = (rule: string) => rule.replace(/;(COUNT|UNTIL)=[^;]*/, '');

/**
 * For a rule that never matches rrule.js walks to the year 9999. The calendar repeats after 400 years,
 * so it is asked 7,600 years later, where that walk is short.
 */
const LATER_MS = 19 * 146_097 * DAY_MS;

function expandByRruleJs(rule: string, start: number, zone: string, from: number, to: number) {
  const options = RRule.parseString(withoutEnd(rule));
  const floating = new RRule({ ...options, dtstart: new Date(start + LATER_MS) });
  const isCounted = /COUNT/.test(rule);
  const walls = floating
    .between(
      new Date((isCounted ? start : from - 2 * DAY_MS) + LATER_MS),
      new Date(to + 2 * DAY_MS + LATER_MS),
      true,
      (_, index) => index < 20_000,
    )
    .map((date) => date.getTime() - LATER_MS);
  return inZone(walls, { start, rule }, zone, [from, to]);
}

function expandByRruleTemporal(
  rule: string,
  start: number,
  zone: string,
  from: number,
  to: number,
) {
  const stamp = `${new Date(start).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  try {
    const floating = new RRuleTemporal({
      rruleString: `DTSTART:${stamp}\nRRULE:${withoutEnd(rule)}`,
    });
    const isCounted = /COUNT/.test(rule);
    const begin = new Date(isCounted ? start : Math.max(start, from - 2 * DAY_MS));
    const walls = floating
      .between(begin, new Date(to + 2 * DAY_MS), true)
      .map((each) => each.epochMilliseconds);
    return inZone(walls, { start, rule }, zone, [from, to]);
  } catch (error) {
    if (/Maximum iterations/.test(String(error))) return undefined;
    throw error;
  }
}
