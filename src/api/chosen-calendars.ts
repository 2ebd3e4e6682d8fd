import type { ConnectionId } from '../calendar/ids.ts';
import { listConnectionSummaries } from '../store/connections.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { ApiError } from './api-error.ts';
import type { Caller } from './authenticate.ts';

/**
 * Which of the caller's connections an event is kept out of, where those it goes to were named. Throws
 * `connection-not-found` for one that is not the caller's, `connection-not-ready` for one that takes no events.
 */
export async function readLeftOut(
  tx: TenantTransaction,
  { userId }: Caller,
  chosen: readonly string[] | undefined,
): Promise<ConnectionId[]> {
  if (!chosen) return [];
  const own = await listConnectionSummaries(tx, { userId });
  chosen.forEach((id, index) => {
    const one = own.find((connection) => connection.id === id);
    const place = { pointer: `/connection_ids/${index}` };
    if (!one) {
      throw new ApiError(
        'connection-not-found',
        'Look at the list of your connections again.',
        place,
      );
    }
    if (!one.is_active || !one.sync_enabled || one.write_calendar === null) {
      throw new ApiError(
        'connection-not-ready',
        'It takes no new events: choose a calendar for them, or connect it again.',
        place,
      );
    }
  });
  return own.map(({ id }) => id).filter((id) => !chosen.includes(id));
}
