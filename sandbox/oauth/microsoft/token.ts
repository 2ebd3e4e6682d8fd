import { isSameSecret, readTokenRequest, answerJson } from '../oauth.ts';
import type { OAuthCore, TokenRequest } from '../oauth.ts';
import { bound, REFRESH_TOKENS_KEPT_MAX } from '../oauth-state.ts';
import type { AuthorizationCode, RefreshToken } from '../oauth-state.ts';
import { matchesChallenge } from '../pkce.ts';
import { makeToken } from '../tokens.ts';
import { findAuthority, findAuthorityError, isAdmitted } from './authority.ts';
import { answerAadsts } from './errors.ts';
import type { Aadsts } from './errors.ts';
import { makeMicrosoftIdToken } from './identity.ts';
import { parseScopes, writeScopes } from './scopes.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** About ten minutes. Source: OAuth 2.0 authorization code flow, `code` */
const CODE_LIFETIME_MS = 10 * 60 * 1000;
/** Source: Refresh tokens in the identity platform, lifetime */
const REFRESH_IDLE_MAX_MS = 90 * DAY_MS;
/** A single-page app's refresh token, which refreshing does not prolong. Source: ibid. */
const SPA_LIFETIME_MS = DAY_MS;

interface Asked {
  form: URLSearchParams;
  client: OAuthClient;
  authority: string;
}

/** `POST /{tenant}/oauth2/v2.0/token`: a code or a refresh token for an access token. */
export async function exchangeMicrosoftToken(core: OAuthCore, request: Request): Promise<Response> {
  const segment = decodeURIComponent(new URL(request.url).pathname.split('/')[1] ?? '');
  const authority = findAuthority(core, segment);
  if (authority === undefined) {
    return answerAadsts(core.world, { code: 90002, detail: `Tenant '${segment}'.` });
  }
  const tokenRequest = await readTokenRequest(request);
  if (!tokenRequest) return answerAadsts(core.world, { code: 900144, detail: "'grant_type'." });
  const client = core.findClient('outlook', tokenRequest.clientId);
  const clientError = findClientError(client, tokenRequest, authority);
  if (!client || clientError) return answerAadsts(core.world, clientError ?? { code: 700016 });

  const { form } = tokenRequest;
  const scopeError = findScopeError(form.get('scope'));
  if (scopeError) return answerAadsts(core.world, scopeError);
  const asked = { form, client, authority };
  const grantType = form.get('grant_type');
  if (grantType === 'authorization_code') return exchangeCode(core, asked);
  if (grantType === 'refresh_token') return refresh(core, asked);
  const detail = grantType ? `'${grantType}'` : "'grant_type'.";
  return answerAadsts(core.world, { code: grantType ? 70003 : 900144, detail });
}

function findClientError(
  client: OAuthClient | undefined,
  { clientId, clientSecret, form }: TokenRequest,
  authority: string,
): Aadsts | undefined {
  if (!clientId) return { code: 900144, detail: "'client_id'." };
  if (!client) return { code: 700016, detail: `Application '${clientId}'.` };
  const authorityError = findAuthorityError(client, authority);
  if (authorityError) return authorityError;
  const assertion = form.get('client_assertion');
  if (client.secret === null) {
    return clientSecret === null && assertion === null ? undefined : { code: 700025 };
  }
  if (clientSecret === null) return { code: 7000218 };
  if (client.isSecretExpired) return { code: 7000222 };
  return isSameSecret(clientSecret, client.secret) ? undefined : { code: 7000215 };
}

function findScopeError(text: string | null): Aadsts | undefined {
  if (text === null) return undefined;
  const { unknown, resourceCount, isMixedDefault } = parseScopes(text);
  if (resourceCount > 1) return { code: 700022 };
  if (unknown.length > 0 || isMixedDefault) {
    return { code: 70011, detail: `The scope ${text} is not valid.` };
  }
  return undefined;
}

function exchangeCode(core: OAuthCore, asked: Asked): Response {
  const { form, client, authority } = asked;
  const value = form.get('code');
  if (!value) return answerAadsts(core.world, { code: 900144, detail: "'code'." });
  const code = core.state.codes.get(value);
  const account = code && core.world.findAccount('outlook', code.accountId);
  if (!code || !account || code.clientId !== client.id) {
    return answerAadsts(core.world, { code: 9002313, error: 'invalid_grant' });
  }
  const error = findCodeError(core, code, form, authority);
  if (error) return answerAadsts(core.world, error);
  core.state.codes.set(value, { ...code, isUsed: true });
  return answerTokens(core, { client, account, scopes: code.scopes, nonce: code.nonce });
}

function findCodeError(
  core: OAuthCore,
  code: AuthorizationCode,
  form: URLSearchParams,
  authority: string,
): Aadsts | undefined {
  if (code.isUsed) return { code: 54005 };
  if (core.world.runtime.now() - code.createdAt > CODE_LIFETIME_MS) return { code: 70008 };
  if (authority !== code.authority) return { code: 700005 };
  const redirectUri = form.get('redirect_uri');
  if (!redirectUri) return { code: 900144, detail: "'redirect_uri'." };
  if (redirectUri !== code.redirectUri) {
    return {
      code: 50011,
      error: 'invalid_grant',
      detail: 'It is not the one the code was asked with.',
    };
  }
  if (!code.challenge) return undefined;
  const verifier = form.get('code_verifier');
  return verifier !== null && matchesChallenge(verifier, code.challenge)
    ? undefined
    : { code: 501481 };
}

function refresh(core: OAuthCore, asked: Asked): Response {
  const { form, client, authority } = asked;
  const value = form.get('refresh_token');
  if (!value) return answerAadsts(core.world, { code: 900144, detail: "'refresh_token'." });
  const token = core.state.refreshTokens.get(value);
  const account = token && core.world.findAccount('outlook', token.accountId);
  if (!token || !account || token.provider !== 'outlook' || token.clientId !== client.id) {
    return answerAadsts(core.world, { code: 70000 });
  }
  const error = findRefreshError(core, token, account, authority);
  if (error) return answerAadsts(core.world, error);
  const requested = form.get('scope');
  const wanted = requested === null ? token.scopes : parseScopes(requested).scopes;
  const granted = core.findGrant(client, account.id)?.scopes ?? [];
  const isConsented =
    core.state.adminConsents.get(client.id)?.includes(account.tenantId ?? '') ||
    wanted.every((scope) => granted.includes(scope));
  if (!isConsented) return answerAadsts(core.world, { code: 65001 });

  const isStrict = core.world.getSwitch('outlook.oauth.strict-rotation', false);
  const now = core.world.runtime.now();
  core.state.refreshTokens.set(value, {
    ...token,
    lastUsedAt: now,
    endedBy: isStrict ? 'rotated' : null,
  });
  // The chain keeps `offline_access` though the application narrows its scopes.
  const scopes = token.scopes.includes('offline_access')
    ? [...new Set([...wanted, 'offline_access'])]
    : wanted;
  return answerTokens(core, { client, account, scopes, nonce: null, replaces: token });
}

function findRefreshError(
  core: OAuthCore,
  token: RefreshToken,
  account: Account,
  authority: string,
): Aadsts | undefined {
  if (token.endedBy === 'sessions-revoked') return { code: 50173 };
  if (token.endedBy === 'consent-removed') return { code: 65001 };
  if (token.endedBy !== null) return { code: 70000 };
  const condition = core.state.conditions.get(`outlook ${account.id}`);
  if (condition) return { code: Number(condition), ...asInvalidGrant(Number(condition)) };
  if (!isAdmitted(account, authority)) return { code: 700005 };
  const now = core.world.runtime.now();
  if (token.expiresAt !== null && now > token.expiresAt) return { code: 700084 };
  if (now - token.lastUsedAt > REFRESH_IDLE_MAX_MS) {
    const issuedAt = new Date(token.issuedAt).toISOString().replace('Z', '0000Z');
    const detail = `The token was issued on ${issuedAt} and was inactive for 90.00:00:00.`;
    return { code: 700082, detail };
  }
  return undefined;
}

/** Admin consent is a page for a person; a refresh that needs it is an ended grant. */
const asInvalidGrant = (code: number) =>
  code === 90094 || code === 90095 ? { error: 'invalid_grant' } : {};

interface Issue {
  client: OAuthClient;
  account: Account;
  scopes: string[];
  nonce: string | null;
  /** The refresh token that was used, when this is a refresh. */
  replaces?: RefreshToken;
}

function answerTokens(core: OAuthCore, issue: Issue): Response {
  const { client, account, scopes, nonce } = issue;
  const { world } = core;
  const lifetimeS = world.getSwitch('outlook.oauth.access-token-lifetime-s', 3599);
  const refreshToken = scopes.includes('offline_access') ? issueRefreshToken(core, issue) : null;
  const accessToken = core.issueAccessToken(
    {
      provider: 'outlook',
      clientId: client.id,
      accountId: account.id,
      scopes,
      refreshToken,
      isOffline: refreshToken !== null,
    },
    lifetimeS,
  );
  const form = world.getSwitch('outlook.oauth.scope-form', 'short');
  const hasOffline = world.getSwitch('outlook.oauth.returns-offline-access', false);
  return answerJson(200, {
    token_type: 'Bearer',
    scope: writeScopes(scopes, form, hasOffline),
    expires_in: lifetimeS,
    ext_expires_in: lifetimeS,
    access_token: accessToken,
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    ...(scopes.includes('openid')
      ? { id_token: makeMicrosoftIdToken(core, { client, account, scopes, nonce }) }
      : {}),
  });
}

function issueRefreshToken(core: OAuthCore, issue: Issue): string {
  const { client, account, scopes, replaces } = issue;
  const now = core.world.runtime.now();
  const isSpa = client.platform === 'spa';
  const value = makeToken('outlook', 'refresh', core.world.runtime.random);
  core.state.refreshTokens.set(value, {
    provider: 'outlook',
    clientId: client.id,
    accountId: account.id,
    scopes,
    issuedAt: now,
    lastUsedAt: now,
    expiresAt: isSpa ? (replaces?.expiresAt ?? now + SPA_LIFETIME_MS) : null,
    endedBy: null,
  });
  bound(core.state.refreshTokens, REFRESH_TOKENS_KEPT_MAX);
  return value;
}
