import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type SeriesStack, startSeries } from '../../support/series.ts';

/* A series that Graph holds as several, when its calendar is disconnected and connected again. */

const window = { from: '2027-02-20T00:00:00Z', to: '2027-05-10T00:00:00Z' };
const dates = ['2027-03-01', '2027-03-15', '2027-04-01', '2027-04-15'];
const visits = dates.map((date) => `${date}T09:00 Visit`);

vi.setConfig({ testTimeout: 90_000 });

let series: SeriesStack;
beforeAll(async () => {
  series = await startSeries(window);
});
afterAll(() => series.stack.stop());

async function withParts() {
  const people = await series.connect('outlook');
  const { id } = await people.addSeries({
    start: `${dates[0]}T09:00`,
    end: `${dates[0]}T10:00`,
    recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4'] },
  });
  await series.sync();
  await people.changeOccurrence(id, `${dates[2]}T09:00:00`, { title: 'Big visit' });
  await series.sync();
  const seriesThere = async () =>
    [...new Set((await people.find('outlook')).map(({ seriesId }) => seriesId))].sort();
  const list = () =>
    people.client.get<{ integrations: { id: string; email: string }[] }>(
      '/api/calendar/connect?action=list',
    );
  const [connection] = (await list()).integrations;
  const disconnect = (more: object) =>
    people.client.send('POST', '/api/calendar/connect', {
      action: 'disconnect',
      integration_id: connection?.id,
      ...more,
    });
  const reconnect = async () => {
    expect(await series.stack.connect(people.person, 'outlook', connection?.email ?? '')).toContain(
      'connected',
    );
    for (let round = 0; round < 3; round++) await series.sync();
  };
  return { people, id, seriesThere, disconnect, reconnect };
}

const expected = visits.with(2, `${dates[2]}T09:00 Big visit`);

test('[E2] [O12] disconnected and connected again: each of the series is known again, and none is made twice', async () => {
  const { people, id, seriesThere, disconnect, reconnect } = await withParts();
  const before = await seriesThere();
  await disconnect({});
  await reconnect();
  await people.expectEverywhere(expected);
  expect(await seriesThere()).toEqual(before);
  await people.change(id, { location: 'Roof' });
  await series.sync();
  await people.expectEverywhere(expected.map((one) => `${one} at Roof`));
  expect(await seriesThere()).toEqual(before);
});

test('[O12] changed here while disconnected: each of the series is as the event is', async () => {
  const { people, id, seriesThere, disconnect, reconnect } = await withParts();
  const before = await seriesThere();
  await disconnect({});
  await people.change(id, { location: 'Roof' });
  await reconnect();
  await people.expectEverywhere(expected.map((one) => `${one} at Roof`));
  expect(await seriesThere()).toEqual(before);
  expect((await people.get(id)).copies).toHaveLength(1);
});

test('[O12] with delete_copies all of the series go, the event stays, and connected again it is there once', async () => {
  const { people, id, disconnect, reconnect } = await withParts();
  await disconnect({ delete_copies: true });
  expect(await people.there('outlook')).toEqual([]);
  expect(await people.here()).toEqual(expected);
  expect((await people.get(id)).outlook_event_id).toBeNull();
  await reconnect();
  await people.expectEverywhere(expected);
  expect((await people.get(id)).copies).toHaveLength(1);
});
