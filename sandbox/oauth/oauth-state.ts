import type { OAuthClient } from '../seed.ts';
import type { ProviderName } from '../world.ts';

/** A code on its way from the redirect to the token endpoint. */
export interface AuthorizationCode {
  clientId: string;
  accountId: string;
  redirectUri: string;
  scopes: string[];
  createdAt: number;
  isUsed: boolean;
  challenge: { method: 'S256' | 'plain'; value: string } | null;
  nonce: string | null;
  /** Whether redeeming it yields a refresh token. */
  isOffline: boolean;
  /** Google's `include_granted_scopes`. */
  includesGranted: boolean;
  /** Microsoft: the authority it was asked at, and must be redeemed at. */
  authority: string | null;
}

export interface AccessToken {
  provider: ProviderName;
  clientId: string;
  accountId: string;
  scopes: string[];
  expiresAt: number;
  /** Google revokes the two together. */
  refreshToken: string | null;
  isOffline: boolean;
}

export interface RefreshToken {
  provider: ProviderName;
  clientId: string;
  accountId: string;
  scopes: string[];
  issuedAt: number;
  lastUsedAt: number;
  /** Google's time-limited access, and Microsoft's 24 hours for a single-page app. */
  expiresAt: number | null;
  /** Why it no longer works; null while it does. */
  endedBy: 'revoked' | 'sessions-revoked' | 'consent-removed' | 'rotated' | 'too-many' | null;
}

/** What a person has allowed an application. */
export interface Grant {
  scopes: string[];
  grantedAt: number;
  hasRefreshToken: boolean;
}

/** A visit to the authorization endpoint that waits for the person's answer. */
interface Flow {
  provider: ProviderName;
  sessionId: string;
  query: string;
  authority: string;
  accountId: string | null;
  createdAt: number;
}

/** All that both authorization servers remember. */
export interface OAuthState {
  clients: Map<string, OAuthClient>;
  codes: Map<string, AuthorizationCode>;
  accessTokens: Map<string, AccessToken>;
  refreshTokens: Map<string, RefreshToken>;
  grants: Map<string, Grant>;
  flows: Map<string, Flow>;
  /** A browser's session: the ids of the accounts that signed in there. */
  sessions: Map<string, string[]>;
  /** What stands between an account and a token: an AADSTS code, `invalid_rapt`, … */
  conditions: Map<string, string>;
  /** Microsoft tenants whose administrator consented, by client. */
  adminConsents: Map<string, string[]>;
}

export const createOAuthState = (): OAuthState => ({
  clients: new Map(),
  codes: new Map(),
  accessTokens: new Map(),
  refreshTokens: new Map(),
  grants: new Map(),
  flows: new Map(),
  sessions: new Map(),
  conditions: new Map(),
  adminConsents: new Map(),
});

export const clientKey = (provider: ProviderName, clientId: string) => `${provider} ${clientId}`;

/** Plain JSON: each map as its entries. */
export function snapshotOAuthState(state: OAuthState): unknown {
  return Object.fromEntries(Object.entries(state).map(([name, map]) => [name, [...map]]));
}

/** Puts a snapshot back in place of what is there. */
export function restoreOAuthState(state: OAuthState, snapshot: unknown): void {
  const saved = snapshot as Record<string, [string, never][]>;
  for (const [name, map] of Object.entries(state) as [string, Map<string, unknown>][]) {
    map.clear();
    for (const [key, value] of saved[name] ?? []) map.set(key, value);
  }
}

/** Microsoft makes one more with each refresh, so the oldest of all are forgotten at some point. */
export const REFRESH_TOKENS_KEPT_MAX = 20_000;

/** Forgets the oldest entries of a map that has grown past `countMax`. */
export function bound(map: Map<string, unknown>, countMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= countMax) return;
    map.delete(key);
  }
}
