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

const weekly = (...weekdays: string[]) => ({ every: 1, unit: 'week', weekdays, on: null });
const plainly = (unit: string, every = 1) => ({ every, unit, weekdays: [], on: null });
const placed = (nth: number, weekday: string) => ({ ...plainly('month'), on: { nth, weekday } });

test.each([
  ['every Tuesday 10am', { date: '2026-12-01', time: '10:00', repeat: weekly('TU') }],
  ['10am every tue', { date: '2026-12-01', time: '10:00', repeat: weekly('TU') }],
  ['Tuesdays at 10', { date: '2026-12-01', time: '10:00', repeat: weekly('TU') }],
  [
    'every tuesday 10 for 1h',
    { date: '2026-12-01', time: '10:00', length: 60, repeat: weekly('TU') },
  ],
  ['every friday', { date: '2026-12-04', repeat: weekly('FR') }],
  ['every friday 10:20', { date: '2026-12-04', time: '10:20', repeat: weekly('FR') }],
  ['every friday 10:30', { date: '2026-11-27', time: '10:30', repeat: weekly('FR') }],
  [
    'every fri, mon and wed 9-10am',
    { date: '2026-11-30', time: '09:00', endTime: '10:00', repeat: weekly('MO', 'WE', 'FR') },
  ],
  [
    'on mondays and thursdays 8:45',
    { date: '2026-11-30', time: '08:45', repeat: weekly('MO', 'TH') },
  ],
  ['every day 9:00', { date: '2026-11-28', time: '09:00', repeat: plainly('day') }],
  ['daily 11:00', { date: '2026-11-27', time: '11:00', repeat: plainly('day') }],
  ['every day', { repeat: plainly('day') }],
  ['every 3 days at noon', { date: '2026-11-27', time: '12:00', repeat: plainly('day', 3) }],
  [
    'every weekday 8am',
    { date: '2026-11-30', time: '08:00', repeat: weekly('MO', 'TU', 'WE', 'TH', 'FR') },
  ],
  [
    'weekdays 8am',
    { date: '2026-11-30', time: '08:00', repeat: weekly('MO', 'TU', 'WE', 'TH', 'FR') },
  ],
  [
    'every other Friday 2pm',
    { date: '2026-11-27', time: '14:00', repeat: { ...weekly('FR'), every: 2 } },
  ],
  [
    'every second Tuesday until June',
    { date: '2026-12-01', until: '2027-05-31', repeat: { ...weekly('TU'), every: 2 } },
  ],
  [
    'every 2 weeks on Tuesday and Thursday 9:00',
    { date: '2026-12-01', time: '09:00', repeat: { ...weekly('TU', 'TH'), every: 2 } },
  ],
  ['weekly', { repeat: plainly('week') }],
  ['weekly 10am', { time: '10:00', repeat: plainly('week') }],
  ['weekly from next tuesday 10am', { date: '2026-12-01', time: '10:00', repeat: plainly('week') }],
  [
    'every tuesday starting 14 dec 10am',
    { date: '2026-12-15', time: '10:00', repeat: weekly('TU') },
  ],
  [
    'every weekday from tomorrow 8:00',
    { date: '2026-11-30', time: '08:00', repeat: weekly('MO', 'TU', 'WE', 'TH', 'FR') },
  ],
  ['monthly', { repeat: plainly('month') }],
  ['every three months', { repeat: plainly('month', 3) }],
  ['every year on 24 Dec', { date: '2026-12-24', repeat: plainly('year') }],
  [
    'every second Tuesday of the month 10am',
    { date: '2026-12-08', time: '10:00', repeat: placed(2, 'TU') },
  ],
  [
    'the last friday of every month 2pm',
    { date: '2026-11-27', time: '14:00', repeat: placed(-1, 'FR') },
  ],
  [
    'every day 9:00 until 10 December',
    { date: '2026-11-28', time: '09:00', until: '2026-12-10', repeat: plainly('day') },
  ],
  [
    'every day 9:00 until 10:00',
    { date: '2026-11-28', time: '09:00', endTime: '10:00', repeat: plainly('day') },
  ],
  [
    'every tue 10 until the end of june',
    { date: '2026-12-01', time: '10:00', until: '2027-06-30', repeat: weekly('TU') },
  ],
  [
    'mondays 9:00 through november 2027',
    { date: '2026-11-30', time: '09:00', until: '2027-11-30', repeat: weekly('MO') },
  ],
  [
    'every day 11:00 until the end of november',
    { date: '2026-11-27', time: '11:00', until: '2026-11-30', repeat: plainly('day') },
  ],
  [
    'every tuesday 10:00 5 times',
    { date: '2026-12-01', time: '10:00', times: 5, repeat: weekly('TU') },
  ],
  ['3-4pm mar 5', { date: '2027-03-05', time: '15:00', endTime: '16:00' }],
])('“%s” is understood', (text, meant) => {
  expect(readWhen(text, now)).toEqual(meant);
});

test.each([
  'every',
  'every tuesday thursday',
  'every third tuesday',
  'every day on monday',
  'every tuesday weekly',
  'every tuesday for six weeks',
  'every 0 days',
  'every half a day',
  'every 2 hours',
  'every tuesday until',
  'every tuesday until monday',
  'from tuesday 10:00',
  'every tuesday 1 dec starting 14 dec',
  'every tuesday until june 5 times',
  'tuesday until june',
  'tuesday 3 times',
  'every tuesday 0 times',
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
