/**
 * Cases of our own, answered by hand and by the calendar on the wall: for machines without the corpus.
 * `starts` are the first ones, in the clocks of the zone; `isWhole`: there are no more.
 */
export interface OwnCase {
  what: string;
  lines: string[];
  start: string;
  /** Null for all-day. */
  zone: string | null;
  starts: string[];
  isWhole?: true;
}

const at = (time: string, ...dates: string[]) => dates.map((date) => `${date}T${time}`);

export const ownCases: OwnCase[] = [
  {
    what: 'a weekly meeting keeps its time when clocks go forward',
    lines: ['RRULE:FREQ=WEEKLY'],
    start: '2026-03-23T09:00:00',
    zone: 'Europe/Berlin',
    starts: at('09:00:00', '2026-03-23', '2026-03-30', '2026-04-06'),
  },
  {
    what: 'a time that clocks skip is an hour later that day',
    lines: ['RRULE:FREQ=DAILY;COUNT=3'],
    start: '2026-03-28T02:30:00',
    zone: 'Europe/Berlin',
    starts: ['2026-03-28T02:30:00', '2026-03-29T03:30:00', '2026-03-30T02:30:00'],
    isWhole: true,
  },
  {
    what: 'a skipped time that meets another is one with it',
    lines: ['RRULE:FREQ=DAILY;BYHOUR=2,3;UNTIL=20260329T220000Z'],
    start: '2026-03-28T02:00:00',
    zone: 'Europe/Berlin',
    starts: ['2026-03-28T02:00:00', '2026-03-28T03:00:00', '2026-03-29T03:00:00'],
    isWhole: true,
  },
  {
    what: 'the start counts although the rule does not hit it',
    lines: ['RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3'],
    start: '2026-06-01T10:00:00',
    zone: 'America/New_York',
    starts: at('10:00:00', '2026-06-01', '2026-06-02', '2026-06-09'),
    isWhole: true,
  },
  {
    what: 'the 31st is left out of shorter months',
    lines: ['RRULE:FREQ=MONTHLY;COUNT=4'],
    start: '2026-01-31',
    zone: null,
    starts: ['2026-01-31', '2026-03-31', '2026-05-31', '2026-07-31'],
    isWhole: true,
  },
  {
    what: 'the last working day of each month',
    lines: ['RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'],
    start: '2026-01-30',
    zone: null,
    starts: ['2026-01-30', '2026-02-27', '2026-03-31', '2026-04-30'],
  },
  {
    what: 'every second week from Sunday is another than from Monday',
    lines: ['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=4'],
    start: '2026-06-02',
    zone: null,
    starts: ['2026-06-02', '2026-06-14', '2026-06-16', '2026-06-28'],
    isWhole: true,
  },
  {
    what: 'every second week from Monday',
    lines: ['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4'],
    start: '2026-06-02',
    zone: null,
    starts: ['2026-06-02', '2026-06-07', '2026-06-16', '2026-06-21'],
    isWhole: true,
  },
  {
    what: '29 February comes in leap years',
    lines: ['RRULE:FREQ=YEARLY'],
    start: '2096-02-29',
    zone: null,
    starts: ['2096-02-29', '2104-02-29', '2108-02-29'],
  },
  {
    what: 'UNTIL is inclusive, and an instant',
    lines: ['RRULE:FREQ=DAILY;UNTIL=20260603T130000Z'],
    start: '2026-06-01T09:00:00',
    zone: 'America/New_York',
    starts: at('09:00:00', '2026-06-01', '2026-06-02', '2026-06-03'),
    isWhole: true,
  },
  {
    what: 'dates are left out and added, in UTC and by the clock',
    lines: [
      'RRULE:FREQ=WEEKLY;COUNT=4',
      'EXDATE:20260608T070000Z',
      'EXDATE;TZID=America/New_York:20260615T030000',
      'RDATE;TZID=Europe/Berlin:20260603T120000,20260604T120000',
    ],
    start: '2026-06-01T09:00:00',
    zone: 'Europe/Berlin',
    starts: [
      '2026-06-01T09:00:00',
      '2026-06-03T12:00:00',
      '2026-06-04T12:00:00',
      '2026-06-22T09:00:00',
    ],
    isWhole: true,
  },
  {
    what: 'EXRULE leaves out what it hits',
    lines: ['RRULE:FREQ=DAILY;COUNT=5', 'EXRULE:FREQ=DAILY;INTERVAL=2'],
    start: '2026-06-01',
    zone: null,
    starts: ['2026-06-02', '2026-06-04'],
    isWhole: true,
  },
  {
    what: 'a start that is left out is none, but was counted',
    lines: ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;VALUE=DATE:20260601'],
    start: '2026-06-01',
    zone: null,
    starts: ['2026-06-02', '2026-06-03'],
    isWhole: true,
  },
  {
    what: 'week 53 comes in long years only',
    lines: ['RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH'],
    start: '2026-12-31',
    zone: null,
    starts: ['2026-12-31', '2032-12-30', '2037-12-31'],
  },
  {
    what: 'Friday the 13th',
    lines: ['RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13'],
    start: '2026-02-13',
    zone: null,
    starts: ['2026-02-13', '2026-03-13', '2026-11-13', '2027-08-13'],
  },
  {
    what: 'two rules are one series',
    lines: ['RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2', 'RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3'],
    start: '2026-06-01T09:00:00',
    zone: 'Asia/Kolkata',
    starts: at('09:00:00', '2026-06-01', '2026-06-03', '2026-06-08', '2026-06-10'),
    isWhole: true,
  },
  {
    what: 'a date the island skipped is the next one',
    lines: ['RRULE:FREQ=DAILY;COUNT=3'],
    start: '2011-12-29T12:00:00',
    zone: 'Pacific/Apia',
    starts: at('12:00:00', '2011-12-29', '2011-12-31'),
    isWhole: true,
  },
  {
    what: 'every 90 minutes',
    lines: ['RRULE:FREQ=MINUTELY;INTERVAL=90;COUNT=3'],
    start: '2026-06-01T23:00:00',
    zone: 'UTC',
    starts: ['2026-06-01T23:00:00', '2026-06-02T00:30:00', '2026-06-02T02:00:00'],
    isWhole: true,
  },
];
