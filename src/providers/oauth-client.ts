import * as oauth from 'oauth4webapi';
import type { ProviderConfig } from '../config.ts';
import type { Runtime } from '../runtime.ts';
import { parseJson, type Refusal, sendOnce, toProviderError } from './json-http.ts';
import { ProviderError } from './provider-error.ts';
import type { CodeExchange, Tokens } from './provider.ts';

/** How far the provider's clock may be from ours when an ID token's times are checked. */
const CLOCK_TOLERANCE_SECONDS = 60;
/** The library would read the machine's clock; its own checks of time are made to pass. */
const NO_TIME_CHECK = Number.MAX_SAFE_INTEGER;

/** What a checked ID token says, with the `iss` that was expected of it. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface OAuthClientOptions {
  label: string;
  config: ProviderConfig;
  classify(status: number, body: unknown): Refusal;
  /** The issuer that an ID token with these unchecked claims must have. */
  getIssuer(unchecked: Record<string, unknown>): string;
  runtime: Runtime;
}

export interface ExchangedCode extends Tokens {
  claims: Claims;
  /** As the provider wrote it; null when it left it out, which means "as asked". */
  scope: string | null;
}

/**
 * The two token calls, shared by the providers. Throws `ProviderError` only: `connection-revoked`
 * for a dead code or grant, `misconfigured` for a wrong client, `malformed-answer` with the code
 * `id-token-refused` when the ID token is not to be trusted.
 */
export function createOAuthClient(options: OAuthClientOptions) {
  const { config, label, runtime } = options;
  const client: oauth.Client = {
    client_id: config.clientId,
    id_token_signed_response_alg: 'RS256',
    [oauth.clockTolerance]: NO_TIME_CHECK,
  };
  const authentication = oauth.ClientSecretPost(config.clientSecret);
  const httpOptions = {
    [oauth.customFetch]: createFetch(label, runtime),
    // `sendOnce` holds plain http to this machine, for these calls and all others.
    [oauth.allowInsecureRequests]: true,
  };

  return {
    async exchangeCode(request: CodeExchange): Promise<ExchangedCode> {
      const server = describeServer(config, config.issuer);
      const parameters = oauth.validateAuthResponse(
        server,
        client,
        new URLSearchParams({ code: request.code }),
        // State is bound to the session, where the callback is answered.
        oauth.skipStateCheck,
      );
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        parameters,
        request.redirectUri,
        request.codeVerifier,
        httpOptions,
      );
      const body = await readTokenBody(options, response.clone());
      const issuer = options.getIssuer(readUncheckedClaims(body));
      return guard(label, async () => {
        // Made anew each time: no key is trusted that the provider does not publish now.
        const issuing = describeServer(config, issuer);
        const answer = await oauth.processAuthorizationCodeResponse(issuing, client, response, {
          expectedNonce: request.nonce,
          requireIdToken: true,
        });
        await oauth.validateApplicationLevelSignature(issuing, response, httpOptions);
        const claims = oauth.getValidatedIdTokenClaims(answer);
        if (!claims) throw new Error('there is none');
        checkTimes(claims, runtime.now() / 1000);
        return { ...toTokens(answer), claims, scope: answer.scope ?? null };
      });
    },

    async refreshTokens(refreshToken: string): Promise<Tokens> {
      const server = describeServer(config, config.issuer);
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        authentication,
        refreshToken,
        httpOptions,
      );
      const body = await readTokenBody(options, response);
      // An ID token that comes along proves nothing new and is not read.
      const { id_token: _, ...tokens } = body;
      return guard(label, async () => {
        const answer = Response.json(tokens);
        return toTokens(await oauth.processRefreshTokenResponse(server, client, answer));
      });
    },
  };
}

/** The library's fetch, through the one place that may speak to the network. */
function createFetch(label: string, runtime: Runtime) {
  return async (
    url: string,
    { method, headers, body }: oauth.CustomFetchOptions<string, unknown>,
  ): Promise<Response> => {
    const answer = await sendOnce(runtime, label, {
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      headers,
      ...(body instanceof URLSearchParams && { body: body.toString() }),
    });
    // A page of keys that is missing for a moment says nothing about the token.
    if (method === 'GET' && (answer.status >= 500 || answer.status === 429)) {
      const refusal = { kind: 'unavailable', code: null, detail: null } as const;
      throw toProviderError(refusal, `${label}: the request for keys`, answer, runtime);
    }
    const known = Object.entries(answer.headers).filter((one): one is [string, string] =>
      Boolean(one[1]),
    );
    const isBodiless = answer.status === 204 || answer.status === 304;
    return new Response(isBodiless ? null : answer.body, {
      status: answer.status,
      headers: known,
    });
  };
}

async function readTokenBody(
  { label, classify, runtime }: OAuthClientOptions,
  response: Response,
): Promise<Record<string, unknown>> {
  const text = await response.text();
  const body = parseJson(text);
  const { status } = response;
  if (status !== 200) {
    const headers = Object.fromEntries(response.headers);
    const what = `${label}: the request for tokens`;
    throw toProviderError(classify(status, body), what, { status, headers, body: text }, runtime);
  }
  if (isObject(body)) return body;
  throw new ProviderError('malformed-answer', `${label}'s token endpoint did not answer JSON.`);
}

/** Read only to choose the issuer to compare with; nothing is believed before the signature. */
function readUncheckedClaims({ id_token: token }: Record<string, unknown>) {
  const payload = typeof token === 'string' ? (token.split('.')[1] ?? '') : '';
  const claims = parseJson(Buffer.from(payload, 'base64url').toString());
  return isObject(claims) ? claims : {};
}

function checkTimes(claims: oauth.IDToken, nowSeconds: number): void {
  if (claims.exp <= nowSeconds - CLOCK_TOLERANCE_SECONDS) throw new Error('it has expired');
  const begin = Math.max(claims.iat, claims.nbf ?? 0);
  if (begin > nowSeconds + CLOCK_TOLERANCE_SECONDS) throw new Error('it is not valid yet');
}

/** The library's errors carry whole tokens in `cause`; only its own sentence goes on. */
async function guard<T>(label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new ProviderError(
      'malformed-answer',
      `${label}'s answer with tokens was refused: ${reason}.`,
      { code: 'id-token-refused' },
    );
  }
}

function toTokens(answer: oauth.TokenEndpointResponse): Tokens {
  if (answer.token_type !== 'bearer') throw new Error('it is not a bearer token');
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    expiresInSeconds: answer.expires_in ?? ACCESS_TOKEN_SECONDS,
  };
}

/** `expires_in` is only recommended; both providers' tokens live about an hour. */
const ACCESS_TOKEN_SECONDS = 3600;

const describeServer = (config: ProviderConfig, issuer: string): oauth.AuthorizationServer => ({
  issuer,
  token_endpoint: config.tokenUrl,
  jwks_uri: config.keysUrl,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
