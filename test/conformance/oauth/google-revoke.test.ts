import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { ANNA, ORIGIN, connect, post, readFailure, redirectUri, refresh } from './support.ts';

const statusOf = async (sandbox: Sandbox, accessToken: string) =>
  (
    await sandbox.fetch(
      new Request(`${ORIGIN}/calendar/v3/users/me/calendarList`, {
        headers: { authorization: `Bearer ${accessToken}` },
      }),
    )
  ).status;

test('revoking the refresh token, in the form, ends both tokens', async () => {
  const sandbox = createSandbox();
  const tokens = await connect(sandbox, 'google');
  const response = await post(sandbox, '/revoke', { token: tokens.refresh_token });
  expect(response.status).toBe(200);
  expect(await statusOf(sandbox, tokens.access_token)).toBe(401);
  expect(await readFailure(await refresh(sandbox, 'google', tokens.refresh_token ?? ''))).toEqual({
    error: 'invalid_grant',
    error_description: 'Token has been expired or revoked.',
  });
});

test('revoking the access token, in the query, takes its refresh token too', async () => {
  const sandbox = createSandbox();
  const tokens = await connect(sandbox, 'google');
  const path = `/revoke?token=${encodeURIComponent(tokens.access_token)}`;
  expect((await post(sandbox, path, {})).status).toBe(200);
  expect((await refresh(sandbox, 'google', tokens.refresh_token ?? '')).status).toBe(400);
});

test('a revocation takes what was given to every client of the project, and no other', async () => {
  const sandbox = createSandbox();
  const add = (id: string, projectId: string) =>
    sandbox.addClient({
      provider: 'google',
      id,
      secret: 'kalends-sandbox-google-secret',
      name: id,
      redirectUris: [redirectUri('google')],
      projectId,
    });
  add('web', 'project-1');
  add('desk', 'project-1');
  add('stranger', 'project-2');
  const web = await connect(sandbox, 'google', { client_id: 'web' });
  const desk = await connect(sandbox, 'google', { client_id: 'desk', prompt: 'consent' });
  const stranger = await connect(sandbox, 'google', { client_id: 'stranger' });
  await post(sandbox, '/revoke', { token: web.refresh_token });
  expect(await statusOf(sandbox, desk.access_token)).toBe(401);
  expect(await statusOf(sandbox, stranger.access_token)).toBe(200);
});

test('a revocation takes the consent: it is asked again', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'google');
  await post(sandbox, '/revoke', { token });
  expect((await connect(sandbox, 'google')).refresh_token).toBeTruthy();
});

test('a token that is unknown or already revoked is a 400', async () => {
  const sandbox = createSandbox();
  const tokens = await connect(sandbox, 'google');
  await post(sandbox, '/revoke', { token: tokens.refresh_token });
  for (const token of [tokens.refresh_token, 'nonsense']) {
    const response = await post(sandbox, '/revoke', { token });
    expect(response.status).toBe(400);
    expect(await readFailure(response)).toMatchObject({ error: 'invalid_token' });
  }
});

test('a person who removes the application at Google ends its tokens', async () => {
  const sandbox = createSandbox();
  const tokens = await connect(sandbox, 'google');
  sandbox.revokeGrant({ provider: 'google', email: ANNA.google });
  expect(await statusOf(sandbox, tokens.access_token)).toBe(401);
  expect((await refresh(sandbox, 'google', tokens.refresh_token ?? '')).status).toBe(400);
});

test('userinfo answers under the names of version 2, by the scopes', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'google', { scope: 'openid email' });
  const response = await sandbox.fetch(
    new Request(`${ORIGIN}/oauth2/v2/userinfo`, { headers: { authorization: `Bearer ${token}` } }),
  );
  expect(await response.json()).toEqual({
    id: '104729518736420915873',
    email: ANNA.google,
    verified_email: true,
  });
  const stranger = await sandbox.fetch(new Request(`${ORIGIN}/oauth2/v2/userinfo`));
  expect(stranger.status).toBe(401);
});

test('a Workspace account carries its domain as hd', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'google', {}, 'anna@northwind.sandbox');
  const response = await sandbox.fetch(
    new Request(`${ORIGIN}/oauth2/v2/userinfo`, { headers: { authorization: `Bearer ${token}` } }),
  );
  expect(await response.json()).toMatchObject({ hd: 'northwind.sandbox' });
});

test('tokeninfo tells the scopes and what is left of the token', async () => {
  const sandbox = createSandbox();
  const { access_token: token } = await connect(sandbox, 'google', { scope: 'openid email' });
  const response = await sandbox.fetch(new Request(`${ORIGIN}/tokeninfo?access_token=${token}`));
  expect(await response.json()).toMatchObject({
    aud: 'kalends-sandbox-google',
    scope: 'openid https://www.googleapis.com/auth/userinfo.email',
    access_type: 'offline',
  });
  const unknown = await sandbox.fetch(new Request(`${ORIGIN}/tokeninfo?access_token=nonsense`));
  expect(unknown.status).toBe(400);
});
