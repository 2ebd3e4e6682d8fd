import { describe, expect, test } from 'vitest';
import type { HttpResponse } from '../../src/runtime.ts';
import { createSandboxRuntime } from '../support/sandbox-runtime.ts';
import { answering, consent, lunch, openDesk, planVisit, subjects, silently } from './subjects.ts';

const missing = {
  google: ['See the list of your calendars', 'See and edit events on your calendars'],
  outlook: ['See and edit your calendars'],
};
const calendarScopes = {
  google: [
    'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
    'https://www.googleapis.com/auth/calendar.events',
  ],
  outlook: ['Calendars.ReadWrite'],
};

describe.each(subjects)('$name: signing in', (subject) => {
  test('[attack 5] asks with an S256 challenge, a state, a nonce and no more scopes than needed', async () => {
    const { provider } = await openDesk(subject);
    const { authorizeUrl, redirectUri, nonce } = planVisit(subject, provider);
    const asked = Object.fromEntries(authorizeUrl.searchParams);
    expect(authorizeUrl.origin + authorizeUrl.pathname).toBe(subject.config.authorizeUrl);
    expect(asked).toMatchObject({
      client_id: subject.config.clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      state: 'state-of-the-session',
      nonce,
      code_challenge_method: 'S256',
    });
    expect(asked.code_challenge).toMatch(/^[\w-]{43}$/);
    expect(authorizeUrl.href).not.toContain(subject.config.clientSecret);
    const more = subject.name === 'google' ? [] : ['offline_access', 'User.Read'];
    expect(asked.scope?.split(' ').toSorted()).toEqual(
      ['openid', 'email', ...more, ...calendarScopes[subject.name]].toSorted(),
    );
    // A second account can be chosen, and nobody has to consent anew.
    expect(asked.prompt).toBe('select_account');
    expect(asked).not.toHaveProperty('login_hint');
  });

  test('asks for consent again, and for the same account, only on request', async () => {
    const { provider } = await openDesk(subject);
    const url = provider.buildAuthorizeUrl({
      redirectUri: 'http://127.0.0.1:4700/api/calendar/x/callback',
      state: 's',
      nonce: 'n',
      codeChallenge: 'c',
      loginHint: subject.email,
      forceConsent: true,
    });
    expect(url.searchParams.get('prompt')).toBe('consent');
    expect(url.searchParams.get('login_hint')).toBe(subject.email);
  });

  test('gives tokens that work, and the account by an id that never changes', async () => {
    const { sandbox, provider } = await openDesk(subject);
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    const grant = await provider.exchangeCode({ ...visit, code });
    expect(grant).toMatchObject({
      account: { id: subject.accountId, email: subject.email },
      missingPermissions: [],
    });
    expect(grant.grantedScopes).toEqual(expect.arrayContaining(calendarScopes[subject.name]));
    expect(grant.expiresInSeconds).toBeGreaterThan(3000);
    expect(grant.refreshToken).toBeTruthy();
    expect(await provider.listCalendars(grant.accessToken)).not.toEqual([]);
    const tokens = await provider.refreshTokens(grant.refreshToken ?? '');
    expect(await provider.listCalendars(tokens.accessToken)).not.toEqual([]);
  });

  test('[attack 4] with a code from another flow is refused', async () => {
    const { sandbox, provider } = await openDesk(subject);
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    const { codeVerifier } = planVisit(subject, provider);
    await expect(provider.exchangeCode({ ...visit, code, codeVerifier })).rejects.toMatchObject({
      kind: 'connection-revoked',
    });
  });

  test('with a code that was used, or with none, is refused', async () => {
    const { sandbox, provider } = await openDesk(subject);
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    await provider.exchangeCode({ ...visit, code });
    for (const dead of [code, 'made-up']) {
      await expect(provider.exchangeCode({ ...visit, code: dead })).rejects.toMatchObject({
        kind: 'connection-revoked',
      });
    }
  });

  test('with the nonce of another visit is refused', async () => {
    const { sandbox, provider } = await openDesk(subject);
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    await expect(
      provider.exchangeCode({ ...visit, code, nonce: 'of-another-visit' }),
    ).rejects.toMatchObject({ kind: 'malformed-answer', code: 'id-token-refused' });
  });

  test('with a wrong client secret is the operator’s trouble, and no dead connection', async () => {
    const { sandbox, provider } = await openDesk(subject);
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    const grant = await provider.exchangeCode({ ...visit, code });
    const wrong = subject.create(
      { ...subject.config, clientSecret: 'wrong' },
      createSandboxRuntime(sandbox),
    );
    await expect(wrong.refreshTokens(grant.refreshToken ?? '')).rejects.toMatchObject({
      kind: 'misconfigured',
    });
    await provider.refreshTokens(grant.refreshToken ?? '');
  });

  test('[attack 13] names in plain words what the user did not grant', async () => {
    const { sandbox } = await openDesk(subject);
    const runtime = createSandboxRuntime(sandbox);
    const provider = subject.create(subject.config, {
      ...runtime,
      send: async (request) => withoutScopes(await runtime.send(request)),
    });
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    const grant = await provider.exchangeCode({ ...visit, code });
    expect(grant.missingPermissions).toEqual(missing[subject.name]);
  });

  test('without the calendar’s scope is found out at the first call as well', async () => {
    const { sandbox, provider, call, newLinkId } = await openDesk(subject);
    const accessToken = sandbox.issueToken({
      provider: subject.name,
      email: subject.email,
      scopes: ['openid', 'email'],
    });
    const error = { kind: 'access-lost' };
    await expect(provider.listCalendars(accessToken)).rejects.toMatchObject(error);
    const poor = { ...call, accessToken };
    await expect(provider.createEvent(poor, newLinkId(), lunch, silently)).rejects.toMatchObject(
      error,
    );
    await expect(provider.findEvent(poor, 'abcde')).rejects.toMatchObject(error);
  });

  test('is asked for again with a token that is not known', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const stale = { ...call, accessToken: 'stale' };
    const error = { kind: 'token-rejected' };
    await expect(provider.listCalendars('stale')).rejects.toMatchObject(error);
    await expect(provider.createEvent(stale, newLinkId(), lunch, silently)).rejects.toMatchObject(
      error,
    );
    await expect(provider.findEventOfLink(stale, newLinkId())).rejects.toMatchObject(error);
  });

  test('is over when the grant is revoked, where the provider can, and twice is no harm', async () => {
    const { sandbox, provider } = await openDesk(subject);
    const visit = planVisit(subject, provider);
    const code = await consent(sandbox, subject, visit);
    const { refreshToken } = await provider.exchangeCode({ ...visit, code });
    const before = sandbox.calls.length;
    await provider.revokeGrant(refreshToken ?? '');
    await provider.revokeGrant(refreshToken ?? '');
    const refreshed = provider.refreshTokens(refreshToken ?? '');
    if (provider.capabilities.canRevoke) {
      await expect(refreshed).rejects.toMatchObject({ kind: 'connection-revoked' });
    } else {
      await refreshed;
      expect(sandbox.calls.length - before).toBe(1);
    }
  });

  test('sends no secret over plain http, but to this machine', async () => {
    const api = 'http://api.example.com';
    const config = { ...subject.config, tokenUrl: `${api}/token`, revokeUrl: `${api}/revoke` };
    const { provider, requests } = answering(
      { ...subject, config: { ...config, apiUrl: api } },
      () => ({}),
    );
    const visit = planVisit(subject, provider);
    const refused = { kind: 'misconfigured' };
    await expect(provider.exchangeCode({ ...visit, code: 'c' })).rejects.toMatchObject(refused);
    await expect(provider.refreshTokens('r')).rejects.toMatchObject(refused);
    await expect(provider.listCalendars('a')).rejects.toMatchObject(refused);
    if (provider.capabilities.canRevoke) {
      await expect(provider.revokeGrant('r')).rejects.toMatchObject(refused);
    }
    expect(requests).toEqual([]);
  });
});

test('google: an unticked box is seen at the callback', async () => {
  const [subject] = subjects;
  if (!subject) throw new Error('no subject');
  const { sandbox, provider } = await openDesk(subject);
  const visit = planVisit(subject, provider);
  const code = await consent(sandbox, subject, visit, { untick: ['calendar.events'] });
  const grant = await provider.exchangeCode({ ...visit, code });
  expect(grant.missingPermissions).toEqual(['See and edit events on your calendars']);
});

test.each([
  'openid email User.Read Calendars.ReadWrite',
  'https://graph.microsoft.com/calendars.readwrite https://graph.microsoft.com/USER.READ',
])('outlook: the scopes %j are as good as ours', async (scope) => {
  const subject = subjects[1];
  if (!subject) throw new Error('no subject');
  const { sandbox } = await openDesk(subject);
  const runtime = createSandboxRuntime(sandbox);
  const provider = subject.create(subject.config, {
    ...runtime,
    send: async (request) => withoutScopes(await runtime.send(request), scope),
  });
  const visit = planVisit(subject, provider);
  const code = await consent(sandbox, subject, visit);
  const grant = await provider.exchangeCode({ ...visit, code });
  expect(grant.missingPermissions).toEqual([]);
  expect(grant.grantedScopes).toEqual(expect.arrayContaining(['Calendars.ReadWrite', 'User.Read']));
});

/** The token endpoint's answer, as if less had been granted. */
function withoutScopes(response: HttpResponse, scope = 'openid email'): HttpResponse {
  if (!response.body.includes('"access_token"')) return response;
  return { ...response, body: JSON.stringify({ ...JSON.parse(response.body), scope }) };
}
