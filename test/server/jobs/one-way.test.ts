import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Activity as Asked } from '../../../src/api/schemas/activities.ts';
import { addActivity } from '../../support/activities.ts';
import { edit, type Field, type Mailbox, providers, startField } from '../../support/field.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const settle = async () => {
  for (let round = 0; round < 3; round++) await field.sync();
};

/** A calendar, and how its direction is changed. */
async function addCalendar(provider: Mailbox['provider']) {
  const mailbox = await field.addConnected(provider);
  const { client } = mailbox.person;
  const calendars = `/api/calendar/connections/${(await mailbox.connection()).id}/calendars`;
  const path = `${calendars}/${(await mailbox.calendar()).id}`;
  const turn = async (direction: 'both' | 'in' | 'out' | 'none') => {
    await client.send('PATCH', path, { direction });
    await settle();
  };
  const get = async ({ id }: { id: string }) => client.get<Asked>(`/api/activities/${id}`);
  return { mailbox, turn, get, person: mailbox.person, there: mailbox.there };
}

describe.each(providers)('a calendar at %s', (provider) => {
  test('[S6] [U1] is only read: what is changed here stays here, its copy says so, and it is there once changes go both ways', async () => {
    const { mailbox, turn, get, person, there } = await addCalendar(provider);
    const activity = await addActivity(person, { title: 'Visit' });
    await field.sync();
    await turn('in');
    await edit(person, activity, { title: 'Long visit' });
    await there.edit(await mailbox.idOf(activity), { location: 'Roof' });
    const watch = mailbox.watch();
    await settle();
    expect(watch.writes()).toEqual([]);
    const seen = await get(activity);
    expect([seen.title, seen.location]).toEqual(['Long visit', 'Roof']);
    expect(seen.copies[0]).toMatchObject({ state: 'synced', differs_in: ['title'] });
    await turn('both');
    expect(await mailbox.live()).toEqual(['Long visit']);
    expect((await get(activity)).copies[0]).toMatchObject({ state: 'synced', differs_in: [] });
  });

  test('[S6] [U1] takes nothing over: what is changed there stays there, also beside a change from here, and is here once changes go both ways', async () => {
    const { mailbox, turn, get, person, there } = await addCalendar(provider);
    const activity = await addActivity(person, { title: 'Visit' });
    await field.sync();
    await turn('out');
    await there.edit(await mailbox.idOf(activity), { title: 'Visit there' });
    await edit(person, activity, { location: 'Roof' });
    await settle();
    const seen = await get(activity);
    expect([seen.title, seen.location]).toEqual(['Visit', 'Roof']);
    expect(seen.copies[0]).toMatchObject({ state: 'synced', differs_in: ['title'] });
    expect(await mailbox.live()).toEqual(['Visit there']);
    await turn('both');
    expect((await get(activity)).title).toBe('Visit there');
    expect((await get(activity)).copies[0]).toMatchObject({ state: 'synced', differs_in: [] });
  });

  test.each(['in', 'none'] as const)(
    '[G5] [U1] nothing goes to it (%s): nobody is mailed of what was changed meanwhile once that goes there',
    async (direction) => {
      const { mailbox, turn, get, person } = await addCalendar(provider);
      const attendees = [{ email: 'ada@guest.example' }];
      const activity = await addActivity(person, { title: 'Visit', attendees });
      await field.sync();
      await turn(direction);
      await edit(person, activity, { title: 'Long visit' });
      await settle();
      const watch = mailbox.watch();
      await turn('both');
      expect(watch.mails()).toEqual([]);
      const [copy] = (await get(activity)).copies;
      if (provider === 'google') expect(await mailbox.live()).toEqual(['Long visit']);
      // Outlook would have told them.
      else expect(copy).toMatchObject({ state: 'refused', choices: ['retry'] });
    },
  );
});
