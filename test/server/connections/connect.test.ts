import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStack, type Person, type Stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  addEvent,
  anna,
  begin,
  comeBack,
  connect,
  countTokenCalls,
  list,
  read,
  resultOf,
} from './support.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  stack.sandbox.reset();
  person = await stack.addPerson();
});

const listCopies = () =>
  stack.sandbox.calls.filter(({ operation }) => operation === 'events.insert');

test.each([
  ['google', anna.google],
  ['outlook', anna.outlook],
  ['outlook', anna.outlookAtHome],
] as const)(
  'a %s consent of %s becomes a connection with its calendar',
  async (provider, email) => {
    const connection = await connect(stack, person, provider, email);
    expect(connection).toMatchObject({
      provider,
      email,
      state: 'active',
      is_active: true,
      sync_enabled: true,
      reason: null,
      waiting_count: 0,
    });
    expect(connection.write_calendar).toEqual(expect.any(String));
    const row = await read(stack, connection.id);
    expect(row.access_token).toMatch(/^v1\.test\./);
    expect(row.refresh_token).toMatch(/^v1\.test\./);
  },
);

test('[attack 5] the authorization request has PKCE S256, a state and a nonce, new each time', async () => {
  for (const provider of ['google', 'outlook'] as const) {
    const [one, two] = [await begin(person, provider), await begin(person, provider)].map(
      (url) => new URL(url).searchParams,
    );
    expect(one?.get('response_type')).toBe('code');
    expect(one?.get('code_challenge_method')).toBe('S256');
    for (const name of ['code_challenge', 'state', 'nonce']) {
      expect(one?.get(name)).toMatch(/^[\w-]{43}$/);
      expect(one?.get(name)).not.toBe(two?.get(name));
    }
  }
});

test('[attack 13] no more is asked than the product needs', async () => {
  const scopes = async (provider: 'google' | 'outlook') =>
    new URL(await begin(person, provider)).searchParams.get('scope')?.split(' ').sort();
  expect(await scopes('google')).toEqual([
    'email',
    'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
    'https://www.googleapis.com/auth/calendar.events',
    'openid',
  ]);
  expect(await scopes('outlook')).toEqual([
    'Calendars.ReadWrite',
    'User.Read',
    'email',
    'offline_access',
    'openid',
  ]);
});

test('[attack 7] the redirect address comes from the configuration, whatever host a request names', async () => {
  const lies: Record<string, string>[] = [
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
    { 'x-original-host': 'evil.example' },
  ];
  for (const headers of lies) {
    const answer = await person.client.fetch(
      '/api/calendar/connect?action=connect&provider=google',
      { headers },
    );
    const { url } = (await answer.json()) as { url: string };
    expect(new URL(url).searchParams.get('redirect_uri')).toBe(
      `${stack.context.config.publicUrl}/api/calendar/google/callback`,
    );
  }
});

test('neither state nor verifier are stored as they are', async () => {
  const { searchParams } = new URL(await begin(person, 'google'));
  const [row] = await query<{ state_hash: string; code_verifier: string }>(
    stack,
    'select state_hash, code_verifier from oauth_states where user_id = $1',
    [person.userId],
  );
  expect(row?.state_hash).toMatch(/^[0-9a-f]{64}$/);
  expect(row?.state_hash).not.toContain(searchParams.get('state') ?? '');
  expect(row?.code_verifier).toMatch(/^v1\.test\./);
});

test('a person who begins again and again fills no table', async () => {
  for (let count = 0; count < 25; count++) await begin(person, 'google');
  const rows = await query(stack, 'select 1 from oauth_states where user_id = $1', [person.userId]);
  expect(rows).toHaveLength(20);
});

test('one person connects several accounts at one provider, side by side', async () => {
  await connect(stack, person, 'google', anna.google);
  await connect(stack, person, 'google', anna.googleAtWork);
  await connect(stack, person, 'outlook', anna.outlook);
  const all = await list(person);
  expect(all.map(({ email }) => email)).toEqual([anna.google, anna.googleAtWork, anna.outlook]);
  expect(all.every(({ state }) => state === 'active')).toBe(true);
});

test('[attack 11] an account is known by its stable id: a new address is the same connection', async () => {
  const before = await connect(stack, person, 'google', anna.google);
  const account = stack.sandbox.world.findAccount('google', anna.google);
  if (!account) throw new Error('no account');
  account.email = 'anna.new@gmail.sandbox';
  expect(await stack.connect(person, 'google', account.id)).toContain('result=reconnected');
  account.email = anna.google;
  const all = await list(person);
  expect(all.map(({ id, email }) => [id, email])).toEqual([[before.id, 'anna.new@gmail.sandbox']]);
});

test('[attack 11] the same address with another id behind it is another account', async () => {
  const before = await connect(stack, person, 'outlook', anna.outlook);
  const account = stack.sandbox.world.findAccount('outlook', anna.outlook);
  if (!account) throw new Error('no account');
  account.tenantId = 'a3b0c1d2-0000-4000-8000-000000000001';
  expect(await stack.connect(person, 'outlook', anna.outlook)).toContain('result=connected');
  expect((await list(person)).map(({ id }) => id)).toHaveLength(2);
  expect((await list(person))[0]?.id).toBe(before.id);
});

test('connecting an account again is the same connection, and duplicates no copy', async () => {
  const first = await connect(stack, person, 'google', anna.google);
  await addEvent(person, 'Once');
  await waitFor('the copy', () => listCopies().length === 1);
  const again = await connect(stack, person, 'google', anna.google);
  expect(again.id).toBe(first.id);
  await addEvent(person, 'A second event, so that the worker has passed');
  await waitFor('both copies', () => listCopies().length > 1);
  expect(listCopies()).toHaveLength(2);
});

test('events that are there already go out to a calendar connected later', async () => {
  await addEvent(person, 'Planned before');
  await connect(stack, person, 'google', anna.google);
  await waitFor('the copy', () => listCopies().length === 1);
});

test('where no refresh token came and none is kept, consent is asked once more', async () => {
  // A colleague of another company has connected this Google account: the consent is already given.
  const other = await stack.addPerson();
  await connect(stack, other, 'google', anna.google);
  const callback = await stack.sandbox.consent(await begin(person, 'google'), {
    email: anna.google,
  });
  const goOn = await comeBack(person, callback);
  expect(goOn.origin).toBe(stack.sandboxServer.url);
  expect(goOn.searchParams.get('prompt')).toContain('consent');
  expect(await list(person)).toEqual([]);

  const second = await stack.sandbox.consent(goOn.href, { email: anna.google });
  expect(resultOf(await comeBack(person, second))).toBe('connected');
  expect(await list(person)).toHaveLength(1);
  expect(countTokenCalls(stack, 'revoke')).toBe(0);
});

test('[attack 12] a reconnect that comes back with another account merges nothing', async () => {
  const wanted = await connect(stack, person, 'google', anna.google);
  await waitFor('the first run', async () => (await list(person))[0]?.last_synced_at);
  const before = await read(stack, wanted.id);
  stack.sandbox.clearRecords();
  const url = new URL(await begin(person, 'google', wanted.id));
  expect(url.searchParams.get('login_hint')).toBe(anna.google);
  url.searchParams.delete('login_hint');
  const callback = await stack.sandbox.consent(url.href, { email: anna.googleAtWork });
  expect(resultOf(await comeBack(person, callback))).toBe('different-account');
  // What a run that goes on meanwhile notes of itself is nobody's account.
  const now = { last_synced_at: expect.anything(), pace: expect.anything() };
  expect(await read(stack, wanted.id)).toEqual({ ...before, ...now });
  expect(await list(person)).toHaveLength(1);
  expect(countTokenCalls(stack, 'revoke')).toBe(1);
});

test('[attack 12] giving the other grant back ends no connection that lives on that account', async () => {
  const wanted = await connect(stack, person, 'google', anna.google);
  const other = await connect(stack, person, 'google', anna.googleAtWork);
  const url = new URL(await begin(person, 'google', wanted.id));
  url.searchParams.delete('login_hint');
  url.searchParams.set('prompt', 'consent');
  const callback = await stack.sandbox.consent(url.href, { email: anna.googleAtWork });
  expect(resultOf(await comeBack(person, callback))).toBe('different-account');
  expect(countTokenCalls(stack, 'revoke')).toBe(0);
  expect((await read(stack, other.id)).state).toBe('active');
});

test('a colleague’s connection can be neither reconnected nor disconnected, nor is it told to exist', async () => {
  const connection = await connect(stack, person, 'google', anna.google);
  const colleague = await stack.addPerson({ tenantId: person.tenantId, role: 'admin' });
  const stranger = await stack.addPerson();
  for (const { client } of [colleague, stranger]) {
    const reconnect = await client.fetch(
      `/api/calendar/connect?action=connect&provider=google&connection_id=${connection.id}`,
    );
    const disconnect = await client.sendRaw('POST', '/api/calendar/connect', {
      action: 'disconnect',
      integration_id: connection.id,
    });
    for (const answer of [reconnect, disconnect]) {
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'connection-not-found' });
    }
  }
  expect(await list(colleague)).toEqual([]);
  expect((await read(stack, connection.id)).is_active).toBe(true);
});

test('admins see the company’s connections without a token; members and strangers do not', async () => {
  const connection = await connect(stack, person, 'google', anna.google);
  await waitFor('the first run', async () => (await list(person))[0]?.last_synced_at);
  const admin = await stack.addPerson({ tenantId: person.tenantId, role: 'admin', name: 'Ben' });
  const stranger = await stack.addPerson({ role: 'admin' });
  const see = async ({ client }: Person) => {
    const answer = await client.fetch('/api/admin/connections');
    return { status: answer.status, text: await answer.text() };
  };
  const seen = await see(admin);
  expect(JSON.parse(seen.text)).toEqual({
    connections: [
      {
        ...connection,
        last_synced_at: expect.anything(),
        user: { id: person.userId, name: 'Anna Berg' },
        quiet_count: 0,
        brake_count: 0,
      },
    ],
  });
  const row = await read(stack, connection.id);
  expect(seen.text).not.toContain(row.access_token);
  expect(seen.text).not.toContain(row.refresh_token);
  expect(JSON.parse((await see(stranger)).text)).toEqual({ connections: [] });
  expect((await see(person)).status).toBe(403);
});

test.each([
  ['?action=connect', '/provider'],
  ['?action=connect&provider=icloud', '/provider'],
  ['?action=steal', '/action'],
  ['', '/action'],
  ['?action=list&everybody=1', '/everybody'],
  ['?action=connect&provider=google&connection_id=7', '/connection_id'],
])('GET /api/calendar/connect%s is refused, and says where', async (asked, pointer) => {
  const answer = await person.client.fetch(`/api/calendar/connect${asked}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'invalid-request', pointer });
});
