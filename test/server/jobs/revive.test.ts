import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import { type HttpRequest, NetworkError } from '../../../src/runtime.ts';
import type { History } from '../../../src/api/schemas/history.ts';
import { addActivity, addLead, getActivity, runJobs } from '../../support/activities.ts';
import { edit, type Field, providers, startField } from '../../support/field.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

describe.each(providers)('%s', (provider) => {
  const other = provider === 'google' ? 'outlook' : 'google';

  test.each(['kept', 'edited', 'undone'] as const)(
    '[U12] what came back from this calendar is in the other again once it is %s, and not before',
    async (how) => {
      const mailbox = await field.addConnected(provider);
      const { person } = mailbox;
      const second = await field.addConnected(other, { person });
      const title = `Back, ${how} at ${provider}`;
      const where = async () =>
        (await Promise.all([mailbox.live(), second.live()])).map((titles) =>
          titles.includes(title),
        );
      const activity = await addActivity(person, { title: 'Planned' });
      const path = `/api/activities/${activity.id}`;
      await edit(person, activity, { location: 'Yard' });
      await field.sync();
      await mailbox.there.edit(await mailbox.idOf(activity), { title });
      await person.client.send('DELETE', path);
      // The other calendar hears of the deletion first.
      field.fail({ provider }, { kind: 'status', status: 503 }, { times: 'always' });
      await field.sync(1_000);
      field.stack.sandbox.faults.clear();
      await field.sync();
      expect(await where()).toEqual([true, false]);
      const { copies } = await person.client.get<Activity>(path);
      const asked = copies.find(({ is_revived }) => is_revived);
      if (how === 'edited') await edit(person, activity, { location: 'Roof' });
      if (how === 'kept') {
        await person.client.send('POST', `${path}/copies/${asked?.id}/resolve`, { choice: 'keep' });
      }
      if (how === 'undone') {
        // Of what was typed here before all that.
        const { entries } = await person.client.get<History>(`${path}/history`);
        const typed = entries.find(({ change, user }) => change === 'updated' && user !== null);
        await person.client.send('POST', `${path}/history/${typed?.id}/undo`);
      }
      await field.sync();
      expect(await where()).toEqual([true, true]);
      const states = (await getActivity(person, activity.id)).copies.map(({ state }) => state);
      expect(states).toEqual(['synced', 'synced']);
    },
  );

  test('[D4] what came back goes with the copy that brought it, whatever was changed before the deletion', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { title: 'Planned' });
    await field.sync();
    const id = await mailbox.idOf(activity);
    await mailbox.there.edit(id, { location: 'Edited there' });
    await edit(person, activity, { title: 'Edited here' });
    await person.client.send('DELETE', `/api/activities/${activity.id}`);
    const isBusy = field.fail({ provider, method: 'PATCH' }, { kind: 'status', status: 429 });
    await field.sync(1_000);
    expect(isBusy()).toBe(1);
    expect((await getActivity(person, activity.id)).status).toBe('confirmed');
    await mailbox.there.remove(id);
    await field.sync();
    expect(await mailbox.live()).toEqual([]);
    expect((await getActivity(person, activity.id)).status).toBe('cancelled');
  });

  test('[D5] what came back and was edited in another calendar since stays when its copy goes', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const second = await field.addConnected(other, { person });
    const activity = await addActivity(person, { title: 'Planned' });
    await field.sync();
    const ids = [await mailbox.idOf(activity), await second.idOf(activity)] as const;
    await mailbox.there.edit(ids[0], { location: 'Edited there' });
    await person.client.send('DELETE', `/api/activities/${activity.id}`);
    // It is back before the other calendar hears of the deletion.
    field.fail({ provider: other }, { kind: 'status', status: 503 }, { times: 'always' });
    await field.sync(1_000);
    field.stack.sandbox.faults.clear();
    await field.sync();
    expect(await second.live()).toEqual(['Planned']);
    await second.there.edit(ids[1], { title: 'Edited in the other' });
    field.fail({ provider }, { kind: 'status', status: 503 }, { times: 'always' });
    await field.sync();
    field.stack.sandbox.faults.clear();
    await mailbox.there.remove(ids[0]);
    await field.sync();
    expect(await second.live()).toEqual(['Edited in the other']);
    const { status, title } = await getActivity(person, activity.id);
    expect([status, title]).toEqual(['confirmed', 'Edited in the other']);
  });

  test('[Q2] what came back is written on, however often the write fails', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { title: 'Planned' });
    await field.sync();
    await mailbox.there.edit(await mailbox.idOf(activity), { title: 'Edited there' });
    await edit(person, activity, { location: 'Edited here' });
    await person.client.send('DELETE', `/api/activities/${activity.id}`);
    const isBusy = field.fail({ provider, method: 'PATCH' }, { kind: 'status', status: 429 });
    // Before its calendar is looked at: the edit is met by the deletion.
    await field.sync(1_000);
    expect(isBusy()).toBe(1);
    await field.sync();
    const copy = JSON.stringify(await mailbox.there.find(await mailbox.idOf(activity)));
    expect(copy).toContain('Edited there');
    expect(copy).toContain('Edited here');
  });

  test('[Q2] a create that arrives when nobody expects it any more is known for ours', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { title: 'As it was', location: 'Roof' });
    const { runtime } = field.stack.context;
    const { send } = runtime;
    const tries: HttpRequest[] = [];
    runtime.send = async (request) => {
      if (request.method !== 'POST' || !/events(\?|$)/.test(request.url)) return send(request);
      tries.push(request);
      if (tries.length === 1) throw new Error('reset');
      // The network gives back what it had swallowed.
      if (tries.length === 2 && tries[0]) await send(tries[0]);
      return send(request);
    };
    await field.sync(1_000);
    await edit(person, activity, { title: 'As it is' });
    await field.sync();
    expect(tries).toHaveLength(2);
    expect(await mailbox.live()).toEqual(['As it is']);
    expect((await getActivity(person, activity.id)).title).toBe('As it is');
  });

  /** An event whose create has not arrived, and was looked for in vain. */
  async function addWithLateCreate() {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const lead_id = await addLead(person);
    const activity = await addActivity(person, { lead_id, title: 'As it was' });
    const { runtime } = field.stack.context;
    const { send } = runtime;
    const swallowed: HttpRequest[] = [];
    runtime.send = async (request) => {
      if (request.method !== 'POST' || !/events(\?|$)/.test(request.url)) return send(request);
      if (swallowed.length > 0) return send(request);
      swallowed.push(request);
      throw new Error('reset');
    };
    await field.sync(1_000);
    const [late] = swallowed;
    if (!late) throw new Error('nothing was written');
    const titles = async () => {
      const timeline = `/api/activities?lead_id=${lead_id}`;
      const { activities } = await person.client.get<{ activities: Activity[] }>(timeline);
      return activities.map(({ title }) => title);
    };
    return { mailbox, activity, titles, arrive: () => send(late) };
  }

  test('[Q2] a create that arrives after its event was deleted here is no event: it goes, too', async () => {
    const { mailbox, activity, titles, arrive } = await addWithLateCreate();
    const { person } = mailbox;
    await person.client.send('DELETE', `/api/activities/${activity.id}`);
    await field.sync();
    expect((await arrive()).status).toBeLessThan(300);
    expect(await mailbox.live()).toEqual(['As it was']);
    await field.sync();
    expect(await mailbox.live()).toEqual([]);
    expect(await titles()).toEqual([]);
  });

  test('[Q2] a create that arrives after its event was deleted and restored here is its copy', async () => {
    const { mailbox, activity, titles, arrive } = await addWithLateCreate();
    const { person } = mailbox;
    const path = `/api/activities/${activity.id}`;
    await person.client.send('DELETE', path);
    await field.sync();
    await person.client.send('POST', `${path}/restore`, {});
    expect((await arrive()).status).toBeLessThan(300);
    await field.sync();
    expect(await mailbox.live()).toEqual(['As it was']);
    expect(await titles()).toEqual(['As it was']);
    expect((await getActivity(person, activity.id)).copies).toMatchObject([{ state: 'synced' }]);
  });

  /** Deleted here, and restored while the deletion is on its way; `fate`: what becomes of that. */
  async function restoreMeanwhile(fate: 'done' | 'lost after' | 'lost before' | 'too late') {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { title: 'Wanted after all' });
    await field.sync();
    const path = `/api/activities/${activity.id}`;
    const id = await mailbox.idOf(activity);
    const { runtime } = field.stack.context;
    const { send } = runtime;
    let late: HttpRequest | undefined;
    runtime.send = async (request) => {
      if (late || request.method !== 'DELETE') return send(request);
      late = request;
      await person.client.send('POST', `${path}/restore`, {});
      if (fate === 'too late') await mailbox.there.remove(id);
      const answer = fate === 'lost before' ? undefined : await send(request);
      if (!answer || fate === 'lost after') throw new NetworkError('reset');
      return answer;
    };
    const calls = mailbox.watch();
    await person.client.send('DELETE', path);
    await field.sync(1_000);
    await field.sync();
    const look = async () => {
      const { status, copies } = await getActivity(person, activity.id);
      return [status, ...copies.map(({ state }) => state)];
    };
    const arrive = async () => send(late as HttpRequest);
    return { mailbox, id, look, arrive, states: await look(), writes: calls.writes() };
  }

  test('[U4] an event that is restored while its deletion is on its way is there again, and nobody is asked', async () => {
    const { mailbox, states, writes } = await restoreMeanwhile('done');
    expect(states).toEqual(['confirmed', 'synced']);
    expect(await mailbox.live()).toEqual(['Wanted after all']);
    expect(writes).toHaveLength(2);
  });

  test('[U4] one whose deletion never arrived stays as it is', async () => {
    const { mailbox, states, writes } = await restoreMeanwhile('lost before');
    expect(states).toEqual(['confirmed', 'synced']);
    expect(await mailbox.live()).toEqual(['Wanted after all']);
    expect(writes).toEqual([]);
  });

  test('[U4] what came from the calendar is there again, also when it was deleted before it was made anew', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    await mailbox.there.create({ title: 'From there' });
    await field.sync();
    const { activities } = await person.client.get<{ activities: Activity[] }>('/api/activities');
    const path = `/api/activities/${activities.find(({ title }) => title === 'From there')?.id}`;
    await person.client.send('DELETE', path);
    await field.sync();
    expect(await mailbox.live()).toEqual([]);
    await person.client.send('POST', `${path}/restore`, {});
    await person.client.send('DELETE', path);
    await field.sync();
    await person.client.send('POST', `${path}/restore`, {});
    await field.sync();
    expect(await mailbox.live()).toEqual(['From there']);
  });

  test.each([
    ['went without an answer to its deletion', 'lost after'],
    ['was deleted there before its deletion came', 'too late'],
  ] as const)('[U4] a copy that %s is asked about: its event stays', async (_, fate) => {
    const { mailbox, states, look } = await restoreMeanwhile(fate);
    expect(states).toEqual(['confirmed', 'detached']);
    expect(await mailbox.live()).toEqual([]);
    // Also when it is looked at once more, and its calendar does not answer at first.
    await field.query(
      `update event_links set is_stale = true, next_attempt_at = now()
       from calendar_events e where e.id = event_id and e.title = 'Wanted after all' and state = 'detached'`,
    );
    field.fail({ provider, method: 'GET', path: 'events/' }, { kind: 'status', status: 503 });
    await mailbox.syncNow();
    await field.sync(1_000);
    await field.sync();
    expect(await look()).toEqual(['confirmed', 'detached']);
  });

  test('[U4] [Q2] a deletion that arrives after its event was restored and its copy was found is asked about', async () => {
    const { mailbox, look, arrive } = await restoreMeanwhile('lost before');
    expect((await arrive()).status).toBe(204);
    await field.sync();
    expect(await look()).toEqual(['confirmed', 'detached']);
    expect(await mailbox.live()).toEqual([]);
  });

  test('[U4] [Q2] one that can arrive no more is forgotten: who deletes the copy later has deleted it', async () => {
    const { mailbox, id, look, arrive } = await restoreMeanwhile('lost before');
    await mailbox.there.edit(id, { title: 'Edited there' });
    await field.sync();
    expect((await arrive()).status).toBe(412);
    await mailbox.there.remove(id);
    await field.sync();
    expect(await look()).toEqual(['cancelled']);
  });

  test('[U4] [U12] what comes back from the other calendar while it is being deleted here waits for a word, and is made anew', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const second = await field.addConnected(other, { person });
    const activity = await addActivity(person, { title: 'Planned' });
    await field.sync();
    await second.there.edit(await second.idOf(activity), { title: 'Edited there' });
    const { runtime } = field.stack.context;
    const { send } = runtime;
    let titleMeanwhile: string | undefined;
    // The other calendar is looked at while the deletion is on its way.
    runtime.send = async (request) => {
      const answer = await send(request);
      if (request.method !== 'DELETE' || answer.status !== 204) return answer;
      runtime.send = send;
      field.stack.sandbox.faults.clear();
      await runJobs(field.stack, field.now() + 5_000 - Date.now());
      titleMeanwhile = (await getActivity(person, activity.id)).title;
      return answer;
    };
    await person.client.send('DELETE', `/api/activities/${activity.id}`);
    const isSlow = { kind: 'status', status: 429, retryAfterS: 3 } as const;
    field.fail({ provider: other }, isSlow, { times: 'always' });
    await field.sync(1_000);
    expect(titleMeanwhile).toBe('Edited there');
    await field.sync();
    expect([await mailbox.live(), await second.live()]).toEqual([[], ['Edited there']]);
    const { copies } = await person.client.get<Activity>(`/api/activities/${activity.id}`);
    expect(copies.filter(({ state }) => state === 'detached')).toEqual([]);
    await edit(person, activity, { location: 'Roof' });
    await field.sync();
    expect([await mailbox.live(), await second.live()]).toEqual([
      ['Edited there'],
      ['Edited there'],
    ]);
  });

  /** An event whose title was changed and set back here; the change has not arrived. */
  async function addWithLateUpdate() {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const activity = await addActivity(person, { title: 'As it was' });
    await field.sync();
    const { runtime } = field.stack.context;
    const { send } = runtime;
    const swallowed: HttpRequest[] = [];
    runtime.send = async (request) => {
      if (request.method !== 'PATCH' || swallowed.length > 0) return send(request);
      swallowed.push(request);
      throw new Error('reset');
    };
    await edit(person, activity, { title: 'As it was for a moment' });
    await field.sync(1_000);
    await edit(person, activity, { title: 'As it was' });
    await field.sync();
    const [late] = swallowed;
    if (!late) throw new Error('nothing was written');
    return { mailbox, activity, arrive: () => send(late) };
  }

  test('[Q2] an update that arrives after it was looked for and set back here is known for ours', async () => {
    const { mailbox, activity, arrive } = await addWithLateUpdate();
    expect((await arrive()).status).toBe(200);
    expect(await mailbox.live()).toEqual(['As it was for a moment']);
    await field.sync();
    expect(await mailbox.live()).toEqual(['As it was']);
    expect((await getActivity(mailbox.person, activity.id)).title).toBe('As it was');
  });

  test('[Q2] an update that can arrive no more is forgotten: who says the same later has said it', async () => {
    const { mailbox, activity, arrive } = await addWithLateUpdate();
    const id = await mailbox.idOf(activity);
    await mailbox.there.edit(id, { location: 'Said there' });
    expect((await arrive()).status).toBe(412);
    await field.sync();
    await mailbox.there.edit(id, { title: 'As it was for a moment' });
    await field.sync();
    expect(await mailbox.live()).toEqual(['As it was for a moment']);
    const { title } = await getActivity(mailbox.person, activity.id);
    expect(title).toBe('As it was for a moment');
  });
});
