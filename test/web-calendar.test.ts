import { expect, test } from 'vitest';
import type { CalendarEvent } from '../src/api/schemas/calendar-events.ts';
import { capDays, findDays, listDays } from '../web/pages/calendar/days.ts';
import { formatGridTime } from '../web/pages/calendar/grid-times.ts';
import { moveValues } from '../web/pages/calendar/moves.ts';
import { daysOf, isDate, stepFrom, type Weeks, windowOf } from '../web/pages/calendar/span.ts';
import { newEventValues } from '../web/pages/event-values.ts';
import { formatTime, formatTimeRange } from '../web/time/format.ts';
import { findFirstDay, readLanguage } from '../web/time/language.ts';

const [SUNDAY, MONDAY] = [0, 1].map((firstDay) => ({ firstDay, isShort: false })) as [Weeks, Weeks];
const SHORT: Weeks = { firstDay: 1, isShort: true };

test('a month begins with the week of its first day, whichever day weeks begin with', () => {
  expect(daysOf('month', '2031-03-18', MONDAY)).toEqual({
    first: '2031-02-24',
    last: '2031-04-06',
  });
  expect(daysOf('month', '2031-03-18', SUNDAY)).toEqual({
    first: '2031-02-23',
    last: '2031-04-05',
  });
  expect(daysOf('week', '2031-03-18', SUNDAY)).toEqual({ first: '2031-03-16', last: '2031-03-22' });
});

test('a phone shows three days of a week, and asks for what a wide screen does', () => {
  expect(daysOf('week', '2031-03-18', SHORT)).toEqual({ first: '2031-03-18', last: '2031-03-20' });
  expect(stepFrom('week', '2031-03-18', 1, true)).toBe('2031-03-21');
  expect(windowOf('week', '2031-03-18', SHORT)).toEqual(windowOf('week', '2031-03-18', MONDAY));
});

test('a week and a day ask for what their month asks for', () => {
  const month = windowOf('month', '2031-03-01', MONDAY);
  expect(month).toEqual({ from: '2031-02-23T00:00:00Z', to: '2031-04-10T00:00:00Z' });
  expect(windowOf('week', '2031-03-31', MONDAY)).toEqual(month);
  expect(windowOf('day', '2031-03-01', MONDAY)).toEqual(month);
});

test.each([
  ['month', '2031-01-31', 1, '2031-02-28'],
  ['month', '2031-03-18', -1, '2031-02-18'],
  ['month', '2031-12-31', 1, '2032-01-31'],
  ['week', '2031-12-29', 1, '2032-01-05'],
  ['day', '2031-03-01', -1, '2031-02-28'],
  ['agenda', '2031-03-01', 1, '2031-03-29'],
] as const)('from %s, %s, by %i it is %s', (view, date, direction, there) => {
  expect(stepFrom(view, date, direction)).toBe(there);
});

test('an address may say anything: only real dates are taken', () => {
  expect(['2031-03-18', '2031-02-30', '2031-3-1', 20310318, ''].map(isDate)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

const days = listDays('2031-03-29', '2031-03-31', 'Europe/Berlin');
const HOUR = 60 * 60 * 1000;

test('a day is as long as the clocks make it', () => {
  const lengths = days.midnights
    .slice(1)
    .map((end, at) => (end - (days.midnights[at] ?? 0)) / HOUR);
  expect(lengths).toEqual([24, 23, 24]);
  // Where clocks leap over midnight, the day begins when they have.
  const cairo = listDays('2031-04-25', '2031-04-25', 'Africa/Cairo');
  expect(new Date(cairo.midnights[0] ?? 0).toISOString()).toBe('2031-04-24T22:00:00.000Z');
});

const timed = (start: string, end: string) => findDays({ isAllDay: false, start, end }, days);
const whole = (start: string, end: string) => findDays({ isAllDay: true, start, end }, days);

test('an event is on the days that it touches, and one that ends in the night on the evening’s', () => {
  expect(timed('2031-03-29T08:00:00Z', '2031-03-29T09:00:00Z')).toEqual({ from: 0, to: 0 });
  expect(timed('2031-03-29T22:30:00Z', '2031-03-29T23:00:00Z')).toEqual({ from: 0, to: 0 });
  expect(timed('2031-03-29T20:00:00Z', '2031-03-30T02:00:00Z')).toEqual({ from: 0, to: 0 });
  expect(timed('2031-03-29T20:00:00Z', '2031-03-30T08:00:00Z')).toEqual({ from: 0, to: 1 });
  expect(timed('2031-03-20T20:00:00Z', '2031-04-30T08:00:00Z')).toEqual({ from: 0, to: 2 });
  expect(timed('2031-03-31T22:00:00Z', '2031-03-31T23:00:00Z')).toBeUndefined();
  expect(timed('2031-03-28T20:00:00Z', '2031-03-28T23:00:00Z')).toBeUndefined();
  expect(whole('2031-03-30', '2031-03-31')).toEqual({ from: 1, to: 1 });
  expect(whole('2031-03-20', '2031-03-30')).toEqual({ from: 0, to: 0 });
  expect(whole('2031-04-01', '2031-04-02')).toBeUndefined();
  expect(whole('2031-03-28', '2031-03-29')).toBeUndefined();
});

test('the grid says times as the other pages do, and of what ends in the night no date', () => {
  const told = (start: string, end?: string) => {
    const [from, to] = [start, end].map((at) => at && { marker: new Date(`2031-03-${at}:00Z`) });
    return formatGridTime({ start: from, end: to } as Parameters<typeof formatGridTime>[0]);
  };
  const [nine, eleven] = [new Date('2031-03-29T09:00:00Z'), new Date('2031-03-29T11:00:00Z')];
  expect(told('29T09:00')).toBe(formatTime('09:00'));
  expect(told('29T09:00', '29T11:00')).toBe(formatTimeRange(nine, eleven, 'UTC'));
  expect(told('29T22:00', '30T02:00')).toBe(`${formatTime('22:00')} – ${formatTime('02:00')}`);
});

test('a day has room for so many, and counts the rest; a bar is whole or not there', () => {
  const bar = { from: 0, to: 2 };
  const one = (day: number) => ({ from: day, to: day });
  const { kept, more } = capDays([bar, one(0), one(0), bar, one(1), one(2)], 3, 2);
  expect(kept).toEqual([bar, one(0), one(1), one(2)]);
  expect(more).toEqual([2, 1, 1]);
});

const event = {} as CalendarEvent;
const before = {
  ...newEventValues(new Date('2031-03-18T08:00:00Z'), 'America/New_York'),
  startDate: '2031-03-18',
  startTime: '09:00',
  endDate: '2031-03-18',
  endTime: '10:30',
};
const at = (start: string, end: string) =>
  ({ isAllDay: false, start: new Date(start), end: new Date(end) }) as const;

test('a dragged event keeps its zone and its length by the clock, a stretched one its start', () => {
  const to = at('2031-04-01T07:00:00Z', '2031-04-01T08:30:00Z');
  expect(moveValues(before, { event, kind: 'drag', to }, 'Europe/Berlin')).toMatchObject({
    startDate: '2031-04-01',
    startTime: '03:00',
    endTime: '04:30',
    timeZone: 'America/New_York',
  });
  const longer = at('2031-03-18T13:00:00Z', '2031-03-18T16:00:00Z');
  expect(moveValues(before, { event, kind: 'stretch', to: longer }, 'Europe/Berlin')).toMatchObject(
    { startTime: '09:00', endTime: '12:00' },
  );
});

test('between the hours and the days above them an event becomes all-day, and timed where one looks', () => {
  const day = { isAllDay: true, start: '2031-03-20', end: '2031-03-21' } as const;
  const allDay = moveValues(before, { event, kind: 'drag', to: day }, 'Europe/Berlin');
  expect(allDay).toMatchObject({ isAllDay: true, startDate: '2031-03-20', endDate: '2031-03-20' });
  const to = at('2031-03-21T08:00:00Z', '2031-03-21T09:00:00Z');
  expect(moveValues(allDay, { event, kind: 'drag', to }, 'Europe/Berlin')).toMatchObject({
    isAllDay: false,
    startTime: '09:00',
    endTime: '10:00',
    timeZone: 'Europe/Berlin',
  });
});

test('where a browser names its language as no other program does, dates are still written', () => {
  expect(readLanguage('de-CH')).toBe('de-CH');
  expect(findFirstDay(readLanguage('en-US@posix'))).toBeLessThan(7);
});
