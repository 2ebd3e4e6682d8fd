import { auth, calendar as createCalendarClient } from '@googleapis/calendar';
import { Client, type Middleware, MiddlewareFactory } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts, addActivity, getActivity, runJobs } from '../../support/activities.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

/* What the product wrote, as Google's and Microsoft's own clients see it. */

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  person = await stack.addPerson();
  await stack.connect(person, 'google', accounts.google);
  await stack.connect(person, 'outlook', accounts.outlook);
});
afterAll(() => stack.stop());

const timed = {
  title: 'Visit: Müller & Söhne <Werk 2>',
  description: 'First line\nSecond line: 5 < 6 & "quoted"',
  location: 'Straße 1, Köln',
  start: '2026-03-29T09:00',
  end: '2026-03-29T10:30',
  time_zone: 'Europe/Berlin',
  visibility: 'private',
  show_as: 'free',
};
const allDay = {
  title: 'Trade fair',
  start: '2026-12-01',
  end: '2026-12-04',
  time_zone: undefined,
};

async function write(changes: Record<string, unknown>) {
  const { id } = await addActivity(person, changes);
  await runJobs(stack);
  return getActivity(person, id);
}

function googleClient() {
  const client = new auth.OAuth2();
  client.setCredentials({
    access_token: stack.sandbox.issueToken({ provider: 'google', email: accounts.google }),
  });
  const rootUrl = `${stack.sandboxServer.url}/`;
  return createCalendarClient({ version: 'v3', auth: client, rootUrl });
}

/** Microsoft's client gives its token to https addresses only: the last handler knows better. */
const plainTransport: Middleware = {
  async execute(context) {
    const url = String(context.request).replace(/^https:/, 'http:');
    context.response = await fetch(url, context.options as RequestInit);
  },
};

function graphClient() {
  const { host, hostname } = new URL(stack.sandboxServer.url);
  const token = stack.sandbox.issueToken({ provider: 'outlook', email: accounts.outlook });
  const handlers = MiddlewareFactory.getDefaultMiddlewareChain({
    getAccessToken: async () => token,
  });
  return Client.initWithMiddleware({
    middleware: [...handlers.slice(0, -1), plainTransport],
    baseUrl: `https://${host}/`,
    customHosts: new Set([hostname]),
  });
}

test('Google’s client sees the timed event as it was written', async () => {
  const { google_event_id: eventId } = await write(timed);
  const { data } = await googleClient().events.get({
    calendarId: 'primary',
    eventId: eventId ?? '',
  });
  expect(data).toMatchObject({
    id: eventId,
    summary: timed.title,
    location: timed.location,
    visibility: 'private',
    transparency: 'transparent',
    start: { dateTime: '2026-03-29T09:00:00+02:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-03-29T10:30:00+02:00', timeZone: 'Europe/Berlin' },
  });
  expect(data.description).toContain('5 &lt; 6 &amp; ');
});

test('Google’s client sees dates for an event of whole days', async () => {
  const { google_event_id: eventId } = await write(allDay);
  const { data } = await googleClient().events.list({
    calendarId: accounts.google,
    singleEvents: true,
    orderBy: 'startTime',
    timeMin: '2026-12-01T00:00:00Z',
  });
  expect(data.items).toMatchObject([
    { id: eventId, start: { date: '2026-12-01' }, end: { date: '2026-12-04' } },
  ]);
});

test('Microsoft’s client sees the timed event as it was written', async () => {
  const { outlook_event_id: eventId } = await write(timed);
  const event = await graphClient()
    .api(`/me/events/${encodeURIComponent(eventId ?? '')}`)
    .header('Prefer', 'IdType="ImmutableId", outlook.body-content-type="text"')
    .get();
  expect(event).toMatchObject({
    id: eventId,
    subject: timed.title,
    location: { displayName: timed.location },
    sensitivity: 'private',
    showAs: 'free',
    isAllDay: false,
    start: { dateTime: '2026-03-29T07:00:00.0000000', timeZone: 'UTC' },
    end: { dateTime: '2026-03-29T08:30:00.0000000', timeZone: 'UTC' },
    originalStartTimeZone: 'W. Europe Standard Time',
  });
  expect(event.body.content.replaceAll('\r\n', '\n').trim()).toBe(timed.description);
});

test('Microsoft’s client sees midnights for an event of whole days', async () => {
  const { outlook_event_id: eventId } = await write(allDay);
  const { value } = await graphClient()
    .api('/me/calendarView')
    .query({ startDateTime: '2026-12-01T00:00:00Z', endDateTime: '2026-12-05T00:00:00Z' })
    .header('Prefer', 'IdType="ImmutableId"')
    .get();
  const [event] = value.filter(({ id }: { id: string }) => id === eventId);
  expect(event).toMatchObject({
    isAllDay: true,
    start: { dateTime: '2026-12-01T00:00:00.0000000' },
    end: { dateTime: '2026-12-04T00:00:00.0000000' },
  });
});
