import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { defaultClients } from '../../../sandbox/seed.ts';
import {
  ANNA,
  ORIGIN,
  VERIFIER,
  authorizeUrl,
  connect,
  exchange,
  getCode,
  post,
  readIdToken,
  readTokens,
  redirectUri,
} from './support.ts';

const email = ANNA.outlook;
const TENANT = '5f0c8d1e-3b7a-4c92-9d46-0a6e8b71c2f3';
const open = (url: string, headers: Record<string, string> = {}) =>
  new Request(url, { headers, redirect: 'manual' });
const parametersOf = (response: Response) =>
  Object.fromEntries(new URL(response.headers.get('location') ?? '').searchParams);

test('a person who accepts gives the application an access, a refresh and an ID token', async () => {
  const sandbox = createSandbox();
  const location = new URL(await sandbox.consent(authorizeUrl('outlook'), { email }));
  expect(location.origin + location.pathname).toBe(redirectUri('outlook'));
  expect(location.searchParams.get('state')).toBe('state-1');
  const code = location.searchParams.get('code') ?? '';
  const response = await exchange(sandbox, 'outlook', { code });
  expect(response.status).toBe(200);
  const tokens = await readTokens(response);
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
  expect(tokens.access_token).toContain('EwB-sandbox-');
  expect(tokens.refresh_token).toContain('M.sandbox-');
  expect(await readIdToken(sandbox, 'outlook', tokens.id_token ?? '')).toMatchObject({
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    aud: defaultClients.outlook.id,
    tid: TENANT,
    oid: '8d2f4a60-51c7-4e0b-a3f9-6b1e7c90d542',
    preferred_username: email,
    email,
    nonce: 'nonce-1',
    ver: '2.0',
  });
});

test('the access token opens Graph', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'outlook');
  const request = open(`${ORIGIN}/v1.0/me`, { authorization: `Bearer ${token}` });
  expect((await sandbox.fetch(request)).status).toBe(200);
});

test('a personal account has the consumers tenant', async () => {
  const sandbox = createSandbox();
  const { id_token: token = '' } = await connect(
    sandbox,
    'outlook',
    {},
    'anna.berg@outlook.sandbox',
  );
  expect(await readIdToken(sandbox, 'outlook', token)).toMatchObject({
    iss: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
  });
});

test('the subject is another one for each application, the object id is not', async () => {
  const sandbox = createSandbox();
  sandbox.addClient({
    provider: 'outlook',
    id: 'other',
    secret: defaultClients.outlook.secret,
    name: 'Other',
    redirectUris: [redirectUri('outlook')],
  });
  const one = await connect(sandbox, 'outlook');
  const two = await connect(sandbox, 'outlook', { client_id: 'other' });
  const first = await readIdToken(sandbox, 'outlook', one.id_token ?? '');
  const second = await readIdToken(sandbox, 'outlook', two.id_token ?? '');
  expect(first.sub).not.toBe(second.sub);
  expect(first.oid).toBe(second.oid);
});

test('a refresh token comes only with offline_access, an ID token only with openid', async () => {
  const sandbox = createSandbox();
  const bare = await connect(sandbox, 'outlook', { scope: 'Calendars.ReadWrite' });
  expect(bare.refresh_token).toBeUndefined();
  expect(bare.id_token).toBeUndefined();
  const both = await connect(sandbox, 'outlook', {
    scope: 'openid offline_access Calendars.ReadWrite',
  });
  expect(both.refresh_token).toBeTruthy();
  expect(both.id_token).toBeTruthy();
});

test('scopes may be written short or full and in any case; the answer has either form', async () => {
  const sandbox = createSandbox();
  const scope = 'https://graph.microsoft.com/calendars.readwrite user.read';
  expect((await connect(sandbox, 'outlook', { scope })).scope).toBe(
    'Calendars.ReadWrite User.Read',
  );
  sandbox.setSwitch('outlook.oauth.scope-form', 'full');
  expect((await connect(sandbox, 'outlook', { scope })).scope).toBe(
    'https://graph.microsoft.com/Calendars.ReadWrite https://graph.microsoft.com/User.Read',
  );
});

test('.default asks for what the application is registered with', async () => {
  const sandbox = createSandbox();
  const { scope } = await connect(sandbox, 'outlook', {
    scope: 'openid https://graph.microsoft.com/.default',
  });
  expect(scope.split(' ')).toContain('Calendars.ReadWrite');
});

test('Cancel sends access_denied with AADSTS65004 and the state', async () => {
  const location = await createSandbox().consent(authorizeUrl('outlook'), {
    email,
    isRefused: true,
  });
  const parameters = Object.fromEntries(new URL(location).searchParams);
  expect(parameters).toMatchObject({ error: 'access_denied', state: 'state-1' });
  expect(parameters.error_description).toMatch(/^AADSTS65004: /);
});

test('consent is asked the first time, and again with prompt=consent', async () => {
  const sandbox = createSandbox();
  await connect(sandbox, 'outlook');
  const again = await sandbox.fetch(open(authorizeUrl('outlook', { login_hint: email })));
  expect(again.status).toBe(302);
  const asked = await sandbox.fetch(
    open(authorizeUrl('outlook', { login_hint: email, prompt: 'consent' })),
  );
  expect(await asked.text()).toContain('Accept');
});

test('the answer comes in the query, in the fragment or by a form', async () => {
  const sandbox = createSandbox();
  await connect(sandbox, 'outlook');
  const ask = (responseMode: string) =>
    sandbox.fetch(
      open(authorizeUrl('outlook', { login_hint: email, response_mode: responseMode })),
    );
  expect((await ask('query')).headers.get('location')).toContain('callback?code=');
  expect((await ask('fragment')).headers.get('location')).toContain('callback#code=');
  const page = await (await ask('form_post')).text();
  expect(page).toContain(`<form method="post" action="${redirectUri('outlook')}">`);
  expect(page).toContain('name="code"');
});

test('prompt=none without a sign-in is login_required', async () => {
  const response = await createSandbox().fetch(open(authorizeUrl('outlook', { prompt: 'none' })));
  expect(parametersOf(response)).toMatchObject({ error: 'login_required', state: 'state-1' });
});

test('prompt=none is consent_required or interaction_required where a person is needed', async () => {
  const sandbox = createSandbox();
  const page = await sandbox.fetch(open(authorizeUrl('outlook')));
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const pick = async (account: string) => {
    const choice = await (await sandbox.fetch(open(authorizeUrl('outlook'), { cookie }))).text();
    const consentId = /name="consent_id" value="([^"]+)"/.exec(choice)?.[1];
    await post(
      sandbox,
      '/common/oauth2/v2.0/consent',
      { consent_id: consentId, account },
      { cookie },
    );
  };
  const silent = () => sandbox.fetch(open(authorizeUrl('outlook', { prompt: 'none' }), { cookie }));
  await pick(email);
  expect(parametersOf(await silent())).toMatchObject({ error: 'consent_required' });
  await connect(sandbox, 'outlook');
  expect(parametersOf(await silent()).code).toBeTruthy();
  sandbox.setCondition('outlook', email, '50076');
  expect(parametersOf(await silent())).toMatchObject({ error: 'interaction_required' });
  await pick('anna.berg@outlook.sandbox');
  expect(parametersOf(await silent())).toMatchObject({ error: 'interaction_required' });
});

test('a consent cannot be given with the page of another browser, nor twice', async () => {
  const sandbox = createSandbox();
  const page = await sandbox.fetch(open(authorizeUrl('outlook', { login_hint: email })));
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const consentId = /name="consent_id" value="([^"]+)"/.exec(await page.text())?.[1];
  const give = (headers: Record<string, string>) =>
    post(
      sandbox,
      '/common/oauth2/v2.0/consent',
      { consent_id: consentId, answer: 'accept' },
      headers,
    );
  expect((await give({})).status).toBe(400);
  expect((await give({ cookie })).status).toBe(302);
  expect((await give({ cookie })).status).toBe(400);
});

/** By the authority's name: who can sign in there. */
const authorities: [string, string[]][] = [
  ['common', ['anna@northwind.onmicrosoft.sandbox', 'anna.berg@outlook.sandbox']],
  ['organizations', ['anna@northwind.onmicrosoft.sandbox']],
  ['consumers', ['anna.berg@outlook.sandbox']],
  ['9188040d-6c67-4c5b-b112-36a304b66dad', ['anna.berg@outlook.sandbox']],
  [TENANT, ['anna@northwind.onmicrosoft.sandbox']],
  ['northwind.onmicrosoft.sandbox', ['anna@northwind.onmicrosoft.sandbox']],
];

test.each(authorities)('/%s admits its own accounts', async (tenant, admitted) => {
  const response = await createSandbox().fetch(open(authorizeUrl('outlook', {}, tenant)));
  const page = await response.text();
  for (const account of ['anna@northwind.onmicrosoft.sandbox', 'anna.berg@outlook.sandbox']) {
    expect(page.includes(`>${account}</button>`)).toBe(admitted.includes(account));
  }
});

/** What Microsoft shows on its own page. */
const pages: [string, Record<string, string | undefined>, string, number][] = [
  ['an unknown tenant', {}, 'nowhere.example', 90002],
  ['an unknown client', { client_id: 'nobody' }, 'common', 700016],
  ['an unregistered address', { redirect_uri: 'http://localhost:1/x' }, 'common', 50011],
  ['no address', { redirect_uri: undefined }, 'common', 900971],
];

test.each(pages)('%s is an error page, not a redirect', async (_, changed, tenant, code) => {
  const response = await createSandbox().fetch(open(authorizeUrl('outlook', changed, tenant)));
  expect(response.headers.get('location')).toBeNull();
  expect(await response.text()).toContain(`AADSTS${code}`);
});

/** What goes back to the application. */
const redirects: [string, Record<string, string | undefined>, string, number][] = [
  ['an unknown scope', { scope: 'openid Calendars.Everything' }, 'invalid_scope', 70011],
  [
    '.default beside others',
    { scope: 'https://graph.microsoft.com/.default Calendars.Read' },
    'invalid_scope',
    70011,
  ],
  ['no scope', { scope: undefined }, 'invalid_request', 900144],
  ['no response type', { response_type: undefined }, 'invalid_request', 900144],
  ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type', 9002313],
  ['a challenge that is too short', { code_challenge: 'short' }, 'invalid_request', 501491],
  ['a method without a challenge', { code_challenge: undefined }, 'invalid_request', 50147],
  [
    'a login hint with select_account',
    { login_hint: email, prompt: 'select_account' },
    'invalid_request',
    90005,
  ],
];

test.each(redirects)('%s goes back to the application', async (_, changed, error, code) => {
  const response = await createSandbox().fetch(open(authorizeUrl('outlook', changed)));
  expect(response.status).toBe(302);
  const parameters = parametersOf(response);
  expect(parameters).toMatchObject({ error, state: 'state-1' });
  expect(parameters.error_description).toMatch(new RegExp(`^AADSTS${code}: `));
});

/** Clients that admit not everybody, at an authority that is not theirs. */
const audiences: ['single-tenant' | 'work' | 'personal', string, number][] = [
  ['single-tenant', 'common', 50194],
  ['work', 'consumers', 9002332],
  ['personal', 'organizations', 9002331],
];

test.each(audiences)('a %s client at /%s is AADSTS%i', async (audience, tenant, code) => {
  const sandbox = createSandbox();
  sandbox.addClient({
    provider: 'outlook',
    ...defaultClients.outlook,
    name: 'Narrow',
    redirectUris: [redirectUri('outlook')],
    audience,
    tenantId: TENANT,
  });
  const response = await sandbox.fetch(open(authorizeUrl('outlook', {}, tenant)));
  expect(await response.text()).toContain(`AADSTS${code}`);
});

test('what only an administrator can grant is not asked of a user, until the admin consented', async () => {
  const sandbox = createSandbox();
  sandbox.setCondition('outlook', email, '90094');
  const refused = await sandbox.consent(authorizeUrl('outlook'), { email, isRefused: true });
  const parameters = new URL(refused).searchParams;
  expect(parameters.get('error')).toBe('access_denied');
  expect(parameters.get('error_description')).toMatch(/^AADSTS90094: /);

  const query = new URLSearchParams({
    client_id: defaultClients.outlook.id,
    redirect_uri: redirectUri('outlook'),
    scope: 'Calendars.ReadWrite',
    state: 'admin-1',
  });
  const admin = await sandbox.consent(`${ORIGIN}/organizations/v2.0/adminconsent?${query}`, {
    email,
  });
  expect(Object.fromEntries(new URL(admin).searchParams)).toEqual({
    admin_consent: 'True',
    tenant: TENANT,
    scope: 'Calendars.ReadWrite',
    state: 'admin-1',
  });
  expect((await connect(sandbox, 'outlook')).access_token).toBeTruthy();
});

test('admin consent is refused with consent_required, and not given at common', async () => {
  const sandbox = createSandbox();
  const query = new URLSearchParams({
    client_id: defaultClients.outlook.id,
    redirect_uri: redirectUri('outlook'),
    scope: 'Calendars.ReadWrite',
  });
  const url = `${ORIGIN}/${TENANT}/v2.0/adminconsent?${query}`;
  const refused = new URL(await sandbox.consent(url, { email, isRefused: true }));
  expect(refused.searchParams.get('error')).toBe('consent_required');
  expect(refused.searchParams.get('error_description')).toMatch(/^AADSTS65004/);
  const common = await sandbox.fetch(open(`${ORIGIN}/common/v2.0/adminconsent?${query}`));
  expect(common.status).toBe(400);
});

test('a Conditional Access block is shown to the person', async () => {
  const sandbox = createSandbox();
  sandbox.setCondition('outlook', email, '53003');
  await expect(sandbox.consent(authorizeUrl('outlook'), { email })).rejects.toThrow('AADSTS53003');
});

test('multi-factor sign-in is satisfied by signing in', async () => {
  const sandbox = createSandbox();
  sandbox.setCondition('outlook', email, '50076');
  expect(await getCode(sandbox, 'outlook')).toBeTruthy();
});

test('discovery names the addresses of this server and the real issuer', async () => {
  const sandbox = createSandbox();
  const read = async (tenant: string) => {
    const path = `/${tenant}/v2.0/.well-known/openid-configuration`;
    return (await (await sandbox.fetch(open(ORIGIN + path))).json()) as Record<string, unknown>;
  };
  expect(await read('common')).toMatchObject({
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    token_endpoint: `${ORIGIN}/common/oauth2/v2.0/token`,
    subject_types_supported: ['pairwise'],
  });
  expect(await read('common')).not.toHaveProperty('revocation_endpoint');
  expect((await read(TENANT)).issuer).toBe(`https://login.microsoftonline.com/${TENANT}/v2.0`);
});

test('userinfo answers for the token', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'outlook');
  const request = open(`${ORIGIN}/oidc/userinfo`, { authorization: `Bearer ${token}` });
  expect(await (await sandbox.fetch(request)).json()).toMatchObject({ name: 'Anna Berg', email });
  expect((await sandbox.fetch(open(`${ORIGIN}/oidc/userinfo`))).status).toBe(401);
});

test('the client may identify itself by HTTP Basic', async () => {
  const sandbox = createSandbox();
  const code = await getCode(sandbox, 'outlook');
  const { id, secret } = defaultClients.outlook;
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri('outlook'),
    code_verifier: VERIFIER,
  };
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  const response = await post(sandbox, '/common/oauth2/v2.0/token', form, {
    authorization: `Basic ${basic}`,
  });
  expect(response.status).toBe(200);
});
