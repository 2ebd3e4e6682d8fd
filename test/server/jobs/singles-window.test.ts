import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type SeriesStack, startSeries } from '../../support/series.ts';

/* A series that Outlook has date by date, as months go by. */

const DAY_MS = 24 * 60 * 60_000;
const day = (count: number) => new Date(Date.now() + count * DAY_MS).toISOString().slice(0, 10);

vi.setConfig({ testTimeout: 90_000 });

let series: SeriesStack;
beforeAll(async () => {
  series = await startSeries({ from: `${day(0)}T00:00:00Z`, to: `${day(900)}T00:00:00Z` });
});
afterAll(() => series.stack.stop());

test('[O13] dates come in as the year goes on, past ones stay, and nothing is written for nothing', async () => {
  const people = await series.connect('outlook');
  const event = await people.addSeries({
    start: `${day(10)}T09:00`,
    end: `${day(10)}T10:00`,
    recurrence: { rules: ['FREQ=WEEKLY'], rdates: [`${day(11)}T09:00:00`, `${day(600)}T09:00:00`] },
  });
  // The first coming date is there, however far away it is.
  await people.addSeries({
    title: 'Jubilee',
    start: `${day(500)}T09:00`,
    end: `${day(500)}T10:00`,
    recurrence: { rules: ['FREQ=DAILY;COUNT=1'], rdates: [`${day(800)}T09:00:00`] },
  });
  await series.sync();
  const datesThere = async () =>
    (await people.there('outlook')).filter((one) => one.endsWith('Visit'));
  const before = await datesThere();
  expect(before).toHaveLength(51 + 1);
  expect(await people.there('outlook')).toContain(`${day(500)}T09:00 Jubilee`);
  await people.cancelOccurrence(event.id, `${day(11)}T09:00:00`);
  // Beyond the year: it is there as it is called when its time comes.
  await people.changeOccurrence(event.id, `${day(10 + 7 * 54)}T09:00:00`, { title: 'Big Visit' });
  await series.sync();

  const writes = () =>
    series.stack.sandbox.calls.filter(
      ({ method, operation }) => method !== 'GET' && operation.startsWith('events'),
    );
  const count = writes().length;
  await series.sync(20 * DAY_MS);
  expect(writes()).toHaveLength(count);
  for (let month = 0; month < 4; month++) await series.sync(31 * DAY_MS);
  const after = await datesThere();
  expect(after.slice(0, 51)).toEqual(before.toSpliced(1, 1));
  expect(after.length).toBeGreaterThan(51 + 14);
  expect(after).toContain(`${day(10 + 7 * 54)}T09:00 Big Visit`);
  expect(new Set(after).size).toBe(after.length);
  const written = writes().slice(count);
  expect(written.map(({ operation }) => operation)).toEqual(written.map(() => 'events.create'));
  expect(written).toHaveLength(after.length - 51);
  const { copies } = await people.get(event.id);
  expect(copies).toMatchObject([{ state: 'synced', reason: null, next_attempt_at: null }]);
});
