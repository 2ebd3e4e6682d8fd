import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Exchange, Sandbox } from '../../../sandbox/sandbox.ts';
import { authorizeUrl, connect, refresh } from '../oauth/support.ts';
import { ORIGIN, PEOPLE, callAs, googleEvents, graphMeeting, meeting } from './support.ts';

async function control(sandbox: Sandbox, method: string, path: string, body?: unknown) {
  const response = await sandbox.fetch(
    new Request(`${ORIGIN}/sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  const answer = (text === '' ? null : JSON.parse(text)) as Record<string, never> | null;
  return { status: response.status, answer };
}

const insert = (sandbox: Sandbox) =>
  callAs(sandbox, 'google', 'POST', `${googleEvents}?sendUpdates=all`, {
    body: { ...meeting('Lunch'), attendees: [{ email: 'ben@northwind.sandbox' }] },
  });

test('calls, with their cost, and mails can be read, filtered and cleared', async () => {
  const sandbox = createSandbox();
  await insert(sandbox);
  await callAs(sandbox, 'google', 'GET', googleEvents);
  const all = await control(sandbox, 'GET', '/calls');
  expect(all.answer).toMatchObject({ calls: [{}, {}], quotaUnits: 2 });
  const some = await control(sandbox, 'GET', '/calls?operation=events.insert');
  expect(some.answer?.calls).toHaveLength(1);
  const { answer } = await control(sandbox, 'GET', '/mails?to=ben@northwind.sandbox');
  expect(answer?.mails).toMatchObject([{ kind: 'invitation', from: PEOPLE.google }]);
  expect((await control(sandbox, 'DELETE', '/records')).status).toBe(204);
  expect((await control(sandbox, 'GET', '/mails')).answer).toEqual({ mails: [] });
});

test('faults can be added, listed and removed', async () => {
  const sandbox = createSandbox();
  const added = await control(sandbox, 'POST', '/faults', {
    match: { operation: 'events.insert' },
    effect: { kind: 'status', status: 429, retryAfterS: 3 },
  });
  const id = String(added.answer?.id);
  expect((await control(sandbox, 'GET', '/faults')).answer).toMatchObject({ faults: [{ id }] });
  expect((await insert(sandbox)).status).toBe(429);
  await control(sandbox, 'DELETE', `/faults/${id}`);
  expect(sandbox.faults.list()).toEqual([]);
  expect((await control(sandbox, 'POST', '/faults', { match: {} })).status).toBe(400);
  const broken = { match: { path: '(' }, effect: { kind: 'reset', when: 'before' } };
  expect((await control(sandbox, 'POST', '/faults', broken)).status).toBe(400);
});

test('switches, clock, tokens, grants and conditions are in reach', async () => {
  const sandbox = createSandbox();
  await control(sandbox, 'POST', '/switches', { 'outlook.oauth.strict-rotation': true });
  expect(sandbox.switches).toEqual({ 'outlook.oauth.strict-rotation': true });
  await control(sandbox, 'POST', '/clock', { offsetMs: 5000 });
  expect(sandbox.clockOffsetMs).toBe(5000);
  expect((await control(sandbox, 'POST', '/clock', {})).status).toBe(400);

  const whose = { provider: 'google', email: PEOPLE.google };
  const { answer } = await control(sandbox, 'POST', '/tokens', whose);
  expect(answer?.access_token).toContain('ya29.sandbox-');
  const expired = await control(sandbox, 'POST', '/tokens/expire', whose);
  expect(expired.answer).toEqual({ count: 1 });
  expect((await control(sandbox, 'POST', '/grants/revoke', whose)).status).toBe(204);
  const condition = { ...whose, condition: 'invalid_rapt' };
  expect((await control(sandbox, 'POST', '/conditions', condition)).status).toBe(204);
  const stranger = { provider: 'google', email: 'nobody@x.sandbox' };
  expect((await control(sandbox, 'POST', '/tokens', stranger)).status).toBe(400);
});

test('a mistyped switch, or a value of the wrong type, is refused with the nearest names', async () => {
  const sandbox = createSandbox();
  expect(() => sandbox.setSwitch('outlook.oauth.strict-rotatoin', true)).toThrow(
    "no switch 'outlook.oauth.strict-rotatoin'; did you mean outlook.oauth.strict-rotation",
  );
  expect(() => sandbox.setSwitch('deltaPageSize', 5)).toThrow('outlook.deltaPageSize');
  expect(() => sandbox.setSwitch('outlook.deltaPageSize', '5')).toThrow(
    'outlook.deltaPageSize takes a number from 0 on',
  );
  expect(() => sandbox.setSwitch('google.pushDelayMs', Number.NaN)).toThrow('a number');
  expect(() => sandbox.setSwitch('google.conferenceFails', 1)).toThrow('takes true or false');
  expect(() => sandbox.setSwitch('google.orphanedExceptions', 'drop')).toThrow('cancel or keep');

  const half = { 'google.conferenceFails': true, 'google.conferenceFail': true };
  const { status, answer } = await control(sandbox, 'POST', '/switches', half);
  expect(status).toBe(400);
  expect(answer?.error).toContain('google.conferenceFails');
  // One that is refused takes those beside it along.
  expect(sandbox.switches).toEqual({});

  const switches = { 'outlook.latency': 5 };
  expect(() => createSandbox({ switches })).toThrow('outlook.latencyMs');
  expect(() => createSandbox({ seed: { switches } })).toThrow('outlook.latencyMs');
});

test('consent can be given without a browser', async () => {
  const { answer } = await control(createSandbox(), 'POST', '/consent', {
    url: authorizeUrl('google'),
    email: PEOPLE.google,
  });
  expect(String(answer?.location)).toContain('/api/calendar/google/callback?');
});

test('accounts and clients can be added while it runs', async () => {
  const sandbox = createSandbox();
  const account = { provider: 'outlook', email: 'cleo@northwind.onmicrosoft.sandbox' };
  expect((await control(sandbox, 'POST', '/accounts', account)).status).toBe(200);
  expect((await control(sandbox, 'POST', '/accounts', account)).status).toBe(400);
  const me = await callAs(sandbox, 'outlook', 'GET', '/v1.0/me', { email: account.email });
  expect(me.status).toBe(200);
  const client = { provider: 'google', id: 'mine', secret: 's', name: 'Mine', redirectUris: [] };
  expect((await control(sandbox, 'POST', '/clients', client)).status).toBe(204);
  expect(sandbox.listClients().some(({ id }) => id === 'mine')).toBe(true);
});

test('what happens to a mailbox from outside its API can be asked for', async () => {
  const sandbox = createSandbox();
  const mailbox = (isEnabled: boolean) =>
    control(sandbox, 'POST', '/outlook/mailbox', { email: PEOPLE.outlook, isEnabled });
  expect((await mailbox(false)).status).toBe(204);
  expect((await callAs(sandbox, 'outlook', 'GET', '/v1.0/me/events')).status).toBe(404);
  expect((await mailbox(true)).status).toBe(204);
  const made = await callAs(sandbox, 'outlook', 'POST', '/v1.0/me/events', {
    body: graphMeeting('Lunch'),
  });
  const { id } = (await made.json()) as { id: string };
  const other = await callAs(sandbox, 'outlook', 'POST', '/v1.0/me/calendars', {
    body: { name: 'Other' },
  });
  const { id: calendarId } = (await other.json()) as { id: string };
  const move = { email: PEOPLE.outlook, eventId: id, calendarId };
  expect((await control(sandbox, 'POST', '/outlook/move-event', move)).status).toBe(204);
  const path = `/v1.0/me/calendars/${encodeURIComponent(calendarId)}/events`;
  const moved = await callAs(sandbox, 'outlook', 'GET', path);
  expect(((await moved.json()) as { value: unknown[] }).value).toHaveLength(1);
  const lifecycle = { subscriptionId: 'nothing', event: 'missed' };
  expect((await control(sandbox, 'POST', '/outlook/lifecycle', lifecycle)).status).toBe(400);
});

test('an unknown path lists those there are', async () => {
  const { status, answer } = await control(createSandbox(), 'GET', '/nothing');
  expect(status).toBe(404);
  expect(answer?.routes).toContain('POST /sandbox/faults');
});

test("another site's page cannot use a visitor's browser to control it", async () => {
  const sandbox = createSandbox();
  const reset = (origin: string) =>
    sandbox.fetch(
      new Request(`${ORIGIN}/sandbox/state/reset`, { method: 'POST', headers: { origin } }),
    );
  expect((await reset('https://evil.example')).status).toBe(403);
  expect((await reset('null')).status).toBe(403);
  expect((await reset(ORIGIN)).status).toBe(204);
});

test('every API call is handed over with its bodies, as the provider answered it', async () => {
  const exchanges: Exchange[] = [];
  const sandbox = createSandbox({ onExchange: (exchange) => exchanges.push(exchange) });
  sandbox.faults.add({ effect: { kind: 'status', status: 503, when: 'after' } });
  expect((await insert(sandbox)).status).toBe(503);
  expect(exchanges).toHaveLength(1);
  const [exchange] = exchanges;
  expect(exchange).toMatchObject({ provider: 'google', operation: 'events.insert', status: 200 });
  expect(JSON.parse(exchange?.requestBody ?? '')).toMatchObject({ summary: 'Lunch' });
  expect(JSON.parse(exchange?.responseBody ?? '')).toMatchObject({ kind: 'calendar#event' });
});

test('no token is in the record of calls', async () => {
  const sandbox = createSandbox();
  const google = await connect(sandbox, 'google');
  await refresh(sandbox, 'google', google.refresh_token ?? '');
  await connect(sandbox, 'outlook');
  expect(JSON.stringify(sandbox.calls)).not.toMatch(/ya29\.|1\/\/sandbox|EwB-|M\.sandbox|state-1/);
  expect(sandbox.calls.map(({ url }) => url)).toContain('/token?grant_type=refresh_token');
  expect(sandbox.calls.find(({ operation }) => operation === 'oauth.token')).toMatchObject({
    accountId: '104729518736420915873',
    clientId: 'kalends-sandbox-google',
  });
});
