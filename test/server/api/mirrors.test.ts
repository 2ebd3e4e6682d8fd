import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addActivity, getActivity } from '../../support/activities.ts';
import { type Field, listActivities, providers, startField } from '../../support/field.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const guest = 'ada@fontaine.example';

describe.each(providers)('%s', (provider) => {
  const other = provider === 'google' ? 'outlook' : 'google';

  test('[U11] an imported meeting is shown in another calendar on request, once, and without its guests', async () => {
    const home = await field.addConnected(provider);
    const { person } = home;
    const away = await field.addConnected(other, { person });
    const id = await home.there.create({ title: 'Board', attendees: [guest] });
    await field.sync();
    expect(await away.live()).toEqual([]);
    const [activity] = await listActivities(person);
    const path = `/api/activities/${activity?.id}/mirrors`;
    const wish = { connection_id: (await away.connection()).id, shows: 'all' };
    const before = field.stack.sandbox.mails.length;
    expect((await person.client.sendRaw('POST', path, wish)).status).toBe(201);
    await field.sync();
    const [copy] = await listLiveEvents(field.stack, other, away.email);
    expect(copy?.title).toBe('Board');
    expect(copy?.raw['attendees'] ?? []).toEqual([]);
    const again = await person.client.sendRaw('POST', path, wish);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'copy-there-already' });
    // It follows its event both ways.
    await home.there.edit(id, { title: 'Board, moved' });
    await field.sync();
    expect(await away.live()).toEqual(['Board, moved']);
    const told = field.stack.sandbox.mails.slice(before).filter(({ to }) => to === guest);
    // Outlook itself tells what its owner changed there.
    expect(told).toHaveLength(provider === 'outlook' ? 1 : 0);
  });

  test('[U11] a busy mirror shows a time and nothing else, and is not read', async () => {
    const home = await field.addConnected(provider);
    const { person } = home;
    const id = await home.there.create({ title: 'Dentist', location: 'Main Street' });
    await field.sync();
    const away = await field.addConnected(other, { person });
    const [activity] = await listActivities(person);
    const wish = { connection_id: (await away.connection()).id, shows: 'busy' };
    await person.client.send('POST', `/api/activities/${activity?.id}/mirrors`, wish);
    await field.sync();
    const [copy] = await listLiveEvents(field.stack, other, away.email);
    expect(copy?.title).toBe('Busy');
    expect(JSON.stringify(copy?.raw)).not.toMatch(/Dentist|Main Street/);
    const { copies } = await getActivity(person, activity?.id ?? '');
    expect(copies).toContainEqual(expect.objectContaining({ shows: 'busy', provider: other }));
    await away.there.edit(copy?.id ?? '', { title: 'Told to nobody' });
    await field.sync();
    expect((await getActivity(person, activity?.id ?? '')).title).toBe('Dentist');
    // What is changed at home moves it all the same.
    await home.there.edit(id, { start: '2026-12-02T09:00', end: '2026-12-02T10:00' });
    await field.sync();
    const [moved] = await listLiveEvents(field.stack, other, away.email);
    expect(JSON.stringify(moved?.raw['start'])).toContain('2026-12-02');
  });
});

test('[U11] what cannot be shown there is refused: no calendar, not connected, deleted, cancelled', async () => {
  const home = await field.addConnected('google');
  const { person } = home;
  const away = await field.addConnected('outlook', { person });
  const { id } = await away.connection();
  const activity = await addActivity(person);
  const ask = async (connectionId: string, shows = 'all') => {
    const body = { connection_id: connectionId, shows };
    const path = `/api/activities/${activity.id}/mirrors`;
    const answer = await person.client.sendRaw('POST', path, body);
    return ((await answer.json()) as { code: string }).code;
  };
  expect(await ask(id)).toBe('copy-there-already');
  expect(await ask(activity.id)).toBe('connection-not-found');
  expect(await ask(id, 'some')).toBe('invalid-request');
  const calendar = await away.calendar();
  const path = `/api/calendar/connections/${id}/calendars/${calendar.id}`;
  await person.client.send('PATCH', path, { is_write_target: false });
  expect(await ask(id)).toBe('calendar-not-usable');
  await person.client.send('POST', '/api/calendar/connect', {
    action: 'disconnect',
    integration_id: id,
  });
  expect(await ask(id)).toBe('connection-not-ready');
  await field.sync();
  await home.there.remove(await home.idOf(activity));
  await field.sync();
  const homeId = (await home.connection()).id;
  expect((await getActivity(person, activity.id)).status).toBe('cancelled');
  expect(await ask(homeId)).toBe('activity-not-found');
});
