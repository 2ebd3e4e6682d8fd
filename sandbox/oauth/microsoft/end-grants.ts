import type { OAuthCore } from '../oauth.ts';
import type { OAuthClient } from '../../seed.ts';

/**
 * Ends what an account gave: by revoking its sessions (AADSTS50173 from then on), or by removing
 * the consent (AADSTS65001). Access tokens live on until they expire: there is no revocation
 * endpoint.
 *
 * Source: Refresh tokens in the identity platform, token revocation
 */
export function endMicrosoftGrants(
  core: OAuthCore,
  accountId: string,
  how: 'sessions-revoked' | 'consent-removed',
  client?: OAuthClient,
): void {
  for (const [value, token] of core.state.refreshTokens) {
    const isHit =
      token.provider === 'outlook' &&
      token.accountId === accountId &&
      (client === undefined || token.clientId === client.id);
    if (isHit && token.endedBy === null) {
      core.state.refreshTokens.set(value, { ...token, endedBy: how });
    }
  }
  if (how === 'consent-removed' && client) core.removeGrant(client, accountId);
}
