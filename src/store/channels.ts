import type { CalendarId, ChannelId, ConnectionId } from '../calendar/ids.ts';
import type { ChannelRow } from './database.ts';
import { currentTenantId, type SystemTransaction, type TenantTransaction } from './tenant.ts';

/**
 * Stores a channel that is about to be asked for. From here until the answer is stored it is
 * `opening`: whether there is one at the provider is not known, and it may ring already.
 */
export async function insertChannel(
  tx: TenantTransaction,
  channel: {
    id: ChannelId;
    connectionId: ConnectionId;
    calendarId: CalendarId;
    secretHash: string;
    now: Date;
  },
): Promise<void> {
  await tx
    .insertInto('channels')
    .values({
      tenant_id: currentTenantId,
      id: channel.id,
      connection_id: channel.connectionId,
      calendar_id: channel.calendarId,
      secret_hash: channel.secretHash,
      state: 'opening',
      created_at: channel.now,
      external_id: null,
      resource_id: null,
    })
    .execute();
}

/**
 * The provider has opened the channel, or made it last longer: it rings until `expiresAt`, and is
 * to be renewed at `renewAt` unless the provider asks for it sooner (`askForRenewal`).
 */
export async function noteLive(
  tx: TenantTransaction,
  id: ChannelId,
  live: { externalId: string; resourceId: string | null; expiresAt: Date; renewAt: Date },
): Promise<void> {
  await tx
    .updateTable('channels')
    .set({
      state: 'live',
      external_id: live.externalId,
      resource_id: live.resourceId,
      expires_at: live.expiresAt,
      renew_at: live.renewAt,
    })
    .where('id', '=', id)
    .execute();
}

/** About to be stopped: from here on nobody relies on its rings. */
export async function noteStopping(tx: TenantTransaction, id: ChannelId): Promise<void> {
  await tx.updateTable('channels').set({ state: 'stopping' }).where('id', '=', id).execute();
}

/** The provider wants it renewed before its time. */
export async function askForRenewal(
  tx: TenantTransaction,
  ids: readonly ChannelId[],
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('channels')
    .set({ renew_at: now })
    .where('id', 'in', ids)
    .where('state', '=', 'live')
    .execute();
}

/** A calendar's channels, the oldest first. */
export async function listChannels(
  tx: TenantTransaction,
  calendarId: CalendarId,
): Promise<ChannelRow[]> {
  return tx
    .selectFrom('channels')
    .selectAll()
    .where('calendar_id', '=', calendarId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export async function listChannelsOfConnection(
  tx: TenantTransaction,
  connectionId: ConnectionId,
): Promise<ChannelRow[]> {
  return tx
    .selectFrom('channels')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('id')
    .execute();
}

export async function deleteChannels(
  tx: TenantTransaction,
  ids: readonly ChannelId[],
): Promise<void> {
  if (ids.length === 0) return;
  await tx.deleteFrom('channels').where('id', 'in', ids).execute();
}

export async function deleteChannelsOfConnection(
  tx: TenantTransaction,
  connectionId: ConnectionId,
): Promise<void> {
  await tx.deleteFrom('channels').where('connection_id', '=', connectionId).execute();
}

/** Whose a channel is, and what proves that a notification is its own. */
export type FoundChannel = Pick<
  ChannelRow,
  'tenant_id' | 'id' | 'connection_id' | 'calendar_id' | 'external_id' | 'secret_hash'
>;

/** Finds channels of all tenants: a notification comes before there is a tenant. */
export async function findChannels(
  tx: SystemTransaction,
  ids: readonly ChannelId[],
): Promise<FoundChannel[]> {
  if (ids.length === 0) return [];
  return tx
    .selectFrom('channels')
    .select(['tenant_id', 'id', 'connection_id', 'calendar_id', 'external_id', 'secret_hash'])
    .where('id', 'in', ids)
    .execute();
}

/** Some channels ring often; the time of the last ring need not be exact. */
const NOTED_EVERY_MS = 60_000;

/** Which of the channels there still are. Notes that they rang, at most once a minute each. */
export async function noteNotified(
  tx: TenantTransaction,
  ids: readonly ChannelId[],
  now: Date,
): Promise<ChannelId[]> {
  const rows = await tx
    .selectFrom('channels')
    .select(['id', 'last_notified_at'])
    .where('id', 'in', ids)
    .execute();
  const isOld = (at: Date | null) => !at || at.getTime() <= now.getTime() - NOTED_EVERY_MS;
  const old = rows.filter((row) => isOld(row.last_notified_at)).map(({ id }) => id);
  if (old.length > 0) {
    await tx
      .updateTable('channels')
      .set({ last_notified_at: now })
      .where('id', 'in', old)
      .execute();
  }
  return rows.map(({ id }) => id);
}
