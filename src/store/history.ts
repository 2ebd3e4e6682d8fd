import type { QueryCreator } from 'kysely';
import type { EventFields } from '../calendar/event.ts';
import type { ConnectionId, EventId, UserId } from '../calendar/ids.ts';
import type { Database, EventHistoryTable } from './database.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Who or what changed which fields, from what to what. */
export interface HistoryEntry {
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
}

/** Adds an entry. Never rewritten (the role may not). */
export async function addHistory(tx: TenantTransaction, entry: HistoryEntry): Promise<void> {
  await insertHistory(tx, entry).execute();
}

/** The statement that does so, for one that changes the event along with it. */
export const insertHistory = (tx: QueryCreator<Database>, entry: HistoryEntry) =>
  tx.insertInto('event_history').values({
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
  });
