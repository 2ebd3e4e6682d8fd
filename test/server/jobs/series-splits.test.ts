import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Field, providers, startField } from '../../support/field.ts';
import type { Typed } from '../../support/person-at-provider.ts';
import {
  addSeriesOwner,
  listAt,
  type ListedSeries,
  occurrenceOn,
  type SeriesOwner,
  tuesdays,
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

const days = (all: readonly { start: string }[]) => all.map(({ start }) => start.slice(0, 10));
const called = visits.map((visit) => visit.replace('Visit', 'Call'));

/** Here, at its third date; answers the second half. */
async function split({ get, path, person }: SeriesOwner): Promise<{ id: string; version: number }> {
  const { version } = await get();
  const changes = { scope: 'following', version, location: 'Roof' };
  return person.client.send('PATCH', `${path}/${occurrenceOn('2027-03-30')}`, changes);
}

describe.each(providers)('at %s', (provider) => {
  /** On so many Tuesdays, as the provider has it. */
  const weekly = (count: number, startDate = tuesdays[0]) => ({
    recurrence:
      provider === 'google'
        ? [`RRULE:FREQ=WEEKLY;COUNT=${count}`]
        : {
            pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
            range: { type: 'numbered', startDate, numberOfOccurrences: count },
          },
  });
  /** A series that came from there; `path`: of its third date. */
  const addImported = async () => {
    const mailbox = await field.addConnected(provider);
    const { client } = mailbox.person;
    const times = { start: '2027-03-16T09:00', end: '2027-03-16T10:00' };
    const id = await mailbox.there.create({ title: 'Visit', ...times, raw: weekly(5) });
    await field.sync();
    const list = async () =>
      (await client.get<{ activities: ListedSeries[] }>('/api/activities')).activities;
    const [series] = await list();
    const path = `/api/activities/${series?.id}/${occurrenceOn('2027-03-30')}`;
    return { mailbox, id, client, list, path, version: series?.version };
  };
  const editAll = async (owner: SeriesOwner, typed: Typed) =>
    owner.mailboxes[provider].there.edit(await owner.idAt(provider), typed);
  const edit = async (owner: SeriesOwner, index: number, title: string) => {
    const found = await owner.listAt(provider);
    await owner.mailboxes[provider].there.edit(found[index]?.id ?? '', { title });
  };

  test('[O6] a series is split here while all are renamed there: the second half is, too', async () => {
    const owner = await addSeriesOwner(field);
    await editAll(owner, { title: 'Call' });
    await split(owner);
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(called);
  });

  test('[O6] a series is split here while all are renamed there, and its new half is edited there: both are heard of at once', async () => {
    const owner = await addSeriesOwner(field);
    const { id } = await split(owner);
    // The new half is made, and the first is not cut yet.
    field.fail({ provider, method: 'PATCH' }, { kind: 'status', status: 503 }, { times: 'always' });
    await field.sync(1_000);
    field.stack.sandbox.faults.clear();
    const half = await owner.get(`/api/activities/${id}`);
    const halfId = half[`${provider}_event_id`] ?? '';
    await editAll(owner, { title: 'Call' });
    await owner.mailboxes[provider].there.edit(halfId, { location: 'Yard' });
    await settle();
    await owner.expectEverywhere(called);
  });

  test('[O6] a series is split here, and the first half renamed, while all are renamed there: the second half is, too', async () => {
    const owner = await addSeriesOwner(field);
    await editAll(owner, { title: 'Call' });
    await split(owner);
    await owner.change({ title: 'Meeting' });
    await field.sync(1_000);
    await settle();
    const met = visits.slice(0, 2).map((visit) => visit.replace('Visit', 'Meeting'));
    await owner.expectEverywhere([...met, ...called.slice(2)]);
  });

  test('[O6] [D4] a series is split here, and the first half deleted, while all are renamed there: both halves are', async () => {
    const owner = await addSeriesOwner(field);
    await editAll(owner, { title: 'Call' });
    await split(owner);
    await owner.person.client.send('DELETE', owner.path);
    await field.sync(1_000);
    await settle();
    // Elsewhere what came back waits for an answer.
    for (const list of [owner.list(), owner.listAt(provider)]) {
      expect((await list).map(({ start, title }) => `${start.slice(0, 16)} ${title}`)).toEqual(
        called,
      );
    }
  });

  describe.each([
    ['ends earlier', 4],
    ['goes on longer', 8],
  ] as const)('a series is split here while it %s there', (_, count) => {
    const expected = [...tuesdays, '2027-04-20', '2027-04-27'].slice(0, count);

    test('[O6] it came from there: both stand, and no date is there twice', async () => {
      const { mailbox, id, client, list, path, version } = await addImported();
      await client.send('PATCH', path, { scope: 'following', version, location: 'Roof' });
      await mailbox.there.edit(id, { raw: weekly(count) });
      await settle();
      expect(days(await listAt(mailbox))).toEqual(expected);
      const copies = (await list()).flatMap((event) => event.copies);
      expect(copies.map(({ state }) => state)).toEqual(['synced', 'synced']);
    });

    test('[O6] it was made here: both stand, in the other calendar as well', async () => {
      const owner = await addSeriesOwner(field);
      const there = await owner.idAt(provider);
      await split(owner);
      await owner.mailboxes[provider].there.edit(there, { raw: weekly(count) });
      await settle();
      await owner.expectEverywhere(expected.map((day) => `${day}T09:00 Visit`));
      const copies = (await owner.list()).flatMap((event) => event.copies);
      expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
    });
  });

  test('[O6] a series that came from there is split here to recur otherwise while it goes on longer there: a person is asked, and no date is there twice', async () => {
    const { mailbox, id, client, list, path, version } = await addImported();
    const twice = { recurrence: { rules: ['FREQ=WEEKLY;COUNT=2'] } };
    await client.send('PATCH', path, { scope: 'following', version, ...twice });
    await mailbox.there.edit(id, { raw: weekly(8) });
    await settle();
    expect(days(await listAt(mailbox))).toEqual(tuesdays.slice(0, 4));
    const states = (await list()).flatMap(({ copies }) => copies.map(({ state }) => state));
    expect(states.sort()).toEqual(['conflict', 'synced']);
  });

  test('[O6] a series is split there while it goes on longer here: both stand, and no date is twice', async () => {
    const owner = await addSeriesOwner(field);
    const { there } = owner.mailboxes[provider];
    const times = { start: '2027-03-30T09:00', end: '2027-03-30T10:00' };
    await there.edit(await owner.idAt(provider), { raw: weekly(2) });
    await there.create({ title: 'Visit', ...times, raw: weekly(3, '2027-03-30') });
    await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=7'] } });
    await settle();
    const dates = [...tuesdays, '2027-04-20', '2027-04-27'];
    await owner.expectEverywhere(dates.map((day) => `${day}T09:00 Visit`));
    const copies = (await owner.list()).flatMap((event) => event.copies);
    expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
  });

  describe.each([
    ['before that', tuesdays[1], 1],
    ['after that', tuesdays[3], 3],
  ] as const)('a series is split here, and there %s', (_, day, index) => {
    const splitThere = async (there: SeriesOwner['mailboxes']['google']['there'], id: string) => {
      const times = { start: `${day}T09:00`, end: `${day}T10:00` };
      await there.edit(id, { raw: weekly(index) });
      await there.create({ title: 'Visit', ...times, raw: weekly(5 - index, day) });
    };

    test('[O6] it came from there: no date is twice', async () => {
      const { mailbox, id, client, path, version } = await addImported();
      await client.send('PATCH', path, { scope: 'following', version, location: 'Roof' });
      await splitThere(mailbox.there, id);
      await settle();
      expect(days(await listAt(mailbox))).toEqual(tuesdays);
    });

    test('[O6] it was made here: no date is twice', async () => {
      const owner = await addSeriesOwner(field);
      const there = await owner.idAt(provider);
      await split(owner);
      await splitThere(owner.mailboxes[provider].there, there);
      await settle();
      await owner.expectEverywhere(visits);
    });
  });

  test('[O6] all are renamed there while they recur otherwise here: what was split off before is not', async () => {
    const owner = await addSeriesOwner(field);
    await split(owner);
    await settle();
    await editAll(owner, { title: 'Call' });
    await owner.change({ recurrence: { rules: ['FREQ=WEEKLY;COUNT=1'] } });
    await settle();
    await owner.expectEverywhere([...called.slice(0, 1), ...visits.slice(2)]);
  });

  test('[O6] [O10] an occurrence is edited there before a split made here is: its half has it', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 3, 'Big visit');
    await split(owner);
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(visitsBut({ 3: '2027-04-06T09:00 Big visit' }));
    expect(await owner.listDeleted()).toEqual([]);
    const one = (await owner.list()).find(({ title }) => title === 'Big visit');
    expect(one).toMatchObject({ location: 'Roof', status: 'confirmed' });
  });

  test('[O6] [O10] it is edited on both sides: here it stays, and theirs can be restored', async () => {
    const owner = await addSeriesOwner(field);
    await edit(owner, 3, 'Big visit');
    const half = await split(owner);
    const one = `/api/activities/${half.id}/${occurrenceOn('2027-04-06')}`;
    await owner.person.client.send('PATCH', one, {
      scope: 'this',
      version: half.version,
      title: 'Small visit',
    });
    await field.sync(1_000);
    await settle();
    await owner.expectEverywhere(visitsBut({ 3: '2027-04-06T09:00 Small visit' }));
    expect(await owner.listDeleted()).toMatchObject([{ title: 'Big visit', can_restore: true }]);
  });
});

test('[U2] [O6] the end of a first half is not taken back while the second half has its dates', async () => {
  const owner = await addSeriesOwner(field);
  const { client } = owner.person;
  const half = await split(owner);
  await settle();
  const { entries } = await client.get<{ entries: { id: string; change: string }[] }>(
    `${owner.path}/history`,
  );
  const end = entries.find(({ change }) => change === 'updated');
  const undo = () => client.sendRaw('POST', `${owner.path}/history/${end?.id}/undo`, {});
  const refused = await undo();
  expect([refused.status, await refused.json()]).toEqual([
    409,
    expect.objectContaining({
      code: 'undo-not-possible',
      detail: 'Its later dates are a series of their own now: delete that one first.',
    }),
  ]);
  await owner.expectEverywhere(visits);
  await client.send('DELETE', `/api/activities/${half.id}`);
  expect((await undo()).status).toBe(200);
  await settle();
  await owner.expectEverywhere(visits);
});
