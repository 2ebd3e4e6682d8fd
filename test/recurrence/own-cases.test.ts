import { beforeAll, expect, test } from 'vitest';
import type { When } from '../../src/calendar/event.ts';
import {
  findOccurrence,
  getFirstOccurrence,
  getLastOccurrence,
  hasOccurrence,
  isEndless,
  listOccurrences,
} from '../../src/calendar/occurrences.ts';
import { parseRecurrence, startOf, type Series } from '../../src/calendar/recurrence.ts';
import { getOffsetMs } from '../../src/calendar/zone-offset.ts';
import { findBestMs } from '../support/best-time.ts';
import { ownCases } from './own-cases.ts';

const whole = { from: new Date('1900-01-01'), until: new Date('2400-01-01') };

function timed(start: string, end: string, timeZone: string, ...lines: string[]): Series {
  const when: When = { kind: 'timed', start, end, timeZone };
  return { when, recurrence: parseRecurrence(lines, when) };
}

test.for(ownCases)('[Z1] $what', ({ lines, start, zone, starts, isWhole }) => {
  const when: When = zone
    ? { kind: 'timed', start, end: start, timeZone: zone }
    : { kind: 'all-day', startDate: start, endDate: start };
  const series = { when, recurrence: parseRecurrence(lines, when) };
  const found = listOccurrences(series, whole, isWhole ? 100 : starts.length);
  expect(found.map((each) => startOf(each.when))).toEqual(starts);
  expect(getFirstOccurrence(series)).toEqual(found[0]);
  if (isWhole) expect(getLastOccurrence(series)).toEqual(found.at(-1));
  else expect([isEndless(series), getLastOccurrence(series)]).toEqual([true, null]);
  for (const each of found) expect(findOccurrence(series, each.originalStart)).toEqual(each);
});

test('[Z2] an occurrence that clocks skip is named by the rule’s time, found by both, and keeps its length', () => {
  const series = timed(
    '2026-03-28T02:30:00',
    '2026-03-28T03:15:00',
    'Europe/Berlin',
    'RRULE:FREQ=DAILY',
  );
  const moved = {
    originalStart: '2026-03-29T02:30:00',
    when: {
      kind: 'timed',
      start: '2026-03-29T03:30:00',
      end: '2026-03-29T04:15:00',
      timeZone: 'Europe/Berlin',
    },
  };
  expect(findOccurrence(series, '2026-03-29T02:30:00')).toEqual(moved);
  expect(findOccurrence(series, '2026-03-29T03:30:00')).toEqual(moved);
  expect(hasOccurrence(series, '2026-03-30T03:30:00')).toBe(false);
});

test('[Z2] a full list has as many as were asked for, also where a gap makes two one', () => {
  const series = timed(
    '2026-03-29T01:10:00',
    '2026-03-29T01:10:00',
    'Europe/Berlin',
    'RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=10,50',
  );
  expect(listOccurrences(series, whole, 7).map(({ when }) => startOf(when))).toEqual([
    '2026-03-29T01:10:00',
    '2026-03-29T01:50:00',
    '2026-03-29T03:10:00',
    '2026-03-29T03:50:00',
    '2026-03-30T01:10:00',
    '2026-03-30T01:50:00',
    '2026-03-30T02:10:00',
  ]);
});

test('[Z1] a window has what lies in it in part', () => {
  const series = timed('2026-06-01T22:00:00', '2026-06-02T02:00:00', 'UTC', 'RRULE:FREQ=DAILY');
  const starts = (from: string, until: string) =>
    listOccurrences(series, { from: new Date(from), until: new Date(until) }, 9).map(
      ({ originalStart }) => originalStart.slice(8, 13),
    );
  expect(starts('2026-06-05T01:00:00Z', '2026-06-05T22:00:00Z')).toEqual(['04T22']);
  expect(starts('2026-06-05T02:00:00Z', '2026-06-05T22:00:01Z')).toEqual(['05T22']);
});

const hostile = [
  'FREQ=SECONDLY',
  'FREQ=SECONDLY;COUNT=1000000000',
  'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=MINUTELY;COUNT=1000000000;BYSECOND=1,2',
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=DAILY;COUNT=1000000000',
  'FREQ=DAILY;COUNT=1000000000;BYHOUR=1,2,3',
  'FREQ=DAILY;BYSETPOS=366;BYHOUR=1',
  'FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=31;BYMONTH=2',
  'FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
  'FREQ=YEARLY;INTERVAL=1000000000',
  `FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=-1;BYHOUR=${upTo(24)};BYMINUTE=${upTo(60)};BYSECOND=${upTo(60)}`,
];

function upTo(count: number): string {
  return Array.from({ length: count }, (_, index) => index).join();
}

/** As in a process that has been asked about many years. */
beforeAll(() => {
  for (let year = 2200; year < 2375; year++) {
    for (const month of [0, 6]) getOffsetMs(Date.UTC(year, month), 'Europe/Berlin');
  }
});

test.for(hostile)('[Z4] a hostile rule stops within 50 ms: %s', (rule) => {
  const series = timed(
    '2015-01-05T09:00:00',
    '2015-01-05T10:00:00',
    'Europe/Berlin',
    `RRULE:${rule}`,
  );
  const month = { from: new Date('2126-06-01'), until: new Date('2126-07-01') };
  for (const ask of [
    () => listOccurrences(series, month, 1_000),
    () => listOccurrences(series, whole, 1_000),
    () => findOccurrence(series, '2090-01-01T09:00:00'),
    () => getFirstOccurrence(series),
  ]) {
    expect(findBestMs(ask, 50)).toBeLessThan(50);
  }
});

test('[Z4] a long text, many rules and many dates are refused', () => {
  const when: When = { kind: 'all-day', startDate: '2026-06-01', endDate: '2026-06-02' };
  const parse = (lines: string[]) => () => parseRecurrence(lines, when);
  expect(parse([`RRULE:FREQ=YEARLY;BYYEARDAY=${upTo(2_000)}`])).toThrow('too long');
  expect(parse(Array.from({ length: 11 }, () => 'RRULE:FREQ=DAILY'))).toThrow('too many rules');
  expect(parse([`RDATE:${Array.from({ length: 50_000 }, () => '20260601').join()}`])).toThrow(
    'too long',
  );
  const long = parse([`RRULE:${'FREQ=DAILY;'.repeat(15_000)}`]);
  expect(findBestMs(() => expect(long).toThrow('too long'), 200)).toBeLessThan(200);
});

test.for([
  ['INVALID', 'not understood'],
  ['RRULE:', 'not known'],
  ['RRULE:INTERVAL=2', 'how often'],
  ['RRULE:FREQ=DAILY;X=1', 'not known'],
  ['RRULE:FREQ=DAILY;FREQ=DAILY', 'twice'],
  ['RRULE:FREQ=DAILY;COUNT=0', 'COUNT'],
  ['RRULE:FREQ=DAILY;INTERVAL=-1', 'INTERVAL'],
  ['RRULE:FREQ=MONTHLY;BYMONTHDAY=32', 'BYMONTHDAY'],
  ['RRULE:FREQ=YEARLY;BYYEARDAY=0', 'BYYEARDAY'],
  ['RRULE:FREQ=MONTHLY;BYDAY=0MO', 'BYDAY'],
  ['RRULE:FREQ=MONTHLY;BYSETPOS=1', 'BYSETPOS'],
  ['RRULE:FREQ=DAILY;UNTIL=20260230', 'UNTIL'],
  ['EXDATE:20260601T090000Z', 'neither'],
  ['RDATE;TZID=Mars/Olympus:20260601T090000', 'time zone'],
  ['RDATE;VALUE=PERIOD:20260601T090000Z/PT3H', 'period'],
] as const)('[Z3] %s is refused with a reason', ([line, reason]) => {
  const when: When = {
    kind: 'timed',
    start: '2026-06-01T09:00:00',
    end: '2026-06-01T10:00:00',
    timeZone: 'UTC',
  };
  expect(() => parseRecurrence([line], when)).toThrow(reason);
});

test('[Z3] lines are read as other programs write them', () => {
  const when: When = {
    kind: 'timed',
    start: '2026-06-01T09:00:00',
    end: '2026-06-01T10:00:00',
    timeZone: 'Europe/Berlin',
  };
  const lines = [
    'rrule:freq=monthly;wkst=su;interval=1;byday=+2tu,-1fr;until=20261231T225959Z;',
    'EXDATE;VALUE=DATE:20260609',
    'EXDATE:20260626T070000Z,2026073',
  ];
  expect(() => parseRecurrence(lines, when)).toThrow('a date that is none');
  lines[2] = 'EXDATE;TZID="Europe/Berlin":202606\r\n 26T090000';
  lines.push('RDATE;VALUE=PERIOD:20260701T070000Z/PT1H,20260702T070000Z/20260702T080000Z');
  expect(parseRecurrence(lines, when)).toEqual({
    rules: ['FREQ=MONTHLY;BYDAY=-1FR,2TU;UNTIL=20261231T225959Z'],
    exrules: [],
    rdates: ['2026-07-01T09:00:00', '2026-07-02T09:00:00'],
    exdates: ['2026-06-09T09:00:00', '2026-06-26T09:00:00'],
  });
});
