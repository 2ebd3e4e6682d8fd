import type { OAuthCore } from '../oauth.ts';
import { PERSONAL_TENANT_ID } from '../../seed.ts';
import type { OAuthClient } from '../../seed.ts';
import type { Account } from '../../world.ts';
import type { Aadsts } from './errors.ts';

/**
 * `common`, `organizations`, `consumers` or a tenant id, lower case; undefined for an unknown
 * tenant.
 */
export function findAuthority(core: OAuthCore, segment: string): string | undefined {
  const name = segment.toLowerCase();
  if (name === 'common' || name === 'organizations') return name;
  if (name === 'consumers' || name === PERSONAL_TENANT_ID) return 'consumers';
  const tenant = core.world.accounts.find(
    ({ provider, tenantId, email, kind }) =>
      provider === 'outlook' &&
      kind === 'work' &&
      (tenantId === name || email.split('@')[1]?.toLowerCase() === name),
  );
  return tenant?.tenantId ?? undefined;
}

/** Whether an account can sign in at this authority. Source: OIDC on the platform, `tenant` */
export function isAdmitted(account: Account, authority: string): boolean {
  if (account.provider !== 'outlook') return false;
  if (authority === 'common') return true;
  if (authority === 'organizations') return account.kind === 'work';
  if (authority === 'consumers') return account.kind === 'personal';
  return account.tenantId === authority;
}

/** What is wrong with using `client` at `authority`, by whom it admits. */
export function findAuthorityError(client: OAuthClient, authority: string): Aadsts | undefined {
  const { audience = 'all' } = client;
  if (audience === 'single-tenant' && authority !== client.tenantId) {
    return authority === 'common' || authority === 'organizations'
      ? { code: 50194 }
      : { code: 700016 };
  }
  if (audience === 'work' && authority === 'consumers') return { code: 9002332 };
  if (audience === 'personal' && authority !== 'consumers') return { code: 9002331 };
  return undefined;
}

/** The same for a person who picked an account that the client does not admit. */
export function isInAudience(client: OAuthClient, account: Account): boolean {
  const { audience = 'all' } = client;
  if (audience === 'work') return account.kind === 'work';
  if (audience === 'personal') return account.kind === 'personal';
  return audience === 'all' || account.tenantId === client.tenantId;
}
