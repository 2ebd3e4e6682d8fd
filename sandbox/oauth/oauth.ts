import { timingSafeEqual } from 'node:crypto';
import { makeToken, randomText } from './tokens.ts';
import { getSharedSigningKey, parseSigningKey } from './signing-key.ts';
import type { SigningKey } from './signing-key.ts';
import {
  bound,
  clientKey,
  createOAuthState,
  restoreOAuthState,
  snapshotOAuthState,
} from './oauth-state.ts';
import type { AccessToken, Grant, OAuthState } from './oauth-state.ts';
import type { OAuthClient } from '../seed.ts';
import type { Account, Caller, ProviderName, World } from '../world.ts';

/** What both authorization servers work with. */
export interface OAuthCore {
  world: World;
  state: OAuthState;
  getSigningKey(): SigningKey;
  findClient(provider: ProviderName, clientId: string | null): OAuthClient | undefined;
  addClient(client: OAuthClient): void;
  findCaller(provider: ProviderName, accessToken: string | null): Caller | null;
  issueAccessToken(token: Omit<AccessToken, 'expiresAt'>, lifetimeS: number): string;
  findGrant(client: OAuthClient, accountId: string): Grant | undefined;
  putGrant(client: OAuthClient, accountId: string, grant: Grant): void;
  removeGrant(client: OAuthClient, accountId: string): void;
  /** Forgets all but the signing key. */
  clear(): void;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

/** `*` is any method. The name is what the call record says. */
export type OAuthRoute = readonly [
  method: 'GET' | 'POST' | '*',
  path: RegExp,
  operation: string,
  answer: (core: OAuthCore, request: Request) => Response | Promise<Response>,
];

/** More live access tokens than this and the oldest are forgotten. */
const ACCESS_TOKEN_COUNT_MAX = 20_000;

export function createOAuthCore(world: World): OAuthCore {
  const state = createOAuthState();
  let signingKey: SigningKey | undefined;
  const getSigningKey = () => (signingKey ??= getSharedSigningKey());

  return {
    world,
    state,
    getSigningKey,
    findClient: (provider, clientId) => state.clients.get(clientKey(provider, clientId ?? '')),
    addClient(client) {
      for (const uri of client.redirectUris) assertRedirectUri(uri);
      state.clients.set(clientKey(client.provider, client.id), client);
    },
    findCaller(provider, accessToken) {
      const token = accessToken === null ? undefined : state.accessTokens.get(accessToken);
      if (!token || token.provider !== provider) return null;
      const account = world.findAccount(provider, token.accountId);
      if (!account || token.expiresAt <= world.runtime.now()) return null;
      return { account, clientId: token.clientId, scopes: token.scopes };
    },
    issueAccessToken(token, lifetimeS) {
      const value = makeToken(token.provider, 'access', world.runtime.random);
      const expiresAt = world.runtime.now() + lifetimeS * 1000;
      state.accessTokens.set(value, { ...token, expiresAt });
      bound(state.accessTokens, ACCESS_TOKEN_COUNT_MAX);
      return value;
    },
    findGrant: (client, accountId) => state.grants.get(grantKey(client, accountId)),
    putGrant: (client, accountId, grant) => state.grants.set(grantKey(client, accountId), grant),
    removeGrant: (client, accountId) => state.grants.delete(grantKey(client, accountId)),
    clear() {
      for (const map of Object.values(state)) map.clear();
    },
    snapshot: () => ({ ...snapshotOAuth(state), signingKey: signingKey?.privatePem ?? null }),
    restore(snapshot) {
      restoreOAuthState(state, snapshot);
      const { signingKey: pem } = snapshot as { signingKey: string | null };
      signingKey = pem === null ? undefined : parseSigningKey(pem);
    },
  };
}

const snapshotOAuth = (state: OAuthState) => snapshotOAuthState(state) as Record<string, unknown>;

/** Google's consent is given to a project, Microsoft's to an application. */
export const projectOf = (client: OAuthClient) => client.projectId ?? client.id;

const grantKey = (client: OAuthClient, accountId: string) =>
  `${client.provider} ${projectOf(client)} ${accountId}`;

/**
 * Redirect addresses use HTTPS except on this machine, and have no fragment, user or wildcard.
 *
 * Source: Google's OAuth web-server guide, redirect URI validation rules
 */
function assertRedirectUri(uri: string): void {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  const isLoopback = url !== null && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const isFit =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) &&
    !uri.includes('#') &&
    !uri.includes('*') &&
    !url.username &&
    (isLoopback || !/^[\d.]+$|^\[/.test(url.hostname));
  if (!isFit) throw new Error(`not a redirect address that a provider would register: ${uri}`);
}

/** The session of the browser, and whether the cookie must be set. */
export function openSession(core: OAuthCore, request: Request): { id: string; isNew: boolean } {
  const id = findSessionId(request);
  if (id !== null && core.state.sessions.has(id)) return { id, isNew: false };
  const fresh = randomText(core.world.runtime.random, 32);
  core.state.sessions.set(fresh, []);
  bound(core.state.sessions, 1_000);
  return { id: fresh, isNew: true };
}

const SESSION_COOKIE = 'sandbox_signed_in';

export function findSessionId(request: Request): string | null {
  const cookies = request.headers.get('cookie') ?? '';
  return new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w-]{32})(?:;|$)`).exec(cookies)?.[1] ?? null;
}

export const makeSessionCookie = (id: string) =>
  `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000`;

/** Remembers that `account` has signed in in this browser, as `prompt=none` needs. */
export function rememberAccount(core: OAuthCore, sessionId: string, account: Account): void {
  const known = core.state.sessions.get(sessionId) ?? [];
  if (!known.includes(account.id)) core.state.sessions.set(sessionId, [...known, account.id]);
}

/** The form of a token request and who sent it: `client_secret_post` or HTTP Basic. */
export interface TokenRequest {
  form: URLSearchParams;
  clientId: string | null;
  clientSecret: string | null;
}

/** Reads a form post; null if the body is anything else. */
export async function readTokenRequest(request: Request): Promise<TokenRequest | null> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded/i.test(contentType)) return null;
  const form = new URLSearchParams(await request.text());
  const basic = /^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (basic === undefined) {
    return { form, clientId: form.get('client_id'), clientSecret: form.get('client_secret') };
  }
  // RFC 6749 2.3.1: both halves are form-encoded before they are joined.
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
  return { form, clientId: decodeFormText(id), clientSecret: decodeFormText(secret) };
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

export function isSameSecret(given: string, kept: string): boolean {
  const [one, two] = [Buffer.from(given), Buffer.from(kept)];
  return one.length === two.length && timingSafeEqual(one, two);
}

/** The access token of `Authorization: Bearer …`. */
export const findBearerToken = (request: Request) =>
  /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;

export function answerJson(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    },
  });
}

export const redirectTo = (location: string, headers: Record<string, string> = {}) =>
  new Response(null, {
    status: 302,
    headers: { location, 'cache-control': 'no-store', ...headers },
  });

/** Adds parameters without touching what the registered address already has. */
export function addParameters(uri: string, parameters: Record<string, string | null>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null) url.searchParams.set(name, value);
  }
  return url.href;
}
