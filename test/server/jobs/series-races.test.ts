import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Field, providers, startField } from '../../support/field.ts';
import {
  addSeriesOwner,
  occurrenceOn,
  type SeriesOwner,
  visits,
  visitsBut,
} from '../../support/series-people.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const settle = async () => {
  for (let round = 0; round < 4; round++) await field.sync();
};

async function patch(owner: SeriesOwner, body: object): Promise<void> {
  const { version } = await owner.get();
  await owner.person.client.send('PATCH', owner.path, { version, ...body });
}

const toEleven = {
  start: '2027-03-16T11:00',
  end: '2027-03-16T12:00',
  time_zone: 'Europe/Berlin',
};

describe.each(providers)('at %s', (provider) => {
  const edit = async (owner: SeriesOwner, index: number, title: string) => {
    const found = await owner.listAt(provider);
    await owner.mailboxes[provider].there.edit(found[index]?.id ?? '', { title });
  };

  test('[O10] an occurrence is edited after its series was moved here, and before that is there: both stand', async () => {
    const owner = await addSeriesOwner(field);
    await patch(owner, toEleven);
    await edit(owner, 2, 'Big visit');
    await settle();
    const moved = visits.map((visit) => visit.replace('T09', 'T11'));
    moved[2] = '2027-03-30T11:00 Big visit';
    await owner.expectEverywhere(moved);
  });

  test('[O10] an occurrence is cancelled after its series was moved here, and before that is there: both stand', async () => {
    const owner = await addSeriesOwner(field);
    await patch(owner, toEleven);
    const found = await owner.listAt(provider);
    await owner.mailboxes[provider].there.remove(found[2]?.id ?? '');
    await settle();
    const moved = visits.map((visit) => visit.replace('T09', 'T11'));
    await owner.expectEverywhere(moved.toSpliced(2, 1));
  });

  test('[O10] an occurrence is edited whose date the series has no more here: it can be restored', async () => {
    const owner = await addSeriesOwner(field);
    await patch(owner, { recurrence: { rules: ['FREQ=WEEKLY;COUNT=3'] } });
    await edit(owner, 4, 'Big visit');
    await settle();
    await owner.expectEverywhere(visits.slice(0, 3));
    const [dropped, ...others] = await owner.listDeleted();
    expect(others).toEqual([]);
    expect(dropped).toMatchObject({ title: 'Big visit', start: '2027-04-13T09:00:00' });
    await owner.person.client.send('POST', `/api/activities/${dropped?.id}/restore`);
    await settle();
    await owner.expectEverywhere([...visits.slice(0, 3), '2027-04-13T09:00 Big visit']);
  });

  test('[O2] [D1] an occurrence is cancelled here while all are renamed there: it is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    await owner.mailboxes[provider].there.edit(await owner.idAt(provider), { title: 'Call' });
    await owner.person.client.send('DELETE', `${owner.path}/${occurrenceOn('2027-03-30')}`);
    // What was cancelled here is written before the calendar is read.
    await field.sync(1_000);
    await settle();
    const called = visits.map((visit) => visit.replace('Visit', 'Call'));
    await owner.expectEverywhere(called.toSpliced(2, 1));
  });

  test('[O11] a series is deleted here while an occurrence is edited there: it comes back, and a person is asked', async () => {
    const owner = await addSeriesOwner(field);
    await owner.person.client.send('DELETE', owner.path);
    await edit(owner, 2, 'Big visit');
    await settle();
    const series = await owner.get();
    const copy = series.copies.find((one) => one.provider === provider);
    expect(copy).toMatchObject({ state: 'conflict', choices: ['keep', 'delete'] });
    const expected = visitsBut({ 2: '2027-03-30T09:00 Big visit' });
    const here = (await owner.list()).map(({ start, title }) => `${start.slice(0, 16)} ${title}`);
    expect(here.sort()).toEqual(expected);
    const resolve = `${owner.path}/copies/${copy?.id}/resolve`;
    await owner.person.client.send('POST', resolve, { choice: 'keep' });
    await settle();
    await owner.expectEverywhere(expected);
  });

  test('[O11] what is edited there was known here: the series is deleted', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 2, 'Big visit');
    await settle();
    const { version } = await owner.get();
    await owner.person.client.send('PATCH', `${owner.path}/${occurrenceOn('2027-04-06')}`, {
      scope: 'this',
      version,
      location: 'Roof',
    });
    await patch(owner, { title: 'Call' });
    await field.sync();
    await owner.person.client.send('DELETE', owner.path);
    await settle();
    await owner.expectEverywhere([]);
  });

  test('[O11] a person says that it is to be deleted there, too', async () => {
    const owner = await addSeriesOwner(field);
    await owner.person.client.send('DELETE', owner.path);
    await edit(owner, 2, 'Big visit');
    await settle();
    const copy = (await owner.get()).copies.find((one) => one.provider === provider);
    const resolve = `${owner.path}/copies/${copy?.id}/resolve`;
    await owner.person.client.send('POST', resolve, { choice: 'delete' });
    await settle();
    await owner.expectEverywhere([]);
  });
});
