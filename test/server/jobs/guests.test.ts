import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import type { CalendarList } from '../../../src/api/schemas/calendars.ts';
import { addActivity, getActivity } from '../../support/activities.ts';
import {
  edit,
  type Field,
  listActivities,
  type Mailbox,
  providers,
  type Slug,
  startField,
} from '../../support/field.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import type { Person } from '../../support/stack.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const ada = { email: 'ada@fontaine.example', name: 'Ada Lovelace' };
const cleo = { email: 'cleo@fontaine.example' };
const dora = { email: 'dora@fontaine.example' };

/** Whom the provider mailed since `count` mails ago, and what of. */
const mailsSince = (count: number) =>
  field.stack.sandbox.mails.slice(count).map(({ kind, to }) => `${kind} ${to}`);
const mailCount = () => field.stack.sandbox.mails.length;

/** An answer that never comes, of a call that had its effect. */
const lost: FaultEffect = { kind: 'reset', when: 'after' };

interface WithGuests {
  attendees: { email: string; name: string; is_optional: boolean; answer: string | null }[];
}
const guestsHere = async (person: Person, id: string) => {
  const { attendees } = (await getActivity(person, id)) as unknown as WithGuests;
  return attendees.map(({ email }) => email);
};

/** Addresses on the list of the event there, but its organizer's. */
async function guestsThere({ there, email }: Mailbox, id: string): Promise<string[]> {
  const { attendees } = await there.find(id);
  const addresses = ((attendees ?? []) as Record<string, unknown>[]).map((one) =>
    String(one['email'] ?? (one['emailAddress'] as Record<string, unknown>)['address']),
  );
  return addresses.filter((address) => address !== email).sort();
}

/** As its owner does at the provider. */
const invite = async (mailbox: Mailbox, id: string, emails: string[]) =>
  mailbox.there.edit(id, { attendees: [...(await guestsThere(mailbox, id)), ...emails] });

const bothSides = async (mailbox: Mailbox, { id }: { id: string }) => [
  await guestsHere(mailbox.person, id),
  await guestsThere(mailbox, await mailbox.idOf({ id })),
];

describe.each(providers)('%s', (provider) => {
  test('[G1] who is added and removed on either side at once is so on both', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { attendees: [ada, cleo] });
    await field.sync();
    expect(await bothSides(mailbox, activity)).toEqual([
      [ada.email, cleo.email],
      [ada.email, cleo.email],
    ]);
    await invite(mailbox, await mailbox.idOf(activity), ['eve@fontaine.example']);
    await edit(person, activity, { attendees: [dora, cleo] });
    await field.sync();
    const all = [cleo.email, dora.email, 'eve@fontaine.example'];
    expect(await bothSides(mailbox, activity)).toEqual([all, all]);
    // And it stays so, without another word.
    const watch = mailbox.watch();
    await field.sync();
    expect(watch.writes()).toEqual([]);
    expect(await bothSides(mailbox, activity)).toEqual([all, all]);
  });

  test('[G1] guests of an imported event come in, and are edited there', async () => {
    const mailbox = await field.addConnected(provider);
    const id = await mailbox.there.create({ title: 'Theirs', attendees: [ada.email] });
    await field.sync();
    const [activity] = await listActivities(mailbox.person);
    expect(await guestsHere(mailbox.person, activity?.id ?? '')).toEqual([ada.email]);
    await edit(mailbox.person, activity ?? { id: '' }, { attendees: [cleo] });
    await field.sync();
    expect(await guestsThere(mailbox, id)).toEqual([cleo.email]);
  });

  test('[G2] guests are invited from the account that was connected first; the other copy has none, and is not asked', async () => {
    const first = await field.addConnected(provider);
    const { person } = first;
    const other = await field.addConnected(provider === 'google' ? 'outlook' : 'google', {
      person,
    });
    const activity = await addActivity(person, { attendees: [ada] });
    await field.sync();
    expect(await guestsThere(first, await first.idOf(activity))).toEqual([ada.email]);
    expect(await guestsThere(other, await other.idOf(activity))).toEqual([]);

    await invite(other, await other.idOf(activity), [dora.email]);
    await field.sync();
    expect(await guestsHere(person, activity.id)).toEqual([ada.email]);
    await edit(person, activity, { attendees: [ada, cleo], title: 'Late visit' });
    await field.sync();
    expect(await guestsThere(first, await first.idOf(activity))).toEqual([ada.email, cleo.email]);
    expect(await guestsThere(other, await other.idOf(activity))).toEqual([dora.email]);
    expect(await other.live()).toEqual(['Late visit']);
  });

  test('[G3] on somebody else’s meeting, guests are what its organizer says', async () => {
    const host = await field.addMailbox(provider);
    const guest = await field.addConnected(provider);
    const id = await host.there.create({ title: 'Board', attendees: [guest.email, ada.email] });
    await field.sync();
    const [activity] = await listActivities(guest.person);
    const all = [guest.email, ada.email].sort();
    expect(await guestsHere(guest.person, activity?.id ?? '')).toEqual(all);
    const watch = guest.watch();
    await host.there.edit(id, { attendees: [guest.email, cleo.email] });
    await field.sync();
    expect(await guestsHere(guest.person, activity?.id ?? '')).toEqual(
      [guest.email, cleo.email].sort(),
    );
    expect(watch.writes()).toEqual([]);
    const change = { version: 2, attendees: [] };
    const path = `/api/activities/${activity?.id}`;
    const answer = await guest.person.client.sendRaw('PATCH', path, change);
    expect(answer.status).toBe(403);
  });

  test('[G4] guests are told once of what is planned, moved and called off here, whichever answer is lost', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    for (const isLost of [false, true]) {
      const fired: (() => number)[] = [];
      const lose = (method: string) => {
        const match = { provider, method, path: '/events' };
        if (isLost) fired.push(field.fail(match, lost));
      };
      let count = mailCount();
      lose('POST');
      const activity = await addActivity(person, { attendees: [ada, cleo] });
      await field.sync();
      expect(mailsSince(count).sort()).toEqual([
        `invitation ${ada.email}`,
        `invitation ${cleo.email}`,
      ]);
      count = mailCount();
      lose('PATCH');
      await edit(person, activity, { title: 'Moved' });
      await field.sync();
      expect(mailsSince(count).sort()).toEqual([`update ${ada.email}`, `update ${cleo.email}`]);
      count = mailCount();
      lose('PATCH');
      await edit(person, activity, { attendees: [cleo, dora] });
      await field.sync();
      const told = mailsSince(count).filter((mail) => !mail.startsWith('update'));
      expect(told.sort()).toEqual([`cancellation ${ada.email}`, `invitation ${dora.email}`]);
      count = mailCount();
      lose('DELETE');
      await person.client.send('DELETE', `/api/activities/${activity.id}`);
      await field.sync();
      expect(mailsSince(count).sort()).toEqual([
        `cancellation ${cleo.email}`,
        `cancellation ${dora.email}`,
      ]);
      expect(fired.map((times) => times())).toEqual(isLost ? [1, 1, 1, 1] : []);
    }
  });

  test('[G4] what was changed in the calendar is told to nobody by us, and of events without guests nobody hears', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there } = mailbox;
    const activity = await addActivity(person, { attendees: [ada] });
    const alone = await addActivity(person, { title: 'Alone' });
    await field.sync();
    await there.edit(await mailbox.idOf(activity), { title: 'Moved there' });
    await edit(person, alone, { title: 'Still alone' });
    const count = mailCount();
    await field.sync();
    expect(mailsSince(count)).toEqual([]);
    expect((await getActivity(person, activity.id)).title).toBe('Moved there');
  });

  test('[G5] a calendar connected later gets what was planned before without a mail', async () => {
    const person = await field.stack.addPerson();
    const activity = await addActivity(person, { attendees: [ada] });
    const count = mailCount();
    const mailbox = await field.addConnected(provider, { person });
    await field.sync();
    expect(mailsSince(count)).toEqual([]);
    expect(await mailbox.live()).toEqual(['Visit']);
    const { copies, ...view } = (await getActivity(person, activity.id)) as unknown as Seen;
    const there = await guestsThere(mailbox, await mailbox.idOf(activity));
    // It says so where that is only possible without its guests, who are kept here.
    expect(view.attendees.map(({ email }) => email)).toEqual([ada.email]);
    if (provider === 'google') {
      expect(there).toEqual([ada.email]);
      expect(copies[0]?.warning).toBeNull();
      expect(view.invitations).toMatchObject({ account: mailbox.email, can_keep_silent: true });
    } else {
      expect(there).toEqual([]);
      expect(copies[0]?.warning).toMatch(/not invited from this calendar/);
      expect(view.invitations).toBeNull();
    }
    // From then on its guests are told, where they are.
    await edit(person, activity, { title: 'Moved' });
    await field.sync();
    expect(mailsSince(count)).toEqual(provider === 'google' ? [`update ${ada.email}`] : []);
    const other = provider === 'google' ? 'outlook' : 'google';
    const second = await field.addConnected(other, { person });
    await field.sync();
    // The guests at Google are at Google, and those of Outlook's copy come to Google in silence.
    const isFree = provider === 'outlook';
    const expected = isFree ? [ada.email] : [];
    expect(await guestsThere(second, await second.idOf(activity))).toEqual(expected);
    expect(mailsSince(count)).toEqual(provider === 'google' ? [`update ${ada.email}`] : []);
  });

  test('[G5] restoring, and reconnecting after a disconnect, mail nobody', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const gone = await addActivity(person, { title: 'Gone', attendees: [ada] });
    const kept = await addActivity(person, { title: 'Kept', attendees: [cleo] });
    await field.sync();
    await person.client.send('DELETE', `/api/activities/${gone.id}`);
    await field.sync();
    let count = mailCount();
    await person.client.send('POST', `/api/activities/${gone.id}/restore`);
    await field.sync();
    expect(mailsSince(count)).toEqual([]);
    expect(await mailbox.live()).toEqual(['Gone', 'Kept']);

    const { id } = await mailbox.connection();
    const disconnect = { action: 'disconnect', integration_id: id };
    await person.client.send('POST', '/api/calendar/connect', disconnect);
    await edit(person, kept, { title: 'Kept and moved' });
    count = mailCount();
    await mailbox.connect();
    await field.sync();
    expect(mailsSince(count)).toEqual([]);
    const [copy] = ((await getActivity(person, kept.id)) as unknown as Seen).copies;
    if (provider === 'google') expect(await mailbox.live()).toEqual(['Gone', 'Kept and moved']);
    else {
      // Outlook would have told them: a person lets it.
      expect(copy).toMatchObject({ state: 'refused', choices: ['retry'] });
      expect(copy?.reason).toMatch(/would mail the guests/);
      const path = `/api/activities/${kept.id}/copies/${copy?.id}/resolve`;
      await person.client.send('POST', path, { choice: 'retry' });
      await field.sync();
      expect(await mailbox.live()).toEqual(['Gone', 'Kept and moved']);
      expect(mailsSince(count)).toEqual([`update ${cleo.email}`]);
    }
  });

  test('[G5] putting the copies away with the connection calls no meeting off', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    await addActivity(person, { title: 'Meeting', attendees: [ada] });
    await addActivity(person, { title: 'Alone' });
    await field.sync();
    const count = mailCount();
    const { id } = await mailbox.connection();
    const disconnect = { action: 'disconnect', integration_id: id, delete_copies: true };
    await person.client.send('POST', '/api/calendar/connect', disconnect);
    expect(mailsSince(count)).toEqual([]);
    expect(await mailbox.live()).toEqual(provider === 'google' ? [] : ['Meeting']);
  });

  test('[G6] without the guests’ mail where that is possible; else it is refused before anything is written', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const connection = await mailbox.connection();
    expect(connection).toMatchObject({ is_inviting: true, can_keep_silent: provider === 'google' });
    const activity = await addActivity(person, { attendees: [ada] });
    const alone = await addActivity(person, { title: 'Alone', notify_guests: false });
    await field.sync();
    const count = mailCount();
    const body = async () => ({
      version: (await getActivity(person, activity.id)).version,
      attendees: [ada, cleo],
      notify_guests: false,
    });
    const path = `/api/activities/${activity.id}`;
    const edited = await person.client.sendRaw('PATCH', path, await body());
    const made = await addActivity(person, { attendees: [dora], notify_guests: false }).catch(
      String,
    );
    await field.sync();
    if (provider === 'google') {
      expect(edited.status).toBe(200);
      expect(await bothSides(mailbox, activity)).toEqual([
        [ada.email, cleo.email],
        [ada.email, cleo.email],
      ]);
      expect(await guestsThere(mailbox, await mailbox.idOf(made as { id: string }))).toEqual([
        dora.email,
      ]);
      expect(mailsSince(count)).toEqual([]);
      // The next change is told again.
      await edit(person, activity, { title: 'Told' });
      await field.sync();
      expect(mailsSince(count)).toHaveLength(2);
    } else {
      expect(edited.status).toBe(409);
      expect(await edited.json()).toMatchObject({
        code: 'guests-always-told',
        pointer: '/notify_guests',
        detail: expect.stringContaining(mailbox.email),
      });
      expect(made).toContain('guests-always-told');
      expect(mailsSince(count)).toEqual([]);
      expect(await bothSides(mailbox, activity)).toEqual([[ada.email], [ada.email]]);
    }
    // Without guests there is nobody to be told of anything.
    await person.client.send('DELETE', `/api/activities/${alone.id}?notify_guests=false`);
    const removal = await person.client.sendRaw('DELETE', `${path}?notify_guests=false`);
    expect(removal.status).toBe(provider === 'google' ? 204 : 409);
    const before = mailCount();
    await field.sync();
    expect(mailsSince(before)).toEqual([]);
  });

  test('[G6] waiting changes go out as one, which is told if one of them is to be', async () => {
    const mailbox = await field.addConnected('google');
    const { person } = mailbox;
    const activity = await addActivity(person, { attendees: [ada] });
    await field.sync();
    const count = mailCount();
    await edit(person, activity, { title: 'Quietly', notify_guests: false });
    await edit(person, activity, { location: 'Roof' });
    await field.sync();
    expect(mailsSince(count)).toEqual([`update ${ada.email}`]);
    await edit(person, activity, { location: 'Cellar' });
    await edit(person, activity, { title: 'Quietly again', notify_guests: false });
    await field.sync();
    expect(mailsSince(count)).toEqual([`update ${ada.email}`, `update ${ada.email}`]);
  });

  test('[G7] what each guest answered is shown, comes with every look, and changes nothing', async () => {
    const guest = await field.addMailbox(provider);
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { attendees: [ada, { email: guest.email }] });
    await field.sync();
    const answers = async () => {
      const { attendees } = (await getActivity(person, activity.id)) as unknown as Seen;
      return Object.fromEntries(attendees.map(({ email, answer }) => [email, answer]));
    };
    expect(await answers()).toEqual({ [ada.email]: 'needs-action', [guest.email]: 'needs-action' });
    const [invitation] = await listLiveEvents(field.stack, provider, guest.email);
    await answerAt(provider, guest, invitation?.id ?? '');
    const watch = mailbox.watch();
    await field.sync();
    expect(await answers()).toEqual({ [ada.email]: 'needs-action', [guest.email]: 'accepted' });
    expect(watch.writes()).toEqual([]);
    const { version } = await getActivity(person, activity.id);
    expect(version).toBe(1);
    // A write of the list leaves what they said.
    await edit(person, activity, { attendees: [{ email: guest.email }, dora] });
    await field.sync();
    expect(await answers()).toEqual({ [dora.email]: 'needs-action', [guest.email]: 'accepted' });
  });

  test('[G8] somebody else’s meeting is answered here; its organizer is told once, whichever answer is lost', async () => {
    const host = await field.addMailbox(provider);
    const guest = await field.addConnected(provider);
    const { person } = guest;
    const id = await host.there.create({ title: 'Board', attendees: [guest.email, ada.email] });
    await field.sync();
    const [activity] = await listActivities(person);
    const path = `/api/activities/${activity?.id}`;
    const say = (answer: string) => person.client.send<Seen>('POST', `${path}/answer`, { answer });
    const own = async () => (await person.client.get<Seen>(path)).own_answer;
    expect(await own()).toEqual({ answer: 'needs-action', wanted: null });

    const count = mailCount();
    const response = `response ${host.email}`;
    await say('tentative');
    expect((await say('accepted')).own_answer).toEqual({
      answer: 'needs-action',
      wanted: 'accepted',
    });
    const match = { provider, method: provider === 'google' ? 'PATCH' : 'POST', path: '/events/' };
    const fired = field.fail(match, lost);
    await field.sync();
    await field.sync();
    expect(fired()).toBe(1);
    expect(await own()).toEqual({ answer: 'accepted', wanted: null });
    expect(mailsSince(count)).toEqual([response]);
    // Said again it is nothing new.
    await say('accepted');
    const watch = guest.watch();
    await field.sync();
    expect(watch.writes()).toEqual([]);

    // While the grant has ended, the wish waits.
    field.stack.sandbox.revokeGrant({ provider, email: guest.email });
    field.stack.sandbox.expireAccessTokens();
    await say('declined');
    await field.sync();
    expect(mailsSince(count)).toEqual([response]);
    await guest.connect();
    await field.sync();
    expect(mailsSince(count)).toEqual([response, response]);
    const { attendees } = await host.there.find(id);
    expect(JSON.stringify(attendees)).toContain('declined');
    const { status } = await getActivity(person, activity?.id ?? '');
    // Outlook takes a declined meeting out of the calendar.
    expect(status).toBe(provider === 'google' ? 'confirmed' : 'cancelled');
  });

  test('[G8] one’s own event has nothing to be answered', async () => {
    const { person } = await field.addConnected(provider);
    const activity = await addActivity(person, { attendees: [ada] });
    await field.sync();
    const path = `/api/activities/${activity.id}/answer`;
    const answer = await person.client.sendRaw('POST', path, { answer: 'accepted' });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      409,
      'not-invited',
    ]);
  });
});

test('[G2] moved to another calendar of its account, the copy goes on inviting', async () => {
  const mailbox = await field.addMailbox('google');
  const { person, there } = mailbox;
  const second = await there.call('POST', '/calendar/v3/calendars', { summary: 'Second' });
  await mailbox.connect();
  const calendarsPath = `/api/calendar/connections/${(await mailbox.connection()).id}/calendars`;
  const { calendars } = await person.client.get<CalendarList>(calendarsPath);
  const { id } = calendars.find(({ name }) => name === 'Second') ?? { id: '' };
  await person.client.send('PATCH', `${calendarsPath}/${id}`, { direction: 'both' });
  const activity = await addActivity(person, { attendees: [ada] });
  await field.sync();
  const eventId = await mailbox.idOf(activity);
  const destination = encodeURIComponent(String(second['id']));
  const events = '/calendar/v3/calendars/primary/events';
  await there.call('POST', `${events}/${eventId}/move?destination=${destination}`);
  await field.sync();
  await edit(person, activity, { attendees: [ada, cleo] });
  const count = mailCount();
  await field.sync();
  const path = `/calendar/v3/calendars/${destination}/events/${eventId}`;
  expect((await there.call('GET', path))['attendees']).toMatchObject([
    { email: ada.email },
    { email: cleo.email },
  ]);
  expect(mailsSince(count)).toContain(`invitation ${cleo.email}`);
  expect((await getActivity(person, activity.id)).status).toBe('confirmed');
});

test('[G6] a silence is over with what it was about: what its owner moves in another calendar later is told', async () => {
  const first = await field.addConnected('google');
  const { person } = first;
  const mirror = await field.addConnected('outlook', { person });
  const activity = await addActivity(person, { attendees: [ada], notify_guests: false });
  await field.sync();
  const count = mailCount();
  await mirror.there.edit(await mirror.idOf(activity), { title: 'Moved in the other calendar' });
  await field.sync();
  expect(await first.live()).toEqual(['Moved in the other calendar']);
  expect(mailsSince(count)).toEqual([`update ${ada.email}`]);
});

test('[G8] a colleague’s meeting, whose own copy is known too, is answered through one’s own', async () => {
  const host = await field.addMailbox('google');
  const guest = await field.addConnected('google', { tenantId: host.person.tenantId });
  const id = await host.there.create({ title: 'Board', attendees: [guest.email] });
  await field.sync();
  await host.connect();
  const [activity] = await listActivities(guest.person);
  const path = `/api/activities/${activity?.id}/answer`;
  await guest.person.client.send('POST', path, { answer: 'accepted' });
  await field.sync();
  const { attendees } = await host.there.find(id);
  expect(attendees).toMatchObject([{ email: guest.email, responseStatus: 'accepted' }]);
  const count = mailCount();
  await field.sync();
  expect(mailsSince(count)).toEqual([]);
});

interface Seen extends WithGuests {
  invitations: { account: string } | null;
  own_answer: { answer: string; wanted: string | null } | null;
  copies: {
    id: string;
    state: string;
    reason: string | null;
    warning: string | null;
    choices: string[];
  }[];
}

/** As a guest does at the provider. */
async function answerAt(provider: Slug, { there, email }: Mailbox, id: string): Promise<void> {
  if (provider === 'outlook') {
    await there.call('POST', `/v1.0/me/events/${id}/accept`, {});
    return;
  }
  const attendees = [{ email, responseStatus: 'accepted' }];
  await there.edit(id, { raw: { attendees, attendeesOmitted: true } });
}
