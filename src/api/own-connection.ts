import type { ConnectionId } from '../calendar/ids.ts';
import type { Provider, ProviderName } from '../providers/provider.ts';
import { findConnection } from '../store/connections.ts';
import type { ConnectionRow } from '../store/database.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { ApiError } from './api-error.ts';
import type { Caller } from './authenticate.ts';
import type { AppContext } from './context.ts';

/** The caller's own connection; a colleague's is as unknown as none. Throws `connection-not-found`. */
export async function getOwnConnection(
  tx: TenantTransaction,
  caller: Caller,
  id: string,
  provider?: ProviderName,
): Promise<ConnectionRow> {
  const row = await findConnection(tx, id as ConnectionId);
  const isMeant = row?.user_id === caller.userId && row.provider === (provider ?? row.provider);
  if (!row || !isMeant) throw connectionNotFound();
  return row;
}

export function connectionNotFound(): ApiError {
  return new ApiError('connection-not-found', 'Look at the list of your connections again.');
}

/** Throws `provider-not-configured`. */
export function getProvider({ providers }: AppContext, name: ProviderName): Provider {
  const provider = providers.get(name);
  if (!provider) {
    throw new ApiError('provider-not-configured', 'Ask an administrator to set it up first.');
  }
  return provider;
}

/** Throws `connection-not-ready` where asking the provider would come to nothing. */
export function requireReady(connection: ConnectionRow, { isStarted = false } = {}): void {
  const detail =
    connection.state === 'needs_reconnect'
      ? 'Reconnect it first; nothing is lost meanwhile.'
      : !connection.is_active || connection.state === 'disconnected'
        ? 'It is disconnected: connect it again first.'
        : !connection.sync_enabled
          ? 'Sync is switched off for it.'
          : isStarted && !connection.first_sync_at
            ? 'Look at the preview and start it first.'
            : null;
  if (detail) throw new ApiError('connection-not-ready', detail);
}
