import type { EventFields, MergeUnit } from '../calendar/event.ts';
import type { EventId, UserId } from '../calendar/ids.ts';
import { planUndo, type Undo, type UndoEntry } from '../sync/undo.ts';
import { addAudit } from './audit.ts';
import type { EventHistoryTable, EventRow } from './database.ts';
import { toFields } from './event-fields.ts';
import { deleteEvent, editLocked, lockEvent, type Occasion } from './events.ts';
import { findForeignOrganizer, lockLinksOfEvent } from './own-event.ts';
import { isForgotten, restoreEvent } from './restore.ts';
import { dayOf, hasDay, listHalves } from './split-rules.ts';
import type { TenantTransaction } from './tenant.ts';
import type { Selectable } from 'kysely';

export type HistoryRow = Selectable<EventHistoryTable>;

export type UndoOutcome =
  | { kind: 'done'; overwritten: MergeUnit[] }
  | { kind: 'not-found' }
  | { kind: 'not-organizer'; organizer: string }
  | Extract<Undo, { kind: 'impossible' }>;

/** Takes one change of the event back, as the user's own change (SPEC U2). */
export async function undoChange(
  tx: TenantTransaction,
  undo: { eventId: EventId; entryId: string; userId: UserId } & Occasion,
): Promise<UndoOutcome> {
  const { eventId, entryId, now } = undo;
  const row = await lockEvent(tx, eventId);
  if (!row || isForgotten(row, now)) return { kind: 'not-found' };
  const entry = await tx
    .selectFrom('event_history')
    .selectAll()
    .where('event_id', '=', eventId)
    .where('id', '=', entryId)
    .executeTakeFirst();
  if (!entry) return { kind: 'not-found' };

  const plan = planUndo(toUndoEntry(entry), toUndoState(row), now);
  if (plan.kind === 'impossible') return plan;
  if (plan.kind === 'edit' && (await wouldOverlap(tx, row, plan.changes))) {
    return { kind: 'impossible', why: 'split-since' };
  }
  const organizer = findForeignOrganizer(await lockLinksOfEvent(tx, eventId));
  if (organizer !== null && plan.kind !== 'restore') return { kind: 'not-organizer', organizer };
  await carryOut(tx, row, plan, { ...undo, undoes: entryId });
  await addAudit(tx, { ...undo, action: 'change-undone' });
  return { kind: 'done', overwritten: plan.kind === 'edit' ? plan.overwritten : [] };
}

/** Whether a half that was split off has a date that the series would have again. */
async function wouldOverlap(
  tx: TenantTransaction,
  row: EventRow,
  { recurrence, when }: Partial<EventFields>,
): Promise<boolean> {
  if (!recurrence || row.recurrence === null) return false;
  const series = { when: when ?? toFields(row).when, recurrence };
  return (await listHalves(tx, row.id)).some((half) => hasDay(series, dayOf(toFields(half).when)));
}

async function carryOut(
  tx: TenantTransaction,
  row: EventRow,
  plan: Exclude<Undo, { kind: 'impossible' }>,
  change: { eventId: EventId; userId: UserId; undoes: string } & Occasion,
): Promise<void> {
  switch (plan.kind) {
    case 'edit':
      await editLocked(tx, row, { ...change, changes: plan.changes, isSilent: false });
      return;
    case 'restore':
      await restoreEvent(tx, change);
      return;
    case 'delete':
      await deleteEvent(tx, change);
      return;
  }
}

export function toUndoEntry(entry: HistoryRow): UndoEntry {
  const { change, at, before, after, connection_id } = entry;
  return {
    change,
    at,
    isImported: connection_id !== null,
    before: before as UndoEntry['before'],
    after: after as UndoEntry['after'],
  };
}

export function toUndoState(row: EventRow) {
  return { fields: toFields(row), isLive: !row.deleted_at && row.status === 'confirmed' };
}
