import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Field, providers, startField } from '../../support/field.ts';
import type { Typed } from '../../support/person-at-provider.ts';
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

const atEleven = { start: '2027-03-16T11:00', end: '2027-03-16T12:00' };
const toEleven = { ...atEleven, time_zone: 'Europe/Berlin' };
const moved = visits.map((visit) => visit.replace('T09', 'T11'));
const called = visits.map((visit) => visit.replace('Visit', 'Call'));

const goFirst = (which: string) =>
  field.query(
    `update event_links set next_attempt_at = next_attempt_at - interval '1 minute'
     where ${which} and next_attempt_at is not null`,
  );
const letSeriesGoFirst = () => goFirst('series_form is null');
const letExceptionsGoFirst = () => goFirst('series_form is not null');

describe.each(providers)('at %s', (provider) => {
  const editAll = async (owner: SeriesOwner, typed: Typed) =>
    owner.mailboxes[provider].there.edit(await owner.idAt(provider), typed);
  const remove = async (owner: SeriesOwner, index: number) => {
    const found = await owner.listAt(provider);
    await owner.mailboxes[provider].there.remove(found[index]?.id ?? '');
  };
  const edit = async (owner: SeriesOwner, index: number, title: string) => {
    const found = await owner.listAt(provider);
    await owner.mailboxes[provider].there.edit(found[index]?.id ?? '', { title });
  };

  test('[D6] a list of occurrences lacks one by mistake: it is not taken for cancelled', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    let emptiedCount = 0;
    field.between({
      answer(body, { url }) {
        if (!url.includes('/instances') || emptiedCount > 0) return body;
        emptiedCount++;
        return JSON.stringify({ ...JSON.parse(body), items: [], value: [] });
      },
    });
    await settle();
    expect(emptiedCount).toBe(1);
    await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit' }));
  });

  test('[O10] an occurrence is edited after its series was moved here, and before that is there: both stand', async () => {
    const owner = await addSeriesOwner(field);
    await owner.change(toEleven);
    await edit(owner, 2, 'Big visit');
    await settle();
    await owner.expectEverywhere(moved.with(2, '2027-03-30T11:00 Big visit'));
  });

  test('[O4] the answer to a move of all is lost, and what is said of one is not', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await settle();
    await owner.change(toEleven);
    // The series gets its turn first, and its exception when nobody knows what came of that.
    await letSeriesGoFirst();
    const isLost = field.fail({ provider, method: 'PATCH' }, { kind: 'reset', when: 'after' });
    await field.sync(1_000);
    expect(isLost()).toBe(1);
    await settle();
    await owner.expectEverywhere(moved.with(1, '2027-03-23T11:00 Big visit'));
  });

  test('[O5] [O4] all are renamed there while one that was named there waits to follow a move made here: it keeps its name, and nobody is asked', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 1, 'Big visit');
    await settle();
    await owner.change(toEleven);
    await letSeriesGoFirst();
    // It is moved, which drops what its calendar has of the one; that it is told again fails.
    const isRefused = field.fail(
      { provider, method: 'PATCH' },
      { kind: 'reset', when: 'before' },
      { nth: 2 },
    );
    await field.sync(1_000);
    expect(isRefused()).toBe(1);
    const dropped = await owner.listAt(provider);
    expect(dropped[1]).toMatchObject({ start: '2027-03-23T11:00', title: 'Visit' });
    await editAll(owner, { title: 'Call' });
    await settle();
    const both = called.map((visit) => visit.replace('T09', 'T11'));
    await owner.expectEverywhere(both.with(1, '2027-03-23T11:00 Big visit'));
    const copies = (await owner.list()).flatMap((event) => event.copies);
    expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
  });

  test('[O5] a series is moved here and back: what a changed occurrence was told in between moves nothing', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await settle();
    for (const hour of ['11', '09']) {
      await owner.change({
        ...toEleven,
        start: `2027-03-16T${hour}:00`,
        end: `2027-03-16T${hour}:30`,
      });
      await letExceptionsGoFirst();
      await field.sync(1_000);
      await settle();
    }
    await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit' }));
  });

  test('[O4] an occurrence is moved and moved back, in a zone of another name: it is moved with all again', async () => {
    const owner = await addSeriesOwner(field, { time_zone: 'Europe/Vienna' });
    const { there } = owner.mailboxes[provider];
    for (const hour of ['15', '09']) {
      const second = (await owner.listAt(provider))[1]?.id ?? '';
      await there.edit(second, { start: `2027-03-23T${hour}:00`, end: `2027-03-23T${hour}:30` });
      await settle();
    }
    const second = (await owner.listAt(provider))[1]?.id ?? '';
    await there.edit(second, { end: '2027-03-23T10:00' });
    await settle();
    await owner.change({ ...toEleven, time_zone: 'Europe/Vienna' });
    await settle();
    await owner.expectEverywhere(moved);
  });

  test('[O10] an occurrence is cancelled after its series was moved here, and before that is there: both stand', async () => {
    const owner = await addSeriesOwner(field);
    await owner.change(toEleven);
    await remove(owner, 2);
    await settle();
    await owner.expectEverywhere(moved.toSpliced(2, 1));
  });

  test('[O10] one that says something of its own is cancelled after its series was moved here, and before that is there: both stand', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-30', { title: 'Big visit' });
    await settle();
    await owner.change(toEleven);
    await remove(owner, 2);
    await settle();
    await owner.expectEverywhere(moved.toSpliced(2, 1));
  });

  test('[O2] [O5] a series is moved there and back before anybody looks: what was said of single occurrences stays', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await owner.cancelOn('2027-04-06');
    await settle();
    const { there } = owner.mailboxes[provider];
    const id = await owner.idAt(provider);
    await there.edit(id, atEleven);
    await there.edit(id, { start: '2027-03-16T09:00', end: '2027-03-16T10:00' });
    await settle();
    await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit', 3: null }));
  });

  test('[O10] an occurrence is edited whose date the series has no more here: it can be restored', async () => {
    const owner = await addSeriesOwner(field);
    await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=3'] } });
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

  test('[O10] an occurrence is edited before another rule of its series, made here, is there: both stand', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 2, 'Big visit');
    await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6'] } });
    // What was changed here is written before the calendar is read.
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere([
      '2027-03-16T09:00 Visit',
      '2027-03-18T09:00 Visit',
      '2027-03-23T09:00 Visit',
      '2027-03-25T09:00 Visit',
      '2027-03-30T09:00 Big visit',
      '2027-04-01T09:00 Visit',
    ]);
  });

  test('[O2] [O5] a series recurs otherwise and then as before: what was cancelled is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    await owner.cancelOn('2027-03-30');
    await settle();
    await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10'] } });
    await settle();
    await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=5'] } });
    await settle();
    await owner.expectEverywhere(visits.toSpliced(2, 1));
  });

  test('[O5] all are moved there while all are renamed here: what says something of its own stays', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await settle();
    await owner.change({ title: 'Call' });
    await editAll(owner, atEleven);
    // What was changed here is written before the calendar is read.
    await field.sync(1_000);
    await settle();
    const both = called.map((visit) => visit.replace('T09', 'T11'));
    await owner.expectEverywhere(both.with(1, '2027-03-23T11:00 Big visit'));
  });

  test('[O2] [D1] an occurrence is cancelled here while all are renamed there: it is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    await editAll(owner, { title: 'Call' });
    await owner.cancelOn('2027-03-30');
    // What was cancelled here is written before the calendar is read.
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(called.toSpliced(2, 1));
  });

  test.each([
    ['that was none before', false],
    ['that was one before', true],
  ])(
    '[O5] an exception %s is changed here while all are moved there: it is there still, and can be cancelled',
    async (_, wasOne) => {
      const owner = await addSeriesOwner(field);
      if (wasOne) await owner.changeOn('2027-03-30', { title: 'Small visit' });
      if (wasOne) await settle();
      await editAll(owner, atEleven);
      await owner.changeOn('2027-03-30', { title: 'Big visit' });
      // What was changed here is written before the calendar is read.
      await field.sync(1_000);
      await settle();
      await owner.expectEverywhere(moved.with(2, '2027-03-30T11:00 Big visit'));
      await owner.cancelOn('2027-03-30', '11');
      await settle();
      await owner.expectEverywhere(moved.toSpliced(2, 1));
    },
  );

  /** A run that hears what the calendar tells ends before it does anything about it. */
  const endRunsEarly = async (owner: SeriesOwner) => {
    const { client } = owner.person;
    const event = await client.send<{ id: string; version: number }>('POST', '/api/activities', {
      lead_id: owner.leadId,
      title: 'Other',
      start: '2027-01-05T09:00',
      end: '2027-01-05T10:00',
      time_zone: 'Europe/Berlin',
    });
    await settle();
    const { id, version } = event;
    await client.send('PATCH', `/api/activities/${id}`, { version, title: 'Another' });
    return field.fail({ provider, method: 'PATCH' }, { kind: 'status', status: 429 });
  };

  test('[O2] an occurrence is cancelled there, and all are renamed there before that is decided here: it is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    const isBusy = await endRunsEarly(owner);
    await remove(owner, 2);
    await field.sync();
    expect(isBusy()).toBe(1);
    await editAll(owner, { title: 'Call' });
    await settle();
    await owner.expectEverywhere(called.toSpliced(2, 1));
  });

  test('[O2] [D2] an occurrence is cancelled there, and read in the other calendar, where all were renamed, before that is decided here: it is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    const isBusy = await endRunsEarly(owner);
    await remove(owner, 2);
    const other = provider === 'google' ? 'outlook' : 'google';
    await owner.mailboxes[other].there.edit(await owner.idAt(other), { title: 'Call' });
    // That one leaves the name out of its list.
    const feed = other === 'google' ? 'singleEvents=false.*syncToken' : 'deltatoken';
    field.fail({ provider: other, path: feed }, { kind: 'truncate-listing', keep: 0 });
    await field.sync();
    expect(isBusy()).toBe(1);
    await settle();
    await owner.expectEverywhere(called.toSpliced(2, 1));
  });

  test('[O2] an occurrence is cancelled there while all are renamed here: it is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    await remove(owner, 2);
    await owner.change({ title: 'Call' });
    await settle();
    await owner.expectEverywhere(called.toSpliced(2, 1));
  });

  test('[D5] an occurrence is cancelled there while it is renamed here, and then all are: it stays, and a person is asked', async () => {
    const owner = await addSeriesOwner(field);
    await remove(owner, 2);
    await owner.changeOn('2027-03-30', { title: 'Big visit' });
    await owner.change({ title: 'Call' });
    await settle();
    const one = (await owner.list()).find(({ title }) => title === 'Big visit');
    expect(one).toMatchObject({ status: 'confirmed' });
    expect(one?.copies.find((copy) => copy.provider === provider)).toMatchObject({
      state: 'detached',
    });
  });

  test('[O2] [D1] an occurrence is cancelled here while all are made longer there: it is gone everywhere', async () => {
    const owner = await addSeriesOwner(field);
    const longer = { start: '2027-03-16T09:00', end: '2027-03-16T11:00' };
    await editAll(owner, longer);
    await owner.cancelOn('2027-03-30');
    // What was cancelled here is written before the calendar is read.
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(visits.toSpliced(2, 1));
  });

  test('[O4] one is named here as all were before they were renamed there: it keeps its name', async () => {
    const owner = await addSeriesOwner(field);
    await editAll(owner, { title: 'Call' });
    await owner.changeOn('2027-03-30', { location: 'Roof' });
    await field.sync(1_000);
    await owner.changeOn('2027-03-30', { title: 'Visit' });
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(called.with(2, '2027-03-30T09:00 Visit'));
  });

  test('[O4] one is named here and then all are, before either is there: it keeps its name, and nobody is asked', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-30', { title: 'Big visit' });
    await owner.change({ title: 'Call' });
    await settle();
    await owner.expectEverywhere(called.with(2, '2027-03-30T09:00 Big visit'));
    const copies = (await owner.list()).flatMap((event) => event.copies);
    expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
  });

  test('[O4] one is named there and then all are, before either is heard of: it keeps its name, and nobody is asked', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await settle();
    await edit(owner, 1, 'Big visit');
    await editAll(owner, { title: 'Call' });
    await settle();
    await owner.expectEverywhere(called.with(1, '2027-03-23T09:00 Big visit'));
    const { copies } = await owner.get();
    expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
  });

  test('[O4] one is named here as all are then, and all are renamed: it is, too, on both sides', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Call' });
    await settle();
    await owner.change({ title: 'Call' });
    await settle();
    await owner.change({ title: 'Chat', location: 'Roof' });
    await settle();
    await owner.expectEverywhere(visits.map((visit) => visit.replace('Visit', 'Chat')));
  });

  test('[O2] [O5] one that was cancelled there and kept here is cancelled in another calendar, after its series was moved: it is gone', async () => {
    const owner = await addSeriesOwner(field);
    await remove(owner, 2);
    await owner.changeOn('2027-03-30', { title: 'Big visit' });
    await settle();
    await owner.change(toEleven);
    await settle();
    const other = provider === 'google' ? 'outlook' : 'google';
    const there = (await owner.listAt(other)).find(({ start }) => start.startsWith('2027-03-30'));
    await owner.mailboxes[other].there.remove(there?.id ?? '');
    await settle();
    await owner.expectEverywhere(moved.toSpliced(2, 1));
  });

  test('[O7] a call about an occurrence fails while its series is deleted here: nothing waits, and restored it has what was changed', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    const isLost = field.fail(
      { provider, method: 'GET', path: 'instances' },
      { kind: 'status', status: 503 },
    );
    let count = 0;
    field.between({
      async request(request) {
        const api = provider === 'google' ? '/calendar/v3/' : '/v1.0/';
        const isIt = request.url.includes(api) && request.url.includes('/instances');
        if (isIt && count++ === 0) await owner.person.client.send('DELETE', owner.path);
        return request;
      },
    });
    await field.sync(1_000);
    expect(isLost()).toBe(1);
    expect(count).toBeGreaterThan(0);
    await settle();
    await owner.expectEverywhere([]);
    expect(await owner.mailboxes[provider].connection()).toMatchObject({ waiting_count: 0 });
    await owner.person.client.send('POST', `${owner.path}/restore`);
    await settle();
    await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit' }));
  });

  test('[D5] [O7] a series is deleted there after all were renamed here: what was changed of one stays with it', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await settle();
    await owner.change({ title: 'Call' });
    await owner.mailboxes[provider].there.remove(await owner.idAt(provider));
    await settle();
    const listHere = async () =>
      (await owner.list()).map(({ start, title }) => `${start.slice(0, 16)} ${title}`).sort();
    expect(await listHere()).toEqual(called.with(1, '2027-03-23T09:00 Big visit'));
    await owner.change({ location: 'Roof' });
    await owner.changeOn('2027-03-30', { title: 'Small visit' });
    await settle();
    const expected = called
      .with(1, '2027-03-23T09:00 Big visit')
      .with(2, '2027-03-30T09:00 Small visit');
    expect(await listHere()).toEqual(expected);
    const { copies } = await owner.get();
    const copy = copies.find((one) => one.provider === provider);
    expect(copy).toMatchObject({ state: 'detached', choices: ['put-back', 'delete'] });
    const resolve = `${owner.path}/copies/${copy?.id}/resolve`;
    await owner.person.client.send('POST', resolve, { choice: 'put-back' });
    await settle();
    await owner.expectEverywhere(expected);
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

  test('[D4] [O11] one that came back goes with its series there, which was changed here: the other calendar has neither', async () => {
    const owner = await addSeriesOwner(field);
    await owner.cancelOn('2027-04-13');
    await edit(owner, 4, 'Big visit');
    await settle();
    const back = (await owner.list()).find(({ title }) => title === 'Big visit');
    const asked = back?.copies.find((one) => one.provider === provider);
    expect(asked).toMatchObject({ state: 'conflict', choices: ['keep', 'delete'] });
    await owner.change({ title: 'Call' });
    await owner.mailboxes[provider].there.remove(await owner.idAt(provider));
    await settle();
    const copy = (await owner.get()).copies.find((one) => one.provider === provider);
    expect(copy).toMatchObject({ state: 'detached', choices: ['put-back', 'delete'] });
    const left = called.slice(0, 4);
    const here = (await owner.list()).map(({ start, title }) => `${start.slice(0, 16)} ${title}`);
    expect(here.sort()).toEqual(left);
    const other = provider === 'google' ? 'outlook' : 'google';
    const there = (await owner.listAt(other)).map(({ start, title }) => `${start} ${title}`);
    expect(there).toEqual(left);
    const resolve = `${owner.path}/copies/${copy?.id}/resolve`;
    await owner.person.client.send('POST', resolve, { choice: 'put-back' });
    await settle();
    await owner.expectEverywhere(left);
  });

  test('[O11] one that was changed before is edited there again: it comes back as it is there', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 2, 'Big visit');
    await settle();
    await owner.person.client.send('DELETE', owner.path);
    await edit(owner, 2, 'Bigger visit');
    await settle();
    const found = (await owner.list()).find(({ title }) => title === 'Bigger visit');
    const own = found?.copies.find((one) => one.provider === provider);
    expect(own).toMatchObject({ state: 'synced' });
    const asked = (await owner.get()).copies.find(({ state }) => state === 'conflict');
    const resolve = `${owner.path}/copies/${asked?.id}/resolve`;
    await owner.person.client.send('POST', resolve, { choice: 'keep' });
    await settle();
    await owner.expectEverywhere(visitsBut({ 2: '2027-03-30T09:00 Bigger visit' }));
  });

  test('[O11] what is edited there was known here: the series is deleted', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 2, 'Big visit');
    await settle();
    await owner.changeOn('2027-04-06', { location: 'Roof' });
    await owner.change({ title: 'Call' });
    await field.sync();
    await owner.person.client.send('DELETE', owner.path);
    await settle();
    await owner.expectEverywhere([]);
  });

  test('[O11] what is edited there was written by us, without an answer: the series is deleted', async () => {
    const owner = await addSeriesOwner(field);
    // A service may give back what it made of it.
    await owner.changeOn('2027-03-23', { title: 'Big visit ', show_as: 'working-elsewhere' });
    const isLost = field.fail({ provider, method: 'PATCH' }, { kind: 'reset', when: 'after' });
    await field.sync(1_000);
    expect(isLost()).toBe(1);
    await owner.person.client.send('DELETE', owner.path);
    await settle();
    expect(await owner.listAt(provider)).toEqual([]);
    expect((await owner.listDeleted()).map(({ title }) => title)).toEqual(['Visit']);
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

test('[O1] a series that ends at its last start is moved to a later hour in Outlook: the last date stays', async () => {
  const rules = ['FREQ=WEEKLY;UNTIL=20270413T070000Z'];
  const owner = await addSeriesOwner(field, { recurrence: { rules } });
  await owner.mailboxes.outlook.there.edit(await owner.idAt('outlook'), atEleven);
  await settle();
  await owner.expectEverywhere(moved);
});

test('[O5] a mailbox that tells no exceptions of long ago has not wiped them: nobody asks for them', async () => {
  const times = { start: '2025-03-18T09:00', end: '2025-03-18T10:00' };
  const owner = await addSeriesOwner(field, {
    ...times,
    recurrence: { rules: ['FREQ=WEEKLY;COUNT=110'] },
  });
  await owner.cancelOn('2025-03-25');
  await owner.cancelOn('2027-03-23');
  await settle();
  const asked: string[] = [];
  field.between({
    request: (request) => {
      asked.push(request.url);
      return request;
    },
  });
  const { sandbox } = field.stack;
  sandbox.setSwitch('outlook.knowsExceptionOccurrences', false);
  try {
    const { there } = owner.mailboxes.outlook;
    const id = await owner.idAt('outlook');
    await there.edit(id, { start: '2025-03-18T11:00', end: '2025-03-18T12:00' });
    await there.edit(id, times);
    await settle();
  } finally {
    sandbox.setSwitch('outlook.knowsExceptionOccurrences', true);
  }
  expect(asked.filter((url) => url.includes('2027-03-2'))).not.toEqual([]);
  expect(asked.filter((url) => url.includes('2025-03'))).toEqual([]);
  const found = await owner.listAt('outlook');
  expect(found.map(({ start }) => start)).not.toContain('2027-03-23T09:00');
});

test('[O4] what Google cannot tell from all, of one, stays when all change there with the series', async () => {
  const owner = await addSeriesOwner(field);
  await owner.changeOn('2027-03-30', { show_as: 'tentative' });
  await settle();
  await owner.change({ show_as: 'free' });
  await settle();
  const { items } = (await owner.mailboxes.google.there.call(
    'GET',
    '/calendar/v3/calendars/primary/events?singleEvents=true',
  )) as { items: { transparency?: string }[] };
  const isFree = items.map(({ transparency }) => transparency === 'transparent');
  expect(isFree).toEqual([true, true, false, true, true]);
  await owner.expectEverywhere(visits);
});

test('[O4] [O5] one that says something of its own is changed again once its series recurs otherwise here, before either is there: it says the last, and nobody is asked', async () => {
  const owner = await addSeriesOwner(field);
  const say = (title: string, from: string, to: string) =>
    owner.changeOn('2027-03-23', {
      title,
      start: `2027-03-23T${from}`,
      end: `2027-03-23T${to}`,
      time_zone: 'Europe/Berlin',
    });
  await say('Big visit', '11:00', '12:00');
  await settle();
  await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=4'] } });
  await say('Bigger visit', '13:00', '15:00');
  await settle();
  await owner.expectEverywhere(visits.slice(0, 4).with(1, '2027-03-23T13:00 Bigger visit'));
  const copies = (await owner.list()).flatMap((event) => event.copies);
  expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
});

test('[O2] [O5] one that says something of its own is cancelled once its series recurs otherwise here, before either is there: it is gone everywhere', async () => {
  const owner = await addSeriesOwner(field);
  await owner.changeOn('2027-03-23', { title: 'Big visit' });
  await settle();
  await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=4'] } });
  await owner.cancelOn('2027-03-23');
  await settle();
  await owner.expectEverywhere(visits.slice(0, 4).toSpliced(1, 1));
});

test('[O11] [Q2] Outlook asks to slow down just after an occurrence was written: it was, and the series is deleted', async () => {
  const owner = await addSeriesOwner(field);
  await owner.changeOn('2027-03-23', { title: 'Big visit' });
  const isAsked = field.fail(
    { provider: 'outlook', method: 'GET', path: 'select=originalStart$' },
    { kind: 'status', status: 429, retryAfterS: 1 },
  );
  await field.sync(1_000);
  expect(isAsked()).toBe(1);
  await owner.person.client.send('DELETE', owner.path);
  await settle();
  await owner.expectEverywhere([]);
});

test('[D1] [O5] one that was changed is cancelled here while its series ends earlier at Google: it is gone', async () => {
  const owner = await addSeriesOwner(field);
  await owner.changeOn('2027-03-23', { title: 'Big visit' });
  await settle();
  const raw = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] };
  await owner.mailboxes.google.there.edit(await owner.idAt('google'), { raw });
  await owner.cancelOn('2027-03-23');
  await settle();
  await owner.expectEverywhere(visits.slice(0, 3).toSpliced(1, 1));
});

test('[O5] [Q2] what was written of one had no answer, and its series ends earlier at Google: what is said of it here since stands', async () => {
  const owner = await addSeriesOwner(field);
  await owner.changeOn('2027-03-23', { title: 'Big visit' });
  const isLost = field.fail(
    { provider: 'google', account: owner.mailboxes.google.email, method: 'PATCH' },
    { kind: 'reset', when: 'after' },
  );
  await field.sync(1_000);
  expect(isLost()).toBe(1);
  const raw = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] };
  await owner.mailboxes.google.there.edit(await owner.idAt('google'), { raw });
  await owner.changeOn('2027-03-23', { title: 'Bigger visit' });
  await letSeriesGoFirst();
  await settle();
  await owner.expectEverywhere(visits.slice(0, 3).with(1, '2027-03-23T09:00 Bigger visit'));
  const copies = (await owner.list()).flatMap((event) => event.copies);
  expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
});

test('[O2] a page of a portal in the place of a series does not set it aside', async () => {
  const owner = await addSeriesOwner(field);
  const id = await owner.idAt('outlook');
  await owner.mailboxes.outlook.there.edit(id, { title: 'Call' });
  const fired = field.fail(
    { provider: 'outlook', method: 'GET', path: 'cancelledOccurrences' },
    { kind: 'html-page', status: 200 },
  );
  await settle();
  expect(fired()).toBe(1);
  await owner.expectEverywhere(called);
});

test('[O2] what is answered to the request for a token says nothing of the series', async () => {
  const owner = await addSeriesOwner(field);
  const { email, there } = owner.mailboxes.outlook;
  await there.edit(await owner.idAt('outlook'), { title: 'Call' });
  const expired = field.fail(
    { provider: 'outlook', account: email, method: 'GET', path: 'cancelledOccurrences' },
    { kind: 'expire-token' },
  );
  let pageCount = 0;
  field.between({
    answer(body, { url }) {
      if (expired() === 0 || pageCount > 0 || !url.endsWith('/token')) return body;
      pageCount++;
      return '<html></html>';
    },
  });
  await settle();
  expect(pageCount).toBe(1);
  await owner.expectEverywhere(called);
});

test('[R2] Outlook asks for a pause when it has written an occurrence: it is not called before that is over', async () => {
  const owner = await addSeriesOwner(field);
  for (const date of ['2027-03-23', '2027-03-30']) {
    await owner.changeOn(date, { title: 'Big visit' });
  }
  const path = 'select=originalStart';
  const wish = { kind: 'status', status: 429, retryAfterS: 60 } as const;
  const isSlowed = field.fail({ provider: 'outlook', path }, wish);
  const { sandbox } = field.stack;
  sandbox.clearRecords();
  await field.sync(1_000);
  expect(isSlowed()).toBe(1);
  const slowed = sandbox.calls.find(({ status }) => status === 429);
  const own = sandbox.calls.filter(({ accountId }) => accountId === slowed?.accountId);
  expect(own.at(-1)?.status).toBe(429);
  await settle();
  await owner.expectEverywhere(
    visitsBut({ 1: '2027-03-23T09:00 Big visit', 2: '2027-03-30T09:00 Big visit' }),
  );
});

describe('an occurrence of a series that Outlook holds as several is edited there, and', () => {
  const days = ['2027-03-16', '2027-03-30', '2027-04-16', '2027-04-30'];
  const all = days.map((day) => `${day}T09:00 Visit`);
  const onSixteenth = { recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=16;COUNT=2'] } };
  const leftOf = [all[0] ?? '', all[2] ?? ''];

  /** Its last, which is a series of its own there. */
  async function addEdited() {
    const owner = await addSeriesOwner(field, {
      recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=16,30;COUNT=4'] },
    });
    const last = (await owner.listAt('outlook')).at(-1);
    await owner.mailboxes.outlook.there.edit(last?.id ?? '', { title: 'Big visit' });
    return owner;
  }

  /** What was edited is read, and not decided yet: the part of its series goes first. */
  const readIt = async (owner: SeriesOwner) => {
    await field.sync(500);
    expect((await owner.list()).map(({ title }) => title)).not.toContain('Big visit');
  };

  test('[O10] [O12] is cancelled here, and its series there goes with another rule before that is decided: it can be restored', async () => {
    const owner = await addEdited();
    await owner.cancelOn('2027-04-30');
    await readIt(owner);
    await owner.change(onSixteenth);
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(leftOf);
    expect(await owner.listDeleted()).toMatchObject([{ title: 'Big visit', can_restore: true }]);
  });

  test('[O11] [O12] is changed here, and its series is deleted before that is decided: it comes back, and a person is asked', async () => {
    const owner = await addEdited();
    await owner.changeOn('2027-04-30', { location: 'Roof' });
    await readIt(owner);
    await owner.person.client.send('DELETE', owner.path);
    await field.sync(1_000);
    await settle();
    const copy = (await owner.get()).copies.find((one) => one.provider === 'outlook');
    expect(copy).toMatchObject({ state: 'conflict', choices: ['keep', 'delete'] });
    const one = (await owner.list()).find(({ title }) => title === 'Big visit');
    expect(one).toMatchObject({ location: 'Roof', status: 'confirmed' });
  });

  test('[O6] [O10] is changed here, and its series is split before that is decided: its half has it', async () => {
    const owner = await addEdited();
    await owner.changeOn('2027-04-30', { location: 'Roof' });
    await readIt(owner);
    const { version } = await owner.get();
    await owner.person.client.send('PATCH', `${owner.path}/${occurrenceOn('2027-04-16')}`, {
      scope: 'following',
      version,
      description: 'Bring the ladder.',
    });
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(all.with(3, '2027-04-30T09:00 Big visit'));
    const one = (await owner.list()).find(({ title }) => title === 'Big visit');
    expect(one).toMatchObject({ location: 'Roof', status: 'confirmed' });
  });
});
