import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { defaultClients } from '../../../sandbox/seed.ts';
import {
  ANNA,
  CALENDAR,
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

const MINUTE_MS = 60_000;
const ended = { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' };
const bad = { error: 'invalid_grant', error_description: 'Bad Request' };

test('a code is good once', async () => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'google');
  expect((await exchange(sandbox, 'google', { code })).status).toBe(200);
  const second = await exchange(sandbox, 'google', { code });
  expect(second.status).toBe(400);
  expect(await readFailure(second)).toEqual(bad);
});

test('a code is good for ten minutes', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const early = await getCode(sandbox, 'google');
  wait(10 * MINUTE_MS);
  expect((await exchange(sandbox, 'google', { code: early })).status).toBe(200);
  const late = await getCode(sandbox, 'google');
  wait(10 * MINUTE_MS + 1);
  expect(await readFailure(await exchange(sandbox, 'google', { code: late }))).toEqual(bad);
});

test('a code is good for the client that asked for it', async () => {
  const sandbox = createSandbox();
  sandbox.addClient({
    provider: 'google',
    id: 'other',
    secret: 'other-secret',
    name: 'Other',
    redirectUris: [redirectUri('google')],
  });
  const code = await getCode(sandbox, 'google');
  const stolen = { code, client_id: 'other', client_secret: 'other-secret' };
  expect(await readFailure(await exchange(sandbox, 'google', stolen))).toEqual(bad);
});

/** Each leaves the code unused, and is answered so. */
const failures: [string, Record<string, string | undefined>, number, Record<string, string>][] = [
  [
    'a wrong verifier',
    { code_verifier: `${VERIFIER}x` },
    400,
    { error: 'invalid_grant', error_description: 'Invalid code verifier.' },
  ],
  [
    'no verifier though there was a challenge',
    { code_verifier: undefined },
    400,
    { error: 'invalid_grant', error_description: 'Missing code verifier.' },
  ],
  [
    'an unknown client',
    { client_id: 'nobody' },
    401,
    { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
  ],
  [
    'a wrong secret',
    { client_secret: 'wrong' },
    401,
    { error: 'invalid_client', error_description: 'Unauthorized' },
  ],
  [
    'no secret',
    { client_secret: undefined },
    400,
    { error: 'invalid_request', error_description: 'client_secret is missing.' },
  ],
  [
    'another redirect address',
    { redirect_uri: 'http://localhost:4700/api/calendar/google/callback' },
    400,
    { error: 'redirect_uri_mismatch', error_description: 'Bad Request' },
  ],
  ['a garbled code', { code: '4/nonsense' }, 400, bad],
  [
    'no code',
    { code: undefined },
    400,
    { error: 'invalid_request', error_description: 'Missing required parameter: code' },
  ],
  [
    'an unknown grant type',
    { grant_type: 'password' },
    400,
    { error: 'unsupported_grant_type', error_description: 'Invalid grant_type: password' },
  ],
  [
    'no grant type',
    { grant_type: undefined },
    400,
    { error: 'invalid_request', error_description: 'Missing required parameter: grant_type' },
  ],
];

test.each(failures)('%s is refused', async (_, changed, status, body) => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'google');
  const response = await exchange(sandbox, 'google', { code, ...changed });
  expect(response.status).toBe(status);
  expect(await readFailure(response)).toEqual(body);
  expect((await exchange(sandbox, 'google', { code })).status).toBe(200);
});

test('PKCE method plain, and the absent one, compare the verifier itself', async () => {
  const sandbox = createSandbox();
  for (const method of ['plain', undefined]) {
    const challenge = { code_challenge: VERIFIER, code_challenge_method: method };
    const code = await getCode(sandbox, 'google', challenge);
    expect((await exchange(sandbox, 'google', { code })).status).toBe(200);
  }
});

test('without a challenge no verifier is asked for', async () => {
  const sandbox = createSandbox();
  const none = { code_challenge: undefined, code_challenge_method: undefined };
  const code = await getCode(sandbox, 'google', none);
  const response = await exchange(sandbox, 'google', { code, code_verifier: undefined });
  expect(response.status).toBe(200);
});

test('the client may identify itself by HTTP Basic', async () => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'google');
  const { id, secret } = defaultClients.google;
  const response = await post(
    sandbox,
    '/token',
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri('google'),
      code_verifier: VERIFIER,
    },
    { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
  );
  expect(response.status).toBe(200);
});

test('only access_type=offline yields a refresh token', async () => {
  const sandbox = createSandbox();
  const online = await connect(sandbox, 'google', { access_type: undefined });
  expect(online.refresh_token).toBeUndefined();
  expect((await connect(sandbox, 'google')).refresh_token).toBeTruthy();
});

test('a refresh token comes with the first consent, with prompt=consent, and after a revocation', async () => {
  const sandbox = createSandbox();
  const first = await connect(sandbox, 'google');
  expect(first.refresh_token).toBeTruthy();
  expect((await connect(sandbox, 'google')).refresh_token).toBeUndefined();
  expect((await connect(sandbox, 'google', { prompt: 'consent' })).refresh_token).toBeTruthy();
  await post(sandbox, '/revoke', { token: first.refresh_token });
  expect((await connect(sandbox, 'google')).refresh_token).toBeTruthy();
});

test('an ID token comes when an identity scope was asked', async () => {
  const sandbox = createSandbox();
  expect((await connect(sandbox, 'google', { scope: CALENDAR })).id_token).toBeUndefined();
  expect((await connect(sandbox, 'google', { scope: 'openid' })).id_token).toBeTruthy();
});

test('an ID token comes with a refresh where openid was granted, unless switched off', async () => {
  const sandbox = createSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'google');
  expect((await readTokens(await refresh(sandbox, 'google', token))).id_token).toBeTruthy();
  sandbox.setSwitch('google.oauth.id-token-on-refresh', false);
  expect((await readTokens(await refresh(sandbox, 'google', token))).id_token).toBeUndefined();
});

test('an access token ends after its hour', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const { access_token: token } = await connect(sandbox, 'google');
  const list = () =>
    sandbox.fetch(
      new Request(`${ORIGIN}/calendar/v3/users/me/calendarList`, {
        headers: { authorization: `Bearer ${token}` },
      }),
    );
  wait(3_598_000);
  expect((await list()).status).toBe(200);
  wait(2_000);
  expect((await list()).status).toBe(401);
});

test('a refresh token that is unused for six months ends; a used one does not', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'google');
  wait(150 * DAY_MS);
  expect((await refresh(sandbox, 'google', token)).status).toBe(200);
  wait(150 * DAY_MS);
  expect((await refresh(sandbox, 'google', token)).status).toBe(200);
  wait(184 * DAY_MS);
  const response = await refresh(sandbox, 'google', token);
  expect(response.status).toBe(400);
  expect(await readFailure(response)).toEqual(ended);
});

test('in publishing status Testing a grant ends after seven days, unless it is for sign-in only', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const { id, secret } = defaultClients.google;
  sandbox.addClient({
    provider: 'google',
    id,
    secret,
    name: 'Testing',
    redirectUris: [redirectUri('google')],
    publishing: 'testing',
  });
  const calendar = await connect(sandbox, 'google');
  const signIn = await connect(sandbox, 'google', { scope: 'openid', prompt: 'consent' });
  wait(7 * DAY_MS);
  expect((await refresh(sandbox, 'google', calendar.refresh_token ?? '')).status).toBe(200);
  wait(1);
  const late = await refresh(sandbox, 'google', calendar.refresh_token ?? '');
  expect(await readFailure(late)).toEqual(ended);
  expect((await refresh(sandbox, 'google', signIn.refresh_token ?? '')).status).toBe(200);
});

test('a grant that ended with the seven days is asked for again, and brings a refresh token', async () => {
  const { sandbox, wait } = createTimedSandbox();
  const [client] = sandbox.listClients().filter(({ provider }) => provider === 'google');
  if (client) sandbox.addClient({ ...client, publishing: 'testing' });
  await connect(sandbox, 'google');
  wait(6 * DAY_MS);
  expect((await connect(sandbox, 'google')).refresh_token).toBeUndefined();
  wait(DAY_MS + 1);
  expect((await connect(sandbox, 'google')).refresh_token).toBeTruthy();
});

test('the 101st refresh token of an account at a client ends the first', async () => {
  const sandbox = createSandbox();
  const tokens: string[] = [];
  for (let count = 0; count < 101; count++) {
    const { refresh_token: token = '' } = await connect(sandbox, 'google', { prompt: 'consent' });
    tokens.push(token);
  }
  const [first = '', second = ''] = tokens;
  expect(await readFailure(await refresh(sandbox, 'google', first))).toEqual(ended);
  expect((await refresh(sandbox, 'google', second)).status).toBe(200);
});

test('a session-control policy asks for a new sign-in by invalid_rapt', async () => {
  const sandbox = createSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'google');
  sandbox.setCondition('google', ANNA.google, 'invalid_rapt');
  const response = await refresh(sandbox, 'google', token);
  expect(response.status).toBe(400);
  expect(await readFailure(response)).toMatchObject({
    error: 'invalid_grant',
    error_subtype: 'invalid_rapt',
  });
  await connect(sandbox, 'google', { prompt: 'consent' });
  expect((await refresh(sandbox, 'google', token)).status).toBe(200);
});

test('an administrator who restricts the service ends refreshing', async () => {
  const sandbox = createSandbox();
  const { refresh_token: token = '' } = await connect(sandbox, 'google');
  sandbox.setCondition('google', ANNA.google, 'admin_policy_enforced');
  expect(await readFailure(await refresh(sandbox, 'google', token))).toMatchObject({
    error: 'admin_policy_enforced',
  });
});

test('time-limited access says how long its refresh token lives, and ends with it', async () => {
  const { sandbox, wait } = createTimedSandbox({
    switches: { 'google.oauth.time-limited-access-s': 3600 },
  });
  const tokens = await connect(sandbox, 'google');
  expect(tokens.refresh_token_expires_in).toBe(3600);
  wait(3_600_001);
  const response = await refresh(sandbox, 'google', tokens.refresh_token ?? '');
  expect(await readFailure(response)).toEqual(ended);
});

test('a refresh token of one client is not good for another', async () => {
  const sandbox = createSandbox();
  sandbox.addClient({
    provider: 'google',
    id: 'other',
    secret: 'other-secret',
    name: 'Other',
    redirectUris: [],
  });
  const { refresh_token: token = '' } = await connect(sandbox, 'google');
  const response = await refresh(sandbox, 'google', token, {
    client_id: 'other',
    client_secret: 'other-secret',
  });
  expect(response.status).toBe(401);
  expect(await readFailure(response)).toMatchObject({ error: 'unauthorized_client' });
});

test('a garbled refresh token is a bad request, not a revoked one', async () => {
  const response = await refresh(createSandbox(), 'google', '1//nonsense');
  expect(response.status).toBe(400);
  expect(await readFailure(response)).toEqual(bad);
});

test('token values are long, can be searched for, and fit the documented sizes', async () => {
  const tokens = await connect(createSandbox(), 'google');
  expect(tokens.access_token).toMatch(/^ya29\.sandbox-[\w-]{100,2030}$/);
  expect(tokens.refresh_token).toMatch(/^1\/\/sandbox-[\w-]{50,500}$/);
});
