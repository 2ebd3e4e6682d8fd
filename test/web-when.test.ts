import { expect, test } from 'vitest';
import { readWhen } from '../web/time/read-when.ts';

/** A Friday. */
const now = { date: '2026-11-27', time: '10:20' };

test.each([
  ['tue 10', { date: '2026-12-01', time: '10:00' }],
  ['tue 10 for 1h', { date: '2026-12-01', time: '10:00', length: 60 }],
  ['in two weeks 14:00', { date: '2026-12-11', time: '14:00' }],
  ['in twelve days', { date: '2026-12-09' }],
  ['tomorrow 3pm', { date: '2026-11-28', time: '15:00' }],
  ['3pm tomorrow', { date: '2026-11-28', time: '15:00' }],
  ['Tomorrow at 3 p.m.', { date: '2026-11-28', time: '15:00' }],
  ['next Tuesday 10:00 for 1h', { date: '2026-12-01', time: '10:00', length: 60 }],
  ['tue 9.30', { date: '2026-12-01', time: '09:30' }],
  ['friday', { date: '2026-12-04' }],
  ['this fri', { date: '2026-11-27' }],
  ['next friday at noon', { date: '2026-12-04', time: '12:00' }],
  ['today 14:00-15:30', { date: '2026-11-27', time: '14:00', endTime: '15:30' }],
  ['mon 3-4pm', { date: '2026-11-30', time: '15:00', endTime: '16:00' }],
  ['mon 11-1pm', { date: '2026-11-30', time: '11:00', endTime: '13:00' }],
  ['monday from 9am to 5pm', { date: '2026-11-30', time: '09:00', endTime: '17:00' }],
  ['at 3 on monday', { date: '2026-11-30', time: '15:00' }],
  ['in 3 days at 8', { date: '2026-11-30', time: '08:00' }],
  ['in 2 hours for 90 min', { date: '2026-11-27', time: '12:20', length: 90 }],
  ['in half an hour', { date: '2026-11-27', time: '10:50' }],
  ['24 Nov 9:00', { date: '2027-11-24', time: '09:00' }],
  ['Dec 24 2026, 9am', { date: '2026-12-24', time: '09:00' }],
  ['1st of March at 16:15', { date: '2027-03-01', time: '16:15' }],
  ['29 feb', { date: '2028-02-29' }],
  ['2026-12-24 18:00', { date: '2026-12-24', time: '18:00' }],
  ['9:00 for 1h30', { time: '09:00', length: 90 }],
  ['tomorrow for half an hour', { date: '2026-11-28', length: 30 }],
  ['tomorrow all day', { date: '2026-11-28', isAllDay: true }],
  ['next week for 3 days', { date: '2026-12-04', length: 3 * 1440 }],
  ['the day after tomorrow midnight', { date: '2026-11-29', time: '00:00' }],
])('“%s” is understood', (text, meant) => {
  expect(readWhen(text, now)).toEqual(meant);
});

test.each([
  '',
  'soon',
  'tue 10 nov',
  'tue 25',
  'tomorrow 3pm or so',
  'tomorrow 25:00',
  'tomorrow friday',
  '31 feb',
  '3',
  'monday 3pm 4pm',
  'tomorrow 9-10 for 2h',
  'tomorrow all day 9:00',
  'sundaes',
  'for 0 hours',
  `tomorrow${' '.repeat(200)}x`,
  'in 99999999999 weeks',
])('“%s” is not half understood', (text) => {
  expect(readWhen(text, now)).toBeUndefined();
});
