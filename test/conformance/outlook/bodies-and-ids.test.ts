import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  insideTest,
  newEvent,
  newSeries,
} from './client.ts';
import { alex, pat } from './world.ts';

const world = () => createTestWorld();
const html = (content: string) => ({ body: { contentType: 'HTML', content } });
const immutable = { prefer: 'IdType="ImmutableId"' };

test('a fragment comes back inside an HTML document, a whole document as it was', async () => {
  const client = clientOf(world());
  const fragment = await createOk(client, newEvent(html('Does <b>noon</b> work?')));
  expect(fragment.body.contentType).toBe('html');
  expect(fragment.body.content).toMatch(/^<html><head><meta http-equiv[^>]*><\/head><body>/);
  expect(fragment.body.content).toContain('<body>Does <b>noon</b> work?</body></html>');
  const document = '<html><head></head><body>Yes</body></html>';
  expect((await createOk(client, newEvent(html(document)))).body.content).toBe(document);
  expect((await createOk(client, newEvent())).body.content).toBe('');
});

test('plain text is escaped into HTML and read back as text on request', async () => {
  const client = clientOf(world());
  const content = 'a < b & c\nsecond line';
  const event = await createOk(client, newEvent({ body: { contentType: 'text', content } }));
  expect(event.body).toMatchObject({ contentType: 'html' });
  expect(event.body.content).toContain('a &lt; b &amp; c<br>');
  expect(event.bodyPreview).toBe('a < b & c\r\nsecond line');
  const prefer = 'outlook.body-content-type="text"';
  const { body } = await client.get(eventPath(event), { prefer });
  expect(body.body).toEqual({ contentType: 'text', content: 'a < b & c\r\nsecond line' });
});

test('what could run is taken out of a body unless unsafe HTML is asked for', async () => {
  const client = clientOf(world());
  const unsafe =
    '<p onclick="steal()">Hi<script>steal()</script><a href="javascript:x()">y</a></p>';
  const event = await createOk(client, newEvent(html(unsafe)));
  expect(event.body.content).not.toMatch(/script|onclick|steal/);
  expect(event.body.content).toContain('Hi');
  const { body } = await client.get(eventPath(event), { prefer: 'outlook.allow-unsafe-html' });
  expect(body.body.content).toContain('<script>');
});

test('a style sheet of Outlook’s own survives', async () => {
  const client = clientOf(world());
  const style = '<style>\r\n<!--\r\n@font-face\r\n\t{font-family:Aptos}\r\n-->\r\n</style>';
  const document = `<html>\r\n<head>\r\n${style}\r\n</head>\r\n<body lang="EN-GB">x</body>\r\n</html>`;
  expect((await createOk(client, newEvent(html(document)))).body.content).toBe(document);
});

test('an online meeting brings its link and its block in the body', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent({ ...html('Agenda'), isOnlineMeeting: true }));
  expect(event).toMatchObject({ isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' });
  expect(event.onlineMeeting.joinUrl).toMatch(/^https:\/\/teams\.microsoft\.com\//);
  expect(event.body.content).toContain(event.onlineMeeting.joinUrl);
  expect(event.body.content).toContain('Agenda');
});

test('once online, a meeting ignores later wishes; writing the body without its block ends it', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent({ isOnlineMeeting: true }));
  const frozen = await client.patch(eventPath(event), { isOnlineMeeting: false });
  expect(frozen.body.isOnlineMeeting).toBe(true);
  const again = await client.patch(eventPath(event), {
    isOnlineMeeting: true,
    onlineMeetingProvider: 'teamsForBusiness',
  });
  expect(again.body.onlineMeeting).toEqual(event.onlineMeeting);
  const content = event.body.content.replace('<div>', '<p>New agenda</p><div>');
  const kept = await client.patch(eventPath(event), html(content));
  expect(kept.body.onlineMeeting).toEqual(event.onlineMeeting);
  const ended = await client.patch(eventPath(event), html('No call'));
  expect(ended.body).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
});

insideTest('a personal calendar has no Teams: the wish for a meeting is ignored', async () => {
  const client = clientOf(world(), pat);
  const { body: calendar } = await client.get('/v1.0/me/calendar');
  expect(calendar.allowedOnlineMeetingProviders).not.toContain('teamsForBusiness');
  const event = await createOk(client, newEvent({ isOnlineMeeting: true }));
  expect(event).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
  expect(event.webLink).toMatch(/^https:\/\/outlook\.live\.com\//);
});

insideTest('a view gives the join link only where isOnlineMeeting is selected too', async () => {
  const client = clientOf(world());
  await createOk(client, newEvent({ isOnlineMeeting: true }));
  const view = '/v1.0/me/calendarView?startDateTime=2026-03-10&endDateTime=2026-03-11';
  const link = async (select: string) =>
    (await client.get(`${view}&$select=${select}`)).body.value[0].onlineMeeting.joinUrl as unknown;
  expect(await link('onlineMeeting')).toBeUndefined();
  expect(await link('onlineMeeting,isOnlineMeeting')).toMatch(/^https/);
});

test('location and locations are kept in step', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent({ location: { displayName: "Harry's Bar" } }));
  expect(event.locations).toMatchObject([{ displayName: "Harry's Bar", locationType: 'default' }]);
  const moved = await client.patch(eventPath(event), { location: { displayName: 'Home' } });
  expect(moved.body.locations).toMatchObject([{ displayName: 'Home' }]);
  const many = await client.patch(eventPath(event), {
    locations: [{ displayName: 'A' }, { displayName: 'B' }],
  });
  expect(many.body.location.displayName).toBe('A; B');
});

test('both kinds of id find an event, and each answer uses the kind that was asked for', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const { body } = await client.get(eventPath(event), immutable);
  expect(body.id).not.toBe(event.id);
  expect((await client.get(eventPath(body))).body.id).toBe(event.id);
  const { body: translated } = await client.post('/v1.0/me/translateExchangeIds', {
    inputIds: [event.id],
    sourceIdType: 'restId',
    targetIdType: 'restImmutableEntryId',
  });
  expect(translated.value).toEqual([{ sourceId: event.id, targetId: body.id }]);
});

insideTest('a move changes the default id and not the immutable one', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(client, newEvent());
  const { body: stable } = await client.get(eventPath(event), immutable);
  const { body: other } = await client.post('/v1.0/me/calendars', { name: 'Other' });
  it.sandbox.acts.moveEvent(alex.id, event.id, other.id);
  expect((await client.get(eventPath(event))).status).toBe(404);
  const { body: moved } = await client.get(eventPath(stable));
  expect(moved.id).not.toBe(event.id);
  const path = `/v1.0/me/calendars/${enc(other.id)}/events`;
  expect((await client.list(path)).map(({ id }) => id as string)).toEqual([moved.id]);
});

insideTest(
  'what is taken out of Deleted Items is there again, under a new default id',
  async () => {
    const it = world();
    const client = clientOf(it);
    const event = await createOk(client, newEvent());
    await client.delete(eventPath(event));
    it.sandbox.acts.restoreEvent(alex.id, event.iCalUId);
    const [restored] = await client.list('/v1.0/me/events');
    expect(restored).toMatchObject({ iCalUId: event.iCalUId, subject: event.subject });
    expect(restored.id).not.toBe(event.id);
  },
);

insideTest('what was deleted for good cannot be taken back', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(client, newEvent());
  expect((await client.post(`${eventPath(event)}/permanentDelete`)).status).toBe(204);
  expect(() => it.sandbox.acts.restoreEvent(alex.id, event.iCalUId)).toThrow();
});

insideTest('an id of another mailbox is malformed', async () => {
  const it = world();
  const event = await createOk(clientOf(it, pat), newEvent());
  const { status, body } = await clientOf(it).get(eventPath(event));
  expect([status, body.error.code]).toEqual([400, 'ErrorInvalidIdMalformed']);
});

insideTest('an occurrence has an iCalUId of its own, or the series’ one by switch', async () => {
  const it = world();
  const client = clientOf(it);
  const master = await createOk(client, newSeries());
  const list = () =>
    client.list(`${eventPath(master)}/instances?startDateTime=2026-03-01&endDateTime=2026-04-01`);
  const uids = (await list()).map(({ iCalUId }) => iCalUId as string);
  expect(new Set([...uids, master.iCalUId]).size).toBe(uids.length + 1);
  it.switches['outlook.occurrenceHasOwnICalUId'] = false;
  expect(new Set((await list()).map(({ iCalUId }) => iCalUId as string))).toEqual(
    new Set([master.iCalUId]),
  );
});
