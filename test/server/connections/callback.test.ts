import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NewAccount } from '../../../sandbox/seed.ts';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import type { CallbackResult } from '../../../src/api/schemas/connections.ts';
import { hashState } from '../../../src/jobs/connect.ts';
import { consumeOauthState } from '../../../src/store/oauth-states.ts';
import { inTenant } from '../../../src/store/tenant.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import {
  anna,
  begin,
  comeBack,
  connect,
  countTokenCalls,
  list,
  resultOf,
  type Slug,
} from './support.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  person = await stack.addPerson();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  stack.sandbox.reset();
  await query(stack, 'delete from calendar_integrations');
  await query(stack, 'delete from oauth_states');
});

const emails: Record<Slug, string> = { google: anna.google, outlook: anna.outlook };

/** A consent that was given, and not yet brought back to us. */
async function consent(by: Person = person, provider: Slug = 'google'): Promise<string> {
  return stack.sandbox.consent(await begin(by, provider), { email: emails[provider] });
}

const change = (callback: string, changes: Record<string, string | null>): string => {
  const url = new URL(callback);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
};

/** A failure: says its result, asked for no token, stored nothing. */
async function expectRefusal(callback: string, result: CallbackResult, by = person) {
  expect(resultOf(await comeBack(by, callback))).toBe(result);
  expect(countTokenCalls(stack, 'exchange')).toBe(0);
  await expectNothingStored();
}

async function expectNothingStored() {
  expect(await query(stack, 'select 1 from calendar_integrations')).toEqual([]);
}

test('[attack 1] a callback without a state asks for no token', async () => {
  await expectRefusal(change(await consent(), { state: null }), 'wrong-session');
});

test('[attack 1] a callback with a wrong state asks for no token', async () => {
  await expectRefusal(change(await consent(), { state: 'A'.repeat(43) }), 'wrong-session');
});

test('[attack 1] a callback with an expired state asks for no token', async () => {
  const callback = await consent();
  await query(stack, `update oauth_states set expires_at = now() where user_id = $1`, [
    person.userId,
  ]);
  await expectRefusal(callback, 'expired');
});

test('a state lives ten minutes', async () => {
  const before = Date.now();
  await begin(person, 'google');
  const [row] = await query<{ expires_at: Date }>(
    stack,
    'select expires_at from oauth_states where user_id = $1',
    [person.userId],
  );
  const lifetimeMs = (row?.expires_at.getTime() ?? 0) - before;
  expect(Math.abs(lifetimeMs - 600_000)).toBeLessThan(5_000);
});

test('[F38] [attack 1] a callback used again asks for no second token', async () => {
  const callback = await consent();
  expect(resultOf(await comeBack(person, callback))).toBe('connected');
  expect(resultOf(await comeBack(person, callback))).toBe('replayed');
  expect(countTokenCalls(stack, 'exchange')).toBe(1);
});

test('[attack 1] a state that brought a refusal is used up too', async () => {
  const url = await begin(person, 'google');
  const state = new URL(url).searchParams.get('state') ?? '';
  const refused = await stack.sandbox.consent(url, { email: anna.google, isRefused: true });
  expect(resultOf(await comeBack(person, refused))).toBe('denied');
  await expectRefusal(change(refused, { error: null, code: 'a-code', state }), 'replayed');
});

test('[F38] [attack 2] an attacker’s state in a victim’s browser connects nothing to anybody', async () => {
  const attacker = await stack.addPerson();
  const callback = await consent(attacker);
  await expectRefusal(callback, 'wrong-session');
  expect(await list(attacker)).toEqual([]);
});

test('[attack 2] also not when the attacker is a colleague in the same company', async () => {
  const attacker = await stack.addPerson({ tenantId: person.tenantId });
  await expectRefusal(await consent(attacker), 'wrong-session');
});

test('[attack 3] a callback in a signed-out browser is refused', async () => {
  const someone = await stack.addPerson();
  const callback = await consent(someone);
  await someone.client.send('DELETE', '/api/session');
  await expectRefusal(callback, 'signed-out', someone);
});

test('[F38] [attack 3] a callback as another user, or in another company, is refused', async () => {
  const callback = await consent();
  const colleague = await stack.addPerson({ tenantId: person.tenantId });
  const stranger = await stack.addPerson();
  await expectRefusal(callback, 'wrong-session', colleague);
  await expectRefusal(callback, 'wrong-session', stranger);
  // Neither of them used the state up.
  expect(resultOf(await comeBack(person, callback))).toBe('connected');
});

test('[attack 3] a callback in another session of the same user is refused', async () => {
  const someone = await stack.addPerson();
  const callback = await consent(someone);
  await someone.client.send('DELETE', '/api/session');
  await someone.client.refreshCsrf();
  await someone.client.signIn(someone.email, someone.password);
  await expectRefusal(callback, 'wrong-session', someone);
});

test('[attack 3] a user disabled meanwhile connects nothing', async () => {
  const someone = await stack.addPerson();
  const callback = await consent(someone);
  await query(stack, 'update users set disabled_at = now() where id = $1', [someone.userId]);
  await expectRefusal(callback, 'signed-out', someone);
});

test.each(['google', 'outlook'] as const)(
  '[attack 4] a %s code from another flow is refused by its PKCE verifier, and nothing is stored',
  async (provider) => {
    const attacker = await stack.addPerson();
    const code = new URL(await consent(attacker, provider)).searchParams.get('code') ?? '';
    const mine = await consent(person, provider);
    const page = await comeBack(person, change(mine, { code }));
    expect(resultOf(page)).toBe('wrong-code');
    expect(countTokenCalls(stack, 'exchange')).toBe(1);
    await expectNothingStored();
  },
);

test('[attack 6] a Google answer at the Microsoft callback is refused before any token request', async () => {
  const callback = (await consent()).replace('/google/callback', '/outlook/callback');
  await expectRefusal(callback, 'failed');
});

test.each([
  ['google', 'https://login.microsoftonline.com/common/v2.0'],
  ['google', 'https://accounts.google.com.evil.example'],
  ['google', 'https://accounts.google.com/'],
  ['outlook', 'https://accounts.google.com'],
  ['outlook', 'https://login.microsoftonline.com/{tenantid}/v2.0'],
  ['outlook', 'https://login.microsoftonline.com/../../evil.example/x/v2.0'],
] as const)('[attack 6] a %s answer that says it is from %s is refused', async (provider, iss) => {
  await expectRefusal(change(await consent(person, provider), { iss }), 'failed');
});

test.each([
  ['google', 'https://accounts.google.com'],
  ['outlook', 'https://login.microsoftonline.com/5f0c8d1e-3b7a-4c92-9d46-0a6e8b71c2f3/v2.0'],
] as const)('a %s answer that says it is from %s is taken', async (provider, iss) => {
  const callback = change(await consent(person, provider), { iss });
  expect(resultOf(await comeBack(person, callback))).toBe('connected');
});

test('[attack 8] the callback leads to our own page, whatever else the address asks for', async () => {
  const evil = 'https://evil.example/';
  for (const name of ['returnTo', 'return_to', 'redirect', 'redirect_uri', 'next', 'url']) {
    const page = await comeBack(person, change(await consent(), { [name]: evil }));
    expect(page.origin).toBe(person.client.origin);
    expect(page.pathname).toBe('/settings/calendars');
    expect(page.href).not.toContain('evil');
  }
});

test('[attack 9] a code sent many times at once makes one token request, and one connection', async () => {
  const callback = await consent();
  const pages = await Promise.all(Array.from({ length: 10 }, () => comeBack(person, callback)));
  const results = pages.map(resultOf).sort();
  expect(results).toEqual(['connected', ...Array.from({ length: 9 }, () => 'replayed')]);
  expect(countTokenCalls(stack, 'exchange')).toBe(1);
  expect(await list(person)).toHaveLength(1);
});

test('[attack 9] a state that one transaction is using up is not free for another', async () => {
  const state = new URL(await consent()).searchParams.get('state') ?? '';
  const [row] = await query<{ session_hash: string }>(stack, 'select * from oauth_states');
  const given = {
    stateHash: hashState(state),
    sessionHash: row?.session_hash ?? '',
    userId: person.userId,
    provider: 'GOOGLE' as const,
    now: new Date(),
  };
  const { store } = stack.context;
  let second: Promise<unknown> = Promise.resolve();
  const first = await inTenant(store, person, async (tx) => {
    const flow = await consumeOauthState(tx, given);
    second = inTenant(store, person, (other) => consumeOauthState(other, given));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return flow;
  });
  expect(first?.state_hash).toBe(given.stateHash);
  expect(await second).toBeUndefined();
});

test('two consents of one person for one account at once are one connection', async () => {
  const callbacks = [await consent(person, 'outlook'), await consent(person, 'outlook')];
  const pages = await Promise.all(callbacks.map((callback) => comeBack(person, callback)));
  expect(pages.map(resultOf)).toEqual(['connected', 'connected']);
  expect(await list(person)).toHaveLength(1);
});

test.each([
  ['calendar.events', 'See and edit events on your calendars'],
  ['calendar.calendarlist.readonly', 'See the list of your calendars'],
])('[attack 13] %s unticked: nothing is stored, and it is named', async (untick, words) => {
  const callback = await stack.sandbox.consent(await begin(person, 'google'), {
    email: anna.google,
    untick: [untick],
  });
  const page = await comeBack(person, callback);
  expect(resultOf(page)).toBe('missing-permission');
  expect(page.searchParams.get('missing')).toBe(words);
  await expectNothingStored();
  // The half grant is given back: the next try asks for everything anew.
  expect(countTokenCalls(stack, 'revoke')).toBe(1);
});

test('a reconnect with a box unticked leaves the connection as it was', async () => {
  const connection = await connect(stack, person, 'google', anna.google);
  const url = change(await begin(person, 'google', connection.id), { prompt: 'consent' });
  const untick = ['calendar.events'];
  const callback = await stack.sandbox.consent(url, { email: anna.google, untick });
  expect(resultOf(await comeBack(person, callback))).toBe('missing-permission');
  expect(await list(person)).toEqual([connection]);
  expect(countTokenCalls(stack, 'revoke')).toBe(0);
});

test.each([
  ['google', 'access_denied', '', 'denied'],
  ['outlook', 'access_denied', 'AADSTS65004: User declined to consent.', 'denied'],
  ['outlook', 'access_denied', 'AADSTS90094: An administrator must…', 'admin-approval-needed'],
  ['outlook', 'access_denied', 'AADSTS53003: Blocked by policies.', 'admin-approval-needed'],
  ['outlook', 'consent_required', '', 'admin-approval-needed'],
  ['google', 'admin_policy_enforced', '', 'admin-approval-needed'],
  ['outlook', 'server_error', '', 'provider-down'],
  ['outlook', 'temporarily_unavailable', '', 'provider-down'],
  ['outlook', 'unauthorized_client', '', 'misconfigured'],
  ['outlook', 'invalid_scope', '', 'misconfigured'],
  ['google', 'something_new', '', 'failed'],
  ['google', 'constructor', '', 'failed'],
] as const)('%s answering %s (%s) ends as: %s', async (provider, error, description, result) => {
  const state = new URL(await begin(person, provider)).searchParams.get('state') ?? '';
  const answer = new URLSearchParams({ error, state, error_description: description });
  await expectRefusal(`/api/calendar/${provider}/callback?${answer}`, result);
});

test('neither a code nor an error: it failed', async () => {
  await expectRefusal(change(await consent(), { code: null }), 'failed');
});

test('parameters doubled, overlong or garbled end on the settings page as well', async () => {
  const callback = await consent();
  await expectRefusal(`${callback}&state=other`, 'wrong-session');
  await expectRefusal(change(callback, { state: 'x'.repeat(5_000) }), 'wrong-session');
  await expectRefusal(change(callback, { scope: '\0' }), 'failed');
  await expectRefusal(change(await consent(), { code: 'x'.repeat(5_000) }), 'failed');
});

test('a code that the provider does not know any more is wrong', async () => {
  const page = await comeBack(person, change(await consent(), { code: '4/0-never-was' }));
  expect(resultOf(page)).toBe('wrong-code');
  await expectNothingStored();
});

const tokenAnswer = { operation: 'oauth.token' };
test.each([
  ['503', { kind: 'status', status: 503 }, 'provider-down'],
  ['429', { kind: 'status', status: 429, retryAfterS: 3 }, 'provider-down'],
  ['a reset', { kind: 'reset', when: 'after' }, 'provider-down'],
  ['an HTML page', { kind: 'html-page', status: 502 }, 'provider-down'],
  ['half an answer', { kind: 'malformed-json' }, 'failed'],
  [
    'invalid_client',
    { kind: 'status', status: 401, body: { error: 'invalid_client' } },
    'misconfigured',
  ],
] as [string, FaultEffect, CallbackResult][])(
  'the token endpoint answering with %s stores nothing',
  async (_, effect, result) => {
    const callback = await consent();
    stack.sandbox.faults.add({ match: tokenAnswer, effect });
    expect(resultOf(await comeBack(person, callback))).toBe(result);
    await expectNothingStored();
  },
);

test('a calendar list that cannot be read stores nothing, and gives the grant back', async () => {
  const callback = await consent();
  const match = { operation: 'calendarList.list' };
  stack.sandbox.faults.add({ match, effect: { kind: 'status', status: 503 } });
  expect(resultOf(await comeBack(person, callback))).toBe('provider-down');
  await expectNothingStored();
  expect(countTokenCalls(stack, 'revoke')).toBe(1);
});

test('an account whose calendars can only be read is connected, and says so', async () => {
  const reader: NewAccount = { provider: 'google', email: 'reader@gmail.sandbox' };
  stack.sandbox.addAccount(reader);
  const callback = await stack.sandbox.consent(await begin(person, 'google'), reader);
  stack.sandbox.faults.add({
    match: { operation: 'calendarList.list' },
    effect: { kind: 'truncate-listing', keep: 0 },
  });
  expect(resultOf(await comeBack(person, callback))).toBe('connected');
  expect(await list(person)).toMatchObject([
    { state: 'active', write_calendar: null, reason: expect.stringContaining('may not write') },
  ]);
});

test('the callback under its older address, ending in .php, is the same', async () => {
  const callback = (await consent()).replace('/callback?', '/callback.php?');
  expect(resultOf(await comeBack(person, callback))).toBe('connected');
});

test('a HEAD request, as link checkers make, uses no state up', async () => {
  const callback = await consent();
  await person.client.fetch(callback, { method: 'HEAD', redirect: 'manual' });
  expect(resultOf(await comeBack(person, callback))).toBe('connected');
});
