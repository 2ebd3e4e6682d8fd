import { auth, calendar as createCalendarClient } from '@googleapis/calendar';
import { Client, MiddlewareFactory, PageIterator } from '@microsoft/microsoft-graph-client';
import type { Middleware } from '@microsoft/microsoft-graph-client';
import type { Event, Subscription } from '@microsoft/microsoft-graph-types';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { defaultClients } from '../../sandbox/seed.ts';
import { startSandboxServer } from '../../sandbox/server.ts';
import type { SandboxServer } from '../../sandbox/server.ts';

/** The official clients, pointed at the sandbox as its README says, and nothing else changed. */
let server: SandboxServer;
/** What the sandbox sent to the webhooks of the application. */
const sent: Request[] = [];

const GOOGLE_CALLBACK = 'http://127.0.0.1:4700/api/calendar/google/callback';
const OUTLOOK_CALLBACK = 'http://127.0.0.1:4700/api/calendar/outlook/callback';
const zone = 'Europe/Berlin';

beforeAll(async () => {
  server = await startSandboxServer({
    port: 0,
    runtime: {
      fetch: async (request) => {
        const token = new URL(request.url).searchParams.get('validationToken');
        sent.push(request.clone());
        return new Response(token, { headers: { 'content-type': 'text/plain' } });
      },
    },
  });
});

beforeEach(() => {
  sent.length = 0;
  server.sandbox.reset();
});

afterAll(() => server.stop());

function createGoogleAuth() {
  const { url } = server;
  return new auth.OAuth2({
    clientId: defaultClients.google.id,
    clientSecret: defaultClients.google.secret,
    redirectUri: GOOGLE_CALLBACK,
    endpoints: {
      oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${url}/token`,
      oauth2RevokeUrl: `${url}/revoke`,
      tokenInfoUrl: `${url}/tokeninfo`,
      oauth2FederatedSignonPemCertsUrl: `${url}/oauth2/v1/certs`,
      oauth2FederatedSignonJwkCertsUrl: `${url}/oauth2/v3/certs`,
    },
  });
}

async function connectGoogle() {
  const client = createGoogleAuth();
  const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
  const consentUrl = client.generateAuthUrl({
    access_type: 'offline',
    scope: ['openid', 'email', 'https://www.googleapis.com/auth/calendar'],
    code_challenge: codeChallenge ?? '',
    // The enumeration of the library, which its own package does not export.
    code_challenge_method: 'S256' as never,
  });
  const location = await server.sandbox.consent(consentUrl, { email: 'anna@northwind.sandbox' });
  const code = new URL(location).searchParams.get('code') ?? '';
  const { tokens } = await client.getToken({ code, codeVerifier });
  client.setCredentials(tokens);
  return { client, tokens };
}

async function createGoogle() {
  const { client } = await connectGoogle();
  return createCalendarClient({ version: 'v3', auth: client, rootUrl: `${server.url}/` });
}

test("Google's client: the whole life of a token", async () => {
  const { client, tokens } = await connectGoogle();
  const ticket = await client.verifyIdToken({
    idToken: tokens.id_token ?? '',
    audience: defaultClients.google.id,
  });
  expect(ticket.getPayload()).toMatchObject({
    iss: 'https://accounts.google.com',
    email: 'anna@northwind.sandbox',
    hd: 'northwind.sandbox',
  });
  const info = await client.getTokenInfo(tokens.access_token ?? '');
  expect(info.email).toBe('anna@northwind.sandbox');

  const api = createCalendarClient({ version: 'v3', auth: client, rootUrl: `${server.url}/` });
  server.sandbox.expireAccessTokens();
  client.setCredentials({ ...tokens, expiry_date: Date.now() - 1 });
  expect((await api.calendarList.list()).status).toBe(200);
  expect(client.credentials.access_token).not.toBe(tokens.access_token);

  await client.revokeCredentials();
  client.setCredentials({ refresh_token: tokens.refresh_token ?? '' });
  await expect(api.calendarList.list()).rejects.toThrow('invalid_grant');
});

test("Google's client: the whole life of an event", async () => {
  const { events } = await createGoogle();
  const calendarId = 'primary';
  const { data: made } = await events.insert({
    calendarId,
    requestBody: {
      summary: 'Lunch',
      start: { dateTime: '2026-11-24T12:00:00', timeZone: zone },
      end: { dateTime: '2026-11-24T13:00:00', timeZone: zone },
    },
  });
  const eventId = made.id ?? '';
  const first = await events.list({ calendarId });
  expect(first.data.items).toHaveLength(1);
  const { data: patched } = await events.patch({
    calendarId,
    eventId,
    requestBody: { location: 'Here' },
  });
  expect(patched).toMatchObject({ summary: 'Lunch', location: 'Here' });
  const stale = events.update(
    { calendarId, eventId, requestBody: made },
    { headers: { 'If-Match': made.etag ?? '' } },
  );
  await expect(stale).rejects.toMatchObject({ status: 412 });
  await events.delete({ calendarId, eventId });
  const delta = await events.list({ calendarId, syncToken: first.data.nextSyncToken ?? '' });
  expect(delta.data.items).toMatchObject([{ id: eventId, status: 'cancelled' }]);
});

test("Google's client: the whole life of a series", async () => {
  const { events } = await createGoogle();
  const calendarId = 'primary';
  const { data: series } = await events.insert({
    calendarId,
    requestBody: {
      summary: 'Stand-up',
      start: { dateTime: '2026-11-23T09:00:00', timeZone: zone },
      end: { dateTime: '2026-11-23T09:15:00', timeZone: zone },
      recurrence: ['RRULE:FREQ=DAILY;COUNT=4'],
    },
  });
  const eventId = series.id ?? '';
  const instances = async () => (await events.instances({ calendarId, eventId })).data.items ?? [];
  const [, second, third] = await instances();
  await events.patch({
    calendarId,
    eventId: second?.id ?? '',
    requestBody: { summary: 'Retro' },
  });
  await events.delete({ calendarId, eventId: third?.id ?? '' });
  expect((await instances()).map(({ summary }) => summary)).toEqual([
    'Stand-up',
    'Retro',
    'Stand-up',
  ]);
  await events.delete({ calendarId, eventId });
  const rest = await events.list({ calendarId, singleEvents: true });
  expect(rest.data.items).toEqual([]);
});

test("Google's client: the whole life of a channel", async () => {
  const { events, channels } = await createGoogle();
  const calendarId = 'primary';
  const { data: channel } = await events.watch({
    calendarId,
    requestBody: {
      id: 'channel-1',
      type: 'web_hook',
      address: 'https://crm.example/webhooks/google',
      token: 'secret',
    },
  });
  expect(channel).toMatchObject({ kind: 'api#channel', id: 'channel-1' });
  await expect.poll(() => statesOf(sent)).toContain('sync');
  await events.insert({
    calendarId,
    requestBody: { summary: 'Lunch', start: { date: '2026-11-24' }, end: { date: '2026-11-25' } },
  });
  await expect.poll(() => statesOf(sent), { timeout: 5_000 }).toContain('exists');
  expect(sent.at(-1)?.headers.get('x-goog-channel-token')).toBe('secret');
  await channels.stop({ requestBody: { id: channel.id, resourceId: channel.resourceId } });
});

const statesOf = (requests: Request[]) =>
  requests.map((request) => request.headers.get('x-goog-resource-state'));

async function connectOutlook() {
  const base = `${server.url}/common/oauth2/v2.0`;
  const query = new URLSearchParams({
    client_id: defaultClients.outlook.id,
    redirect_uri: OUTLOOK_CALLBACK,
    response_type: 'code',
    scope: 'openid offline_access User.Read Calendars.ReadWrite',
  });
  const email = 'anna@northwind.onmicrosoft.sandbox';
  const location = await server.sandbox.consent(`${base}/authorize?${query}`, { email });
  let tokens = await postForm(`${base}/token`, {
    grant_type: 'authorization_code',
    code: new URL(location).searchParams.get('code') ?? '',
    redirect_uri: OUTLOOK_CALLBACK,
  });
  return async () => {
    tokens = await postForm(`${base}/token`, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    });
    return tokens.access_token;
  };
}

async function postForm(url: string, form: Record<string, string>) {
  const body = new URLSearchParams({
    client_id: defaultClients.outlook.id,
    client_secret: defaultClients.outlook.secret,
    ...form,
  });
  const response = await fetch(url, { method: 'POST', body });
  expect(response.status).toBe(200);
  return (await response.json()) as { access_token: string; refresh_token: string };
}

/** A token is refreshed for every call, so the life of one is part of every other life. */
async function createGraph() {
  const getAccessToken = await connectOutlook();
  const { host, hostname } = new URL(server.url);
  const handlers = MiddlewareFactory.getDefaultMiddlewareChain({ getAccessToken });
  return Client.initWithMiddleware({
    middleware: [...handlers.slice(0, -1), plainTransport],
    baseUrl: `https://${host}/`,
    customHosts: new Set([hostname]),
  });
}

/**
 * Microsoft's client sends its token to https addresses only, so it believes to use one. This last
 * handler, which makes the call, is the one place that knows better.
 */
const plainTransport: Middleware = {
  async execute(context) {
    const url = String(context.request).replace(/^https:/, 'http:');
    const headers = new Headers(context.options?.headers as HeadersInit);
    headers.set('x-forwarded-proto', 'https');
    context.response = await fetch(url, { ...context.options, headers } as RequestInit);
  },
};

const at = (dateTime: string) => ({ dateTime, timeZone: zone });

test("Microsoft's client: the whole life of a token", async () => {
  const graph = await createGraph();
  expect(await graph.api('/me').get()).toMatchObject({ displayName: 'Anna Berg' });
  server.sandbox.expireAccessTokens();
  expect(await graph.api('/me').get()).toMatchObject({ displayName: 'Anna Berg' });
  const refreshes = server.sandbox.calls.filter(({ url }) => url.includes('refresh_token'));
  expect(refreshes).toHaveLength(2);
});

test("Microsoft's client: the whole life of an event", async () => {
  const graph = await createGraph();
  const made: Event = await graph.api('/me/events').post({
    subject: 'Lunch',
    start: at('2026-11-24T12:00:00'),
    end: at('2026-11-24T13:00:00'),
  });
  const path = `/me/events/${encodeURIComponent(made.id ?? '')}`;
  const patched: Event = await graph.api(path).patch({ location: { displayName: 'Here' } });
  expect(patched).toMatchObject({ subject: 'Lunch', location: { displayName: 'Here' } });
  const etag = (made as Record<string, unknown>)['@odata.etag'] as string;
  const stale = graph.api(path).header('If-Match', etag).patch({ subject: 'Dinner' });
  await expect(stale).rejects.toMatchObject({ statusCode: 412 });
  const page = await graph
    .api('/me/calendarView')
    .query({ startDateTime: '2026-11-24T00:00:00Z', endDateTime: '2026-11-25T00:00:00Z' })
    .header('Prefer', `outlook.timezone="${zone}"`)
    .get();
  expect(page.value).toMatchObject([{ start: { dateTime: '2026-11-24T12:00:00.0000000' } }]);
  await graph.api(path).delete();
  await expect(graph.api(path).get()).rejects.toMatchObject({ statusCode: 404 });
});

test("Microsoft's client: its own iterator follows the pages of a delta to their link", async () => {
  const graph = await createGraph();
  for (let day = 10; day < 22; day++) {
    await graph.api('/me/events').post({
      subject: `Day ${day}`,
      start: at(`2026-11-${day}T12:00:00`),
      end: at(`2026-11-${day}T13:00:00`),
    });
  }
  const first = await graph
    .api('/me/calendarView/delta')
    .query({ startDateTime: '2026-11-01T00:00:00Z', endDateTime: '2026-12-01T00:00:00Z' })
    .header('Prefer', 'odata.maxpagesize=5')
    .get();
  const subjects: string[] = [];
  const iterator = new PageIterator(graph, first, (event: Event) => {
    subjects.push(event.subject ?? '');
    return true;
  });
  await iterator.iterate();
  // Graph repeats the last one of a page on the next, so the same event comes more than once.
  expect(new Set(subjects).size).toBe(12);
  const next = await graph.api(iterator.getDeltaLink() ?? '').get();
  expect(next['@odata.deltaLink'] ?? next['@odata.nextLink']).toBeTruthy();
});

test("Microsoft's client: the whole life of a series", async () => {
  const graph = await createGraph();
  const series: Event = await graph.api('/me/events').post({
    subject: 'Stand-up',
    start: at('2026-11-23T09:00:00'),
    end: at('2026-11-23T09:15:00'),
    recurrence: {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: '2026-11-23', numberOfOccurrences: 4 },
    },
  });
  const path = `/me/events/${encodeURIComponent(series.id ?? '')}`;
  const instances = async (): Promise<Event[]> => {
    const page = await graph
      .api(`${path}/instances`)
      .query({ startDateTime: '2026-11-23T00:00:00Z', endDateTime: '2026-11-30T00:00:00Z' })
      .get();
    return page.value;
  };
  const slots = (await instances()).sort((a, b) =>
    (a.start?.dateTime ?? '').localeCompare(b.start?.dateTime ?? ''),
  );
  await graph
    .api(`/me/events/${encodeURIComponent(slots[1]?.id ?? '')}`)
    .patch({ subject: 'Retro' });
  await graph.api(`/me/events/${encodeURIComponent(slots[2]?.id ?? '')}`).delete();
  const subjects = (await instances()).map(({ subject }) => subject);
  expect(subjects.sort()).toEqual(['Retro', 'Stand-up', 'Stand-up']);
  await graph.api(path).delete();
  expect((await graph.api('/me/events').get()).value).toEqual([]);
});

test("Microsoft's client: the whole life of a subscription", async () => {
  const graph = await createGraph();
  const made: Subscription = await graph.api('/subscriptions').post({
    changeType: 'created,updated,deleted',
    notificationUrl: 'https://crm.example/webhooks/outlook',
    resource: '/me/events',
    expirationDateTime: new Date(Date.now() + 86_400_000).toISOString(),
    clientState: 'secret',
  });
  expect(new URL(sent[0]?.url ?? '').searchParams.has('validationToken')).toBe(true);
  await graph.api('/me/events').post({
    subject: 'Lunch',
    start: at('2026-11-24T12:00:00'),
    end: at('2026-11-24T13:00:00'),
  });
  await expect.poll(() => sent.length, { timeout: 5_000 }).toBeGreaterThan(1);
  const [, change] = sent;
  const body: unknown = await change?.json();
  const { value } = body as { value: Record<string, unknown>[] };
  expect(value[0]).toMatchObject({
    subscriptionId: made.id,
    clientState: 'secret',
    changeType: 'created',
  });
  const path = `/subscriptions/${made.id}`;
  const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
  const renewed: Subscription = await graph.api(path).patch({ expirationDateTime: later });
  expect(renewed.expirationDateTime?.slice(0, 10)).toBe(later.slice(0, 10));
  await graph.api(path).delete();
  await expect(graph.api(path).get()).rejects.toMatchObject({ statusCode: 404 });
});
