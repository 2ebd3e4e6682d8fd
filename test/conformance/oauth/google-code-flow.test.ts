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
  readIdToken,
  readTokens,
  refresh,
} from './support.ts';

test('a person who allows everything gives the application an access, a refresh and an ID token', async () => {
  const sandbox = createSandbox();
  const location = new URL(await sandbox.consent(authorizeUrl('google'), { email: ANNA.google }));
  expect(location.origin + location.pathname).toBe(
    'http://127.0.0.1:4700/api/calendar/google/callback',
  );
  expect(location.searchParams.get('state')).toBe('state-1');

  const response = await exchange(sandbox, 'google', {
    code: location.searchParams.get('code') ?? '',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const tokens = await readTokens(response);
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
  expect(tokens.access_token).toContain('ya29.sandbox-');
  expect(tokens.refresh_token).toContain('1//sandbox-');
  expect(tokens.scope.split(' ').sort()).toEqual(
    ['openid', 'https://www.googleapis.com/auth/userinfo.email', CALENDAR, CALENDAR_LIST].sort(),
  );
  expect(await readIdToken(sandbox, 'google', tokens.id_token ?? '')).toMatchObject({
    iss: 'https://accounts.google.com',
    aud: 'kalends-sandbox-google',
    sub: '104729518736420915873',
    email: ANNA.google,
    email_verified: true,
    nonce: 'nonce-1',
  });
});

test('a refresh answers a new access token and no refresh token', async () => {
  const sandbox = createSandbox();
  const first = await connect(sandbox, 'google');
  const second = await readTokens(await refresh(sandbox, 'google', first.refresh_token ?? ''));
  expect(second.access_token).not.toBe(first.access_token);
  expect(second.refresh_token).toBeUndefined();
  expect(second.scope).toBe(first.scope);
});

test('the access token opens the API', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'google');
  const request = new Request(`${ORIGIN}/calendar/v3/users/me/calendarList`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect((await sandbox.fetch(request)).status).toBe(200);
});
