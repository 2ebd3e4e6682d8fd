import { expect, test } from 'vitest';
import { describeRecurrence } from '../../src/calendar/describe-recurrence.ts';
import type { When } from '../../src/calendar/event.ts';
import { moveSeries } from '../../src/calendar/move-series.ts';
import { listOccurrences } from '../../src/calendar/occurrences.ts';
import { parseRecurrence, type Series, startOf } from '../../src/calendar/recurrence.ts';
import { buildRule, parsePattern } from '../../src/calendar/recurrence-pattern.ts';
import { isSameRecurrence } from '../../src/calendar/same-recurrence.ts';
import { splitSeries } from '../../src/calendar/split-series.ts';

const timed = (start: string, hours = 1, timeZone = 'America/Los_Angeles'): When => ({
  kind: 'timed',
  start,
  end: new Date(Date.parse(`${start}Z`) + hours * 3_600_000).toISOString().slice(0, 19),
  timeZone,
});
const allDay = (startDate: string): When => ({
  kind: 'all-day',
  startDate,
  endDate: new Date(Date.parse(startDate) + 86_400_000).toISOString().slice(0, 10),
});
const series = (when: When, ...lines: string[]): Series => ({
  when,
  recurrence: parseRecurrence(lines, when),
});
const starts = (of: Series, max = 9) =>
  listOccurrences(of, { from: new Date(0), until: new Date('2100-01-01') }, max).map(({ when }) =>
    startOf(when),
  );

test('[Z6] the first half ends at the last second of the day before, in UTC', () => {
  const weekly = series(timed('2026-06-02T10:00:00'), 'RRULE:FREQ=WEEKLY');
  const { before, after } = splitSeries(weekly, '2026-06-16T10:00:00');
  expect(before?.recurrence.rules).toEqual(['FREQ=WEEKLY;UNTIL=20260616T065959Z']);
  expect(after).toEqual(series(timed('2026-06-16T10:00:00'), 'RRULE:FREQ=WEEKLY'));
});

test('[Z6] where the day has an earlier occurrence, a second before', () => {
  const twice = series(timed('2026-06-02T10:00:00'), 'RRULE:FREQ=DAILY;BYHOUR=10,15');
  const { before, after } = splitSeries(twice, '2026-06-04T15:00:00');
  expect(before?.recurrence.rules).toEqual(['FREQ=DAILY;BYHOUR=10,15;UNTIL=20260604T215959Z']);
  expect(starts(after, 2)).toEqual(['2026-06-04T15:00:00', '2026-06-05T10:00:00']);
});

test('[Z6] COUNT is shared out, and dates go to their half', () => {
  const counted = series(
    allDay('2026-06-01'),
    'RRULE:FREQ=DAILY;COUNT=6',
    'EXDATE;VALUE=DATE:20260602,20260605',
    'RDATE;VALUE=DATE:20260620',
  );
  const { before, after } = splitSeries(counted, '2026-06-04');
  expect(before?.recurrence).toEqual({
    rules: ['FREQ=DAILY;UNTIL=20260603'],
    exrules: [],
    rdates: [],
    exdates: ['2026-06-02'],
  });
  expect(after.recurrence).toEqual({
    rules: ['FREQ=DAILY;COUNT=3'],
    exrules: [],
    rdates: ['2026-06-20'],
    exdates: ['2026-06-05'],
  });
});

test('[Z6] at the first occurrence there is no first half; at none there is no split', () => {
  const weekly = series(timed('2026-06-02T10:00:00'), 'RRULE:FREQ=WEEKLY');
  expect(splitSeries(weekly, '2026-06-02T10:00:00')).toEqual({ before: null, after: weekly });
  expect(() => splitSeries(weekly, '2026-06-03T10:00:00')).toThrow('no occurrence');
});

test('[Z6] a split at the first occurrence that is left keeps the rhythm of a start that is left out', () => {
  const odd = series(
    allDay('2026-06-01'),
    'RRULE:FREQ=WEEKLY;INTERVAL=2',
    'RDATE:20260609',
    'EXDATE:20260601',
  );
  expect(splitSeries(odd, '2026-06-09')).toEqual({ before: null, after: odd });
});

test('[Z6] where the second half would lose the rhythm, the split is refused', () => {
  const odd = series(allDay('2026-06-01'), 'RRULE:FREQ=WEEKLY;INTERVAL=2', 'RDATE:20260609');
  expect(() => splitSeries(odd, '2026-06-09')).toThrow('counts from the first');
});

test('[Z7] another time of day keeps dates, and what was left out stays out', () => {
  const weekly = series(
    timed('2026-06-02T10:00:00'),
    'RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630T170000Z',
    'EXDATE:20260609T170000Z',
  );
  const { series: moved, renameStart } = moveSeries(weekly, timed('2026-06-02T15:30:00'));
  expect(moved.recurrence.exdates).toEqual(['2026-06-09T15:30:00']);
  expect(starts(moved)).toEqual(
    ['2026-06-02', '2026-06-16', '2026-06-23', '2026-06-30'].map((date) => `${date}T15:30:00`),
  );
  expect(renameStart('2026-06-23T10:00:00')).toBe('2026-06-23T15:30:00');
});

test.for([
  ['FREQ=WEEKLY;BYDAY=TU', 'FREQ=WEEKLY;BYDAY=TH'],
  ['FREQ=WEEKLY', 'FREQ=WEEKLY'],
  ['FREQ=WEEKLY;BYDAY=TU,FR', 'FREQ=WEEKLY;BYDAY=TH,SU'],
  ['FREQ=WEEKLY;BYDAY=MO', 'FREQ=WEEKLY;BYDAY=MO'],
  ['FREQ=MONTHLY;BYMONTHDAY=2', 'FREQ=MONTHLY;BYMONTHDAY=4'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
  ['FREQ=MONTHLY;BYDAY=1TU', 'FREQ=MONTHLY;BYDAY=1TH'],
  ['FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=2', 'FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=4'],
] as const)('[Z7] moved from Tuesday 2 to Thursday 4 June, %s is %s', ([rule, expected]) => {
  const moved = moveSeries(
    series(timed('2026-06-02T10:00:00'), `RRULE:${rule}`),
    timed('2026-06-04T10:00:00'),
  );
  expect(moved.series.recurrence.rules).toEqual([expected]);
});

test('[Z7] the days of a week move together, also over the end of a week that counts', () => {
  const rules = (rule: string, start: string, to: string) =>
    moveSeries(series(timed(start), `RRULE:${rule}`), timed(to)).series.recurrence.rules;
  const tuesday = '2026-06-02T10:00:00';
  expect(rules('FREQ=WEEKLY;BYDAY=TU,TH', tuesday, '2026-06-03T10:00:00')).toEqual([
    'FREQ=WEEKLY;BYDAY=WE,FR',
  ]);
  const fortnightly = series(timed(tuesday), 'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU');
  const { series: moved, renameStart } = moveSeries(fortnightly, timed('2026-06-03T10:00:00'));
  const listed = (one: Series) => starts(one, 6);
  const dayLater = (start: string) =>
    new Date(Date.parse(`${start}Z`) + 24 * 60 * 60_000).toISOString().slice(0, 19);
  expect(listed(moved)).toEqual(listed(fortnightly).map(dayLater));
  expect(listed(fortnightly).map(renameStart)).toEqual(listed(moved));
  // Days that the start is none of, and days of a month, stay.
  expect(rules('FREQ=WEEKLY;BYDAY=MO,TH', tuesday, '2026-06-03T10:00:00')).toEqual([
    'FREQ=WEEKLY;BYDAY=MO,TH',
  ]);
});

test('[Z7] in months of other lengths an exception stays in its month', () => {
  const monthly = series(timed('2026-01-13T10:00:00'), 'RRULE:FREQ=MONTHLY;BYDAY=2TU');
  const { renameStart } = moveSeries(monthly, timed('2026-01-14T10:00:00'));
  // The second Wednesday of April is the 8th, the second Tuesday the 14th.
  expect(renameStart('2026-04-14T10:00:00')).toBe('2026-04-08T10:00:00');
  expect(renameStart('2026-04-15T10:00:00')).toBe(null);
});

test('[Z7] a series that becomes all-day keeps its dates', () => {
  const weekly = series(
    timed('2026-06-02T10:00:00'),
    'RRULE:FREQ=WEEKLY;COUNT=3',
    'EXDATE:20260609T170000Z',
  );
  const { series: moved } = moveSeries(weekly, allDay('2026-06-02'));
  expect(starts(moved)).toEqual(['2026-06-02', '2026-06-16']);
});

test.for([
  ['FREQ=WEEKLY', 'WKST=SU;FREQ=WEEKLY;BYDAY=TU;INTERVAL=1', true],
  ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU', 'FREQ=DAILY', true],
  ['FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1', 'FREQ=MONTHLY;BYDAY=1TU', true],
  ['FREQ=YEARLY', 'FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=2', true],
  ['FREQ=WEEKLY;COUNT=3', 'FREQ=WEEKLY;UNTIL=20260617T065959Z', true],
  ['FREQ=WEEKLY;COUNT=3', 'FREQ=WEEKLY;UNTIL=20260616T065959Z', false],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU', false],
  ['FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=WE', false],
] as const)('[Z5] from a Tuesday %s and %s are the same: %s', ([a, b, isSame]) => {
  const when = timed('2026-06-02T10:00:00');
  expect(isSameRecurrence(series(when, `RRULE:${a}`), series(when, `RRULE:${b}`))).toBe(isSame);
});

test.for([
  [
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260701T065959Z',
    'Every second Tuesday until 30 June 2026',
  ],
  ['FREQ=WEEKLY;UNTIL=20260630T160000Z', 'Every Tuesday until 29 June 2026'],
  ['FREQ=DAILY', 'Every day'],
  ['FREQ=DAILY;INTERVAL=3;COUNT=5', 'Every 3 days (5 times)'],
  ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'Every weekday'],
  ['FREQ=WEEKLY;BYDAY=MO,WE,FR', 'Every week on Monday, Wednesday and Friday'],
  ['FREQ=MONTHLY', 'Every month on the 2nd'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', 'Every month on the last day of the month'],
  ['FREQ=MONTHLY;BYDAY=-1FR', 'Every month on the last Friday'],
  ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', 'Every month on the last weekday'],
  ['FREQ=YEARLY', 'Every year on 2 June'],
  ['FREQ=YEARLY;BYMONTH=11;BYDAY=4TH', 'Every year on the fourth Thursday in November'],
  ['FREQ=YEARLY;BYYEARDAY=-1,100', 'Every year on the last day and the 100th day of the year'],
  ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', 'Every year on Monday in week 20'],
  ['FREQ=DAILY;BYHOUR=9,17', 'Every day at 09:00 and 17:00'],
] as const)('[Z9] %s is said as "%s"', ([rule, sentence]) => {
  const when = timed('2026-06-02T10:00:00');
  expect(describeRecurrence(series(when, `RRULE:${rule}`).recurrence, when)).toBe(sentence);
});

test('[Z9] dates that are added and left out are counted', () => {
  const when = allDay('2026-06-01');
  const { recurrence } = series(
    when,
    'RRULE:FREQ=DAILY',
    'EXDATE:20260602,20260603',
    'RDATE:20260101',
  );
  expect(describeRecurrence(recurrence, when)).toBe(
    'Every day, and on another date, except on 2 dates',
  );
});

test('[Z10] the form holds what it can, and nothing else', () => {
  expect(parsePattern('FREQ=WEEKLY;INTERVAL=2;COUNT=4', '2026-06-02', null)).toEqual({
    every: 2,
    unit: 'week',
    weekdays: ['TU'],
    on: null,
    month: null,
    ends: { kind: 'after', count: 4 },
  });
  const lastFriday = parsePattern(
    'FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261231',
    '2026-06-26',
    '2026-12-31',
  );
  expect(lastFriday).toMatchObject({
    on: { nth: -1, weekday: 'FR' },
    ends: { kind: 'on', date: '2026-12-31' },
  });
  expect(buildRule(lastFriday!)).toBe('FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261231');
  for (const rule of [
    'FREQ=HOURLY',
    'FREQ=DAILY;BYDAY=MO',
    'FREQ=MONTHLY;BYDAY=MO',
    'FREQ=MONTHLY;BYMONTHDAY=1,15',
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1',
    'FREQ=YEARLY;BYMONTH=1,6',
    'FREQ=YEARLY;BYDAY=20MO',
    'FREQ=WEEKLY;INTERVAL=2;WKST=SU',
    'FREQ=DAILY;BYHOUR=9,17',
  ]) {
    expect(parsePattern(rule, '2026-06-02', null), rule).toBe(null);
  }
});
