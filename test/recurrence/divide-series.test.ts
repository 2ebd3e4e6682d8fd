import { expect, test } from 'vitest';
import type { When } from '../../src/calendar/event.ts';
import { listOccurrences } from '../../src/calendar/occurrences.ts';
import { parseRecurrence, type Series } from '../../src/calendar/recurrence.ts';
import { divideSeries } from '../../src/providers/outlook/divide-series.ts';
import { toGraphRecurrence } from '../../src/providers/outlook/recurrence.ts';
import { Random, randomStart } from './random-rules.ts';

const ROUNDS = 100;
const window = { from: new Date('2010-01-01'), until: new Date('2045-01-01') };
const startsOf = (series: Series) =>
  listOccurrences(series, window, 200).map(({ originalStart }) => originalStart);

/** Rules that are several days of a month or year, mostly such as Graph has no single pattern for. */
function randomUnion(random: Random): string {
  const days = () => random.some(4, () => 1 + random.int(28));
  const months = () => random.some(4, () => 1 + random.int(12));
  const weekdays = () =>
    random.some(3, () => `${1 + random.int(4)}${random.pick(['MO', 'TU', 'WE', 'TH', 'FR'])}`);
  const rule = random.pick([
    () => `FREQ=MONTHLY;BYMONTHDAY=${days()}`,
    () => `FREQ=MONTHLY;BYDAY=${weekdays()}`,
    () => `FREQ=YEARLY;BYMONTH=${months()}`,
    () => `FREQ=YEARLY;BYMONTH=${months()};BYMONTHDAY=${days()}`,
    () => `FREQ=YEARLY;BYMONTH=${months()};BYDAY=${weekdays()}`,
  ])();
  const interval = random.chance(0.4) ? `;INTERVAL=${2 + random.int(2)}` : '';
  const end = random.pick(['', `;COUNT=${1 + random.int(40)}`, ';UNTIL=20290615T093000Z']);
  return rule + interval + end;
}

test('[Z8] the parts of a series share its occurrences out, and each is one series of Graph’s by itself', () => {
  const random = new Random(20_261_127);
  const counts = { whole: 0, parts: 0, singles: 0, none: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const start = new Date(randomStart(random)).toISOString().slice(0, 19);
    const end = new Date(Date.parse(`${start}Z`) + 3_600_000).toISOString().slice(0, 19);
    const when: When = random.chance(0.8)
      ? { kind: 'timed', start, end, timeZone: 'Europe/Berlin' }
      : { kind: 'all-day', startDate: start.slice(0, 10), endDate: end.slice(0, 10) };
    if (when.kind === 'all-day' && when.startDate === when.endDate) continue;
    const text = `RRULE:${randomUnion(random)}`;
    const series = { when, recurrence: parseRecurrence([text], when) };
    const form = divideSeries(series);
    counts[form.kind]++;
    if (form.kind !== 'parts') continue;
    const what = JSON.stringify([when, text]);
    const found = form.parts.flatMap(startsOf).sort().slice(0, 150);
    expect(found, what).toEqual(startsOf(series).slice(0, 150));
    for (const part of form.parts) {
      const again = toGraphRecurrence(part);
      expect(again.kind === 'series' && again.parts.length, what).toBe(1);
      expect(divideSeries(part), what).toEqual({ kind: 'whole' });
    }
  }
  expect(counts.parts).toBeGreaterThan(ROUNDS / 2);
}, 60_000);

test('[Z8] what is left out is in none of the parts, and dividing is the same each time', () => {
  const when: When = {
    kind: 'timed',
    start: '2027-03-01T09:00:00',
    end: '2027-03-01T10:00:00',
    timeZone: 'Europe/Berlin',
  };
  const rule = 'RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=6';
  const whole = { when, recurrence: parseRecurrence([rule], when) };
  const left = { when, recurrence: parseRecurrence([rule, 'EXDATE:20270401T090000'], when) };
  expect(divideSeries(left)).toEqual(divideSeries(whole));
  expect(divideSeries(whole)).toMatchObject({
    parts: [
      {
        when: { start: '2027-03-01T09:00:00' },
        recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3'] },
      },
      {
        when: { start: '2027-03-15T09:00:00' },
        recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=15;COUNT=3'] },
      },
    ],
  });
});
