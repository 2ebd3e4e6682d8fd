import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startStack, type Person, type Stack } from '../../support/stack.ts';
import {
  accounts,
  type Activity,
  addActivity,
  addLead,
  getActivity,
  leave,
  runJobs,
  withoutQuotas,
} from '../../support/activities.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { personAt } from '../../support/person-at-provider.ts';
import { query } from '../../support/query.ts';

/** Past every back-off and every poll. */
const LATER_MS = 8 * 60 * 60_000;

let stack: Stack;
let aheadMs = 0;
beforeAll(async () => {
  stack = await startStack({
    withWorker: false,
    sandbox: { switches: withoutQuotas },
    // What is due when is decided by the test's clock alone: nobody rings.
    env: { WEBHOOK_URL: 'off' },
  });
});
afterAll(() => stack.stop());
afterEach(async () => {
  stack.sandbox.faults.clear();
  await leave(stack);
});

/** All that is due, and all that will be within the next hours. */
async function sync(): Promise<void> {
  aheadMs += LATER_MS;
  await runJobs(stack, aheadMs);
}

/** What people would have been mailed, and the account's calls, since this was called. */
function watch(email: string) {
  const [mailCount, callCount] = [stack.sandbox.mails.length, stack.sandbox.calls.length];
  const calls = () =>
    stack.sandbox.calls
      .slice(callCount)
      .filter(
        ({ accountId }) =>
          accountId === stack.sandbox.world.findAccount(providerOf(email), email)?.id,
      )
      .filter(({ operation }) => !/^oauth|channel|subscription|watch/.test(operation));
  return {
    mails: () => stack.sandbox.mails.slice(mailCount),
    writes: () => calls().filter(({ method }) => method !== 'GET'),
    lists: () => calls().filter(({ method }) => method === 'GET'),
  };
}

const providerOf = (email: string) => (email.includes('onmicrosoft') ? 'outlook' : 'google');

async function listActivities(person: Person): Promise<Activity[]> {
  const { activities } = await person.client.get<{ activities: Activity[] }>('/api/activities');
  return activities;
}
const named = async (person: Person, title: string) =>
  (await listActivities(person)).filter((one) => one.title === title);

describe.each(['google', 'outlook'] as const)('%s', (provider) => {
  /** An account of its own for each test, so that none sees another's events. */
  async function connected() {
    const email = `${randomUUID().slice(0, 8)}@northwind.${provider === 'google' ? '' : 'onmicrosoft.'}sandbox`;
    const { tenantId } = stack.sandbox.world.findAccount(provider, accounts[provider]) ?? {};
    stack.sandbox.addAccount({
      provider,
      email,
      name: 'Test',
      kind: 'work',
      tenantId: tenantId ?? null,
      timeZone: 'Europe/Berlin',
    });
    const person = await stack.addPerson();
    const there = personAt(stack, provider, email);
    const live = async () =>
      (await listLiveEvents(stack, provider, email)).map(({ title }) => title).sort();
    const connect = async () => {
      expect(await stack.connect(person, provider, email)).toContain('connected');
      await sync();
    };
    return { person, there, live, connect, email };
  }

  /** The next look by the token is told that it has ended; earlier tests' accounts are looked at, too. */
  const endToken = (account: string) =>
    stack.sandbox.faults.add({
      match: {
        provider,
        account,
        method: 'GET',
        path: provider === 'google' ? 'syncToken=' : 'deltatoken=',
      },
      effect: {
        kind: 'status',
        status: 410,
        reason: provider === 'google' ? 'fullSyncRequired' : 'SyncStateNotFound',
      },
    });

  test('[P1] what is in the calendar comes in once, with its own link, and nothing is written', async () => {
    const { person, there, connect, live, email } = await connected();
    await there.create({ title: 'Lunch', location: 'Roof', notes: 'Bring & share' });
    const { writes, mails } = watch(email);
    await connect();
    await sync();
    const [lunch, ...others] = await named(person, 'Lunch');
    expect(others).toEqual([]);
    expect(lunch).toMatchObject({ location: 'Roof', copies: [{ state: 'synced', provider }] });
    expect(lunch?.[`${provider}_event_id`]).toBeTruthy();
    expect([writes(), mails(), await live()]).toEqual([[], [], ['Lunch']]);
  });

  test('[P2] an edit there is here at the next look, unit by unit, and writes nothing back', async () => {
    const { person, there, connect, email } = await connected();
    await connect();
    const activity = await addActivity(person, { title: 'Visit', location: 'Here' });
    await sync();
    const id = (await getActivity(person, activity.id))[`${provider}_event_id`] ?? '';
    await there.edit(id, {
      title: 'Visit moved',
      start: '2026-12-03T15:00',
      end: '2026-12-03T16:00',
    });
    const { writes } = watch(email);
    await sync();
    expect(await getActivity(person, activity.id)).toMatchObject({
      title: 'Visit moved',
      location: 'Here',
      start: '2026-12-03T15:00:00',
      copies: [{ state: 'synced' }],
    });
    expect(writes()).toEqual([]);
  });

  test('[P3] edits of different units on both sides both survive', async () => {
    const { person, there, connect } = await connected();
    await connect();
    const activity = await addActivity(person);
    await sync();
    const { version, ...now } = await getActivity(person, activity.id);
    const id = now[`${provider}_event_id`] ?? '';
    await there.edit(id, { title: 'From there' });
    await person.client.send('PATCH', `/api/activities/${activity.id}`, {
      version,
      location: 'From here',
    });
    await sync();
    expect(await getActivity(person, activity.id)).toMatchObject({
      title: 'From there',
      location: 'From here',
      copies: [{ state: 'synced' }],
    });
    const { location, subject, summary } = await there.find(id);
    expect(subject ?? summary).toBe('From there');
    expect(location).toEqual(
      provider === 'google' ? 'From here' : expect.objectContaining({ displayName: 'From here' }),
    );
  });

  test('[P4] deleted there: cancelled here, and no later edit makes its copy anew [F29]', async () => {
    const { person, there, connect, live, email } = await connected();
    await connect();
    const activity = await addActivity(person);
    await sync();
    await there.remove((await getActivity(person, activity.id))[`${provider}_event_id`] ?? '');
    await sync();
    const cancelled = await getActivity(person, activity.id);
    const cancelled_in = { provider, account: email };
    expect(cancelled).toMatchObject({ status: 'cancelled', copies: [], cancelled_in });
    // Colleagues see that it is, and not where.
    const colleague = await stack.addPerson({ tenantId: person.tenantId });
    expect(await getActivity(colleague, activity.id)).toMatchObject({
      status: 'cancelled',
      cancelled_in: null,
    });
    await person.client.send('PATCH', `/api/activities/${activity.id}`, {
      version: cancelled.version,
      title: 'Edited after',
    });
    await sync();
    expect(await live()).toEqual([]);
    expect(await getActivity(person, activity.id)).toMatchObject({ status: 'cancelled' });
  });

  test('[P5] an imported event edited and deleted here is edited and deleted there', async () => {
    const { person, there, connect, live } = await connected();
    await there.create({ title: 'Theirs' });
    await connect();
    const [theirs] = await named(person, 'Theirs');
    const path = `/api/activities/${theirs?.id}`;
    await person.client.send('PATCH', path, { version: theirs?.version, title: 'Ours' });
    await sync();
    expect(await live()).toEqual(['Ours']);
    await person.client.send('DELETE', path);
    await sync();
    expect(await live()).toEqual([]);
  });

  test('[P6] five idle rounds write nothing, and an echo of ours costs at most one list [F10]', async () => {
    const { person, there, connect, email } = await connected();
    await there.create({ title: 'Theirs' });
    await connect();
    await addActivity(person, { title: 'Ours' });
    await sync();
    const afterWrite = watch(email);
    await sync();
    expect(afterWrite.writes()).toEqual([]);
    expect(afterWrite.lists()).toHaveLength(1);
    // Rounds in which nothing is new, and rounds in which everything is told anew.
    for (const isToldAnew of [false, true]) {
      const idle = watch(email);
      for (let round = 0; round < 5; round++) {
        if (isToldAnew) endToken(email);
        await sync();
      }
      expect(idle.writes()).toEqual([]);
      const all = (await listActivities(person)).map(({ title, version }) => [title, version]);
      expect(all.sort()).toEqual([
        ['Ours', 1],
        ['Theirs', 1],
      ]);
    }
    expect(stack.sandbox.faults.list().map(({ fireCount }) => fireCount)).toEqual(Array(5).fill(1));
  });

  test.each([
    ['names them', 30],
    ['names them no more', 0],
  ])(
    '[P7] the token ends after three deletions, and the listing %s: those three are cancelled, the others stay [F1] [F2]',
    async (_, tombstoneDays) => {
      const { person, there, connect, email } = await connected();
      const ids = [];
      for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push(await there.create({ title: name }));
      await connect();
      for (const id of ids.slice(0, 3)) await there.remove(id);
      // Google names what was deleted for some weeks, and then no more. Graph never does.
      stack.sandbox.setSwitch('google.tombstoneDays', tombstoneDays);
      endToken(email);
      const { lists } = watch(email);
      await sync();
      stack.sandbox.setSwitch('google.tombstoneDays', 30);
      // The end of the token, the listing, and one question for each that it does not name.
      if (tombstoneDays === 0) expect(lists().length).toBeGreaterThanOrEqual(2 + 3);
      const states = (await listActivities(person)).map(
        ({ title, status }) => `${title} ${status}`,
      );
      expect(states.sort()).toEqual([
        'a cancelled',
        'b cancelled',
        'c cancelled',
        'd confirmed',
        'e confirmed',
      ]);
    },
  );

  test('[D6] a listing that is empty by mistake deletes nothing [F27]', async () => {
    const { person, there, connect, email } = await connected();
    for (let index = 0; index < 12; index++) await there.create({ title: `Event ${index}` });
    await connect();
    endToken(email);
    stack.sandbox.faults.add({
      match: {
        provider,
        account: email,
        method: 'GET',
        path: provider === 'google' ? 'timeMin=' : 'startDateTime=',
      },
      effect: { kind: 'truncate-listing', keep: 0 },
    });
    const { writes } = watch(email);
    await sync();
    await sync();
    expect(stack.sandbox.faults.list().map(({ fireCount }) => fireCount)).toEqual([1, 1]);
    const all = await listActivities(person);
    expect(all.map(({ status }) => status)).toEqual(Array(12).fill('confirmed'));
    expect(writes()).toEqual([]);
  });

  test('[D6] more than ten deletions there stop before the first one and ask; the answer is obeyed', async () => {
    const { person, there, connect } = await connected();
    const ids: string[] = [];
    for (let index = 0; index < 14; index++)
      ids.push(await there.create({ title: `Event ${index}` }));
    await connect();
    for (const id of ids.slice(0, 12)) await there.remove(id);
    await sync();
    await sync();
    const statuses = async () => (await listActivities(person)).map(({ status }) => status).sort();
    expect(await statuses()).toEqual(Array(14).fill('confirmed'));
    await decideBrake(person, 'delete');
    await sync();
    expect(await statuses()).toEqual([
      ...Array(12).fill('cancelled'),
      ...Array(2).fill('confirmed'),
    ]);
  });

  test('[P8] one entry that cannot be read is set aside, and the others come in [F21]', async () => {
    const { person, there, connect } = await connected();
    await there.create({ title: 'Fine' });
    await there.create({ title: 'Nul \u0000 here' }).catch(() => {});
    await connect();
    expect((await named(person, 'Fine')).length).toBe(1);
  });

  test('[P9] a meeting with a lead’s address is on that lead’s timeline', async () => {
    const { person, there, connect, email } = await connected();
    const lead = await person.client.send<{ id: string }>('POST', '/api/leads', {
      name: 'Carla',
      email: 'Carla@Fontaine.example',
    });
    await there.create({ title: 'With Carla', attendees: ['carla@fontaine.example'] });
    await addLead(person);
    const { mails } = watch(email);
    await connect();
    const [meeting] = await named(person, 'With Carla');
    expect(meeting).toMatchObject({ lead_id: lead.id });
    expect(mails()).toEqual([]);
  });

  test('[P10] the same edit on both sides is no conflict; different ones keep the loser', async () => {
    const { person, there, connect } = await connected();
    await connect();
    const activity = await addActivity(person);
    await sync();
    const before = await getActivity(person, activity.id);
    const id = before[`${provider}_event_id`] ?? '';
    const path = `/api/activities/${activity.id}`;
    await there.edit(id, { title: 'Same', location: 'There' });
    await person.client.send('PATCH', path, {
      version: before.version,
      title: 'Same',
      location: 'Here',
    });
    await sync();
    await sync();
    expect(await getActivity(person, activity.id)).toMatchObject({
      title: 'Same',
      location: 'Here',
      copies: [{ state: 'conflict' }],
    });
    expect((await there.find(id))['location']).toEqual(
      provider === 'google' ? 'Here' : expect.objectContaining({ displayName: 'Here' }),
    );
  });

  test('[P10] what both sides changed alike is agreed on: a later edit of one of them is no conflict', async () => {
    const { person, there, connect } = await connected();
    await connect();
    const activity = await addActivity(person);
    await sync();
    const { version, ...before } = await getActivity(person, activity.id);
    const id = before[`${provider}_event_id`] ?? '';
    await there.edit(id, { title: 'Alike' });
    await person.client.send('PATCH', `/api/activities/${activity.id}`, {
      version,
      title: 'Alike',
    });
    await sync();
    await there.edit(id, { title: 'Later' });
    await sync();
    expect(await getActivity(person, activity.id)).toMatchObject({
      title: 'Later',
      copies: [{ state: 'synced' }],
    });
  });
});

/** As the page's button does. */
async function decideBrake(person: Person, decision: 'delete' | 'keep'): Promise<void> {
  const braked = await query(
    stack,
    `update calendars set brake = brake || jsonb_build_object('decision', $1::text),
      pull_requested = pull_requested + 1 where tenant_id = $2 and brake is not null returning id`,
    [decision, person.tenantId],
  );
  await query(stack, `update jobs set run_at = now() where tenant_id = $1`, [person.tenantId]);
  expect(braked).toHaveLength(1);
}
