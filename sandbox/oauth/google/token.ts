import { answerJson, isSameSecret, projectOf, readTokenRequest } from '../oauth.ts';
import type { OAuthCore, TokenRequest } from '../oauth.ts';
import { bound, REFRESH_TOKENS_KEPT_MAX } from '../oauth-state.ts';
import type { AuthorizationCode, RefreshToken } from '../oauth-state.ts';
import { matchesChallenge } from '../pkce.ts';
import { makeToken } from '../tokens.ts';
import { makeGoogleIdToken } from './identity.ts';
import { isTestingOver } from './live-grant.ts';
import { isSignInScope } from './scopes.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A code lives ten minutes. */
const CODE_LIFETIME_MS = 10 * 60 * 1000;
/**
 * A refresh token that nobody uses for six months ends. Source: Google's OAuth guide, expiration
 */
const IDLE_MAX_MS = 183 * DAY_MS;
/** Live refresh tokens per account and client; one more ends the oldest. Source: ibid. */
const REFRESH_TOKEN_COUNT_MAX = 100;

type TokenError = readonly [status: number, error: string, description: string, subtype?: string];

const badGrant: TokenError = [400, 'invalid_grant', 'Bad Request'];
const endedGrant: TokenError = [400, 'invalid_grant', 'Token has been expired or revoked.'];

/** `POST /token`: a code or a refresh token for an access token. */
export async function exchangeGoogleToken(core: OAuthCore, request: Request): Promise<Response> {
  const tokenRequest = await readTokenRequest(request);
  if (!tokenRequest)
    return fail([400, 'invalid_request', 'Could not parse the request as a form.']);
  const client = core.findClient('google', tokenRequest.clientId);
  const clientError = findClientError(client, tokenRequest);
  if (!client || clientError) return fail(clientError ?? unknownClient);

  const { form } = tokenRequest;
  const grantType = form.get('grant_type');
  if (!grantType) return fail(missing('grant_type'));
  if (grantType === 'authorization_code') return exchangeCode(core, client, form);
  if (grantType === 'refresh_token') return refresh(core, client, form);
  return fail([400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`]);
}

const unknownClient: TokenError = [401, 'invalid_client', 'The OAuth client was not found.'];

function findClientError(
  client: OAuthClient | undefined,
  { clientId, clientSecret }: TokenRequest,
): TokenError | undefined {
  if (!clientId) return missing('client_id');
  if (!client) return unknownClient;
  if (client.publishing === 'deleted') {
    return [401, 'deleted_client', 'The OAuth client was deleted.'];
  }
  if (client.secret === null) return undefined;
  if (!clientSecret) return [400, 'invalid_request', 'client_secret is missing.'];
  return isSameSecret(clientSecret, client.secret)
    ? undefined
    : [401, 'invalid_client', 'Unauthorized'];
}

function exchangeCode(core: OAuthCore, client: OAuthClient, form: URLSearchParams): Response {
  const value = form.get('code');
  if (!value) return fail(missing('code'));
  const code = core.state.codes.get(value);
  const account = code && core.world.findAccount('google', code.accountId);
  const isLive =
    code?.clientId === client.id &&
    !code.isUsed &&
    core.world.runtime.now() - code.createdAt <= CODE_LIFETIME_MS;
  if (!code || !account || !isLive) return fail(badGrant);
  if (form.get('redirect_uri') !== code.redirectUri) {
    return fail([400, 'redirect_uri_mismatch', 'Bad Request']);
  }
  const proofError = findProofError(code, form.get('code_verifier'));
  if (proofError) return fail(proofError);

  core.state.codes.set(value, { ...code, isUsed: true });
  const refreshToken = code.isOffline ? issueRefreshToken(core, client, account, code) : null;
  return answerTokens(core, client, account, code.scopes, {
    refreshToken,
    nonce: code.nonce,
    isFirst: true,
  });
}

function findProofError(code: AuthorizationCode, verifier: string | null): TokenError | undefined {
  if (!code.challenge) return undefined;
  if (verifier === null) return [400, 'invalid_grant', 'Missing code verifier.'];
  return matchesChallenge(verifier, code.challenge)
    ? undefined
    : [400, 'invalid_grant', 'Invalid code verifier.'];
}

function issueRefreshToken(
  core: OAuthCore,
  client: OAuthClient,
  account: Account,
  code: AuthorizationCode,
): string {
  const { runtime } = core.world;
  const now = runtime.now();
  endSurplusTokens(core, client, account);
  const timeLimitS = core.world.getSwitch('google.oauth.time-limited-access-s', 0);
  const value = makeToken('google', 'refresh', runtime.random);
  core.state.refreshTokens.set(value, {
    provider: 'google',
    clientId: client.id,
    accountId: account.id,
    scopes: code.scopes,
    issuedAt: now,
    lastUsedAt: now,
    expiresAt: timeLimitS > 0 ? now + timeLimitS * 1000 : null,
    endedBy: null,
  });
  bound(core.state.refreshTokens, REFRESH_TOKENS_KEPT_MAX);
  const grant = core.findGrant(client, account.id);
  if (grant) core.putGrant(client, account.id, { ...grant, hasRefreshToken: true });
  return value;
}

/** Makes room for one more among the hundred. */
function endSurplusTokens(core: OAuthCore, client: OAuthClient, account: Account): void {
  const live = [...core.state.refreshTokens.entries()].filter(
    ([, token]) =>
      token.provider === 'google' &&
      token.clientId === client.id &&
      token.accountId === account.id &&
      token.endedBy === null,
  );
  const surplusCount = Math.max(0, live.length - (REFRESH_TOKEN_COUNT_MAX - 1));
  for (const [value, token] of live.slice(0, surplusCount)) {
    core.state.refreshTokens.set(value, { ...token, endedBy: 'too-many' });
  }
}

function refresh(core: OAuthCore, client: OAuthClient, form: URLSearchParams): Response {
  const value = form.get('refresh_token');
  if (!value) return fail(missing('refresh_token'));
  const token = core.state.refreshTokens.get(value);
  const account = token && core.world.findAccount('google', token.accountId);
  if (!token || token.provider !== 'google' || !account) return fail(badGrant);
  if (token.clientId !== client.id) return fail([401, 'unauthorized_client', 'Unauthorized']);
  if (hasEnded(core, client, token)) return fail(endedGrant);
  const condition = core.state.conditions.get(`google ${account.id}`);
  if (condition === 'invalid_rapt') {
    return fail([400, 'invalid_grant', 'reauth related error (invalid_rapt)', 'invalid_rapt']);
  }
  if (condition === 'admin_policy_enforced') {
    return fail([400, condition, 'Your organization does not allow this application.']);
  }
  const asked = (form.get('scope') ?? '').split(' ').filter(Boolean);
  if (asked.some((scope) => !token.scopes.includes(scope))) {
    return fail([400, 'invalid_scope', 'The scope was not granted to this token.']);
  }
  core.state.refreshTokens.set(value, { ...token, lastUsedAt: core.world.runtime.now() });
  return answerTokens(core, client, account, asked.length > 0 ? asked : token.scopes, {
    refreshToken: value,
    nonce: null,
    isFirst: false,
  });
}

function hasEnded(core: OAuthCore, client: OAuthClient, token: RefreshToken): boolean {
  const now = core.world.runtime.now();
  return (
    token.endedBy !== null ||
    now - token.lastUsedAt > IDLE_MAX_MS ||
    (token.expiresAt !== null && now > token.expiresAt) ||
    isTestingOver(core, client, { scopes: token.scopes, since: token.issuedAt })
  );
}

interface Exchange {
  refreshToken: string | null;
  nonce: string | null;
  /** A code's exchange hands out the refresh token; a refresh does not. */
  isFirst: boolean;
}

function answerTokens(
  core: OAuthCore,
  client: OAuthClient,
  account: Account,
  scopes: string[],
  { refreshToken, nonce, isFirst }: Exchange,
): Response {
  const { world } = core;
  const lifetimeS = world.getSwitch('google.oauth.access-token-lifetime-s', 3599);
  const accessToken = core.issueAccessToken(
    {
      provider: 'google',
      clientId: client.id,
      accountId: account.id,
      scopes,
      refreshToken,
      isOffline: refreshToken !== null,
    },
    lifetimeS,
  );
  const hasIdToken = isFirst
    ? scopes.some(isSignInScope)
    : scopes.includes('openid') && world.getSwitch('google.oauth.id-token-on-refresh', true);
  const timeLimitS = world.getSwitch('google.oauth.time-limited-access-s', 0);
  return answerJson(200, {
    access_token: accessToken,
    expires_in: lifetimeS,
    ...(isFirst && refreshToken ? { refresh_token: refreshToken } : {}),
    ...(isFirst && refreshToken && timeLimitS > 0 ? { refresh_token_expires_in: timeLimitS } : {}),
    scope: scopes.join(' '),
    token_type: 'Bearer',
    ...(hasIdToken
      ? { id_token: makeGoogleIdToken(core, { client, account, scopes, nonce, accessToken }) }
      : {}),
  });
}

/**
 * `POST /revoke`, with the token in the query or the form. Takes every token of the person for
 * every client of the project, and the consent.
 *
 * Source: Google's OAuth web-server guide, revoking a token
 */
export async function revokeGoogleToken(core: OAuthCore, request: Request): Promise<Response> {
  const form = new URLSearchParams(request.method === 'POST' ? await request.text() : '');
  const value = new URL(request.url).searchParams.get('token') ?? form.get('token');
  if (!value) return fail([400, 'invalid_request', 'Missing required parameter: token']);
  const access = core.state.accessTokens.get(value);
  const refreshed = core.state.refreshTokens.get(value);
  const token = access ?? refreshed;
  const isLive = access ? access.expiresAt > core.world.runtime.now() : refreshed?.endedBy === null;
  const client = token?.provider === 'google' && core.findClient('google', token.clientId);
  if (!token || !isLive || !client) {
    return fail([400, 'invalid_token', 'Token expired or revoked']);
  }
  endGoogleGrant(core, client, token.accountId);
  return answerJson(200, {});
}

/** What a revocation does, by the endpoint or by the person at their account page. */
export function endGoogleGrant(core: OAuthCore, client: OAuthClient, accountId: string): void {
  const isOfProject = (token: { provider: string; clientId: string; accountId: string }) => {
    const owner = core.findClient('google', token.clientId);
    return (
      token.provider === 'google' &&
      token.accountId === accountId &&
      owner !== undefined &&
      projectOf(owner) === projectOf(client)
    );
  };
  for (const [value, token] of core.state.refreshTokens) {
    if (isOfProject(token) && token.endedBy === null) {
      core.state.refreshTokens.set(value, { ...token, endedBy: 'revoked' });
    }
  }
  for (const [value, token] of core.state.accessTokens) {
    if (isOfProject(token)) core.state.accessTokens.delete(value);
  }
  core.removeGrant(client, accountId);
}

const missing = (name: string): TokenError => [
  400,
  'invalid_request',
  `Missing required parameter: ${name}`,
];

const fail = ([status, error, description, subtype]: TokenError) =>
  answerJson(status, {
    error,
    error_description: description,
    ...(subtype ? { error_subtype: subtype } : {}),
  });
