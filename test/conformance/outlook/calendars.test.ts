import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  insideTest,
  newEvent,
  type Body,
} from './client.ts';
import { adele, alex, pat } from './world.ts';

const world = () => createTestWorld();

test('a mailbox has a default calendar that cannot be removed', async () => {
  const client = clientOf(world());
  const { body } = await client.get('/v1.0/me/calendar');
  expect(body).toMatchObject({
    isDefaultCalendar: true,
    isRemovable: false,
    canEdit: true,
    isTallyingResponses: true,
    hexColor: '',
  });
  expect((await client.delete('/v1.0/me/calendar')).status).toBe(400);
});

insideTest('holidays and birthdays are listed and cannot be written', async () => {
  const client = clientOf(world());
  const calendars = await client.list('/v1.0/me/calendars');
  const holidays = calendars.find(({ canEdit }) => !canEdit);
  const path = `/v1.0/me/calendars/${enc(holidays.id)}`;
  expect((await client.get(`${path}/events`)).status).toBe(200);
  const { status, body } = await client.post(`${path}/events`, newEvent());
  expect([status, body.error.code]).toEqual([403, 'ErrorAccessDenied']);
});

test('a calendar is made, renamed and deleted with its events', async () => {
  const client = clientOf(world());
  const name = `Leads ${Math.random()}`;
  const made = await client.post('/v1.0/me/calendars', { name, color: 'LightBlue' });
  expect([made.status, made.body]).toMatchObject([
    201,
    { name, color: 'lightBlue', isDefaultCalendar: false, isRemovable: true },
  ]);
  const path = `/v1.0/me/calendars/${enc(made.body.id)}`;
  const event = await createOk(client, newEvent(), `${path}/events`);
  expect((await client.patch(path, { name: `${name}!` })).body.name).toBe(`${name}!`);
  expect((await client.delete(path)).status).toBe(204);
  expect((await client.get(path)).status).toBe(404);
  expect((await client.get(eventPath(event))).status).toBe(404);
});

test('calendars are paged like any list', async () => {
  const client = clientOf(world());
  const { body } = await client.get('/v1.0/me/calendars?$top=1');
  expect(body.value).toHaveLength(1);
  expect((await client.get(body['@odata.nextLink'])).body.value).toHaveLength(1);
});

test('calendars are in groups', async () => {
  const client = clientOf(world());
  const [mine] = await client.list('/v1.0/me/calendarGroups');
  expect(mine.name).toBe('My Calendars');
  const { body: group } = await client.post('/v1.0/me/calendarGroups', { name: 'CRM' });
  const path = `/v1.0/me/calendarGroups/${enc(group.id)}`;
  const { body: calendar } = await client.post(`${path}/calendars`, { name: `c${Math.random()}` });
  const listed = await client.list(`${path}/calendars`);
  expect(listed.map(({ id }) => id as string)).toEqual([calendar.id]);
  expect((await client.get(`${path}/calendars/${enc(calendar.id)}`)).status).toBe(200);
  expect((await client.patch(path, { name: 'CRM 2' })).body.name).toBe('CRM 2');
});

const day = (date: string) => ({ dateTime: `2026-03-${date}T00:00:00`, timeZone: 'Europe/Berlin' });

insideTest('getSchedule tells when people are busy, and what with only about oneself', async () => {
  const it = world();
  const client = clientOf(it);
  await createOk(client, newEvent());
  await createOk(clientOf(it, adele), newEvent({ showAs: 'tentative' }));
  await createOk(clientOf(it, adele), newEvent({ showAs: 'free' }));
  const { status, body } = await client.post('/v1.0/me/calendar/getSchedule', {
    schedules: [alex.email, adele.email, 'nobody@nowhere.test'],
    startTime: { dateTime: '2026-03-10T11:00:00', timeZone: 'Europe/Berlin' },
    endTime: { dateTime: '2026-03-10T14:00:00', timeZone: 'Europe/Berlin' },
    availabilityViewInterval: 60,
  });
  expect(status).toBe(200);
  const [own, others, unknown] = body.value as Body[];
  expect(own.availabilityView).toBe('020');
  expect(own.scheduleItems).toMatchObject([{ status: 'busy', subject: 'Lunch with Lena' }]);
  expect(others.availabilityView).toBe('010');
  expect(others.scheduleItems).toHaveLength(1);
  expect(others.scheduleItems[0]).not.toHaveProperty('subject');
  expect(unknown.error.responseCode).toBe('ErrorMailRecipientNotFound');
});

test('getSchedule takes 62 days and 20 mailboxes', async () => {
  const client = clientOf(world());
  const status = async (schedules: string[], endTime: object) =>
    (
      await client.post('/v1.0/me/calendar/getSchedule', {
        schedules,
        startTime: day('01'),
        endTime,
      })
    ).status;
  const may = (date: string) => ({ dateTime: `2026-05-${date}T00:00:00`, timeZone: 'UTC' });
  expect(await status([alex.email], may('01'))).toBe(200);
  expect(await status([alex.email], may('03'))).toBe(400);
  const many = Array.from({ length: 21 }, (_, i) => `p${i}@contoso.test`);
  expect(await status(many, day('02'))).toBe(400);
});

insideTest('a whole mailbox can be put away as JSON and taken out again', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(
    client,
    newEvent({ attendees: [{ emailAddress: { address: pat.email } }] }),
  );
  const { body: round } = await client.get(
    '/v1.0/me/calendarView/delta?startDateTime=2026-03-01&endDateTime=2026-04-01',
  );
  const snapshot: unknown = JSON.parse(JSON.stringify(it.sandbox.snapshot()));
  const other = world();
  other.sandbox.restore(snapshot);
  const restored = clientOf(other);
  expect((await restored.get(eventPath(event))).body).toEqual(
    (await client.get(eventPath(event))).body,
  );
  await restored.patch(eventPath(event), { subject: 'after' });
  const changes = (await restored.get(round['@odata.deltaLink'])).body.value;
  expect(changes).toMatchObject([{ id: event.id, subject: 'after' }]);
  expect((await restored.list('/v1.0/me/events'))[0].subject).toBe('after');
  expect((await client.get(eventPath(event))).body.subject).toBe(event.subject);
});
