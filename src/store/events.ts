import type { EventFields } from '../calendar/event.ts';
import type { ConnectionId, EventId, LeadId, LinkId, UserId } from '../calendar/ids.ts';
import type { EventRow } from './database.ts';
import { toAllColumns, toColumns, toFields } from './event-fields.ts';
import { addHistory, insertHistory } from './history.ts';
import { askForCopies, planCopies } from './links.ts';
import { notifyPages } from './notify.ts';
import { lockLinksOfEvent } from './own-event.ts';
import { putBackWhatIsKept, takeBackDeletions } from './put-back.ts';
import { changeExceptions, endExceptions } from './change-exceptions.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Time and ids of one change, passed in. */
export interface Occasion {
  now: Date;
  newId: () => string;
}

/**
 * Creates a CRM event with its copies-to-be in the write calendars of its owner's connections.
 * Event, links, history and jobs commit together or not at all (SPEC E1).
 */
export async function createEvent(
  tx: TenantTransaction,
  event: {
    eventId: EventId;
    leadId: LeadId | null;
    ownerId: UserId;
    fields: EventFields;
    /** Whether nobody is to be mailed of it. */
    isSilent?: boolean;
    /** Connections of its owner's that get no copy. */
    leftOutOf?: readonly ConnectionId[];
  } & Occasion,
): Promise<void> {
  const { eventId, leadId, ownerId, fields, isSilent = false, leftOutOf = [] } = event;
  const { now, newId } = event;
  await tx
    .insertInto('calendar_events')
    .values({
      tenant_id: currentTenantId,
      id: eventId,
      lead_id: leadId,
      owner_id: ownerId,
      left_out_of: [...leftOutOf],
      created_at: now,
      updated_at: now,
      ...toAllColumns(fields),
    })
    .execute();
  await addHistory(tx, { eventId, userId: ownerId, change: 'created', after: fields, now, newId });
  await planCopies(tx, { eventId, ownerId, isSilent, leftOutOf, now, newId });
  await notifyPages(tx, 'activities');
}

/** Changes a CRM event unless it was edited after `version`. */
export async function editEvent(
  tx: TenantTransaction,
  edit: {
    eventId: EventId;
    userId: UserId;
    version: number;
    changes: Partial<EventFields>;
    isSilent?: boolean;
  } & Occasion,
): Promise<'done' | 'not-found' | 'changed-meanwhile'> {
  const { eventId, userId, version, changes, isSilent = false, now, newId } = edit;
  const row = await lockEvent(tx, eventId);
  if (!row || row.deleted_at) return 'not-found';
  if (row.version !== version) return 'changed-meanwhile';
  await editLocked(tx, row, { changes, userId, isSilent, now, newId });
  return 'done';
}

/**
 * Writes what a person changed into a locked event. Whoever edits has seen what the event says by now: that
 * settles what was in dispute.
 */
export async function editLocked(
  tx: TenantTransaction,
  row: EventRow,
  edit: {
    changes: Partial<EventFields>;
    userId: UserId;
    undoes?: string;
    isSilent: boolean;
  } & Occasion,
): Promise<void> {
  const { id: eventId } = row;
  const { isSilent, now, newId } = edit;
  await changeEvent(tx, row, edit);
  await putBackWhatIsKept(tx, row, await lockLinksOfEvent(tx, eventId), { now, newId });
  await askForCopies(tx, { eventId, settlesConflict: true, isSilent, now, newId });
}

/**
 * Deletes a CRM event: it leaves the timeline at once, and its copies as they are reached. One occurrence
 * of a series is cancelled: its place stays empty, or the rule would fill it again.
 */
export async function deleteEvent(
  tx: TenantTransaction,
  deletion: { eventId: EventId; userId: UserId; undoes?: string; isSilent?: boolean } & Occasion,
): Promise<'done' | 'not-found'> {
  const { eventId, userId, undoes, isSilent = false, now, newId } = deletion;
  const row = await lockEvent(tx, eventId);
  if (!row || row.deleted_at) return 'not-found';
  const isOccurrence = row.series_id !== null;
  if (isOccurrence && row.status === 'cancelled') return 'not-found';
  await tx
    .updateTable('calendar_events')
    .set((eb) => ({
      ...(isOccurrence ? { status: 'cancelled' } : { deleted_at: now }),
      updated_at: now,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', eventId)
    .execute();
  const before = toFields(row);
  const change = isOccurrence ? 'cancelled' : 'deleted';
  await addHistory(tx, { eventId, userId, change, before, undoes, now, newId });
  if (row.recurrence) await endExceptions(tx, eventId, { now, isOver: true });
  await askForCopies(tx, { eventId, isSilent, now, newId });
  await notifyPages(tx, 'activities');
  return 'done';
}

export async function findEvent(
  tx: TenantTransaction,
  eventId: EventId,
): Promise<EventRow | undefined> {
  return tx.selectFrom('calendar_events').selectAll().where('id', '=', eventId).executeTakeFirst();
}

/** The event, locked until the transaction ends, so that edits and syncs of it take turns. */
export async function lockEvent(
  tx: TenantTransaction,
  eventId: EventId,
): Promise<EventRow | undefined> {
  return tx
    .selectFrom('calendar_events')
    .selectAll()
    .where('id', '=', eventId)
    .forUpdate()
    .executeTakeFirst();
}

/** The events, locked in one order, by their ids. */
export async function lockEvents(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
): Promise<Map<EventId, EventRow>> {
  if (eventIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('calendar_events')
    .selectAll()
    .where('id', 'in', eventIds)
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Writes changed fields into a locked event, with its history. */
export async function changeEvent(
  tx: TenantTransaction,
  row: EventRow,
  change: {
    changes: Partial<EventFields>;
    userId?: UserId;
    connectionId?: ConnectionId;
    undoes?: string;
  } & Occasion,
): Promise<void> {
  const { changes, userId, connectionId, undoes, now, newId } = change;
  const old = toFields(row);
  const before = Object.fromEntries(
    Object.keys(changes).map((unit) => [unit, old[unit as keyof EventFields]]),
  );
  const told = { before, after: changes, userId, connectionId, undoes, now, newId };
  await tx
    .with('told', (db) => insertHistory(db, { eventId: row.id, change: 'updated', ...told }))
    .updateTable('calendar_events')
    .set((eb) => ({
      ...toColumns(changes, old),
      updated_at: now,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', row.id)
    .execute();
  if (row.recurrence) await changeExceptions(tx, row, change);
  await notifyPages(tx, 'activities');
}

/**
 * A copy was deleted at its provider: the event is cancelled, stays on the timeline, and its other
 * copies go too. Nothing makes it anew by itself.
 */
export async function cancelEvent(
  tx: TenantTransaction,
  row: EventRow,
  cancellation: { connectionId: ConnectionId } & Occasion,
): Promise<void> {
  const { connectionId, now, newId } = cancellation;
  await tx
    .updateTable('calendar_events')
    .set((eb) => ({ status: 'cancelled', updated_at: now, version: eb('version', '+', 1) }))
    .where('id', '=', row.id)
    .execute();
  const before = toFields(row);
  await addHistory(tx, { eventId: row.id, connectionId, change: 'cancelled', before, now, newId });
  if (row.recurrence) await endExceptions(tx, row.id, { now, isOver: true });
  await askForCopies(tx, { eventId: row.id, now, newId });
  await notifyPages(tx, 'activities');
}

/** An event deleted or cancelled here comes back, since its copy lives, with what was changed there. */
export async function reviveEvent(
  tx: TenantTransaction,
  row: EventRow,
  revival: { connectionId: ConnectionId; linkId: LinkId; fields: Partial<EventFields> } & Occasion,
): Promise<void> {
  const { connectionId, linkId, fields, now, newId } = revival;
  await tx
    .updateTable('calendar_events')
    .set((eb) => ({
      ...toColumns(fields, toFields(row)),
      deleted_at: null,
      status: 'confirmed',
      updated_at: now,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', row.id)
    .execute();
  await addHistory(tx, {
    eventId: row.id,
    connectionId,
    change: 'restored',
    after: fields,
    now,
    newId,
  });
  await takeBackDeletions(tx, row.id, { now, exceptLinkId: linkId });
  if (row.recurrence) {
    await endExceptions(tx, row.id, { now, isOver: false });
    await changeExceptions(tx, row, { changes: fields, connectionId, now, newId });
  }
  await notifyPages(tx, 'activities');
}

/**
 * Keeps the ids and the time that the host CRM reads from the event itself. With several accounts
 * at one provider the id is that of the account connected first: it does not change with each sync.
 */
export async function noteSynced(
  tx: TenantTransaction,
  eventId: EventId,
  { provider, now }: { provider: 'GOOGLE' | 'OUTLOOK'; now: Date },
): Promise<void> {
  const first = tx
    .selectFrom('event_links as l')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.id', '=', 'l.connection_id').onRef('i.tenant_id', '=', 'l.tenant_id'),
    )
    .select('l.external_id')
    .where('l.event_id', '=', eventId)
    .where('l.state', '<>', 'closed')
    .where('l.external_id', 'is not', null)
    .where('i.provider', '=', provider)
    .orderBy('i.created_at')
    .orderBy('i.id')
    .orderBy('l.part')
    .limit(1);
  const column = externalIdColumnOf(provider);
  await tx
    .updateTable('calendar_events')
    .set({ [column]: first, last_synced_at: now })
    .where('id', '=', eventId)
    .execute();
}

/** The column of an event that tells its id at the provider. */
export const externalIdColumnOf = (provider: 'GOOGLE' | 'OUTLOOK') =>
  provider === 'GOOGLE' ? 'google_event_id' : 'outlook_event_id';
