import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import { type HttpRequest, NetworkError } from '../../../src/runtime.ts';
import { planMirror } from '../../../src/store/mirrors.ts';
import { inTenant } from '../../../src/store/tenant.ts';
import { addActivity, getActivity } from '../../support/activities.ts';
import {
  edit,
  feedOf,
  type Field,
  listActivities,
  type Mailbox,
  providers,
  startField,
  tokenEnded,
} from '../../support/field.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const titles = async ({ person }: Mailbox) =>
  (await listActivities(person)).map(({ title }) => title).sort();

const lostAnswers: [string, FaultEffect][] = [
  ['timed out', { kind: 'time-out', when: 'after', holdMs: 50 }],
  ['was cut off', { kind: 'reset', when: 'after' }],
  ['was answered 503', { kind: 'status', status: 503, when: 'after' }],
  ['was answered by half a body', { kind: 'malformed-json' }],
];

describe.each(providers)('%s', (provider) => {
  test.each(lostAnswers)(
    '[F8] a create that %s after it took effect makes no second event',
    async (_, effect) => {
      const mailbox = await field.addConnected(provider);
      const fired = field.fail({ provider, method: 'POST', path: '/events' }, effect);
      const activity = await addActivity(mailbox.person, { title: 'Once' });
      await field.sync();
      await field.sync();
      expect(fired()).toBe(1);
      expect(await mailbox.live()).toEqual(['Once']);
      const { copies } = await getActivity(mailbox.person, activity.id);
      expect(copies).toMatchObject([{ state: 'synced' }]);
      expect(await titles(mailbox)).toEqual(['Once']);
    },
  );

  test('[F13] a reconnect of the same account, and a rebuilt bookmark, make nothing', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there, email } = mailbox;
    const theirs = await there.create({ title: 'Theirs' });
    await addActivity(person, { title: 'Ours' });
    await field.sync();
    // Made, and nobody here heard so: what tells it is our mark on it.
    const lost = { kind: 'reset', when: 'after' } as const;
    const isLost = field.fail({ provider, method: 'POST', path: '/events' }, lost);
    await addActivity(person, { title: 'Unheard of' });
    await field.sync(0);
    expect(isLost()).toBe(1);
    const watch = mailbox.watch();
    await person.client.send('POST', '/api/calendar/connect', {
      action: 'disconnect',
      integration_id: (await mailbox.connection()).id,
    });
    const isEnded = field.fail(feedOf[provider].since, tokenEnded[provider]);
    await mailbox.connect();
    await field.sync();
    // Everything was listed anew, and is known.
    expect(isEnded()).toBe(1);
    const all = ['Ours', 'Theirs', 'Unheard of'];
    expect(await mailbox.live()).toEqual(all);
    expect(await titles(mailbox)).toEqual(all);
    // Another installation's CRM knows nothing of the links: to it all are somebody's events.
    const other = await field.stack.addPerson();
    expect(await field.stack.connect(other, provider, email)).toContain('connected');
    await field.sync();
    expect(watch.writes()).toEqual([]);
    expect(await mailbox.live()).toEqual(all);
    expect((await listActivities(other)).map(({ title }) => title).sort()).toEqual(all);
    // And all of them are followed, not merely refused a second time.
    await there.edit(theirs, { title: 'Theirs, edited' });
    await field.sync();
    expect(await titles(mailbox)).toEqual(['Ours', 'Theirs, edited', 'Unheard of']);
  });

  test('[F15] a provider that rewrites what it is sent is not written to again and again', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there } = mailbox;
    const activity = await addActivity(person, {
      title: '  Spaces  around  ',
      description: ' Tom & "Jerry" <b>bold</b>\r\n\r\n\ttabbed \n\n',
      location: ' Room\u00a04 ',
      show_as: 'out-of-office',
      visibility: 'confidential',
    });
    await field.sync();
    const watch = mailbox.watch();
    const id = await mailbox.idOf(activity);
    // The provider touches the event by itself, so that the feed shows it anew each time.
    for (let round = 0; round < 5; round++) {
      await there.edit(
        id,
        provider === 'google'
          ? { raw: { colorId: String(round + 1) } }
          : { raw: { categories: [`Round ${round}`] } },
      );
      await field.sync();
    }
    // Five edits of its owner, none of ours.
    expect(watch.writes()).toHaveLength(5);
    expect(await getActivity(person, activity.id)).toMatchObject({
      title: expect.stringContaining('Spaces  around'),
      show_as: 'out-of-office',
      visibility: 'confidential',
      version: 1,
      copies: [{ state: 'synced' }],
    });
  });
});

test.each([
  ['stays', ['Late'], 'confirmed'],
  ['is deleted by its owner', [], 'cancelled'],
] as const)(
  '[F8] google: a create that arrives after it was given up, and then %s, is made no second time',
  async (what, there, status) => {
    const mailbox = await field.addConnected('google');
    const { runtime } = field.stack.context;
    const { send } = runtime;
    const isCreate = ({ method, url }: HttpRequest) =>
      method === 'POST' && url.includes('/events') && !url.includes('/watch');
    let late: HttpRequest | null = null;
    let answer = 0;
    runtime.send = async (request) => {
      if (!isCreate(request)) return send(request);
      if (late === null) {
        late = request;
        throw new NetworkError('lost for the time being');
      }
      const { body } = await send(late);
      if (what !== 'stays') await mailbox.there.remove(String(JSON.parse(body).id));
      const second = await send(request);
      answer = second.status;
      return second;
    };
    const activity = await addActivity(mailbox.person, { title: 'Late' });
    await field.sync();
    await field.sync();
    expect(answer).toBe(409);
    expect(await mailbox.live()).toEqual(there);
    expect(await getActivity(mailbox.person, activity.id)).toMatchObject({
      status,
      copies: there.map(() => ({ state: 'synced' })),
    });
    expect(await titles(mailbox)).toEqual(['Late']);
    await field.sync();
    expect(await mailbox.live()).toEqual(there);
  },
);

test.each([
  ['organizer', 'guest'],
  ['guest', 'organizer'],
])(
  '[F12] one meeting in two colleagues’ calendars at two providers is one event with two links (%s first)',
  async (first) => {
    const organizer = await field.addMailbox('outlook');
    const guest = await field.addMailbox('google', { tenantId: organizer.person.tenantId });
    const start = { dateTime: '2027-01-12T09:00:00', timeZone: 'Europe/Berlin' };
    const end = { ...start, dateTime: '2027-01-12T10:00:00' };
    const id = await organizer.there.create({
      title: 'Both of us',
      attendees: [guest.email],
      raw: { start, end },
    });
    const { iCalUId } = await organizer.there.find(id);
    // What the invitation becomes in the guest's mailbox at the other provider.
    await guest.there.call('POST', '/calendar/v3/calendars/primary/events/import', {
      iCalUID: iCalUId,
      summary: 'Both of us',
      organizer: { email: organizer.email },
      attendees: [{ email: guest.email }],
      start,
      end,
    });
    const watches = [organizer.watch(), guest.watch()];
    const inOrder = first === 'organizer' ? [organizer, guest] : [guest, organizer];
    for (const mailbox of inOrder) await mailbox.connect();
    await field.sync();
    const [meeting, ...others] = await listActivities(organizer.person);
    expect([meeting?.title, others]).toEqual(['Both of us', []]);
    expect((await linksOf(organizer, meeting?.id ?? '')).length).toBe(2);
    expect(watches.flatMap((watch) => [...watch.writes(), ...watch.mails()])).toEqual([]);
    // Moved by the organizer, it is still one.
    await organizer.there.edit(id, { title: 'Both of us, later' });
    await field.sync();
    expect(await titles(guest)).toEqual(['Both of us, later']);
    expect((await linksOf(organizer, meeting?.id ?? '')).length).toBe(2);
    expect(await guest.live()).toHaveLength(1);
  },
);

async function linksOf({ person }: Mailbox, eventId: string) {
  return inTenant(field.stack.context.store, { tenantId: person.tenantId }, (tx) =>
    tx
      .selectFrom('event_links')
      .select(['calendar_id', 'state', 'ical_uid'])
      .where('event_id', '=', eventId as never)
      .where('state', '<>', 'closed')
      .execute(),
  );
}

test('[F14] two Outlook accounts that mirror each other stay at one copy of each event, for fifty rounds', async () => {
  const one = await field.addConnected('outlook');
  const two = await field.addConnected('outlook', { person: one.person });
  const { person } = one;
  await one.there.create({ title: 'From one' });
  await two.there.create({ title: 'From two' });
  await addActivity(person, { title: 'From here' });
  await field.sync();
  await mirror(one, two);
  // One of the two is made without our hearing of it, and comes back by the feed.
  const lost = { kind: 'reset', when: 'after' } as const;
  const isLost = field.fail({ provider: 'outlook', method: 'POST', path: '/events' }, lost);
  await field.sync();
  expect(isLost()).toBe(1);
  const all = ['From here', 'From one', 'From two'];
  await field.sync();
  expect([await one.live(), await two.live(), await titles(one)]).toEqual([all, all, all]);

  const [idle, idleToo] = [one.watch(), two.watch()];
  for (let round = 0; round < 40; round++) await field.sync();
  expect([...idle.writes(), ...idleToo.writes()]).toEqual([]);
  // Edits travel to the other and stop there.
  for (let round = 0; round < 10; round++) {
    const [activity] = (await listActivities(person)).filter(({ title }) => title === 'From here');
    if (activity) await edit(person, activity, { location: `Room ${round}` });
    const [event] = (await listLiveEvents(field.stack, 'outlook', one.email)).filter(
      ({ title }) => title === 'From one',
    );
    await one.there.edit(event?.id ?? '', { location: `Hall ${round}` });
    await field.sync();
  }
  expect([await one.live(), await two.live(), await titles(one)]).toEqual([all, all, all]);
  const places = await Promise.all(
    [one, two].map(async ({ email }) =>
      (await listLiveEvents(field.stack, 'outlook', email))
        .map(({ title, raw }) => [title, (raw['location'] as { displayName: string }).displayName])
        .sort(),
    ),
  );
  expect(places[0]).toEqual(places[1]);
  expect(places[0]).toContainEqual(['From one', 'Hall 9']);
  // Two of ours for each edit of ours, and one more for each edit of theirs, which is a call itself.
  expect(idle.writes().length + idleToo.writes().length).toBe(10 * (2 + 1 + 1));
});

/** Asks for a copy of each of the two mailboxes' events in the other one, as its owner does. */
async function mirror(one: Mailbox, two: Mailbox): Promise<void> {
  const { store, runtime } = field.stack.context;
  const { tenantId } = one.person;
  for (const [title, target] of [
    ['From one', two],
    ['From two', one],
  ] as const) {
    const [event] = (await listActivities(one.person)).filter((each) => each.title === title);
    const { id: connectionId } = await target.connection();
    const outcome = await inTenant(store, { tenantId }, (tx) =>
      planMirror(tx, {
        eventId: event?.id as never,
        connectionId: connectionId as never,
        shows: 'all',
        now: new Date(runtime.now()),
        newId: () => runtime.newId(),
      }),
    );
    expect(outcome).toBe('done');
  }
}
