import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Activity as Asked } from '../../../src/api/schemas/activities.ts';
import { NetworkError } from '../../../src/runtime.ts';
import { type Activity, addActivity, getActivity } from '../../support/activities.ts';
import { type Field, type Mailbox, providers, startField } from '../../support/field.ts';
import { addSeriesOwner, visits, visitsBut } from '../../support/series-people.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

/** Answers how it is switched on again. */
async function switchOff(
  { person, calendar, connection }: Mailbox,
  direction: 'none' | 'in' = 'none',
): Promise<() => Promise<void>> {
  const calendars = `/api/calendar/connections/${(await connection()).id}/calendars`;
  const path = `${calendars}/${(await calendar()).id}`;
  await person.client.send('PATCH', path, { direction });
  return async () => {
    await person.client.send('PATCH', path, { direction: 'both', is_write_target: true });
    for (let round = 0; round < 3; round++) await field.sync();
  };
}
const pathOf = { google: '/calendar/v3/', outlook: '/v1.0/' };
const statesOf = async ({ person }: Mailbox, { id }: Pick<Activity, 'id'>) =>
  (await getActivity(person, id)).copies.map(({ state }) => state);

describe.each(providers)('while a calendar at %s is switched off', (provider) => {
  test('[U1] what is edited or deleted, here and there, waits, and is so everywhere once it is on again', async () => {
    const mailbox = await field.addConnected(provider);
    const { person, there } = mailbox;
    const [moved, gone, renamed, removed] = [
      await addActivity(person, { title: 'To be moved' }),
      await addActivity(person, { title: 'To be deleted' }),
      await addActivity(person, { title: 'To be renamed there' }),
      await addActivity(person, { title: 'To be deleted there' }),
    ];
    await field.sync();
    const switchOn = await switchOff(mailbox);
    await field.sync();
    const { version } = await getActivity(person, moved.id);
    const path = `/api/activities/${moved.id}`;
    await person.client.send('PATCH', path, { version, title: 'Moved', location: 'Roof' });
    await person.client.send('DELETE', `/api/activities/${gone.id}`);
    await there.edit(await mailbox.idOf(renamed), { title: 'Renamed there' });
    await there.remove(await mailbox.idOf(removed));
    const watch = mailbox.watch();
    await field.sync();
    expect([...watch.reads(), ...watch.writes()]).toEqual([]);
    for (const one of [moved, renamed, removed]) {
      expect(await statesOf(mailbox, one)).toEqual(['paused']);
    }
    await switchOn();
    expect(await mailbox.live()).toEqual(['Moved', 'Renamed there']);
    expect((await getActivity(person, renamed.id)).title).toBe('Renamed there');
    expect((await getActivity(person, removed.id)).status).toBe('cancelled');
  });

  test('[U1] a write that was under way when it was switched off: its copy says paused', async () => {
    const mailbox = await field.addConnected(provider);
    const activity = await addActivity(mailbox.person);
    await field.sync();
    const { version } = await getActivity(mailbox.person, activity.id);
    const path = `/api/activities/${activity.id}`;
    await mailbox.person.client.send('PATCH', path, { version, title: 'Renamed' });
    let isOff = false;
    field.between({
      async request(request) {
        if (request.method === 'PATCH' && !isOff) {
          isOff = true;
          await switchOff(mailbox);
        }
        return request;
      },
    });
    await field.sync();
    expect(await statesOf(mailbox, activity)).toEqual(['paused']);
    expect(await mailbox.live()).toEqual(['Renamed']);
  });

  test('[U1] [O11] an event that comes back from another calendar while its deletion there had no answer: its copy says paused', async () => {
    const mailbox = await field.addConnected(provider);
    const { person } = mailbox;
    const other = provider === 'google' ? 'outlook' : 'google';
    const { there, idOf } = await field.addConnected(other, { person });
    const activity = await addActivity(person);
    await field.sync();
    const entry = await idOf(activity);
    await person.client.send('DELETE', `/api/activities/${activity.id}`);
    // Nor does the other one hear of it yet.
    field.fail({ provider: other }, { kind: 'status', status: 503 }, { times: 'always' });
    let isOff = false;
    field.between({
      async request(request) {
        if (isOff || request.method !== 'DELETE' || !request.url.includes(pathOf[provider])) {
          return request;
        }
        isOff = true;
        await switchOff(mailbox);
        throw new NetworkError('reset');
      },
    });
    await field.sync();
    field.stack.sandbox.faults.clear();
    await there.edit(entry, { location: 'Roof' });
    await field.sync();
    const { status, copies } = await getActivity(person, activity.id);
    const states = Object.fromEntries(copies.map((copy) => [copy.provider, copy.state]));
    expect([status, states]).toEqual(['confirmed', { [provider]: 'paused', [other]: 'conflict' }]);
  });

  test('[U1] [O2] what is said of one date waits as well, and says so', async () => {
    const owner = await addSeriesOwner(field);
    const mailbox = owner.mailboxes[provider];
    const switchOn = await switchOff(mailbox);
    await owner.changeOn('2027-03-23', { title: 'Big visit' });
    await field.sync();
    const one = (await owner.list()).find(({ title }) => title === 'Big visit');
    const states = Object.fromEntries(
      (one?.copies ?? []).map((copy) => [copy.provider, copy.state]),
    );
    expect(states).toEqual({ google: 'synced', outlook: 'synced', [provider]: 'paused' });
    const listed = (await owner.listAt(provider)).map(({ start, title }) => `${start} ${title}`);
    expect(listed).toEqual(visits);
    await switchOn();
    await owner.expectEverywhere(visitsBut({ 1: '2027-03-23T09:00 Big visit' }));
  });

  test('[U1] [U5] a copy that was deleted there is not put back where nothing goes: the refusal says so, and the question stays', async () => {
    const mailbox = await field.addConnected(provider);
    const { client } = mailbox.person;
    const activity = await addActivity(mailbox.person, { title: 'Wanted' });
    await field.sync();
    const { version } = await getActivity(mailbox.person, activity.id);
    const path = `/api/activities/${activity.id}`;
    await mailbox.there.remove(await mailbox.idOf(activity));
    await client.send('PATCH', path, { version, location: 'Roof' });
    await field.sync();
    const [copy] = (await client.get<Asked>(path)).copies;
    expect(copy).toMatchObject({ state: 'detached', choices: ['put-back', 'delete'] });
    const switchOn = await switchOff(mailbox, 'in');
    const choice = { choice: 'put-back' };
    const refused = await client.sendRaw('POST', `${path}/copies/${copy?.id}/resolve`, choice);
    expect([refused.status, await refused.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'calendar-not-usable' }),
    ]);
    const several = { ...choice, copy_ids: [copy?.id] };
    const put = () => client.send<{ results: string[] }>('POST', '/api/decisions/resolve', several);
    expect((await put()).results).toEqual(['not-usable']);
    expect(await statesOf(mailbox, activity)).toEqual(['detached']);
    await switchOn();
    expect((await put()).results).toEqual(['done']);
    await field.sync();
    expect(await mailbox.live()).toEqual(['Wanted']);
  });

  test('[U1] [U4] what had been deleted, or was deleted there, and is restored or put back meanwhile is there once it is on again', async () => {
    const mailbox = await field.addConnected(provider);
    const { client } = mailbox.person;
    const [restored, kept] = [
      await addActivity(mailbox.person, { title: 'Restored' }),
      await addActivity(mailbox.person, { title: 'Put back' }),
    ];
    await field.sync();
    await client.send('DELETE', `/api/activities/${restored.id}`);
    await mailbox.there.remove(await mailbox.idOf(kept));
    const path = `/api/activities/${kept.id}`;
    await client.send('PATCH', path, { version: kept.version, location: 'Roof' });
    await field.sync();
    const [copy] = (await client.get<Asked>(path)).copies;
    expect(copy?.state).toBe('detached');
    const switchOn = await switchOff(mailbox);
    await client.send('POST', `/api/activities/${restored.id}/restore`, {});
    await client.send('POST', `${path}/copies/${copy?.id}/resolve`, { choice: 'put-back' });
    await field.sync();
    for (const one of [restored, kept]) expect(await statesOf(mailbox, one)).toEqual(['paused']);
    expect(await mailbox.live()).toEqual([]);
    await switchOn();
    expect(await mailbox.live()).toEqual(['Put back', 'Restored']);
  });

  test('[U1] [U5] a question about a copy is answered: it waits for its calendar, and says so', async () => {
    const mailbox = await field.addConnected(provider);
    const { client } = mailbox.person;
    const activity = await addActivity(mailbox.person, { title: 'Visit' });
    await field.sync();
    const path = `/api/activities/${activity.id}`;
    await mailbox.there.edit(await mailbox.idOf(activity), { title: 'Visit there' });
    await client.send('PATCH', path, { version: activity.version, title: 'Visit here' });
    await field.sync();
    const [copy] = (await client.get<Asked>(path)).copies;
    expect(copy?.state).toBe('conflict');
    const switchOn = await switchOff(mailbox);
    await client.send('POST', `${path}/copies/${copy?.id}/resolve`, { choice: 'keep' });
    expect(await statesOf(mailbox, activity)).toEqual(['paused']);
    await switchOn();
    expect(await statesOf(mailbox, activity)).toEqual(['synced']);
    expect(await mailbox.live()).toEqual(['Visit here']);
  });
});
