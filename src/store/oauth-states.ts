import type { Selectable } from 'kysely';
import type { ConnectionId, UserId } from '../calendar/ids.ts';
import type { OauthStatesTable } from './database.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

export type OauthStateRow = Selectable<OauthStatesTable>;

/** A person rarely begins twice; a program that begins without end fills no table. */
const PER_USER_MAX = 20;
/** Ended states are kept this long, so that a late return is told from an unknown one. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Remembers that a consent was begun, and tidies up what is long over. */
export async function insertOauthState(
  tx: TenantTransaction,
  state: {
    id: string;
    userId: UserId;
    provider: OauthStateRow['provider'];
    stateHash: string;
    sessionHash: string;
    sealedVerifier: string;
    nonce: string;
    connectionId: ConnectionId | null;
    now: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await tx
    .deleteFrom('oauth_states')
    .where('expires_at', '<', new Date(state.now.getTime() - KEPT_MS))
    .execute();
  await tx
    .deleteFrom('oauth_states')
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('oauth_states')
        .select('id')
        .where('user_id', '=', state.userId)
        .orderBy('expires_at', 'desc')
        .offset(PER_USER_MAX - 1),
    )
    .execute();
  await tx
    .insertInto('oauth_states')
    .values({
      tenant_id: currentTenantId,
      id: state.id,
      user_id: state.userId,
      provider: state.provider,
      state_hash: state.stateHash,
      session_hash: state.sessionHash,
      code_verifier: state.sealedVerifier,
      nonce: state.nonce,
      connection_id: state.connectionId,
      expires_at: state.expiresAt,
    })
    .execute();
}

/** Who returns, to what, and with which state. All of it must be as it was at the beginning. */
export interface Return {
  stateHash: string;
  userId: UserId;
  sessionHash: string;
  provider: OauthStateRow['provider'];
  now: Date;
}

/** Uses the state up. Of any number of returns with it, at once or later, one gets the row. */
export async function consumeOauthState(
  tx: TenantTransaction,
  { stateHash, userId, sessionHash, provider, now }: Return,
): Promise<OauthStateRow | undefined> {
  return tx
    .updateTable('oauth_states')
    .set({ used_at: now })
    .where('state_hash', '=', stateHash)
    .where('user_id', '=', userId)
    .where('session_hash', '=', sessionHash)
    .where('provider', '=', provider)
    .where('expires_at', '>', now)
    .where('used_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

/** The state as it stands, in this tenant: to say why it could not be used. */
export async function findOauthState(
  tx: TenantTransaction,
  stateHash: string,
): Promise<OauthStateRow | undefined> {
  return tx
    .selectFrom('oauth_states')
    .selectAll()
    .where('state_hash', '=', stateHash)
    .executeTakeFirst();
}
