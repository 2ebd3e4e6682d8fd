import type { EventId } from '../calendar/ids.ts';
import { planUndo } from '../sync/undo.ts';
import type { ConnectionRow, EventRow } from './database.ts';
import { findForeignOrganizer } from './own-event.ts';
import type { TenantTransaction } from './tenant.ts';
import { type HistoryRow, toUndoEntry, toUndoState } from './undo.ts';

/** More than anybody reads; the latest come first. */
const HISTORY_MAX = 200;

/** One change of an event, with who made it and whether it can be taken back now. */
export interface HistoryView {
  entry: HistoryRow;
  userName: string | null;
  account: string | null;
  provider: ConnectionRow['provider'] | null;
  canUndo: boolean;
}

/** What happened to the event, the latest first. The caller has seen to it that it is the reader's. */
export async function listHistory(
  tx: TenantTransaction,
  row: EventRow,
  now: Date,
): Promise<HistoryView[]> {
  const entries = await tx
    .selectFrom('event_history as h')
    .leftJoin('users as u', (join) =>
      join.onRef('u.tenant_id', '=', 'h.tenant_id').onRef('u.id', '=', 'h.user_id'),
    )
    .leftJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'h.tenant_id').onRef('i.id', '=', 'h.connection_id'),
    )
    .selectAll('h')
    .select(['u.name as user_name', 'i.email as account', 'i.provider'])
    .where('h.event_id', '=', row.id)
    .orderBy('h.at', 'desc')
    .orderBy('h.id', 'desc')
    .limit(HISTORY_MAX)
    .execute();
  const isForeign = findForeignOrganizer(await listLinks(tx, row.id)) !== null;
  const state = toUndoState(row);
  return entries.map(({ user_name, account, provider, ...entry }) => {
    const { kind } = planUndo(toUndoEntry(entry), state, now);
    const canUndo = kind !== 'impossible' && (kind === 'restore' || !isForeign);
    return { entry, userName: user_name, account, provider, canUndo };
  });
}

async function listLinks(tx: TenantTransaction, eventId: EventId) {
  return tx
    .selectFrom('event_links')
    .select(['origin', 'can_edit', 'organizer', 'state'])
    .where('event_id', '=', eventId)
    .execute();
}
