import { addParameters } from '../oauth.ts';
import type { OAuthCore } from '../oauth.ts';
import { bound } from '../oauth-state.ts';
import { readChallenge } from '../pkce.ts';
import { makeToken } from '../tokens.ts';
import { findLiveGrant } from './live-grant.ts';
import { isSignInScope, spellOut } from './scopes.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';

/** An authorization request that has passed the checks of the endpoint. */
export interface Question {
  query: URLSearchParams;
  client: OAuthClient;
  redirectUri: string;
  state: string | null;
  /** Spelled out, each once. */
  scopes: string[];
  prompts: string[];
}

/** Reads a request that `findRefusal` let through. */
export function readQuestion(core: OAuthCore, query: URLSearchParams): Question {
  const client = core.findClient('google', query.get('client_id'));
  if (!client) throw new Error('an authorization request without a known client');
  const words = (name: string) => (query.get(name) ?? '').split(' ').filter(Boolean);
  return {
    query,
    client,
    redirectUri: query.get('redirect_uri') ?? '',
    state: query.get('state'),
    scopes: [...new Set(words('scope').map(spellOut))],
    prompts: words('prompt'),
  };
}

/**
 * Writes down what the person allowed and makes the code; answers the address to send the browser
 * to. A refresh token will come with the first grant, and again only when consent was asked again.
 *
 * Source: Google's OAuth web-server guide, `access_type`, `prompt`, `include_granted_scopes`
 */
export function finishConsent(
  core: OAuthCore,
  question: Question,
  account: Account,
  allowed: readonly string[],
  wasAsked: boolean,
): string {
  const { client, query, redirectUri } = question;
  const { runtime } = core.world;
  const before = findLiveGrant(core, client, account.id);
  const keptScopes = before?.scopes.filter((scope) => !question.scopes.includes(scope)) ?? [];
  const grantedScopes = [...new Set([...keptScopes, ...allowed])];
  const isOffline =
    query.get('access_type') === 'offline' && (wasAsked || !before?.hasRefreshToken);
  core.putGrant(client, account.id, {
    scopes: grantedScopes,
    grantedAt: wasAsked || !before ? runtime.now() : before.grantedAt,
    hasRefreshToken: before?.hasRefreshToken ?? false,
  });
  const includesGranted = query.get('include_granted_scopes') === 'true';
  const scopes = includesGranted ? grantedScopes : [...allowed];
  const code = makeToken('google', 'code', runtime.random);
  core.state.codes.set(code, {
    clientId: client.id,
    accountId: account.id,
    redirectUri,
    scopes,
    createdAt: runtime.now(),
    isUsed: false,
    challenge: readChallenge(query) ?? null,
    nonce: query.get('nonce'),
    isOffline,
    includesGranted,
    authority: null,
  });
  bound(core.state.codes, 1_000);
  const isTalkative = core.world.getSwitch('google.oauth.redirect-parameters', true);
  return addParameters(redirectUri, {
    state: question.state,
    code,
    scope: isTalkative ? scopes.join(' ') : null,
    authuser: isTalkative ? '0' : null,
    hd: isTalkative ? account.tenantId : null,
    prompt: isTalkative ? (wasAsked ? 'consent' : 'none') : null,
  });
}

/** What of the question the ticked boxes allow: sign-in scopes have no box and are always in. */
export const allowedScopes = (question: Question, ticked: readonly string[]) =>
  question.scopes.filter((scope) => isSignInScope(scope) || ticked.includes(scope));
