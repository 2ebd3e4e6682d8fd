import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addActivity, addLead, getActivity } from '../../support/activities.ts';
import { edit, type Field, listActivities, providers, startField } from '../../support/field.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const guests = ['ada', 'cleo', 'dora'].map((name) => ({ email: `${name}@fontaine.example` }));
const mails = () => field.stack.sandbox.mails.length;
const COUNT = 120;
const DAY_MS = 24 * 60 * 60_000;

describe.each(providers)('%s', (provider) => {
  test('[F32] 500 events with guests go into a calendar that is connected later without a mail', async () => {
    const person = await field.stack.addPerson();
    const leadId = await addLead(person);
    const day = (index: number) =>
      new Date(Date.now() + (1 + (index % 300)) * 86_400_000).toISOString().slice(0, 10);
    const plan = (index: number) =>
      addActivity(person, {
        lead_id: leadId,
        title: `${index}`,
        start: `${day(index)}T09:00`,
        end: `${day(index)}T10:00`,
        attendees: guests.slice(0, 1 + (index % 3)),
      });
    for (let index = 0; index < 500; index += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, place) => plan(index + place)));
    }
    const before = mails();
    const mailbox = await field.addConnected(provider, { person });
    await field.sync();
    await field.sync();
    expect(await mailbox.live()).toHaveLength(500);
    expect(mails()).toBe(before);
    const copies = await listLiveEvents(field.stack, provider, mailbox.email);
    const invited = copies.filter(({ raw }) => ((raw['attendees'] ?? []) as unknown[]).length > 0);
    expect(invited).toHaveLength(provider === 'google' ? 500 : 0);
  }, 180_000);

  test('[F32] a first sync of many meetings with guests, past and to come, mails nobody', async () => {
    const mailbox = await field.addMailbox(provider);
    for (let index = 0; index < COUNT; index++) {
      // One a day, around today.
      const day = new Date(field.now() + (index - COUNT / 2) * DAY_MS).toISOString().slice(0, 10);
      await mailbox.there.create({
        title: `Meeting ${index}`,
        start: `${day}T09:00`,
        end: `${day}T10:00`,
        attendees: [`guest${index}@elsewhere.example`],
      });
    }
    const watch = mailbox.watch();
    await mailbox.connect();
    await field.sync();
    const meetings = await listActivities(mailbox.person);
    expect(meetings).toHaveLength(COUNT);
    expect([watch.writes(), watch.mails()]).toEqual([[], []]);
    expect(await mailbox.live()).toHaveLength(COUNT);
  });
});

test('[F35] a limit on invitations is waited out for an hour and said so; nothing is lost, and nobody is told twice', async () => {
  const mailbox = await field.addConnected('google');
  const { person } = mailbox;
  const activity = await addActivity(person, { attendees: guests });
  field.stack.sandbox.setSwitch('google.externalGuestsMax', 1);
  const before = mails();
  await field.sync(1_000);
  const [copy] = (await getActivity(person, activity.id)).copies;
  expect(copy).toMatchObject({ state: 'rate_limited', external_id: null });
  expect(copy?.reason).toMatch(/slow down/);
  const waitMs = new Date(copy?.next_attempt_at ?? 0).getTime() - field.now();
  expect(waitMs).toBeGreaterThan(50 * 60_000);
  const watch = mailbox.watch();
  await field.sync(60_000);
  expect(watch.writes()).toEqual([]);
  await edit(person, activity, { title: 'Moved meanwhile' });
  field.stack.sandbox.setSwitch('google.externalGuestsMax', 1_000);
  await field.sync();
  expect(await mailbox.live()).toEqual(['Moved meanwhile']);
  expect(mails() - before).toBe(guests.length);
});
