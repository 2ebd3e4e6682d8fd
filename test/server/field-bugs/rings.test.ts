import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addActivity, getActivity } from '../../support/activities.ts';
import { type Field, listActivities, providers, startField } from '../../support/field.ts';
import { waitFor } from '../../support/wait-for.ts';

const HOUR_MS = 60 * 60_000;
const MINUTE_MS = 60_000;

/* Calendars that ring. The sandbox's clock, and with it the ring, is the real one. */

let field: Field;
beforeAll(async () => {
  field = await startField({ withChannels: true });
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

describe.each(providers)('%s', (provider) => {
  test('[F30] what is dragged or deleted there is so here within a minute where calendars ring', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there } = mailbox;
    const moved = await addActivity(person, { title: 'Dragged' });
    const deleted = await addActivity(person, { title: 'Deleted' });
    await field.sync();
    expect((await mailbox.calendar()).watch.kind).toBe('channel');
    const times = { start: '2026-12-09T16:30', end: '2026-12-09T17:30' };
    await there.edit(await mailbox.idOf(moved), times);
    await there.remove(await mailbox.idOf(deleted));
    const isHere = async () => {
      // Nothing but the ring makes it due: no time passes.
      await field.sync(0);
      const [one, other] = [
        (await getActivity(person, moved.id)) as { start?: string },
        await getActivity(person, deleted.id),
      ];
      return one.start === `${times.start}:00` && other.status === 'cancelled';
    };
    await waitFor('the calendar to ring', isHere, MINUTE_MS);
  });

  test('[F39] a channel that died without a word is found out by the sweep', async () => {
    const mailbox = await field.addConnected(provider);
    expect((await mailbox.calendar()).watch.kind).toBe('channel');
    const lost = field.fail(
      { provider, operation: 'notification' },
      { kind: 'lose' },
      { times: 'always' },
    );
    await mailbox.there.create({ title: 'Never told' });
    await waitFor('the ring that nobody hears', lost);
    await field.sync(0);
    expect(await listActivities(mailbox.person)).toEqual([]);
    // The sweep beside a channel is six hours, give or take a quarter.
    await field.sync(7.6 * HOUR_MS);
    const titles = (await listActivities(mailbox.person)).map(({ title }) => title);
    expect(titles).toEqual(['Never told']);
  });
});
