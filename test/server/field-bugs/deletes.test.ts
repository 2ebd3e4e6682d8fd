import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import { addActivity, getActivity } from '../../support/activities.ts';
import {
  edit,
  feedOf,
  type Field,
  listActivities,
  providers,
  type Slug,
  startField,
  tokenEnded,
} from '../../support/field.ts';

const MINUTE_MS = 60_000;

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

/** What a whole listing may be instead of one; the first ones look like success. */
const badListings: [string, FaultEffect][] = [
  ['an empty object', { kind: 'status', status: 200, body: {} }],
  ['an empty page of no provider', { kind: 'html-page', status: 200 }],
  ['one entry of nine', { kind: 'truncate-listing', keep: 1 }],
  ['half of its JSON', { kind: 'malformed-json' }],
  ['half of its bytes', { kind: 'cut-body' }],
  ['a 401', { kind: 'status', status: 401 }],
  ['a 403', { kind: 'status', status: 403 }],
  ['a 404', { kind: 'status', status: 404 }],
  ['a 500', { kind: 'status', status: 500 }],
];

const refusedEdits: Record<Slug, string> = { google: 'forbidden', outlook: 'ErrorAccessDenied' };

describe.each(providers)('%s', (provider) => {
  test.each(badListings)(
    '[F27] a listing that is %s deletes nothing on either side',
    async (_, effect) => {
      const mailbox = await field.addMailbox(provider);
      // Fewer than the brake would stop: it is not what is tried here.
      for (let index = 0; index < 9; index++) await mailbox.there.create({ title: `${index}` });
      await mailbox.connect();
      const watch = mailbox.watch();
      field.fail(feedOf[provider].since, tokenEnded[provider]);
      const fired = field.fail(feedOf[provider].whole, effect, { times: 2 });
      for (let round = 0; round < 3; round++) await field.sync();
      expect(fired()).toBeGreaterThan(0);
      const statuses = (await listActivities(mailbox.person)).map(({ status }) => status);
      expect(statuses).toEqual(Array(9).fill('confirmed'));
      expect([watch.writes(), watch.mails()]).toEqual([[], []]);
      expect(await mailbox.live()).toHaveLength(9);
    },
  );

  test('[F28] an edit that is refused is neither deleted nor made anew to get round the refusal', async () => {
    const mailbox = await field.addConnected(provider);
    const activity = await addActivity(mailbox.person, { title: 'As it was' });
    await field.sync();
    const id = await mailbox.idOf(activity);
    field.fail(
      { provider, method: 'PATCH' },
      { kind: 'status', status: 403, reason: refusedEdits[provider] },
      { times: 'always' },
    );
    const watch = mailbox.watch();
    await edit(mailbox.person, activity, { title: 'As it is here' });
    for (let round = 0; round < 4; round++) await field.sync();
    expect(new Set(watch.writes())).toEqual(
      new Set([provider === 'google' ? 'events.patch' : 'events.update']),
    );
    expect(watch.mails()).toEqual([]);
    expect(await mailbox.live()).toEqual(['As it was']);
    expect(await mailbox.idOf(activity)).toBe(id);
    const { title, status, copies } = await getActivity(mailbox.person, activity.id);
    expect([title, status]).toEqual(['As it is here', 'confirmed']);
    expect(['paused', 'refused']).toContain(copies[0]?.state);
    expect(copies[0]?.reason).toBeTruthy();
  });

  test('[F30] what is dragged or deleted there is so here at the next poll', async () => {
    const mailbox = await field.addConnected(provider);
    const moved = await addActivity(mailbox.person, { title: 'Dragged' });
    const deleted = await addActivity(mailbox.person, { title: 'Deleted' });
    await field.sync();
    await mailbox.there.edit(await mailbox.idOf(moved), {
      start: '2026-12-09T16:30',
      end: '2026-12-09T17:30',
    });
    await mailbox.there.remove(await mailbox.idOf(deleted));
    // A calendar in which nothing happens is polled every quarter of an hour, give or take.
    await field.sync(19 * MINUTE_MS);
    expect(await getActivity(mailbox.person, moved.id)).toMatchObject({
      start: '2026-12-09T16:30:00',
      end: '2026-12-09T17:30:00',
    });
    expect(await getActivity(mailbox.person, deleted.id)).toMatchObject({ status: 'cancelled' });
    // Once something did, every minute.
    await mailbox.there.edit(await mailbox.idOf(moved), { title: 'Dragged and named' });
    await field.sync(76_000);
    expect((await getActivity(mailbox.person, moved.id)).title).toBe('Dragged and named');
  });

  test('[F31] deleted here while it was edited there: it lives in both, and a person is asked', async () => {
    const mailbox = await field.addConnected(provider);
    const activity = await addActivity(mailbox.person, { title: 'Disputed' });
    await field.sync();
    await mailbox.there.edit(await mailbox.idOf(activity), { location: 'A new place' });
    await mailbox.person.client.send('DELETE', `/api/activities/${activity.id}`);
    await field.sync();
    await field.sync();
    expect(await getActivity(mailbox.person, activity.id)).toMatchObject({
      title: 'Disputed',
      location: 'A new place',
      copies: [{ state: 'conflict', choices: expect.arrayContaining([expect.any(String)]) }],
    });
    expect(await mailbox.live()).toEqual(['Disputed']);
  });

  test('[F31] deleted there while it was edited here: it stays here with the edit, and a person is asked', async () => {
    const mailbox = await field.addConnected(provider);
    const activity = await addActivity(mailbox.person, { title: 'Disputed' });
    await field.sync();
    await mailbox.there.remove(await mailbox.idOf(activity));
    await edit(mailbox.person, activity, { location: 'A new place' });
    await field.sync();
    await field.sync();
    expect(await getActivity(mailbox.person, activity.id)).toMatchObject({
      status: 'confirmed',
      location: 'A new place',
      copies: [{ state: 'detached', choices: expect.arrayContaining([expect.any(String)]) }],
    });
    expect(await mailbox.live()).toEqual([]);
  });
});
