import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Field, listActivities, providers, startField } from '../../support/field.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const COUNT = 120;
const DAY_MS = 24 * 60 * 60_000;

test.each(providers)(
  '[F32] %s: a first sync of many meetings with guests, past and to come, mails nobody',
  async (provider) => {
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
  },
);
