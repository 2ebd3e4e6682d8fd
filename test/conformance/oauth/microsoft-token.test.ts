import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { defaultClients } from '../../../sandbox/seed.ts';
import {
  ANNA,
  DAY_MS,
  ORIGIN,
  VERIFIER,
  connect,
  createTimedSandbox,
  exchange,
  getCode,
  post,
  readFailure,
  readTokens,
  redirectUri,
  refresh,
} from './support.ts';

const email = ANNA.outlook;
const { id, secret } = defaultClients.outlook;
const client = {
  provider: 'outlook' as const,
  id,
  secret,
  name: 'Kalends',
  redirectUris: [redirectUri('outlook')],
};

test('an error has its code, time and ids, and says them again in its description', async () => {
  const response = await refresh(createSandbox(), 'outlook', 'M.nonsense');
  expect(response.status).toBe(400);
  const failure = await readFailure(response);
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [70000] });
  expect(failure.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
  expect(failure.error_description).toMatch(/^AADSTS70000: /);
  expect(failure.error_description).toContain(
    `\r\nTrace ID: ${failure.trace_id}\r\nCorrelation ID: ${failure.correlation_id}\r\nTimestamp: ${failure.timestamp}`,
  );
});

test('a code is good once: AADSTS54005', async () => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'outlook');
  expect((await exchange(sandbox, 'outlook', { code })).status).toBe(200);
  const failure = await readFailure(await exchange(sandbox, 'outlook', { code }));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [54005] });
});

test('a code is good for ten minutes', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const code = await getCode(sandbox, 'outlook');
  wait(10 * 60_000 + 1);
  const failure = await readFailure(await exchange(sandbox, 'outlook', { code }));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [70008] });
});

test('a code is redeemed at the authority that gave it: AADSTS700005', async () => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'outlook');
  const failure = await readFailure(await exchange(sandbox, 'outlook', { code }, 'organizations'));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [700005] });
});

/** Each leaves the code unused. */
const failures: [string, Record<string, string | undefined>, number, string, number][] = [
  ['a wrong verifier', { code_verifier: `${VERIFIER}x` }, 400, 'invalid_grant', 501481],
  ['no verifier', { code_verifier: undefined }, 400, 'invalid_grant', 501481],
  ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
  ['no secret', { client_secret: undefined }, 401, 'invalid_client', 7000218],
  ['an unknown client', { client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
  ['no client', { client_id: undefined }, 400, 'invalid_request', 900144],
  ['no code', { code: undefined }, 400, 'invalid_request', 900144],
  ['a garbled code', { code: 'nonsense' }, 400, 'invalid_grant', 9002313],
  ['another address', { redirect_uri: 'http://localhost:1/x' }, 400, 'invalid_grant', 50011],
  ['no grant type', { grant_type: undefined }, 400, 'invalid_request', 900144],
  ['an unknown grant type', { grant_type: 'magic' }, 400, 'unsupported_grant_type', 70003],
  ['an unknown scope', { scope: 'Calendars.Everything' }, 400, 'invalid_scope', 70011],
  [
    'two resources',
    { scope: 'Calendars.Read https://outlook.office.com/Mail.Read' },
    400,
    'invalid_scope',
    700022,
  ],
];

test.each(failures)('%s is refused', async (_, changed, status, error, code) => {
  const sandbox = createSandbox();
  const value = await getCode(sandbox, 'outlook');
  const response = await exchange(sandbox, 'outlook', { code: value, ...changed });
  expect(response.status).toBe(status);
  expect(await readFailure(response)).toMatchObject({ error, error_codes: [code] });
  expect((await exchange(sandbox, 'outlook', { code: value })).status).toBe(200);
});

test('an expired secret is AADSTS7000222, a secret of a public client AADSTS700025', async () => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'outlook');
  sandbox.addClient({ ...client, isSecretExpired: true });
  expect(await readFailure(await exchange(sandbox, 'outlook', { code }))).toMatchObject({
    error: 'invalid_client',
    error_codes: [7000222],
  });
  sandbox.addClient({ ...client, secret: null });
  expect(await readFailure(await exchange(sandbox, 'outlook', { code }))).toMatchObject({
    error: 'invalid_client',
    error_codes: [700025],
  });
  const bare = await exchange(sandbox, 'outlook', { code, client_secret: undefined });
  expect(bare.status).toBe(200);
});

test('an unknown tenant is AADSTS90002', async () => {
  const response = await exchange(createSandbox(), 'outlook', { code: 'x' }, 'nowhere.example');
  expect(await readFailure(response)).toMatchObject({ error_codes: [90002] });
});

test('only a form is read', async () => {
  const response = await createSandbox().fetch(
    new Request(`${ORIGIN}/common/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'refresh_token' }),
    }),
  );
  expect(await readFailure(response)).toMatchObject({ error_codes: [900144] });
});

test('every refresh gives a new refresh token, and the old one works on', async () => {
  const sandbox = createSandbox();
  const { refresh_token: first = '' } = await connect(sandbox, 'outlook');
  const { refresh_token: second = '' } = await readTokens(await refresh(sandbox, 'outlook', first));
  expect(second).toContain('M.sandbox-');
  expect(second).not.toBe(first);
  expect((await refresh(sandbox, 'outlook', first)).status).toBe(200);
  expect((await refresh(sandbox, 'outlook', second)).status).toBe(200);
});

test('with strict rotation a refresh token is good once', async () => {
  const sandbox = createSandbox({ switches: { 'outlook.oauth.strict-rotation': true } });
  const { refresh_token: first = '' } = await connect(sandbox, 'outlook');
  expect((await refresh(sandbox, 'outlook', first)).status).toBe(200);
  const failure = await readFailure(await refresh(sandbox, 'outlook', first));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [70000] });
});

test('a refresh may ask for less, and the chain goes on; for more it is AADSTS65001', async () => {
  const sandbox = createSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'outlook');
  const less = await readTokens(await refresh(sandbox, 'outlook', token, { scope: 'User.Read' }));
  expect(less.scope).toBe('User.Read');
  expect(less.refresh_token).toBeTruthy();
  const more = await refresh(sandbox, 'outlook', token, { scope: 'Mail.Read' });
  expect(await readFailure(more)).toMatchObject({
    error: 'invalid_grant',
    error_codes: [65001],
    suberror: 'consent_required',
  });
});

test('a refresh token that is idle for 90 days is AADSTS700082, with the times', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'outlook');
  wait(90 * DAY_MS);
  const { refresh_token: next = '' } = await readTokens(await refresh(sandbox, 'outlook', token));
  wait(90 * DAY_MS + 1);
  const failure = await readFailure(await refresh(sandbox, 'outlook', next));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [700082] });
  expect(failure.error_description).toMatch(
    /The token was issued on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z and was inactive for 90\.00:00:00\./,
  );
});

test("a single-page app's chain ends after 24 hours, however often it refreshed: AADSTS700084", async () => {
  const { sandbox, wait } = createTimedSandbox();
  sandbox.addClient({ ...client, platform: 'spa' });
  const { refresh_token: token = '' } = await connect(sandbox, 'outlook');
  wait(DAY_MS / 2);
  const { refresh_token: next = '' } = await readTokens(await refresh(sandbox, 'outlook', token));
  wait(DAY_MS / 2 + 1);
  expect(await readFailure(await refresh(sandbox, 'outlook', next))).toMatchObject({
    error: 'invalid_grant',
    error_codes: [700084],
  });
});

test('revoked sessions are AADSTS50173 and leave the access token its hour', async () => {
  const sandbox = createSandbox();
  const tokens = await connect(sandbox, 'outlook');
  sandbox.revokeGrant({ provider: 'outlook', email });
  const failure = await readFailure(await refresh(sandbox, 'outlook', tokens.refresh_token ?? ''));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [50173] });
  const me = await sandbox.fetch(
    new Request(`${ORIGIN}/v1.0/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    }),
  );
  expect(me.status).toBe(200);
});

test('revokeSignInSessions of Graph ends the refresh tokens of every application', async () => {
  const sandbox = createSandbox();
  const scope = 'offline_access User.RevokeSessions.All';
  const tokens = await connect(sandbox, 'outlook', { scope });
  const plain = await connect(sandbox, 'outlook');
  const revoke = (token: string) =>
    sandbox.fetch(
      new Request(`${ORIGIN}/v1.0/me/revokeSignInSessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      }),
    );
  expect((await revoke(plain.access_token)).status).toBe(403);
  expect((await revoke(tokens.access_token)).status).toBe(200);
  const failure = await readFailure(await refresh(sandbox, 'outlook', plain.refresh_token ?? ''));
  expect(failure).toMatchObject({ error_codes: [50173] });
});

test('a removed consent is AADSTS65001, and is asked again', async () => {
  const sandbox = createSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'outlook');
  sandbox.revokeGrant({ provider: 'outlook', email, how: 'consent' });
  const failure = await readFailure(await refresh(sandbox, 'outlook', token));
  expect(failure).toMatchObject({ error: 'invalid_grant', error_codes: [65001] });
});

/** Conditions of an account, and how a refresh is answered under them. */
const conditions: [string, string, boolean][] = [
  ['50076', 'invalid_grant', true],
  ['50079', 'invalid_grant', true],
  ['53003', 'invalid_grant', false],
  ['530032', 'invalid_grant', false],
  ['50057', 'invalid_grant', false],
  ['70043', 'invalid_grant', false],
  ['90094', 'invalid_grant', false],
  ['90024', 'temporarily_unavailable', false],
];

test.each(conditions)('AADSTS%s at a refresh is %s', async (condition, error, hasClaims) => {
  const sandbox = createSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'outlook');
  sandbox.setCondition('outlook', email, condition);
  const failure = await readFailure(await refresh(sandbox, 'outlook', token));
  expect(failure).toMatchObject({ error, error_codes: [Number(condition)] });
  expect(failure.claims !== undefined).toBe(hasClaims);
  sandbox.setCondition('outlook', email, null);
  expect((await refresh(sandbox, 'outlook', token)).status).toBe(200);
});

test('a condition that the sandbox does not know is a mistake of the test', () => {
  expect(() => createSandbox().setCondition('outlook', email, '12')).toThrow('no condition 12');
});

test('there is no revocation endpoint', async () => {
  const sandbox = createSandbox();
  for (const path of ['/common/oauth2/v2.0/revoke', '/oauth2/v2.0/revoke']) {
    expect((await post(sandbox, path, { token: 'x' })).status).toBe(404);
  }
});

test('token values are long and can be searched for', async () => {
  const tokens = await connect(createSandbox(), 'outlook');
  expect(tokens.access_token).toMatch(/^EwB-sandbox-[\w-]{1000,}$/);
  expect(tokens.refresh_token).toMatch(/^M\.sandbox-[\w-]{300,}$/);
});
