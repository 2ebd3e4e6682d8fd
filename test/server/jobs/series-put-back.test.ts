import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HttpRequest, NetworkError } from '../../../src/runtime.ts';
import { type Field, providers, startField } from '../../support/field.ts';
import {
  addSeriesOwner,
  type ListedSeries,
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
  for (let round = 0; round < 3; round++) await field.sync();
};

describe('an occurrence that was cancelled is put back', () => {
  /** From the list of what was deleted; it stands in its place as an event of its own. */
  async function putBack(owner: SeriesOwner): Promise<void> {
    const [cancelled, ...others] = await owner.listDeleted();
    expect(others).toEqual([]);
    expect(cancelled).toMatchObject({ start: '2027-03-23T09:00:00', can_restore: true });
    const path = `/api/activities/${cancelled?.id}`;
    const restored = await owner.person.client.send('POST', `${path}/restore`);
    expect(restored).toMatchObject({ status: 'confirmed', series_id: null, recurrence: null });
    await settle();
    await owner.expectEverywhere(visits);
    expect(await owner.listDeleted()).toEqual([]);
  }

  test('[O9] that was cancelled here', async () => {
    const owner = await addSeriesOwner(field);
    const { client } = owner.person;
    await client.send('DELETE', `${owner.path}/${occurrenceOn('2027-03-23')}`);
    await settle();
    await owner.expectEverywhere(visitsBut({ 1: null }));
    await putBack(owner);
    // The series stays one without it, and knows so also when it is moved.
    const { version } = await owner.get();
    await client.send('PATCH', owner.path, {
      version,
      start: '2027-03-16T11:00',
      end: '2027-03-16T12:00',
      time_zone: 'Europe/Berlin',
    });
    await settle();
    const moved = visits.map((visit) => visit.replace('T09', 'T11'));
    await owner.expectEverywhere([...moved.toSpliced(1, 1), visits[1] ?? '']);
  });

  test('[O9] before the calendars have heard of it', async () => {
    const owner = await addSeriesOwner(field);
    await owner.person.client.send('DELETE', `${owner.path}/${occurrenceOn('2027-03-23')}`);
    await putBack(owner);
  });

  test.each(providers)('[O9] that was cancelled at %s', async (provider) => {
    const owner = await addSeriesOwner(field);
    const [, second] = await owner.listAt(provider);
    await owner.mailboxes[provider].there.remove(second?.id ?? '');
    await settle();
    await owner.expectEverywhere(visitsBut({ 1: null }));
    await putBack(owner);
  });

  test.each(providers)(
    '[O9] that was edited here and cancelled at %s: it is asked about',
    async (provider) => {
      const owner = await addSeriesOwner(field);
      const [, second] = await owner.listAt(provider);
      await owner.mailboxes[provider].there.remove(second?.id ?? '');
      const { version } = await owner.get();
      const edited = await owner.person.client.send<{ id: string }>(
        'PATCH',
        `${owner.path}/${occurrenceOn('2027-03-23')}`,
        { scope: 'this', version, title: 'Big visit' },
      );
      await settle();
      const path = `/api/activities/${edited.id}`;
      const copy = (await owner.get(path)).copies.find(({ state }) => state === 'detached');
      expect(copy).toMatchObject({ provider, choices: ['put-back', 'delete'] });
      await owner.person.client.send('POST', `${path}/copies/${copy?.id}/resolve`, {
        choice: 'put-back',
      });
      await settle();
      await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit' }));
    },
  );

  test.each([
    ['google', 'keep'],
    ['outlook', 'keep'],
    ['google', 'edit'],
    ['outlook', 'edit'],
  ] as const)(
    '[O9] [U12] that was cancelled here and edited at %s: by %s it is everywhere again',
    async (provider, how) => {
      const owner = await addSeriesOwner(field);
      const [, second] = await owner.listAt(provider);
      await owner.cancelOn('2027-03-23');
      await owner.mailboxes[provider].there.edit(second?.id ?? '', { title: 'Big visit' });
      // The other calendar has heard that it is cancelled before this one tells.
      field.fail({ provider }, { kind: 'status', status: 503 }, { times: 'always' });
      await field.sync(1_000);
      field.stack.sandbox.faults.clear();
      await settle();
      const one = (await owner.list()).find(({ title }) => title === 'Big visit');
      const copy = one?.copies.find(({ state }) => state === 'conflict');
      expect(copy).toMatchObject({ provider, choices: ['keep', 'delete'] });
      const path = `/api/activities/${one?.id}`;
      if (how === 'edit') {
        const typed = { version: one?.version, title: 'Bigger visit' };
        await owner.person.client.send('PATCH', path, typed);
      } else {
        await owner.person.client.send('POST', `${path}/copies/${copy?.id}/resolve`, {
          choice: 'keep',
        });
      }
      await settle();
      const name = how === 'edit' ? 'Bigger visit' : 'Big visit';
      await owner.expectEverywhere(visitsBut({ 1: `2027-03-23T09:00 ${name}` }));
      const copies = (await owner.list()).flatMap((event) => event.copies);
      expect([...new Set(copies.map(({ state }) => state))]).toEqual(['synced']);
    },
  );

  test.each(providers)(
    '[O9] while it is edited at %s, which has heard of nothing yet: it is there once, and says so',
    async (provider) => {
      const owner = await addSeriesOwner(field);
      const [, second] = await owner.listAt(provider);
      await owner.cancelOn('2027-03-23');
      await owner.mailboxes[provider].there.edit(second?.id ?? '', { title: 'Big visit' });
      const [cancelled] = await owner.listDeleted();
      const path = `/api/activities/${cancelled?.id}`;
      await owner.person.client.send('POST', `${path}/restore`);
      await settle();
      await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit' }));
      expect((await owner.get(path)).copies).toMatchObject([
        { state: 'synced' },
        { state: 'synced' },
      ]);
    },
  );

  test.each(providers)(
    '[O9] [Q4] while another that was cancelled at %s is looked for in the other calendar',
    async (provider) => {
      const owner = await addSeriesOwner(field);
      const [, second, third] = await owner.listAt(provider);
      const { there } = owner.mailboxes[provider];
      await there.remove(second?.id ?? '');
      await there.remove(third?.id ?? '');
      // Its day, or the evening before.
      const look = provider === 'google' ? /instances\?\S*=2027-03-(22|29)/ : /_202703(23|30)T/;
      let other: ListedSeries | undefined;
      field.between({
        async request(request) {
          const [, day] = (other === undefined && look.exec(request.url)) || [];
          if (day === undefined) return request;
          const date = day < '29' ? '2027-03-30' : '2027-03-23';
          other = (await owner.listDeleted()).find(({ start }) => start.startsWith(date));
          await owner.person.client.send('POST', `/api/activities/${other?.id}/restore`);
          return request;
        },
      });
      await settle();
      const isSecond = other?.start.startsWith('2027-03-23');
      await owner.expectEverywhere(visitsBut({ [isSecond ? 2 : 1]: null }));
      expect(other).toBeDefined();
    },
  );

  test('[U4] [O9] of a series whose late deletion arrived then: it is asked about, and nothing is tried for ever', async () => {
    const owner = await addSeriesOwner(field);
    const { client } = owner.person;
    let late: HttpRequest | undefined;
    field.between({
      async request(request) {
        if (late || request.method !== 'DELETE' || !request.url.includes('/v1.0/')) return request;
        late = request;
        await client.send('POST', `${owner.path}/restore`, {});
        throw new NetworkError('reset');
      },
    });
    const { send } = field.stack.context.runtime;
    await client.send('DELETE', owner.path);
    await settle();
    await owner.expectEverywhere(visits);
    await owner.cancelOn('2027-03-23');
    expect((await send(late as HttpRequest)).status).toBe(204);
    await settle();
    const [copy] = (await owner.get()).copies.filter(({ provider }) => provider === 'outlook');
    expect(copy).toMatchObject({ state: 'detached' });
    const due = await field.query(
      `select e.original_start, l.state from event_links l join calendar_events e on e.id = l.event_id
       where $1 in (e.id, e.series_id) and l.state <> 'closed' and l.next_attempt_at is not null`,
      [owner.path.split('/').at(-1)],
    );
    expect(due).toEqual([]);
  });

  test('[O9] not while its series is deleted, nor twice', async () => {
    const owner = await addSeriesOwner(field);
    const { client } = owner.person;
    await client.send('DELETE', `${owner.path}/${occurrenceOn('2027-03-23')}`);
    await settle();
    const [cancelled] = await owner.listDeleted();
    const restore = () => client.send('POST', `/api/activities/${cancelled?.id}/restore`);
    await client.send('DELETE', owner.path);
    expect((await owner.listDeleted()).map(({ id }) => `/api/activities/${id}`)).toEqual([
      owner.path,
    ]);
    await expect(restore()).rejects.toThrow('409');
    await client.send('POST', `${owner.path}/restore`);
    await settle();
    await restore();
    await expect(restore()).rejects.toThrow('409');
    await settle();
    await owner.expectEverywhere(visits);
  });
});
