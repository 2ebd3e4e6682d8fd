import type { ProviderConfig } from '../../config.ts';
import type { Runtime } from '../../runtime.ts';
import { type Claims, createOAuthClient } from '../oauth-client.ts';
import type {
  AccessToken,
  AuthorizeRequest,
  CodeExchange,
  NewGrant,
  Provider,
} from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { classifyTokenRefusal } from './errors.ts';
import { type OutlookHttp, userAnswer } from './http.ts';

/** What the product cannot do without, in words for people. */
const neededScopes = { 'Calendars.ReadWrite': 'See and edit your calendars' };
/** Source: permissions reference; a refresh token comes only with `offline_access`. */
const askedScopes = [
  'openid',
  'email',
  'offline_access',
  'User.Read',
  ...Object.keys(neededScopes),
];
const scope = askedScopes.join(' ');

const isGuid = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);

type OutlookOAuth = Pick<
  Provider,
  'buildAuthorizeUrl' | 'exchangeCode' | 'refreshTokens' | 'revokeGrant'
>;

export function createOutlookOAuth(
  config: ProviderConfig,
  http: OutlookHttp,
  runtime: Runtime,
): OutlookOAuth {
  const client = createOAuthClient({
    label: 'Microsoft',
    config,
    classify: classifyTokenRefusal,
    // Each tenant issues under its own name. Source: OpenID Connect, `issuer` of `common`.
    getIssuer: ({ tid }) =>
      isGuid(tid) ? config.issuer.replace('{tenantid}', tid) : config.issuer,
    runtime,
  });
  return {
    buildAuthorizeUrl: (request) => buildAuthorizeUrl(config, request),
    async exchangeCode(request: CodeExchange): Promise<NewGrant> {
      const { claims, scope: granted, ...tokens } = await client.exchangeCode(request);
      const { tid, oid } = claims;
      if (!isGuid(tid) || typeof oid !== 'string') {
        throw new ProviderError('malformed-answer', 'Microsoft named no tenant or no person.');
      }
      const grantedScopes = readScopes(granted ?? scope);
      return {
        ...tokens,
        account: { id: `${tid}.${oid}`, email: await getEmail(http, tokens.accessToken, claims) },
        grantedScopes,
        missingPermissions: Object.entries(neededScopes)
          .filter(([needed]) => !grantedScopes.includes(needed))
          .map(([, words]) => words),
      };
    },
    refreshTokens: client.refreshTokens,
    // Microsoft has no such endpoint; people end a grant at myapps or account.live.com.
    revokeGrant: () => Promise.resolve(),
  };
}

/** Source: v2.0 authorization code flow. */
function buildAuthorizeUrl(config: ProviderConfig, request: AuthorizeRequest): URL {
  const url = new URL(config.authorizeUrl);
  // One word only, and `select_account` never beside a hint (AADSTS90005). Whom we do not expect
  // chooses: a browser signed in to one account would never offer another.
  const prompt = request.forceConsent ? 'consent' : request.loginHint ? null : 'select_account';
  const parameters = {
    client_id: config.clientId,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    response_mode: 'query',
    scope,
    state: request.state,
    nonce: request.nonce,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    ...(prompt && { prompt }),
    ...(request.loginHint && { login_hint: request.loginHint }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/** Answers come with or without the resource, in any case; ours are given back as we write them. */
function readScopes(granted: string): string[] {
  return granted
    .split(' ')
    .filter(Boolean)
    .map((one) => one.replace(/^https:\/\/graph\.microsoft\.com\//i, ''))
    .map((one) => askedScopes.find((asked) => asked.toLowerCase() === one.toLowerCase()) ?? one);
}

/** The claim is absent when the account has no address in the directory. Source: OIDC scopes. */
async function getEmail(
  http: OutlookHttp,
  accessToken: AccessToken,
  claims: Claims,
): Promise<string> {
  if (typeof claims.email === 'string' && claims.email) return claims.email;
  const where = { path: '/me', query: { $select: 'mail,userPrincipalName' } };
  const user = await http.call(
    { method: 'GET', where, accessToken, subject: 'calendar' },
    userAnswer,
  );
  const email = user.mail || user.userPrincipalName;
  if (email) return email;
  throw new ProviderError('malformed-answer', 'Microsoft named no address of the account.');
}
