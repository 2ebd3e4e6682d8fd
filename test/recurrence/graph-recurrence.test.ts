import { expect, test } from 'vitest';
import type { When } from '../../src/calendar/event.ts';
import { listOccurrences } from '../../src/calendar/occurrences.ts';
import { parseRecurrence, startOf, type Series } from '../../src/calendar/recurrence.ts';
import {
  fromGraphRecurrence,
  type GraphRecurrence,
  isSameGraphRecurrence,
  toGraphRecurrence,
} from '../../src/providers/outlook/recurrence.ts';

const timed = (start: string, timeZone = 'Europe/Berlin'): When => ({
  kind: 'timed',
  start,
  end: new Date(Date.parse(`${start}Z`) + 3_600_000).toISOString().slice(0, 19),
  timeZone,
});
const series = (when: When, ...lines: string[]): Series => ({
  when,
  recurrence: parseRecurrence(lines, when),
});
const tuesday = timed('2026-06-02T10:00:00');
const berlin = 'W. Europe Standard Time';
const starts = (of: Series, max = 9) =>
  listOccurrences(of, { from: new Date(0), until: new Date('2100-01-01') }, max).map(({ when }) =>
    startOf(when),
  );

function partsOf(rule: string, when = tuesday) {
  const form = toGraphRecurrence(series(when, `RRULE:${rule}`));
  return form.kind === 'singles' ? 'singles' : form.parts.map(({ recurrence }) => recurrence);
}

test('[Z8] a weekly rule says its first day of the week, zone, start and end by the clock', () => {
  expect(partsOf('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;UNTIL=20260630T235959Z')).toEqual([
    {
      pattern: {
        type: 'weekly',
        interval: 2,
        daysOfWeek: ['tuesday', 'sunday'],
        firstDayOfWeek: 'monday',
      },
      range: {
        type: 'endDate',
        startDate: '2026-06-02',
        endDate: '2026-06-30',
        recurrenceTimeZone: berlin,
      },
    },
  ]);
});

test.for([
  ['FREQ=DAILY;INTERVAL=3', { type: 'daily', interval: 3 }],
  ['FREQ=DAILY;BYDAY=TU,TH', { type: 'weekly', interval: 1, daysOfWeek: ['tuesday', 'thursday'] }],
  ['FREQ=MONTHLY', { type: 'absoluteMonthly', dayOfMonth: 2 }],
  ['FREQ=MONTHLY;BYDAY=1TU', { type: 'relativeMonthly', index: 'first', daysOfWeek: ['tuesday'] }],
  ['FREQ=YEARLY', { type: 'absoluteYearly', month: 6, dayOfMonth: 2 }],
  ['FREQ=YEARLY;BYMONTH=6;BYDAY=1TU', { type: 'relativeYearly', month: 6, index: 'first' }],
  ['FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=2', { type: 'absoluteMonthly', interval: 3 }],
] as const)('[Z8] %s is one pattern', ([rule, pattern]) => {
  expect(partsOf(rule)).toMatchObject([{ pattern, range: { type: 'noEnd' } }]);
});

test.for([
  'FREQ=MONTHLY;BYMONTHDAY=2,29',
  'FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31',
  'FREQ=MONTHLY;BYDAY=5TU',
  'FREQ=MONTHLY;BYDAY=4TU,-1TU',
  'FREQ=MONTHLY;BYMONTHDAY=-1,28',
  'FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=2',
  'FREQ=MONTHLY;BYDAY=-2TU',
  'FREQ=DAILY;INTERVAL=2;BYDAY=TU',
  'FREQ=DAILY;BYHOUR=10,15',
  'FREQ=HOURLY',
  'FREQ=YEARLY;BYWEEKNO=23;BYDAY=TU',
  'FREQ=YEARLY;BYDAY=22TU',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29',
])('[Z8] %s is no pattern, nor several: single events', (rule) => {
  expect(partsOf(rule)).toBe('singles');
});

test.for([
  [31, [1, 3, 5, 7, 8, 10, 12]],
  [30, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
] as const)(
  '[Z8] the %i. of each month that has it is a yearly pattern for each',
  ([day, months]) => {
    const parts = partsOf(`FREQ=MONTHLY;BYMONTHDAY=${day}`);
    // The start, which is off the rule, goes first.
    const patterns = parts === 'singles' ? [] : parts.slice(1).map(({ pattern }) => pattern);
    expect(patterns.map(({ month }) => month).sort()).toEqual([...months].sort());
    for (const pattern of patterns) {
      expect(pattern).toMatchObject({ type: 'absoluteYearly', interval: 1, dayOfMonth: day });
    }
  },
);

test('[Z8] extra dates, EXRULE, two rules and a zone of its own hours are single events', () => {
  const rule = 'RRULE:FREQ=WEEKLY';
  for (const lines of [
    [rule, 'RDATE:20260604T080000Z'],
    [rule, 'EXRULE:FREQ=MONTHLY'],
    [rule, rule],
  ]) {
    expect(toGraphRecurrence(series(tuesday, ...lines))).toEqual({ kind: 'singles' });
  }
  const troll = timed('2026-06-02T10:00:00', 'Antarctica/Troll');
  expect(toGraphRecurrence(series(troll, rule))).toEqual({ kind: 'singles' });
});

test('[Z8] the last day of each month is the 31st, which Graph cuts short', () => {
  expect(partsOf('FREQ=MONTHLY;BYMONTHDAY=-1', timed('2026-06-30T10:00:00'))).toMatchObject([
    { pattern: { type: 'absoluteMonthly', dayOfMonth: 31 }, range: { startDate: '2026-06-30' } },
  ]);
});

test('[Z8] a union is several series that share COUNT out', () => {
  const when = timed('2026-06-15T10:00:00');
  expect(partsOf('FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=5', when)).toMatchObject([
    { pattern: { dayOfMonth: 1 }, range: { startDate: '2026-07-01', numberOfOccurrences: 2 } },
    { pattern: { dayOfMonth: 15 }, range: { startDate: '2026-06-15', numberOfOccurrences: 3 } },
  ]);
  expect(partsOf('FREQ=MONTHLY;BYDAY=1MO,3MO;UNTIL=20260810T000000Z', when)).toMatchObject([
    { pattern: { index: 'first' }, range: { startDate: '2026-07-06', endDate: '2026-08-03' } },
    { pattern: { index: 'third' }, range: { startDate: '2026-06-15', endDate: '2026-07-20' } },
  ]);
  expect(partsOf('FREQ=YEARLY;INTERVAL=2;BYMONTH=1,6;BYMONTHDAY=15', when)).toMatchObject([
    { pattern: { month: 1, interval: 2 }, range: { startDate: '2028-01-15' } },
    { pattern: { month: 6, interval: 2 }, range: { startDate: '2026-06-15' } },
  ]);
});

test('[Z8] more than 999 occurrences end on a date', () => {
  expect(partsOf('FREQ=DAILY;COUNT=1000')).toMatchObject([
    { range: { type: 'endDate', endDate: '2029-02-25' } },
  ]);
  expect(partsOf('FREQ=DAILY;COUNT=999')).toMatchObject([
    { range: { type: 'numbered', numberOfOccurrences: 999 } },
  ]);
});

test('[Z8] a start that the rule does not hit is a part of its own, and what is left out is removed', () => {
  const form = toGraphRecurrence(
    series(
      tuesday,
      'RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=4',
      'EXDATE:20260612T080000Z,20270101T080000Z',
    ),
  );
  expect(form).toMatchObject({
    kind: 'series',
    parts: [
      { when: { start: '2026-06-02T10:00:00' }, recurrence: { range: { numberOfOccurrences: 1 } } },
      {
        when: { start: '2026-06-05T10:00:00' },
        recurrence: { range: { startDate: '2026-06-05', numberOfOccurrences: 3 } },
        removed: ['2026-06-12T10:00:00'],
      },
    ],
  });
});

test('[Z8] all-day series are dates, in UTC as their events are', () => {
  const when: When = { kind: 'all-day', startDate: '2026-06-02', endDate: '2026-06-04' };
  const form = toGraphRecurrence(series(when, 'RRULE:FREQ=WEEKLY;UNTIL=20260620'));
  expect(form).toMatchObject({
    parts: [
      {
        when,
        recurrence: {
          range: { startDate: '2026-06-02', endDate: '2026-06-16', recurrenceTimeZone: 'UTC' },
        },
      },
    ],
  });
});

function fromGraph(pattern: object, range: object = { type: 'noEnd' }, when = tuesday): Series {
  return fromGraphRecurrence({ pattern, range } as GraphRecurrence, when);
}

test.for([
  [{ type: 'daily', interval: 2 }, 'FREQ=DAILY;INTERVAL=2'],
  [
    { type: 'weekly', interval: 2, daysOfWeek: ['Tuesday', 'Sunday'] },
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU',
  ],
  [{ type: 'absoluteMonthly', interval: 1, dayOfMonth: 15 }, 'FREQ=MONTHLY;BYMONTHDAY=15'],
  [{ type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 }, 'FREQ=MONTHLY;BYMONTHDAY=-1'],
  [
    { type: 'absoluteMonthly', interval: 1, dayOfMonth: 30 },
    'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1',
  ],
  [
    { type: 'absoluteYearly', interval: 1, month: 2, dayOfMonth: 29 },
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1',
  ],
  [
    { type: 'absoluteYearly', interval: 1, month: 7, dayOfMonth: 31 },
    'FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=31',
  ],
  [
    { type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday', 'tuesday'], index: 'second' },
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2',
  ],
  [
    { type: 'relativeYearly', interval: 1, month: 11, daysOfWeek: ['thursday'], index: 'fourth' },
    'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
  ],
] as const)('[Z8] Graph’s %j is %s', ([pattern, rule]) => {
  const sentinels = { month: 0, dayOfMonth: 0, index: 'first', firstDayOfWeek: 'sunday' };
  expect(fromGraph({ ...sentinels, ...pattern }).recurrence.rules).toEqual([rule]);
});

test('[Z8] ranges of Graph: the end of the date by the clock, a count, sentinels for none', () => {
  const daily = { type: 'daily', interval: 1 };
  const endOf = (range: object, when = tuesday) => fromGraph(daily, range, when).recurrence.rules;
  expect(endOf({ type: 'endDate', endDate: '2026-06-30', recurrenceTimeZone: berlin })).toEqual([
    'FREQ=DAILY;UNTIL=20260630T215959Z',
  ]);
  const allDay: When = { kind: 'all-day', startDate: '2026-06-02', endDate: '2026-06-03' };
  expect(endOf({ type: 'endDate', endDate: '2026-06-30' }, allDay)).toEqual([
    'FREQ=DAILY;UNTIL=20260630',
  ]);
  expect(endOf({ type: 'numbered', numberOfOccurrences: 5, endDate: '0001-01-01' })).toEqual([
    'FREQ=DAILY;COUNT=5',
  ]);
  expect(endOf({ type: 'noEnd', numberOfOccurrences: 0, endDate: '0001-01-01' })).toEqual([
    'FREQ=DAILY',
  ]);
});

test('[Z8] a start before the first match is no occurrence, unlike DTSTART', () => {
  const weekly = { type: 'weekly', interval: 2, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' };
  const read = fromGraph(weekly, {
    type: 'numbered',
    numberOfOccurrences: 2,
    startDate: '2026-06-02',
  });
  expect(starts(read)).toEqual(['2026-06-15T10:00:00', '2026-06-29T10:00:00']);
});

test.for(['', 'tzone://Microsoft/Custom', 'Mars Standard Time', null])(
  '[Z8] a zone of the rule that means nothing (%j) is the event’s own',
  (recurrenceTimeZone) => {
    expect(fromGraph({ type: 'daily' }, { type: 'noEnd', recurrenceTimeZone }).when).toEqual(
      tuesday,
    );
  },
);

test('[Z8] days are counted in the zone of the rule', () => {
  const weekly = { type: 'weekly', interval: 1, daysOfWeek: ['monday'] };
  const range = {
    type: 'noEnd',
    startDate: '2026-06-01',
    recurrenceTimeZone: 'Pacific Standard Time',
  };
  const read = fromGraph(weekly, range, timed('2026-06-02T05:00:00'));
  expect(read.when).toMatchObject({
    start: '2026-06-01T20:00:00',
    timeZone: 'America/Los_Angeles',
  });
  expect(starts(read, 2)).toEqual(['2026-06-01T20:00:00', '2026-06-08T20:00:00']);
});

test.for([
  [{ type: 'lunar' }, { type: 'noEnd' }],
  [{ type: 'weekly', daysOfWeek: [] }, { type: 'noEnd' }],
  [{ type: 'absoluteMonthly', dayOfMonth: 0 }, { type: 'noEnd' }],
  [{ type: 'relativeMonthly', daysOfWeek: ['monday'], index: 'sixth' }, { type: 'noEnd' }],
  [{ type: 'absoluteYearly', dayOfMonth: 3, month: 13 }, { type: 'noEnd' }],
  [{ type: 'daily' }, { type: 'endDate', endDate: '0001-01-01' }],
  [{ type: 'daily' }, { type: 'numbered', numberOfOccurrences: 0 }],
] as const)('[Z8] %j %j is refused with a sentence', ([pattern, range]) => {
  expect(() => fromGraph(pattern, range)).toThrow(/^The series .*\.$/);
});

test('[Z8] sentinels, order, case and another name of the zone are no difference; all else is', () => {
  const ours: GraphRecurrence = {
    pattern: {
      type: 'weekly',
      interval: 1,
      daysOfWeek: ['monday', 'friday'],
      firstDayOfWeek: 'monday',
    },
    range: { type: 'noEnd', startDate: '2026-06-01', recurrenceTimeZone: berlin },
  };
  const answered: GraphRecurrence = {
    pattern: { ...ours.pattern, daysOfWeek: ['Friday', 'Monday'], month: 0, index: 'first' },
    range: { ...ours.range, endDate: '0001-01-01', recurrenceTimeZone: 'Europe/Berlin' },
  };
  expect(isSameGraphRecurrence(ours, answered)).toBe(true);
  const fortnightly = { ...ours, pattern: { ...ours.pattern, interval: 2 } };
  expect(isSameGraphRecurrence(ours, fortnightly)).toBe(false);
  expect(
    isSameGraphRecurrence(ours, { ...ours, range: { ...ours.range, startDate: '2026-06-05' } }),
  ).toBe(false);
});
