import { listOccurrences } from '../src/calendar/occurrences.ts';
import { parseRecurrence, type Series } from '../src/calendar/recurrence.ts';
import { type Measure, medianOf, type Row } from './figure.ts';

const SERIES_COUNT = 300;
const ROUNDS = 9;
const VIEW_GOAL_MS = 150;
const STOP_GOAL_MS = 50;
const SPEED_GOAL = 100_000;
const zones = ['Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kolkata', 'Australia/Sydney'];
/** As people have them, some begun years ago. */
const rules = [
  'FREQ=WEEKLY;BYDAY=MO,WE',
  'FREQ=DAILY',
  'FREQ=MONTHLY;BYDAY=2TU',
  'FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=FR',
  'FREQ=MONTHLY;BYMONTHDAY=15',
  'FREQ=WEEKLY;COUNT=1500;BYDAY=TU,TH',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
];
const everySixtieth = Array.from({ length: 60 }, (_, index) => index).join();
const hostile = [
  'FREQ=SECONDLY',
  'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=DAILY;COUNT=1000000000;BYHOUR=1,2,3',
  'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
  `FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=-1;BYMINUTE=${everySixtieth};BYSECOND=${everySixtieth}`,
];
/** With a change of the clocks in it, where times take longest to find. */
const month = { from: new Date('2026-03-15'), until: new Date('2026-04-15') };
const year = { from: new Date('2026-01-01'), until: new Date('2027-01-01') };

/** P9. A month and a year of 300 series, occurrences a second, and when a hostile rule stops. */
export const measure: Measure = async () => {
  const lines = rules.map((rule) => [`RRULE:${rule}`]);
  const all = Array.from({ length: SERIES_COUNT }, (_, index) => toSeries(lines, index));
  const count = (window: typeof month) =>
    all.reduce((sum, series) => sum + listOccurrences(series, window, 1_000).length, 0);
  const monthMs = measureMs(() => count(month));
  const yearMs = measureMs(() => count(year));
  const perSecond = (count(year) / yearMs) * 1_000;
  const stops = hostile.map((rule) => {
    const series = toSeries([[`RRULE:${rule}`]], 0);
    return measureMs(() => listOccurrences(series, month, 1_000));
  });
  return [
    rowOf(`a month of ${SERIES_COUNT} series`, VIEW_GOAL_MS, monthMs),
    rowOf(`a year of ${SERIES_COUNT} series`, VIEW_GOAL_MS, yearMs),
    {
      figure: 'P9',
      what: 'occurrences a second, in zones',
      goal: `>= ${SPEED_GOAL}`,
      measured: perSecond.toFixed(0),
      isMet: perSecond >= SPEED_GOAL,
    },
    rowOf('the slowest hostile rule stops', STOP_GOAL_MS, Math.max(...stops)),
  ];
};

const rowOf = (what: string, goalMs: number, ms: number): Row => ({
  figure: 'P9',
  what,
  goal: `<= ${goalMs} ms`,
  measured: `${ms.toFixed(1)} ms`,
  isMet: ms <= goalMs,
});

function toSeries(lines: readonly string[][], index: number): Series {
  const when = {
    kind: 'timed' as const,
    start: `${2012 + (index % 14)}-01-05T09:00:00`,
    end: `${2012 + (index % 14)}-01-05T10:00:00`,
    timeZone: zones[index % zones.length] ?? 'UTC',
  };
  return { when, recurrence: parseRecurrence(lines[index % lines.length] ?? [], when) };
}

/** Processor time, the middle of several rounds after one that warms up. */
function measureMs(work: () => unknown): number {
  work();
  const times = Array.from({ length: ROUNDS }, () => {
    const began = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1_000;
  });
  return medianOf(times);
}
