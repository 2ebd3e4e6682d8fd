import type { CalendarId, ConnectionId, UserId } from '../calendar/ids.ts';
import { addAudit } from './audit.ts';
import { findConnection } from './connections.ts';
import type { AuditEntryRow, CalendarRow, Direction } from './database.ts';
import type { Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { notifyPages } from './notify.ts';
import { requestPull } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

export interface CalendarChange extends Occasion {
  connectionId: ConnectionId;
  calendarId: CalendarId;
  userId: UserId;
  direction?: Direction | undefined;
  isWriteTarget?: boolean | undefined;
}

const writes = (direction: Direction) => direction === 'both' || direction === 'out';

/** Said of every copy in a calendar that is not in use. */
const SWITCHED_OFF = 'This calendar is switched off in System Settings. The copy stays as it is.';

/** The connection's calendar, locked until the transaction ends. */
export async function lockCalendar(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  calendarId: CalendarId,
): Promise<CalendarRow | undefined> {
  return tx
    .selectFrom('calendars')
    .selectAll()
    .where('id', '=', calendarId)
    .where('connection_id', '=', connectionId)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Changes which way events go, and which calendar new ones go to (SPEC U1). A calendar that nothing
 * goes out to stops being that one. The caller holds the connection's lock: one per connection.
 */
export async function changeCalendar(
  tx: TenantTransaction,
  change: CalendarChange,
): Promise<'done' | 'not-found' | 'removed' | 'not-writable' | 'not-outgoing'> {
  const { connectionId, calendarId, now } = change;
  const row = await lockCalendar(tx, connectionId, calendarId);
  if (!row) return 'not-found';
  const direction = change.direction ?? row.direction;
  if (row.state === 'removed' && direction !== 'none') return 'removed';
  const isOutgoing = writes(direction);
  if (isOutgoing && !row.can_write) return 'not-writable';
  if (change.isWriteTarget && !isOutgoing) return 'not-outgoing';

  const isWriteTarget = isOutgoing && (change.isWriteTarget ?? row.is_write_target);
  if (isWriteTarget && !row.is_write_target) {
    // First the old one away: the index that allows one per connection looks at every single row.
    await tx
      .updateTable('calendars')
      .set({ is_write_target: false })
      .where('connection_id', '=', connectionId)
      .where('is_write_target', '=', true)
      .execute();
  }
  await tx
    .updateTable('calendars')
    .set({
      direction,
      is_write_target: isWriteTarget,
      ...(direction !== row.direction && {
        asked_at: null,
        ...(direction !== 'none' && { next_full_pull_at: now }),
      }),
    })
    .where('id', '=', calendarId)
    .execute();
  if (direction !== row.direction) {
    await applyDirection(tx, change, direction);
    const changes = [{ what: 'direction', from: row.direction, to: direction }];
    await noteChange(tx, change, 'direction-changed', { changes });
  }
  if (change.isWriteTarget !== undefined && isWriteTarget !== row.is_write_target) {
    await noteChange(tx, change, 'write-target-changed', {
      choice: isWriteTarget ? 'chosen' : 'none',
    });
  }
  await notifyPages(tx, 'connections');
  return 'done';
}

/** In the company's record, by the account and the calendar's id: its name is its owner's. */
async function noteChange(
  tx: TenantTransaction,
  change: { connectionId: ConnectionId; calendarId: CalendarId; userId: UserId } & Occasion,
  action: AuditEntryRow['action'],
  said: AuditEntryRow['details'],
): Promise<void> {
  const { calendarId, userId, now, newId } = change;
  const connection = await findConnection(tx, change.connectionId);
  const { email: account = null, provider = null } = connection ?? {};
  const details = { ...said, calendarId };
  await addAudit(tx, { action, account, provider, details, userId, now, newId });
}

async function applyDirection(
  tx: TenantTransaction,
  { connectionId, calendarId, now, newId }: CalendarChange,
  direction: Direction,
): Promise<void> {
  const target = { connectionId, calendarId };
  if (direction === 'none') {
    await pauseUnusedCopies(tx, connectionId, now);
    // Whoever holds a channel open for it learns that it is not wanted any more.
    await enqueueSync(tx, [target], { now, newId });
  } else {
    await tx
      .updateTable('event_links')
      .set((eb) => ({
        next_attempt_at: now,
        attempts: 0,
        // Guests are not mailed of what happened meanwhile.
        is_silent: true,
        state: eb
          .case()
          .when('state', 'in', ['paused', 'synced'])
          .then('pending' as const)
          .else(eb.ref('state'))
          .end(),
        state_reason: eb
          .case()
          .when('state', '=', 'paused')
          .then(null)
          .else(eb.ref('state_reason'))
          .end(),
        state_since: now,
      }))
      .where('calendar_id', '=', calendarId)
      .where('state', 'not in', ['closed', 'detached', 'conflict', 'refused'])
      .execute();
    await requestPull(tx, [target], { now, newId });
  }
  await notifyPages(tx, 'activities');
}

/** Copies in calendars that are switched off say so. What a person is asked stays asked. */
export async function pauseUnusedCopies(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  now: Date,
): Promise<void> {
  const paused = await tx
    .updateTable('event_links')
    .set({
      state: 'paused',
      state_reason: SWITCHED_OFF,
      state_since: now,
      next_attempt_at: null,
      attempts: 0,
    })
    .where('connection_id', '=', connectionId)
    .where(({ or, and, eb }) =>
      or([
        eb('state', 'not in', ['closed', 'paused', 'detached', 'conflict', 'refused']),
        // Settled by an edit.
        and([
          eb('state', '=', 'conflict'),
          eb('conflict', 'is', null),
          eb('is_revived', '=', false),
        ]),
      ]),
    )
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('calendars as c')
          .select('c.id')
          .whereRef('c.tenant_id', '=', 'event_links.tenant_id')
          .whereRef('c.id', '=', 'event_links.calendar_id')
          .where('c.direction', '=', 'none'),
      ),
    )
    .executeTakeFirst();
  if (paused.numUpdatedRows > 0) await notifyPages(tx, 'activities');
}

/** Says what is to become of many deletions at once; the next run acts on it. */
export async function settleBrake(
  tx: TenantTransaction,
  settlement: {
    connectionId: ConnectionId;
    calendarId: CalendarId;
    userId: UserId;
    decision: 'delete' | 'keep';
  } & Occasion,
): Promise<'done' | 'not-found' | 'not-asked'> {
  const { connectionId, calendarId, decision, now, newId } = settlement;
  const row = await lockCalendar(tx, connectionId, calendarId);
  if (!row) return 'not-found';
  if (!row.brake) return 'not-asked';
  await tx
    .updateTable('calendars')
    .set({ brake: JSON.stringify({ ...row.brake, decision }), asked_at: now })
    .where('id', '=', calendarId)
    .execute();
  await requestPull(tx, [{ connectionId, calendarId }], { now, newId });
  await noteChange(tx, settlement, 'brake-settled', { choice: decision, count: row.brake.count });
  await notifyPages(tx, 'connections');
  return 'done';
}
