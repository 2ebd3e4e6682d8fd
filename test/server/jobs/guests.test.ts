import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addActivity, getActivity } from '../../support/activities.ts';
import {
  edit,
  type Field,
  listActivities,
  type Mailbox,
  providers,
  startField,
} from '../../support/field.ts';
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
});
