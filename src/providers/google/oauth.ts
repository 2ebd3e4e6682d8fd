import type { ProviderConfig } from '../../config.ts';
import type { Runtime } from '../../runtime.ts';
import { parseJson, sendOnce, toProviderError } from '../json-http.ts';
import { createOAuthClient } from '../oauth-client.ts';
import type { AuthorizeRequest, CodeExchange, NewGrant, Provider } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { classifyTokenRefusal } from './errors.ts';

/** What the product cannot do without, in words for people. Source: choose Calendar API scopes. */
const neededScopes = {
  'https://www.googleapis.com/auth/calendar.calendarlist.readonly':
    'See the list of your calendars',
  'https://www.googleapis.com/auth/calendar.events': 'See and edit events on your calendars',
};
const scope = ['openid', 'email', ...Object.keys(neededScopes)].join(' ');

type GoogleOAuth = Pick<
  Provider,
  'buildAuthorizeUrl' | 'exchangeCode' | 'refreshTokens' | 'revokeGrant'
>;

export function createGoogleOAuth(config: ProviderConfig, runtime: Runtime): GoogleOAuth {
  const client = createOAuthClient({
    label: 'Google',
    config,
    classify: classifyTokenRefusal,
    // Google writes its name with and without the scheme. Source: OpenID Connect, `iss`.
    getIssuer: ({ iss }) =>
      `https://${String(iss)}` === config.issuer ? String(iss) : config.issuer,
    runtime,
  });
  return {
    buildAuthorizeUrl: (request) => buildAuthorizeUrl(config, request),
    async exchangeCode(request: CodeExchange): Promise<NewGrant> {
      const { claims, scope: granted, ...tokens } = await client.exchangeCode(request);
      if (typeof claims.email !== 'string') {
        throw new ProviderError('malformed-answer', 'Google named no address of the account.');
      }
      const grantedScopes = (granted ?? scope).split(' ').filter(Boolean);
      return {
        ...tokens,
        account: { id: claims.sub, email: claims.email },
        grantedScopes,
        missingPermissions: Object.entries(neededScopes)
          .filter(([needed]) => !grantedScopes.includes(needed))
          .map(([, words]) => words),
      };
    },
    refreshTokens: client.refreshTokens,
    revokeGrant: (refreshToken) => revokeGrant(config, runtime, refreshToken),
  };
}

/**
 * Consent is forced only on request: each forced one takes a place among the 100 refresh tokens
 * that an account may have. Source: OAuth web server guide; OAuth overview, refresh token limits.
 */
function buildAuthorizeUrl(config: ProviderConfig, request: AuthorizeRequest): URL {
  const url = new URL(config.authorizeUrl);
  const prompts = [
    // Whom we do not expect chooses: a browser signed in to one account would never offer another.
    ...(request.loginHint ? [] : ['select_account']),
    ...(request.forceConsent ? ['consent'] : []),
  ];
  const parameters = {
    client_id: config.clientId,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope,
    access_type: 'offline',
    state: request.state,
    nonce: request.nonce,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    ...(prompts.length > 0 && { prompt: prompts.join(' ') }),
    ...(request.loginHint && { login_hint: request.loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/** Takes every scope that the user gave the project. Source: OAuth web server guide, revoke. */
async function revokeGrant(
  { revokeUrl }: ProviderConfig,
  runtime: Runtime,
  refreshToken: string,
): Promise<void> {
  if (!revokeUrl) return;
  const response = await sendOnce(runtime, 'Google', {
    method: 'POST',
    url: revokeUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: refreshToken }).toString(),
  });
  if (response.status === 200) return;
  const refusal = classifyTokenRefusal(response.status, parseJson(response.body));
  // Already dead, which is what was wanted.
  if (refusal.code === 'invalid_token' || refusal.kind === 'connection-revoked') return;
  throw toProviderError(refusal, 'Google: the request to revoke', response, runtime);
}
