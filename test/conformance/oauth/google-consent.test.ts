import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import {
  ANNA,
  CALENDAR,
  CALENDAR_LIST,
  ORIGIN,
  authorizeUrl,
  connect,
  exchange,
  getCode,
  readTokens,
} from './support.ts';

const email = ANNA.google;
const open = (url: string, headers: Record<string, string> = {}) =>
  new Request(url, { headers, redirect: 'manual' });

test('unticking the calendar scope leaves a successful exchange with the scope missing', async () => {
  const sandbox = createSandbox();
  const location = await sandbox.consent(authorizeUrl('google'), {
    email,
    untick: ['calendar.events'],
  });
  const code = new URL(location).searchParams.get('code') ?? '';
  const response = await exchange(sandbox, 'google', { code });
  expect(response.status).toBe(200);
  const { scope, access_token: token } = await readTokens(response);
  expect(scope.split(' ')).toContain(CALENDAR_LIST);
  expect(scope.split(' ')).not.toContain(CALENDAR);

  const events = await sandbox.fetch(
    open(`${ORIGIN}/calendar/v3/calendars/primary/events`, { authorization: `Bearer ${token}` }),
  );
  expect(events.status).toBe(403);
});

test('the boxes appear for a sign-in scope and one more, not for a single scope or sign-in only', async () => {
  const hasBoxes = async (scope: string) => {
    const sandbox = createSandbox();
    const url = authorizeUrl('google', { scope, login_hint: email });
    return (await (await sandbox.fetch(open(url))).text()).includes('type="checkbox"');
  };
  expect(await hasBoxes(`openid ${CALENDAR}`)).toBe(true);
  expect(await hasBoxes(`${CALENDAR_LIST} ${CALENDAR}`)).toBe(true);
  expect(await hasBoxes(CALENDAR)).toBe(false);
  expect(await hasBoxes('openid email')).toBe(false);
});

test('Cancel sends access_denied and the state', async () => {
  const sandbox = createSandbox();
  const location = new URL(
    await sandbox.consent(authorizeUrl('google'), { email, isRefused: true }),
  );
  expect(Object.fromEntries(location.searchParams)).toEqual({
    error: 'access_denied',
    state: 'state-1',
  });
});

test('consent is asked only the first time, and again with prompt=consent', async () => {
  const sandbox = createSandbox();
  await connect(sandbox, 'google');
  const again = await sandbox.fetch(open(authorizeUrl('google', { login_hint: email })));
  expect(again.status).toBe(302);
  const asked = await sandbox.fetch(
    open(authorizeUrl('google', { login_hint: email, prompt: 'consent' })),
  );
  expect(await asked.text()).toContain('Allow');
});

test('prompt=select_account shows the choice in spite of a login hint', async () => {
  const sandbox = createSandbox();
  const url = authorizeUrl('google', { login_hint: email, prompt: 'select_account' });
  expect(await (await sandbox.fetch(open(url))).text()).toContain('Choose an account');
});

test('prompt=none answers at once: interaction_required without a sign-in, a code after consent', async () => {
  const sandbox = createSandbox();
  const silent = authorizeUrl('google', { prompt: 'none' });
  const stranger = await sandbox.fetch(open(silent));
  expect(new URL(stranger.headers.get('location') ?? '').searchParams.get('error')).toBe(
    'interaction_required',
  );

  const page = await sandbox.fetch(open(authorizeUrl('google', { login_hint: email })));
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const consentId = /name="consent_id" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  await sandbox.fetch(
    new Request(`${ORIGIN}/o/oauth2/v2/consent`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ consent_id: consentId, answer: 'allow' }).toString(),
    }),
  );
  const known = await sandbox.fetch(open(silent, { cookie }));
  expect(new URL(known.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
});

test('a consent cannot be given with the page of another browser, nor twice', async () => {
  const sandbox = createSandbox();
  const page = await sandbox.fetch(open(authorizeUrl('google', { login_hint: email })));
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const consentId = /name="consent_id" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const give = (headers: Record<string, string>) =>
    sandbox.fetch(
      new Request(`${ORIGIN}/o/oauth2/v2/consent`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ consent_id: consentId, answer: 'allow' }).toString(),
      }),
    );
  expect((await give({})).status).toBe(400);
  expect((await give({ cookie: 'sandbox_signed_in=another' })).status).toBe(400);
  expect((await give({ cookie })).status).toBe(302);
  expect((await give({ cookie })).status).toBe(400);
});

test('include_granted_scopes adds what was granted before', async () => {
  const sandbox = createSandbox();
  await connect(sandbox, 'google', { scope: `openid ${CALENDAR_LIST}` });
  const alone = await connect(sandbox, 'google', { scope: `openid ${CALENDAR}` });
  expect(alone.scope.split(' ')).not.toContain(CALENDAR_LIST);
  const together = await connect(sandbox, 'google', {
    scope: `openid ${CALENDAR}`,
    include_granted_scopes: 'true',
  });
  expect(together.scope.split(' ')).toEqual(expect.arrayContaining([CALENDAR, CALENDAR_LIST]));
});

test('the redirect also carries scope, authuser and prompt, unless switched off', async () => {
  const talkative = createSandbox();
  const first = new URL(await talkative.consent(authorizeUrl('google'), { email }));
  expect([...first.searchParams.keys()].sort()).toEqual(
    ['authuser', 'code', 'prompt', 'scope', 'state'].sort(),
  );
  const terse = createSandbox({ switches: { 'google.oauth.redirect-parameters': false } });
  const second = new URL(await terse.consent(authorizeUrl('google'), { email }));
  expect([...second.searchParams.keys()].sort()).toEqual(['code', 'state']);
});

/** What Google shows on its own page and never sends to the application. */
const pages: [string, Record<string, string | undefined>, number, string][] = [
  ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
  ['no client', { client_id: undefined }, 400, 'invalid_request'],
  [
    'an address with a slash too many',
    { redirect_uri: 'http://127.0.0.1:4700/api/calendar/google/callback/' },
    400,
    'redirect_uri_mismatch',
  ],
  [
    'localhost in place of 127.0.0.1 where only that is registered',
    { redirect_uri: 'http://localhost:4701/api/calendar/google/callback' },
    400,
    'redirect_uri_mismatch',
  ],
  ['no response type', { response_type: undefined }, 400, 'invalid_request'],
  ['the implicit flow', { response_type: 'token' }, 400, 'unsupported_response_type'],
  ['no scope', { scope: undefined }, 400, 'invalid_request'],
  ['an unknown scope', { scope: 'openid calendars' }, 400, 'invalid_scope'],
  ['an unknown challenge method', { code_challenge_method: 'S512' }, 400, 'invalid_request'],
  ['a challenge that is too short', { code_challenge: 'short' }, 400, 'invalid_request'],
  ['a prompt of none and another', { prompt: 'none consent' }, 400, 'invalid_request'],
  ['an unknown access type', { access_type: 'always' }, 400, 'invalid_request'],
];

test.each(pages)('%s is an error page, not a redirect', async (_, changed, status, error) => {
  const response = await createSandbox().fetch(open(authorizeUrl('google', changed)));
  expect(response.status).toBe(status);
  expect(response.headers.get('location')).toBeNull();
  expect(await response.text()).toContain(error);
});

test('a web view inside another application is refused on a page', async () => {
  const headers = { 'user-agent': 'Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) Chrome/140' };
  const response = await createSandbox().fetch(open(authorizeUrl('google'), headers));
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('disallowed_useragent');
});

test('an internal client admits its own Workspace only', async () => {
  const sandbox = createSandbox();
  const client = {
    provider: 'google' as const,
    id: 'internal',
    secret: 'internal-secret',
    name: 'Internal',
    redirectUris: ['http://127.0.0.1:4700/api/calendar/google/callback'],
    publishing: 'internal' as const,
    workspace: 'northwind.sandbox',
  };
  sandbox.addClient(client);
  await expect(
    sandbox.consent(authorizeUrl('google', { client_id: client.id }), { email }),
  ).rejects.toThrow('org_internal');
  expect(
    await getCode(sandbox, 'google', { client_id: client.id }, 'anna@northwind.sandbox'),
  ).toBeTruthy();
});

test('an administrator who does not allow the application is told of on a page', async () => {
  const sandbox = createSandbox();
  sandbox.setCondition('google', email, 'admin_policy_enforced');
  await expect(sandbox.consent(authorizeUrl('google'), { email })).rejects.toThrow(
    'admin_policy_enforced',
  );
});

test('redirect addresses with http elsewhere, an IP, a fragment or a wildcard cannot be registered', () => {
  const sandbox = createSandbox();
  const add = (uri: string) => () =>
    sandbox.addClient({ provider: 'google', id: 'x', secret: 's', name: 'X', redirectUris: [uri] });
  expect(add('http://app.example/callback')).toThrow();
  expect(add('https://192.0.2.1/callback')).toThrow();
  expect(add('https://app.example/callback#here')).toThrow();
  expect(add('https://*.app.example/callback')).toThrow();
  expect(add('https://user@app.example/callback')).toThrow();
  expect(add('https://app.example/callback')).not.toThrow();
  expect(add('http://localhost:3000/callback')).not.toThrow();
});
