import { expect, test } from 'vitest';
import { fitWindow } from './pull-schedule.ts';

const now = Date.UTC(2026, 11, 1);
const days = (daysBack: number, daysAhead: number, max: number | null) => {
  const { start, end } = fitWindow({ daysBack, daysAhead }, max, now);
  return [now - start.getTime(), end.getTime() - now].map((ms) => ms / (24 * 60 * 60_000));
};

test('[U10] a calendar is listed as far as the company wishes, and as its provider lists', () => {
  expect(days(3650, 1825, null)).toEqual([3650, 1825]);
  expect(days(90, 400, 1825)).toEqual([90, 400]);
  // What is long over gives way first, but for the last year.
  expect(days(3650, 400, 1825)).toEqual([1425, 400]);
  expect(days(3650, 1825, 1825)).toEqual([366, 1459]);
  expect(days(90, 1825, 1825)).toEqual([90, 1735]);
});
