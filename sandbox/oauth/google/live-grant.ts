import type { OAuthCore } from '../oauth.ts';
import type { Grant } from '../oauth-state.ts';
import { isSignInScope } from './scopes.ts';
import type { OAuthClient } from '../../seed.ts';

/** Source: Google's OAuth guide, refresh token expiration, publishing status "Testing" */
const TESTING_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** Whether what was given to a client in testing has ended; sign-in alone has no end. */
export function isTestingOver(
  { world }: OAuthCore,
  client: OAuthClient,
  { scopes, since }: { scopes: readonly string[]; since: number },
): boolean {
  const isLimited = client.publishing === 'testing' && !scopes.every(isSignInScope);
  return isLimited && world.runtime.now() - since > TESTING_LIFETIME_MS;
}

/** What the person allowed the project and still allows: consent ends with its time too. */
export function findLiveGrant(
  core: OAuthCore,
  client: OAuthClient,
  accountId: string,
): Grant | undefined {
  const grant = core.findGrant(client, accountId);
  if (!grant) return undefined;
  const { scopes, grantedAt } = grant;
  const limitS = core.world.getSwitch('google.oauth.time-limited-access-s', 0);
  const isLimitOver = limitS > 0 && core.world.runtime.now() - grantedAt > limitS * 1000;
  if (isLimitOver || isTestingOver(core, client, { scopes, since: grantedAt })) return undefined;
  return grant;
}
