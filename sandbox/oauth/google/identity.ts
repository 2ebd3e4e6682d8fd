import { createHash } from 'node:crypto';
import { answerJson, findBearerToken } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { spellOut } from './scopes.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';

const ISSUER = 'https://accounts.google.com';
const ID_TOKEN_LIFETIME_S = 3600;

interface Subject {
  client: OAuthClient;
  account: Account;
  scopes: readonly string[];
  nonce: string | null;
  accessToken: string;
}

/** Source: google-auth-library, `TokenPayload` */
export function makeGoogleIdToken(core: OAuthCore, subject: Subject): string {
  const { client, account, nonce, accessToken } = subject;
  const issuedAtS = Math.floor(core.world.runtime.now() / 1000);
  const profile = readProfile(subject.account, subject.scopes);
  const { id: _, verified_email: isVerified, ...claims } = profile;
  const hash = createHash('sha256').update(accessToken).digest().subarray(0, 16);
  return core.getSigningKey().signJwt({
    iss: ISSUER,
    azp: client.id,
    aud: client.id,
    sub: account.id,
    ...claims,
    ...(isVerified ? { email_verified: true } : {}),
    at_hash: hash.toString('base64url'),
    ...(nonce === null ? {} : { nonce }),
    iat: issuedAtS,
    exp: issuedAtS + ID_TOKEN_LIFETIME_S,
  });
}

/** What the scopes let an application know, under the names of userinfo v2. */
function readProfile(account: Account, scopes: readonly string[]) {
  const given = account.name.split(' ')[0] ?? account.name;
  const family = account.name.split(' ').slice(1).join(' ');
  const knows = (scope: string) => scopes.some((granted) => spellOut(granted) === spellOut(scope));
  return {
    id: account.id,
    ...(knows('email') ? { email: account.email, verified_email: true } : {}),
    ...(knows('profile')
      ? { name: account.name, given_name: given, ...(family ? { family_name: family } : {}) }
      : {}),
    ...(account.tenantId === null ? {} : { hd: account.tenantId }),
  };
}

/** `GET /oauth2/v2/userinfo`. Source: oauth2 v2 discovery document, `userinfo.get` */
export function answerGoogleUserInfo(core: OAuthCore, request: Request): Response {
  const caller = core.findCaller('google', findBearerToken(request));
  if (caller) return answerJson(200, readProfile(caller.account, caller.scopes));
  const message =
    'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';
  return answerJson(401, { error: { code: 401, message, status: 'UNAUTHENTICATED' } });
}

/** `/tokeninfo`, with the access token in the query, the form or the header. */
export async function answerGoogleTokenInfo(core: OAuthCore, request: Request): Promise<Response> {
  const form = new URLSearchParams(request.method === 'POST' ? await request.text() : '');
  const query = new URL(request.url).searchParams;
  const value =
    query.get('access_token') ?? form.get('access_token') ?? findBearerToken(request) ?? '';
  const token = core.state.accessTokens.get(value);
  const caller = core.findCaller('google', value);
  if (!token || !caller) {
    return answerJson(400, { error: 'invalid_token', error_description: 'Invalid Value' });
  }
  const isAddressKnown = caller.scopes.some((scope) => scope.endsWith('email'));
  const lifetimeMs = token.expiresAt - core.world.runtime.now();
  return answerJson(200, {
    azp: token.clientId,
    aud: token.clientId,
    sub: caller.account.id,
    scope: caller.scopes.join(' '),
    exp: String(Math.floor(token.expiresAt / 1000)),
    expires_in: String(Math.floor(lifetimeMs / 1000)),
    ...(isAddressKnown ? { email: caller.account.email, email_verified: 'true' } : {}),
    access_type: token.isOffline ? 'offline' : 'online',
  });
}

/** The key that signs ID tokens, as a key set (`v3`) or by its id in PEM (`v1`). */
export function answerGoogleCerts(core: OAuthCore, version: 'v1' | 'v3'): Response {
  const { keyId, publicJwk, publicPem } = core.getSigningKey();
  const headers = { 'cache-control': 'public, max-age=19800, must-revalidate' };
  const body = version === 'v3' ? { keys: [publicJwk] } : { [keyId]: publicPem };
  return answerJson(200, body, headers);
}

/** Source: OpenID Connect discovery; addresses are those at which this sandbox answers. */
export function answerGoogleDiscovery(origin: string): Response {
  return answerJson(200, {
    issuer: ISSUER,
    authorization_endpoint: `${origin}/o/oauth2/v2/auth`,
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/oauth2/v2/userinfo`,
    revocation_endpoint: `${origin}/revoke`,
    jwks_uri: `${origin}/oauth2/v3/certs`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    code_challenge_methods_supported: ['plain', 'S256'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
  });
}
