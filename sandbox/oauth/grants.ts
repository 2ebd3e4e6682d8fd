import { GOOGLE_EVERYTHING } from './google/scopes.ts';
import { endGoogleGrant } from './google/token.ts';
import { isKnownAadsts } from './microsoft/errors.ts';
import { MICROSOFT_EVERYTHING } from './microsoft/scopes.ts';
import { endMicrosoftGrants } from './microsoft/end-grants.ts';
import type { OAuthCore } from './oauth.ts';
import { defaultClients } from '../seed.ts';
import type { SeedEvent } from '../seed.ts';
import type { Account, ProviderName, ProviderSandbox } from '../world.ts';

/** Whose account. */
export interface Whose {
  provider: ProviderName;
  email: string;
}

export interface TokenWish extends Whose {
  /** Default: the provider's default client. */
  clientId?: string | undefined;
  /** Default: all that the calendar needs. */
  scopes?: readonly string[] | undefined;
}

/** All access tokens, or those of a provider, or of an account. */
export type TokenFilter = Partial<Whose>;

export interface GrantWish extends Whose {
  /** Default: every application. */
  clientId?: string | undefined;
  /**
   * Outlook: `sessions` is what an administrator or the person does to all sign-ins (AADSTS50173
   * from then on, and the default); `consent` removes the application (AADSTS65001). Google has
   * one way.
   */
  how?: 'sessions' | 'consent' | undefined;
}

export function issueToken(core: OAuthCore, wish: TokenWish): string {
  const { provider, clientId = defaultClients[provider].id } = wish;
  const everything = provider === 'google' ? GOOGLE_EVERYTHING : MICROSOFT_EVERYTHING;
  const scopes = [...(wish.scopes ?? everything)];
  const accountId = getAccount(core, wish).id;
  return core.issueAccessToken(
    { provider, clientId, accountId, scopes, refreshToken: null, isOffline: false },
    3599,
  );
}

/** Whether an application can go on by itself with what the account gave it. */
export function isAccessGiven(core: OAuthCore, whose: Whose): boolean {
  const { id } = getAccount(core, whose);
  const now = core.world.runtime.now();
  return [...core.state.refreshTokens.values()].some(
    ({ provider, accountId, endedBy, expiresAt }) =>
      provider === whose.provider &&
      accountId === id &&
      endedBy === null &&
      (expiresAt === null || expiresAt > now),
  );
}

export function expireAccessTokens(core: OAuthCore, { provider, email }: TokenFilter): number {
  let count = 0;
  for (const [value, token] of core.state.accessTokens) {
    const account = core.world.findAccount(token.provider, token.accountId);
    const isHit =
      (provider === undefined || provider === token.provider) &&
      (email === undefined || email === account?.email);
    if (!isHit) continue;
    core.state.accessTokens.delete(value);
    count++;
  }
  return count;
}

export function revokeGrant(core: OAuthCore, wish: GrantWish): void {
  const account = getAccount(core, wish);
  const clients = [...core.state.clients.values()].filter(
    ({ provider, id }) =>
      provider === wish.provider && (wish.clientId === undefined || id === wish.clientId),
  );
  for (const client of clients) {
    if (wish.provider === 'google') endGoogleGrant(core, client, account.id);
    else {
      const how = wish.how === 'consent' ? 'consent-removed' : 'sessions-revoked';
      endMicrosoftGrants(core, account.id, how, client);
    }
  }
}

const GOOGLE_CONDITIONS = ['invalid_rapt', 'admin_policy_enforced'];

export function setCondition(core: OAuthCore, whose: Whose, condition: string | null): void {
  const key = `${whose.provider} ${getAccount(core, whose).id}`;
  if (condition === null) {
    core.state.conditions.delete(key);
    return;
  }
  const isKnown =
    whose.provider === 'google'
      ? GOOGLE_CONDITIONS.includes(condition)
      : isKnownAadsts(Number(condition));
  if (!isKnown) throw new Error(`the sandbox knows no condition ${condition} of ${whose.provider}`);
  core.state.conditions.set(key, condition);
}

/**
 * Puts an event of the seed in through the API, as its account. Throws when the provider refuses
 * it.
 */
export async function addSeedEvent(
  core: OAuthCore,
  providers: Record<ProviderName, ProviderSandbox>,
  { provider, email, calendarId, event }: SeedEvent,
): Promise<void> {
  const account = getAccount(core, { provider, email });
  const scopes = provider === 'google' ? GOOGLE_EVERYTHING : MICROSOFT_EVERYTHING;
  const caller = { account, clientId: 'sandbox-seed', scopes };
  const path =
    provider === 'google'
      ? `/calendar/v3/calendars/${encodeURIComponent(calendarId ?? 'primary')}/events?sendUpdates=none`
      : `/v1.0/me/${calendarId === undefined ? '' : `calendars/${encodeURIComponent(calendarId)}/`}events`;
  const request = new Request(`http://sandbox${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  const response = await providers[provider].fetch(request, caller);
  if (response.ok) return;
  throw new Error(`the seed's event for ${email} is refused: ${await response.text()}`);
}

function getAccount(core: OAuthCore, { provider, email }: Whose): Account {
  const account = core.world.findAccount(provider, email);
  if (!account) throw new Error(`the sandbox has no ${provider} account ${email}`);
  return account;
}
