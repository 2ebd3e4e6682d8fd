import { sql } from 'kysely';
import type { ConnectionId, UserId } from '../calendar/ids.ts';
import type { CalendarRow, ConnectionRow, ConnectionState } from './database.ts';
import { notifyPages } from './notify.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Why a connection is not simply working, as a code; `connection-view` puts it into words. */
export type ConnectionReason =
  | 'grant-ended'
  | 'client-refused'
  | 'token-unreadable'
  | 'no-writable-calendar'
  | 'removing-copies'
  | 'copies-removed'
  | 'copies-left';

/** Tokens as the database keeps them: sealed for this connection. */
export interface SealedTokens {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
}

/** What identifies a connection besides its id: one user's account at one provider. */
export type AccountKey = Pick<ConnectionRow, 'user_id' | 'provider' | 'account_id'>;

export async function findConnection(
  tx: TenantTransaction,
  connectionId: ConnectionId,
): Promise<ConnectionRow | undefined> {
  return tx
    .selectFrom('calendar_integrations')
    .selectAll()
    .where('id', '=', connectionId)
    .executeTakeFirst();
}

/** The connection, locked until the transaction ends. */
export async function lockConnection(
  tx: TenantTransaction,
  connectionId: ConnectionId,
): Promise<ConnectionRow | undefined> {
  return tx
    .selectFrom('calendar_integrations')
    .selectAll()
    .where('id', '=', connectionId)
    .forUpdate()
    .executeTakeFirst();
}

/** The user's connection to this account, locked until the transaction ends. */
export async function lockConnectionOfAccount(
  tx: TenantTransaction,
  account: AccountKey,
): Promise<ConnectionRow | undefined> {
  return tx
    .selectFrom('calendar_integrations')
    .selectAll()
    .where('user_id', '=', account.user_id)
    .where('provider', '=', account.provider)
    .where('account_id', '=', account.account_id)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Whether a connection other than `exceptId` lives on the same account's grant: a colleague's, or
 * the same person's second sign-in. Revoking at Google would end them all.
 */
export async function isAccountInUse(
  tx: TenantTransaction,
  account: Pick<AccountKey, 'provider' | 'account_id'>,
  exceptId: ConnectionId | null,
): Promise<boolean> {
  const row = await tx
    .selectFrom('calendar_integrations')
    .select('id')
    .where('provider', '=', account.provider)
    .where('account_id', '=', account.account_id)
    .where('refresh_token', 'is not', null)
    .$if(exceptId !== null, (query) => query.where('id', '<>', exceptId as ConnectionId))
    .executeTakeFirst();
  return row !== undefined;
}

/** What a finished consent says of the connection. */
export interface Granted {
  email: string;
  grantedScopes: string[];
  tokens: SealedTokens;
  now: Date;
}

/** Adds the connection; false when the user has this account already. */
export async function insertConnection(
  tx: TenantTransaction,
  connection: AccountKey & { id: ConnectionId } & Granted,
): Promise<boolean> {
  const { id, user_id, provider, account_id, now } = connection;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('calendar_integrations')
    .values({
      tenant_id: currentTenantId,
      id,
      user_id,
      provider,
      account_id,
      ...columnsOf(connection),
      state: 'active',
      state_reason: null,
      state_since: now,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'user_id', 'provider', 'account_id']).doNothing(),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The same account again: the connection works anew, from whatever state it was in. */
export async function reviveConnection(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  granted: Granted,
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set((eb) => ({
      ...columnsOf(granted),
      token_version: eb('token_version', '+', 1),
      refresh_locked_until: null,
      is_active: true,
      ...changeState(granted.now, 'active', null),
    }))
    .where('id', '=', connectionId)
    .execute();
}

function columnsOf({ email, grantedScopes, tokens, now }: Granted) {
  return {
    email,
    granted_scopes: grantedScopes,
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_expires_at: tokens.expiresAt,
    updated_at: now,
  };
}

/** Writes down what stands in the way, or null when nothing does any more. */
export async function setConnectionReason(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  reason: ConnectionReason | null,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set({ state_reason: reason, updated_at: now })
    .where('id', '=', connectionId)
    .execute();
}

/** Nothing new is begun with this connection; its tokens stay for what is still to be tidied. */
export async function stopConnection(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set({ is_active: false, state_reason: 'removing-copies', updated_at: now })
    .where('id', '=', connectionId)
    .execute();
}

/** Erases the tokens. Whoever is refreshing them now finds their version gone. */
export async function eraseTokens(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  reason: ConnectionReason | null,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set((eb) => ({
      access_token: null,
      refresh_token: null,
      token_expires_at: null,
      token_version: eb('token_version', '+', 1),
      refresh_locked_until: null,
      granted_scopes: [],
      is_active: false,
      ...changeState(now, 'disconnected', reason),
    }))
    .where('id', '=', connectionId)
    .execute();
}

/** `state_since` moves only when the state does. */
export function changeState(now: Date, state: ConnectionState, reason: ConnectionReason | null) {
  return {
    state,
    state_reason: reason,
    state_since: sql<Date>`case when state = ${state} then state_since else ${now} end`,
    updated_at: now,
  };
}

/** A connection as people see it: no token is even read. */
export type ConnectionSummary = Pick<
  ConnectionRow,
  | 'id'
  | 'user_id'
  | 'provider'
  | 'email'
  | 'is_active'
  | 'sync_enabled'
  | 'state'
  | 'state_reason'
  | 'state_since'
  | 'last_synced_at'
  | 'first_sync_at'
> & {
  user_name: string;
  waiting_count: number;
  write_calendar: string | null;
  is_inviting: boolean;
};

/** Copies in these states are still to be written or removed. */
const waitingStates = [
  'pending',
  'syncing',
  'paused',
  'needs_reconnect',
  'rate_limited',
  'retrying',
] as const;

/** The tenant's connections, or one user's, or one; the oldest first. */
export async function listConnectionSummaries(
  tx: TenantTransaction,
  only: { userId?: UserId; connectionId?: ConnectionId } = {},
): Promise<ConnectionSummary[]> {
  const { userId, connectionId } = only;
  return tx
    .selectFrom('calendar_integrations as i')
    .innerJoin('users as u', (join) =>
      join.onRef('u.id', '=', 'i.user_id').onRef('u.tenant_id', '=', 'i.tenant_id'),
    )
    .select([
      'i.id',
      'i.user_id',
      'i.provider',
      'i.email',
      'i.is_active',
      'i.sync_enabled',
      'i.state',
      'i.state_reason',
      'i.state_since',
      'i.last_synced_at',
      'i.first_sync_at',
      'u.name as user_name',
    ])
    .select(({ selectFrom }) => [
      selectFrom('event_links as l')
        .select(sql<number>`count(distinct coalesce(l.copy_id, l.id))::int`.as('count'))
        .whereRef('l.tenant_id', '=', 'i.tenant_id')
        .whereRef('l.connection_id', '=', 'i.id')
        .where('l.state', 'in', waitingStates)
        .$asScalar()
        .$notNull()
        .as('waiting_count'),
      selectFrom('calendars as c')
        .select('c.name')
        .whereRef('c.tenant_id', '=', 'i.tenant_id')
        .whereRef('c.connection_id', '=', 'i.id')
        .where('c.is_write_target', '=', true)
        .as('write_calendar'),
      sql<boolean>`i.id is not distinct from (${selectInviter(tx).where('own.user_id', '=', sql.ref<UserId>('i.user_id'))})`.as(
        'is_inviting',
      ),
    ])
    .$if(userId !== undefined, (query) => query.where('i.user_id', '=', userId as UserId))
    .$if(connectionId !== undefined, (query) =>
      query.where('i.id', '=', connectionId as ConnectionId),
    )
    .orderBy('i.created_at')
    .orderBy('i.id')
    .execute();
}

/** The connection that invitations of a user's new event leave from (SPEC G2). */
export async function findInviter(
  tx: TenantTransaction,
  userId: UserId,
  leftOutOf: readonly ConnectionId[] = [],
): Promise<Pick<ConnectionRow, 'provider' | 'email'> | undefined> {
  return tx
    .selectFrom('calendar_integrations')
    .select(['provider', 'email'])
    .where(
      'id',
      '=',
      selectInviter(tx)
        .where('own.user_id', '=', userId)
        .$if(leftOutOf.length > 0, (query) => query.where('own.id', 'not in', leftOutOf)),
    )
    .executeTakeFirst();
}

/** The same order as in `planCopies`. */
function selectInviter(tx: TenantTransaction) {
  return tx
    .selectFrom('calendar_integrations as own')
    .innerJoin('calendars as target', (join) =>
      join
        .onRef('target.connection_id', '=', 'own.id')
        .onRef('target.tenant_id', '=', 'own.tenant_id'),
    )
    .select('own.id')
    .where('own.is_active', '=', true)
    .where('own.sync_enabled', '=', true)
    .where('target.is_write_target', '=', true)
    .orderBy('own.created_at')
    .orderBy('own.id')
    .limit(1);
}

/** What a run leaves behind at its connection and its calendar, as that stands now. */
export async function noteRun(
  tx: TenantTransaction,
  { connectionId, calendar }: { connectionId: ConnectionId; calendar: CalendarRow | undefined },
  run: {
    now: Date;
    isWell: boolean;
    pace: [number, number][];
    /** Why the calendar cannot be served at all; null when it can. */
    pausedReason: string | null;
  },
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set({ pace: JSON.stringify(run.pace), ...(run.isWell && { last_synced_at: run.now }) })
    .where('id', '=', connectionId)
    .execute();
  const isResumed = run.isWell && calendar?.state === 'paused';
  if (calendar && (calendar.asked_at || isResumed || run.pausedReason !== null)) {
    await tx
      .updateTable('calendars')
      .set({
        asked_at: null,
        ...(isResumed && { state: 'active' as const, state_reason: null }),
        ...(run.pausedReason !== null && {
          state: 'paused' as const,
          state_reason: run.pausedReason,
        }),
      })
      .where('id', '=', calendar.id)
      .execute();
  }
  await notifyPages(tx, 'connections');
}
