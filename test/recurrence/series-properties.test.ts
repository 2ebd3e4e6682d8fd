import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeRecurrence, readUntilDate } from '../../src/calendar/describe-recurrence.ts';
import type { When } from '../../src/calendar/event.ts';
import { toEpochMs } from '../../src/calendar/instants.ts';
import {
  getFirstOccurrence,
  hasOccurrence,
  listOccurrences,
} from '../../src/calendar/occurrences.ts';
import {
  formatRecurrence,
  formatUtc,
  parseRecurrence,
  RecurrenceError,
  type Series,
  startOf,
} from '../../src/calendar/recurrence.ts';
import { buildRule, parsePattern } from '../../src/calendar/recurrence-pattern.ts';
import { isSameRecurrence } from '../../src/calendar/same-recurrence.ts';
import { splitSeries } from '../../src/calendar/split-series.ts';
import {
  fromGraphRecurrence,
  isSameGraphRecurrence,
  toGraphRecurrence,
} from '../../src/providers/outlook/recurrence.ts';
import { Random, randomRule, randomStart, ZONES } from './random-rules.ts';

/** Timed series in all zones and all-day ones; some with extra dates, some with dates left out. */
const anySeries = fc.integer({ min: 1, max: 2 ** 31 }).map((seed) => toSeries(new Random(seed)));

function toSeries(random: Random): Series {
  let rule = randomRule(random);
  while (rule.startsWith('FREQ=HOURLY')) rule = randomRule(random);
  const start = new Date(randomStart(random)).toISOString().slice(0, 19);
  const isAllDay = random.chance(0.25);
  const [date, next] = [0, 1].map((days) => addDays(start, days));
  const when: When = isAllDay
    ? { kind: 'all-day', startDate: date ?? '', endDate: next ?? '' }
    : { kind: 'timed', start, end: addMinutes(start, 45), timeZone: random.pick(ZONES) };
  if (isAllDay) rule = rule.replaceAll(/;BY(HOUR|MINUTE)=[^;]*/g, '').replace(/T\d{6}Z/, '');
  if (!/BY(?!SETPOS)/.test(rule)) rule = rule.replace(/;BYSETPOS=[^;]*/, '');
  const plain = { when, recurrence: parseRecurrence([`RRULE:${rule}`], when) };
  const names = list(plain, 30);
  const some = (share: number) =>
    random.chance(share) ? names.filter(() => random.chance(0.2)) : [];
  const extra = random.chance(0.15)
    ? [`${addDays(start, 3)}${isAllDay ? '' : start.slice(10)}`]
    : [];
  return { when, recurrence: { ...plain.recurrence, exdates: some(0.4), rdates: extra } };
}

const addDays = (start: string, days: number) =>
  new Date(Date.parse(`${start}Z`) + days * 86_400_000).toISOString().slice(0, 10);
const addMinutes = (start: string, minutes: number) =>
  new Date(Date.parse(`${start}Z`) + minutes * 60_000).toISOString().slice(0, 19);

/** A daily rule is followed for 160 years, from each half's own start. */
const whole = { from: new Date('1900-01-01'), until: new Date('2150-01-01') };

function list(series: Series, max: number): string[] {
  return listOccurrences(series, whole, max).map(({ originalStart }) => originalStart);
}

test('[Z3] lines that were written are read as the same series', () => {
  fc.assert(
    fc.property(anySeries, ({ when, recurrence }) => {
      expect(parseRecurrence(formatRecurrence(recurrence, when), when)).toEqual(recurrence);
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('[Z3] whatever stands in a line, it is read or refused with a sentence', () => {
  const when: When = { kind: 'all-day', startDate: '2026-06-01', endDate: '2026-06-02' };
  const anyLine = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          'RRULE:',
          'FREQ=',
          'DAILY',
          ';',
          'BYDAY=',
          'MO',
          ',',
          '-1',
          '99',
          'COUNT=',
          'EXDATE',
          ':20260601',
          'T000000Z',
          ';TZID=X',
        ),
      )
      .map((words) => words.join('')),
  );
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 4 }), (lines) => {
      try {
        parseRecurrence(lines, when);
      } catch (error) {
        expect(error).toBeInstanceOf(RecurrenceError);
        expect(String(error)).toMatch(/^RecurrenceError: [A-Z]/);
      }
    }),
    { numRuns: 2_000 },
  );
}, 60_000);

test('[Z6] both halves of a split together have the occurrences of the series', () => {
  let splits = 0;
  fc.assert(
    fc.property(anySeries, fc.nat(20), (series, place) => {
      const names = list(series, 60);
      const cut = names[place % Math.max(names.length, 1)];
      if (cut === undefined) return;
      let halves;
      try {
        halves = splitSeries(series, cut);
      } catch (error) {
        // An extra date off the rule's rhythm, and no other reason.
        expect(error).toBeInstanceOf(RecurrenceError);
        expect(series.recurrence.rdates.length).toBeGreaterThan(0);
        return;
      }
      splits++;
      const before = halves.before ? list(halves.before, 60) : [];
      const after = list(halves.after, 60);
      expect([...before, ...after].slice(0, names.length)).toEqual(names);
      expect(before.every((start) => start < cut)).toBe(true);
      expect(after[0]).toBe(cut);
      if (names.length < 60) expect(before.length + after.length).toBe(names.length);
    }),
    { numRuns: 300 },
  );
  expect(splits).toBeGreaterThan(150);
}, 60_000);

test('[Z5] a series is the same as itself in other words', () => {
  fc.assert(
    fc.property(anySeries, (series) => {
      expect(isSameRecurrence(series, series)).toBe(true);
      const [rule = ''] = series.recurrence.rules;
      const shuffled = rule.split(';').reverse().join(';').toLowerCase();
      const recurrence = parseRecurrence([`rrule:${shuffled}`], series.when);
      const bare = { ...series.recurrence, rdates: [], exdates: [] };
      expect(isSameRecurrence({ ...series, recurrence: bare }, { ...series, recurrence })).toBe(
        true,
      );
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('[Z8] what Graph is given has the occurrences of the series, there and back', () => {
  let written = 0;
  fc.assert(
    fc.property(anySeries, (series) => {
      const form = toGraphRecurrence(series);
      if (form.kind === 'singles') return;
      written++;
      const all = form.parts.flatMap((part) => {
        const read = fromGraphRecurrence(part.recurrence, part.when);
        expect(read.when).toEqual(part.when);
        // Its end may be shown moved: clocks can skip it.
        expect(getFirstOccurrence(read)?.originalStart).toBe(startOf(part.when));
        expect(isSameGraphRecurrence(part.recurrence, withSentinels(part.recurrence))).toBe(true);
        return list(read, 80).filter((start) => !part.removed.includes(start));
      });
      expect(all.sort().slice(0, 40)).toEqual(list(series, 40));
    }),
    { numRuns: 300 },
  );
  expect(written).toBeGreaterThan(50);
}, 60_000);

const withSentinels = <T extends { pattern: object; range: object }>(recurrence: T): T =>
  ({
    pattern: {
      month: 0,
      dayOfMonth: 0,
      index: 'first',
      firstDayOfWeek: 'sunday',
      ...recurrence.pattern,
    },
    range: { numberOfOccurrences: 0, endDate: '0001-01-01', ...recurrence.range },
  }) as T;

test('[Z9] every series is said in a sentence', () => {
  fc.assert(
    fc.property(anySeries, ({ when, recurrence }) => {
      const said = describeRecurrence(recurrence, when);
      expect(said).toMatch(/^[A-Z]/);
      expect(said).not.toMatch(/undefined|NaN|null| {2}/);
    }),
    { numRuns: 1_000 },
  );
}, 60_000);

test('[Z10] what a form holds becomes the rule that it was read from', () => {
  let held = 0;
  fc.assert(
    fc.property(anySeries, (series) => {
      const { when } = series;
      const [rule = ''] = series.recurrence.rules;
      const startDate = when.kind === 'all-day' ? when.startDate : when.start.slice(0, 10);
      const until = /UNTIL=([^;]*)/.exec(rule)?.[1];
      const untilDate = until ? readUntilDate(until, when) : null;
      const pattern = parsePattern(rule, startDate, untilDate);
      if (!pattern) return;
      held++;
      const end =
        untilDate && when.kind === 'timed'
          ? formatUtc(toEpochMs(`${untilDate}T23:59:59`, when.timeZone))
          : undefined;
      const built = buildRule(pattern, end);
      const bare = { ...series.recurrence, rdates: [], exdates: [] };
      const again = { ...series, recurrence: { ...bare, rules: [built] } };
      expect(isSameRecurrence(again, { ...series, recurrence: bare })).toBe(true);
      expect(parsePattern(built, startDate, untilDate)).toEqual(pattern);
    }),
    { numRuns: 300 },
  );
  expect(held).toBeGreaterThan(50);
}, 60_000);

test('[Z1] each listed occurrence is one of the series, and no other time is', () => {
  fc.assert(
    fc.property(anySeries, (series) => {
      for (const { originalStart } of listOccurrences(series, whole, 10)) {
        expect(hasOccurrence(series, originalStart)).toBe(true);
      }
      for (const start of series.recurrence.exdates)
        expect(hasOccurrence(series, start)).toBe(false);
    }),
    { numRuns: 200 },
  );
}, 60_000);
