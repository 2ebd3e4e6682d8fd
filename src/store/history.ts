import type { EventFields } from '../calendar/event.ts';
import type { ConnectionId, EventId, UserId } from '../calendar/ids.ts';
import type { EventHistoryTable } from './database.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Adds who or what changed which fields, from what to what. Never rewritten (the role may not). */
export async function addHistory(
  tx: TenantTransaction,
  entry: {
    eventId: EventId;
    userId?: UserId | undefined;
    connectionId?: ConnectionId | undefined;
    change: EventHistoryTable['change'];
    before?: Partial<EventFields>;
    after?: Partial<EventFields>;
    /** The entry that this one takes back. */
    undoes?: string | undefined;
    now: Date;
    newId: () => string;
  },
): Promise<void> {
  await tx
    .insertInto('event_history')
    .values({
      tenant_id: currentTenantId,
      id: entry.newId(),
      event_id: entry.eventId,
      at: entry.now,
      user_id: entry.userId ?? null,
      connection_id: entry.connectionId ?? null,
      change: entry.change,
      before: entry.before ? JSON.stringify(entry.before) : null,
      after: entry.after ? JSON.stringify(entry.after) : null,
      undoes: entry.undoes ?? null,
    })
    .execute();
}
