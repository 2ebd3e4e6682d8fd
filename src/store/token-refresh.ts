import type { ConnectionId } from '../calendar/ids.ts';
import { type ConnectionReason, changeState, type SealedTokens } from './connections.ts';
import type { ConnectionState } from './database.ts';
import type { TenantTransaction } from './tenant.ts';

/** The tokens as they were read; every write here happens only while they are still the same. */
export interface SeenTokens {
  connectionId: ConnectionId;
  /** `token_version` as it was read. */
  version: number;
}

/**
 * Takes the right to refresh until `until`; false when another has it, or the tokens moved on.
 * One conditional update: of any number of workers, in any number of processes, one succeeds.
 */
export async function claimRefresh(
  tx: TenantTransaction,
  { connectionId, version }: SeenTokens,
  { now, until }: { now: Date; until: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('calendar_integrations')
    .set({ refresh_locked_until: until })
    .where('id', '=', connectionId)
    .where('token_version', '=', version)
    .where(({ or, eb }) =>
      or([eb('refresh_locked_until', 'is', null), eb('refresh_locked_until', '<=', now)]),
    )
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/**
 * Stores both new tokens in one update and ends the claim. A refresh that went well also shows that
 * the connection works. Answers the state before it, or null, nothing being stored, when the tokens
 * moved on meanwhile (a reconnect, a disconnect) and are newer than these.
 */
export async function storeRefreshed(
  tx: TenantTransaction,
  { connectionId, version }: SeenTokens,
  tokens: SealedTokens,
  now: Date,
): Promise<ConnectionState | null> {
  const before = await tx
    .selectFrom('calendar_integrations')
    .select(['state', 'state_reason'])
    .where('id', '=', connectionId)
    .where('token_version', '=', version)
    .forUpdate()
    .executeTakeFirst();
  if (!before) return null;
  await tx
    .updateTable('calendar_integrations')
    .set({
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      token_expires_at: tokens.expiresAt,
      token_version: version + 1,
      refresh_locked_until: null,
      updated_at: now,
      ...(before.state !== 'active' && changeState(now, 'active', null)),
    })
    .where('id', '=', connectionId)
    .execute();
  return before.state;
}

/** Nobody tries again before `until`. The tokens stay: the outcome was not that they are dead. */
export async function postponeRefresh(
  tx: TenantTransaction,
  { connectionId, version }: SeenTokens,
  until: Date,
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set({ refresh_locked_until: until })
    .where('id', '=', connectionId)
    .where('token_version', '=', version)
    .execute();
}

/** Sets the connection's state as these tokens showed it; false when the tokens moved on meanwhile. */
export async function setStateByTokens(
  tx: TenantTransaction,
  { connectionId, version }: SeenTokens,
  change: { state: ConnectionState; reason: ConnectionReason | null; now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('calendar_integrations')
    .set({ ...changeState(change.now, change.state, change.reason), refresh_locked_until: null })
    .where('id', '=', connectionId)
    .where('token_version', '=', version)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
