import { createHash } from 'node:crypto';
import { answerJson, findBearerToken } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { findAuthority } from './authority.ts';
import { endMicrosoftGrants } from './end-grants.ts';
import { answerAadsts } from './errors.ts';
import { PERSONAL_TENANT_ID } from '../../seed.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';

const ID_TOKEN_LIFETIME_S = 3600;
const LOGIN = 'https://login.microsoftonline.com';

interface Subject {
  client: OAuthClient;
  account: Account;
  scopes: readonly string[];
  nonce: string | null;
}

/** Source: ID token claims reference */
export function makeMicrosoftIdToken(core: OAuthCore, subject: Subject): string {
  const { client, account, scopes, nonce } = subject;
  const issuedAtS = Math.floor(core.world.runtime.now() / 1000);
  const hasProfile = scopes.includes('profile') || scopes.includes('openid');
  return core.getSigningKey().signJwt({
    ver: '2.0',
    iss: `${LOGIN}/${account.tenantId}/v2.0`,
    aud: client.id,
    sub: makePairwiseSubject(client, account),
    tid: account.tenantId,
    oid: account.id,
    ...(hasProfile ? { name: account.name, preferred_username: account.email } : {}),
    ...(scopes.includes('email') ? { email: account.email } : {}),
    ...(nonce === null ? {} : { nonce }),
    iat: issuedAtS,
    nbf: issuedAtS,
    exp: issuedAtS + ID_TOKEN_LIFETIME_S,
  });
}

/** Another one for each application. Source: OIDC on the platform, `subject_types_supported` */
const makePairwiseSubject = (client: OAuthClient, account: Account) =>
  createHash('sha256').update(`${client.id} ${account.id}`).digest('base64url');

/** `GET /oidc/userinfo` of Graph. */
export function answerMicrosoftUserInfo(core: OAuthCore, request: Request): Response {
  const caller = core.findCaller('outlook', findBearerToken(request));
  if (!caller) {
    const error = { code: 'InvalidAuthenticationToken', message: 'Access token is empty.' };
    return answerJson(401, { error });
  }
  const { account, scopes, clientId } = caller;
  const client = core.findClient('outlook', clientId);
  const [givenName, ...familyNames] = account.name.split(' ');
  return answerJson(200, {
    sub: client ? makePairwiseSubject(client, account) : account.id,
    name: account.name,
    given_name: givenName,
    family_name: familyNames.join(' '),
    ...(scopes.includes('email') ? { email: account.email } : {}),
    picture: 'https://graph.microsoft.com/v1.0/me/photo/$value',
  });
}

/**
 * `POST /me/revokeSignInSessions` of Graph: ends every application's refresh tokens of the caller.
 *
 * Source: user: revokeSignInSessions
 */
export function revokeSignInSessions(core: OAuthCore, request: Request): Response {
  const caller = core.findCaller('outlook', findBearerToken(request));
  if (!caller) {
    const error = { code: 'InvalidAuthenticationToken', message: 'Access token is empty.' };
    return answerJson(401, { error });
  }
  if (!caller.scopes.includes('User.RevokeSessions.All')) {
    const message = 'Insufficient privileges to complete the operation.';
    return answerJson(403, { error: { code: 'Authorization_RequestDenied', message } });
  }
  endMicrosoftGrants(core, caller.account.id, 'sessions-revoked');
  return answerJson(200, { value: true });
}

export const answerMicrosoftKeys = (core: OAuthCore) =>
  answerJson(200, { keys: [core.getSigningKey().publicJwk] });

/** Endpoint addresses are those at which this sandbox answers; the issuer is the real one. */
export function answerMicrosoftDiscovery(core: OAuthCore, request: Request): Response {
  const { origin, pathname } = new URL(request.url);
  const segment = decodeURIComponent(pathname.split('/')[1] ?? '');
  const authority = findAuthority(core, segment);
  if (authority === undefined) {
    return answerAadsts(core.world, { code: 90002, detail: `Tenant '${segment}'.` });
  }
  const issuerTenants: Record<string, string> = {
    common: '{tenantid}',
    organizations: '{tenantid}',
    consumers: PERSONAL_TENANT_ID,
  };
  const base = `${origin}/${segment}`;
  return answerJson(200, {
    issuer: `${LOGIN}/${issuerTenants[authority] ?? authority}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    userinfo_endpoint: `${origin}/oidc/userinfo`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  });
}
