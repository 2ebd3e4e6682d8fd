import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HttpRequest, NetworkError } from '../../../src/runtime.ts';
import type { Activity as Asked } from '../../../src/api/schemas/activities.ts';
import { type Activity, addActivity, getActivity } from '../../support/activities.ts';
import { edit, type Field, type Mailbox, providers, startField } from '../../support/field.ts';
import { addSeriesOwner, occurrenceOn, visits, visitsBut } from '../../support/series-people.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

async function disconnect(
  { person, connection }: Mailbox,
  { takesCopiesAway = false } = {},
): Promise<void> {
  const { id: integration_id } = await connection();
  await person.client.send('POST', '/api/calendar/connect', {
    action: 'disconnect',
    integration_id,
    delete_copies: takesCopiesAway,
  });
}
const takeAway = (mailbox: Mailbox) => disconnect(mailbox, { takesCopiesAway: true });

async function connectAgain({ connect }: Mailbox): Promise<void> {
  await connect();
  for (let round = 0; round < 3; round++) await field.sync();
}

describe.each(providers)('while a calendar at %s is disconnected', (provider) => {
  test('[E2] [U4] what had been deleted and is restored is in it again once it is connected again', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const ours = await addActivity(person, { title: 'Planned here' });
    await mailbox.there.create({ title: 'Planned there' });
    await field.sync();
    const { activities } = await person.client.get<{ activities: Activity[] }>('/api/activities');
    const theirs = activities.find(({ title }) => title === 'Planned there');
    const paths = [ours.id, theirs?.id].map((id) => `/api/activities/${id}`);
    for (const path of paths) await person.client.send('DELETE', path);
    await field.sync();
    expect(await mailbox.live()).toEqual([]);
    await disconnect(mailbox);
    for (const path of paths) await person.client.send('POST', `${path}/restore`, {});
    await field.sync();
    expect(await mailbox.live()).toEqual([]);
    await connectAgain(mailbox);
    expect(await mailbox.live()).toEqual(['Planned here', 'Planned there']);
  });

  test.each([
    ['lost before it arrived', 'stays as it is', 'synced'],
    ['answered to nobody', 'is asked about', 'detached'],
  ] as const)(
    '[E2] [U4] a copy whose deletion was %s when it was disconnected %s after its event was restored',
    async (fate, _, state) => {
      const mailbox = await field.addConnected(provider);
      const { person } = mailbox;
      const activity = await addActivity(person, { title: 'Wanted after all' });
      await field.sync();
      const { runtime } = field.stack.context;
      const { send } = runtime;
      let deletion: HttpRequest | undefined;
      field.between({
        async request(request) {
          if (deletion || request.method !== 'DELETE') return request;
          deletion = request;
          if (fate === 'answered to nobody') await send(request);
          throw new NetworkError('reset');
        },
      });
      const path = `/api/activities/${activity.id}`;
      await person.client.send('DELETE', path);
      await field.sync(1_000);
      expect(deletion).toBeDefined();
      await disconnect(mailbox);
      await person.client.send('POST', `${path}/restore`, {});
      await connectAgain(mailbox);
      const { status, copies } = await getActivity(person, activity.id);
      expect([status, ...copies.map((copy) => copy.state)]).toEqual(['confirmed', state]);
      expect(await mailbox.live()).toEqual(state === 'synced' ? ['Wanted after all'] : []);
    },
  );

  test('[E2] [O6] a series that is split is so in it once it is connected again', async () => {
    const owner = await addSeriesOwner(field);
    const { client } = owner.person;
    await disconnect(owner.mailboxes[provider]);
    const { version } = await owner.get();
    await client.send('PATCH', `${owner.path}/${occurrenceOn('2027-03-30')}`, {
      scope: 'following',
      version,
      title: 'Long visit',
    });
    await field.sync();
    await connectAgain(owner.mailboxes[provider]);
    const long = Object.fromEntries(
      [2, 3, 4].map((index) => [index, `${visits[index]?.replace('Visit', 'Long visit')}`]),
    );
    await owner.expectEverywhere(visitsBut(long));
  });

  test('[E2] [O3] a date that had just been cancelled goes from it once it is connected again', async () => {
    const owner = await addSeriesOwner(field);
    await owner.cancelOn('2027-03-23');
    await disconnect(owner.mailboxes[provider]);
    await field.sync();
    await connectAgain(owner.mailboxes[provider]);
    await owner.expectEverywhere(visitsBut({ 1: null }));
  });

  test('[E2] [O5] dates that a series loses, with what was said of them, are gone from it once it is connected again', async () => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-04-06', { title: 'Big visit' });
    await field.sync();
    await owner.cancelOn('2027-04-13');
    await disconnect(owner.mailboxes[provider]);
    const path = `${owner.path}/${occurrenceOn('2027-03-30')}`;
    await owner.person.client.send('DELETE', `${path}?scope=following`);
    await field.sync();
    await connectAgain(owner.mailboxes[provider]);
    await owner.expectEverywhere(visits.slice(0, 2));
  });

  test('[E2] [O3] a series that was deleted in it and moved here is asked about, and its dates are looked for no more', async () => {
    const owner = await addSeriesOwner(field);
    const { there } = owner.mailboxes[provider];
    await owner.cancelOn('2027-03-23');
    await field.sync();
    await owner.change({
      start: '2027-03-16T11:00',
      end: '2027-03-16T12:00',
      time_zone: 'Europe/Berlin',
    });
    await there.remove(await owner.idAt(provider));
    await disconnect(owner.mailboxes[provider]);
    await connectAgain(owner.mailboxes[provider]);
    const copy = (await owner.get()).copies.find((one) => one.provider === provider);
    expect(copy).toMatchObject({ state: 'detached' });
    // A listing that is older than that has told of one once more.
    await field.query(
      `update event_links l set state = 'pending', is_stale = true, next_attempt_at = now()
       from calendar_events e where e.id = l.event_id and e.series_id = $1 and l.connection_id = $2`,
      [owner.path.split('/').at(-1), (await owner.mailboxes[provider].connection()).id],
    );
    await owner.mailboxes[provider].syncNow();
    await field.sync();
    const due = await field.query(
      `select l.state from event_links l join calendar_events e on e.id = l.event_id
       where e.series_id = $1 and l.state <> 'closed' and l.next_attempt_at is not null`,
      [owner.path.split('/').at(-1)],
    );
    expect(due).toEqual([]);
  });

  test('[E2] [O9] a date that is put back stands in it once it is connected again', async () => {
    const owner = await addSeriesOwner(field);
    await owner.cancelOn('2027-03-23');
    await field.sync();
    await disconnect(owner.mailboxes[provider]);
    const [cancelled] = await owner.listDeleted();
    await owner.person.client.send('POST', `/api/activities/${cancelled?.id}/restore`);
    await field.sync();
    await connectAgain(owner.mailboxes[provider]);
    await owner.expectEverywhere(visits);
  });
});

test.each(providers)(
  '[E2] a disconnect that takes copies away at %s leaves what came from that calendar',
  async (provider) => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    await addActivity(person, { title: 'Planned here' });
    await mailbox.there.create({ title: 'Planned there' });
    await field.sync();
    await takeAway(mailbox);
    expect(await mailbox.live()).toEqual(['Planned there']);
    await connectAgain(mailbox);
    expect(await mailbox.live()).toEqual(['Planned here', 'Planned there']);
    // Also once it was deleted here, and put back.
    const { activities } = await person.client.get<{ activities: Activity[] }>('/api/activities');
    const path = `/api/activities/${activities.find(({ title }) => title === 'Planned there')?.id}`;
    await person.client.send('DELETE', path);
    await field.sync();
    await person.client.send('POST', `${path}/restore`, {});
    await field.sync();
    await takeAway(mailbox);
    expect(await mailbox.live()).toEqual(['Planned there']);
  },
);

test.each(providers)(
  '[E2] [U4] what is restored while copies are just being taken away at %s is in it again after a reconnect',
  async (provider) => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { title: 'Wanted after all' });
    await addActivity(person, { title: 'Planned here' });
    await field.sync();
    const path = `/api/activities/${activity.id}`;
    await person.client.send('DELETE', path);
    await field.sync();
    field.between({
      async request(request) {
        if (request.method === 'DELETE') await person.client.send('POST', `${path}/restore`, {});
        return request;
      },
    });
    await takeAway(mailbox);
    expect(await mailbox.live()).toEqual([]);
    await field.forget();
    await connectAgain(mailbox);
    expect(await mailbox.live()).toEqual(['Planned here', 'Wanted after all']);
  },
);

test.each(providers)(
  '[E2] [O3] a disconnect that takes copies away at %s takes a series with all that was said of its dates',
  async (provider) => {
    const owner = await addSeriesOwner(field);
    await owner.changeOn('2027-04-06', { title: 'Big visit' });
    await owner.cancelOn('2027-03-23');
    await field.sync();
    const mailbox = owner.mailboxes[provider];
    await takeAway(mailbox);
    expect(await owner.listAt(provider)).toEqual([]);
    expect(await mailbox.connection()).toMatchObject({
      reason: expect.not.stringMatching(/left|could not/),
    });
    await connectAgain(mailbox);
    await owner.expectEverywhere(visitsBut({ 1: null, 3: '2027-04-06T09:00 Big visit' }));
  },
);

test.each(providers)(
  '[E2] [D4] a copy that is taken away from %s without an answer is no deletion of its event',
  async (provider) => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const other = provider === 'google' ? 'outlook' : 'google';
    const second = await field.addConnected(other, { person });
    const activity = await addActivity(person, { title: 'Planned here' });
    await field.sync();
    const { send } = field.stack.context.runtime;
    field.between({
      async request(request) {
        if (request.method !== 'DELETE') return request;
        await send(request);
        throw new NetworkError('reset');
      },
    });
    await takeAway(mailbox);
    expect([await mailbox.live(), await second.live()]).toEqual([[], ['Planned here']]);
    await field.forget();
    await connectAgain(mailbox);
    expect(await second.live()).toEqual(['Planned here']);
    const path = `/api/activities/${activity.id}`;
    const { status, copies } = await person.client.get<Asked>(path);
    expect(status).toBe('confirmed');
    const asked = copies.find(({ state }) => state === 'detached');
    expect(asked).toMatchObject({ choices: ['put-back', 'delete'] });
    await person.client.send('POST', `${path}/copies/${asked?.id}/resolve`, { choice: 'put-back' });
    await field.sync();
    expect(await mailbox.live()).toEqual(['Planned here']);
  },
);

test.each(
  providers.flatMap((provider) =>
    (['copies stay', 'copies go'] as const).map((what) => [provider, what] as const),
  ),
)(
  '[E2] [U12] what came back from %s, which is disconnected then and its %s, is in the other calendar once it is edited',
  async (provider, what) => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const other = provider === 'google' ? 'outlook' : 'google';
    const second = await field.addConnected(other, { person });
    const activity = await addActivity(person, { title: 'Planned here' });
    await field.sync();
    await mailbox.there.edit(await mailbox.idOf(activity), { title: 'Edited there' });
    const path = `/api/activities/${activity.id}`;
    await person.client.send('DELETE', path);
    // The other calendar hears of the deletion first.
    field.fail({ provider }, { kind: 'status', status: 503 }, { times: 'always' });
    await field.sync(1_000);
    field.stack.sandbox.faults.clear();
    await field.sync();
    expect([await mailbox.live(), await second.live()]).toEqual([['Edited there'], []]);
    await disconnect(mailbox, { takesCopiesAway: what === 'copies go' });
    await edit(person, activity, { location: 'Roof' });
    await field.sync();
    const live = async () => [await mailbox.live(), await second.live()];
    const left = what === 'copies go' ? [] : ['Edited there'];
    expect(await live()).toEqual([left, ['Edited there']]);
    // That was the answer: nobody is asked again.
    await connectAgain(mailbox);
    expect(await live()).toEqual([['Edited there'], ['Edited there']]);
    const { copies } = await getActivity(person, activity.id);
    expect(copies.map(({ state }) => state)).toEqual(['synced', 'synced']);
  },
);

test.each([
  ['several series', 'FREQ=MONTHLY;BYDAY=3TU,4TU;COUNT=3'],
  ['single events', 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-2,-1;COUNT=3'],
])(
  '[E2] a disconnect that dies over taking %s away leaves nothing out after a reconnect',
  async (_, rule) => {
    const owner = await addSeriesOwner(field, {
      start: '2027-03-23T09:00',
      end: '2027-03-23T10:00',
      recurrence: { rules: [rule] },
    });
    const there = await owner.listAt('outlook');
    expect(there).toHaveLength(3);
    const { outlook } = owner.mailboxes;
    let count = 0;
    field.between({
      request(request) {
        if (request.method === 'DELETE' && ++count === 2) throw new Error('it dies');
        return request;
      },
    });
    await expect(takeAway(outlook)).rejects.toThrow('500');
    expect((await owner.listAt('outlook')).length).toBeLessThan(3);
    await connectAgain(outlook);
    await owner.expectEverywhere(there.map(({ start, title }) => `${start} ${title}`));
  },
);

test('[E2] [O6] a series that came from a calendar is split while that is disconnected: its new half is there, too', async () => {
  const owner = await addSeriesOwner(field);
  const { google } = owner.mailboxes;
  await google.there.call('POST', '/calendar/v3/calendars/primary/events', {
    summary: 'From there',
    start: { dateTime: '2027-03-16T12:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2027-03-16T13:00:00', timeZone: 'Europe/Berlin' },
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
  });
  await field.sync();
  const { activities } = await owner.person.client.get<{ activities: Activity[] }>(
    '/api/activities?from=2027-03-01T00:00:00Z&to=2027-05-01T00:00:00Z',
  );
  const series = activities.find(({ title }) => title === 'From there');
  await disconnect(google);
  const path = `/api/activities/${series?.id}/${occurrenceOn('2027-03-30', '12')}`;
  const cut = { scope: 'following', version: series?.version, title: 'Named here' };
  await owner.person.client.send('PATCH', path, cut);
  await connectAgain(google);
  const titles = async (mailbox: 'google' | 'outlook') =>
    (await owner.listAt(mailbox)).map(({ title }) => title).filter((title) => title !== 'Visit');
  const all = ['From there', 'From there', 'Named here'];
  expect(await titles('google')).toEqual(all);
  expect(await titles('outlook')).toEqual([]);
  // Both halves are that calendar's: they are put nowhere else, and stay when copies are taken away.
  await disconnect(owner.mailboxes.outlook);
  await connectAgain(owner.mailboxes.outlook);
  expect(await titles('outlook')).toEqual([]);
  await takeAway(google);
  expect(await titles('google')).toEqual(all);
});
