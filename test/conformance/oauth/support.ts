import { createHash, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Sandbox, SandboxOptions } from '../../../sandbox/sandbox.ts';
import { defaultClients } from '../../../sandbox/seed.ts';
import type { ProviderName } from '../../../sandbox/world.ts';

export const ORIGIN = 'http://sandbox.test';
export const VERIFIER = 'a-verifier-that-is-long-enough-to-be-a-verifier-1';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const CALENDAR = 'https://www.googleapis.com/auth/calendar.events';
export const CALENDAR_LIST = 'https://www.googleapis.com/auth/calendar.calendarlist.readonly';
export const ANNA = {
  google: 'anna.berg@gmail.sandbox',
  outlook: 'anna@northwind.onmicrosoft.sandbox',
} as const;

const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

/** A sandbox whose clock the test moves. */
export function createTimedSandbox(options: SandboxOptions = {}) {
  let now = Date.UTC(2026, 10, 2, 9);
  const sandbox = createSandbox({ ...options, runtime: { now: () => now, ...options.runtime } });
  return {
    sandbox,
    wait(durationMs: number) {
      now += durationMs;
    },
  };
}

export const redirectUri = (provider: ProviderName) =>
  `http://127.0.0.1:4700/api/calendar/${provider}/callback`;

type Parameters = Record<string, string | undefined>;

const toQuery = (parameters: Parameters) =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );

/** The address an application sends the browser to. A member of `undefined` is left out. */
export function authorizeUrl(provider: ProviderName, changed: Parameters = {}, tenant = 'common') {
  const shared = {
    client_id: defaultClients[provider].id,
    redirect_uri: redirectUri(provider),
    response_type: 'code',
    state: 'state-1',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    nonce: 'nonce-1',
  };
  const scope = {
    google: `openid email ${CALENDAR_LIST} ${CALENDAR}`,
    outlook: 'openid email offline_access User.Read Calendars.ReadWrite',
  }[provider];
  const own = provider === 'google' ? { access_type: 'offline' } : {};
  const path = provider === 'google' ? '/o/oauth2/v2/auth' : `/${tenant}/oauth2/v2.0/authorize`;
  return `${ORIGIN}${path}?${toQuery({ ...shared, scope, ...own, ...changed })}`;
}

/** Posts a form as a client does. */
export function post(
  sandbox: Sandbox,
  path: string,
  form: Parameters,
  headers: Record<string, string> = {},
): Promise<Response> {
  return sandbox.fetch(
    new Request(ORIGIN + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: toQuery(form).toString(),
    }),
  );
}

const tokenPath = (provider: ProviderName, tenant = 'common') =>
  provider === 'google' ? '/token' : `/${tenant}/oauth2/v2.0/token`;

export const exchange = (
  sandbox: Sandbox,
  provider: ProviderName,
  changed: Parameters,
  tenant?: string,
) =>
  post(sandbox, tokenPath(provider, tenant), {
    grant_type: 'authorization_code',
    client_id: defaultClients[provider].id,
    client_secret: defaultClients[provider].secret,
    redirect_uri: redirectUri(provider),
    code_verifier: VERIFIER,
    ...changed,
  });

export const refresh = (
  sandbox: Sandbox,
  provider: ProviderName,
  refreshToken: string,
  changed: Parameters = {},
  tenant?: string,
) =>
  post(sandbox, tokenPath(provider, tenant), {
    grant_type: 'refresh_token',
    client_id: defaultClients[provider].id,
    client_secret: defaultClients[provider].secret,
    refresh_token: refreshToken,
    ...changed,
  });

/** Members that the tests look at; a real answer has no others of interest. */
export interface TokenAnswer {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  scope: string;
  expires_in: number;
  token_type: string;
  refresh_token_expires_in?: number;
}

export interface OAuthFailure {
  error: string;
  error_description: string;
  error_subtype?: string;
  error_codes?: number[];
  suberror?: string;
  claims?: string;
  trace_id?: string;
  correlation_id?: string;
  timestamp?: string;
}

export const readTokens = async (response: Response) => (await response.json()) as TokenAnswer;
export const readFailure = async (response: Response) => (await response.json()) as OAuthFailure;

/** Walks consent and redeems the code. */
export async function connect(
  sandbox: Sandbox,
  provider: ProviderName,
  changed: Parameters = {},
  email: string = ANNA[provider],
): Promise<TokenAnswer> {
  const code = await getCode(sandbox, provider, changed, email);
  return readTokens(
    await exchange(sandbox, provider, {
      code,
      client_id: changed.client_id ?? defaultClients[provider].id,
    }),
  );
}

export async function getCode(
  sandbox: Sandbox,
  provider: ProviderName,
  changed: Parameters = {},
  email: string = ANNA[provider],
): Promise<string> {
  const location = await sandbox.consent(authorizeUrl(provider, changed), { email });
  const code = new URL(location).searchParams.get('code');
  if (code === null) throw new Error(`no code in ${location}`);
  return code;
}

/** The claims of an ID token, after its signature was checked with the published key. */
export async function readIdToken(
  sandbox: Sandbox,
  provider: ProviderName,
  idToken: string,
): Promise<Record<string, unknown>> {
  const path = provider === 'google' ? '/oauth2/v3/certs' : '/common/discovery/v2.0/keys';
  const answer = await sandbox.fetch(new Request(ORIGIN + path));
  const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const [head = '', body = '', signature = ''] = idToken.split('.');
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as {
    kid: string;
    alg: string;
  };
  const key = keys.find((candidate) => candidate.kid === kid);
  if (alg !== 'RS256' || !key) throw new Error('the ID token names no published key');
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) throw new Error('the signature of the ID token is wrong');
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
}
