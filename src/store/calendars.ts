import type { CalendarId, ConnectionId } from '../calendar/ids.ts';
import type { CalendarRow } from './database.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** A calendar as the provider lists it. */
export interface ListedCalendar {
  externalId: string;
  name: string;
  timeZone: string | null;
  isPrimary: boolean;
  canWrite: boolean;
}

/**
 * Makes the stored calendars those of a complete listing, and sees to it that one of them is the
 * write target: the one that was, else the primary, else the first that can be written. Where a
 * person had chosen that there is none, none is chosen. Events go both ways in one newly chosen.
 */
export async function saveCalendars(
  tx: TenantTransaction,
  listing: {
    connectionId: ConnectionId;
    calendars: readonly ListedCalendar[];
    now: Date;
    newId: () => string;
  },
): Promise<{ writeTargetId: CalendarId | null; canWrite: boolean }> {
  const { connectionId, calendars } = listing;
  const before = await listCalendars(tx, connectionId);
  const isNoneChosen = before.some(isWritable) && !before.some((one) => one.is_write_target);
  for (const calendar of calendars) await saveCalendar(tx, calendar, listing);
  await tx
    .updateTable('calendars')
    .set({ state: 'removed', state_reason: 'not-listed', is_write_target: false })
    .where('connection_id', '=', connectionId)
    .$if(calendars.length > 0, (query) =>
      query.where(
        'external_id',
        'not in',
        calendars.map(({ externalId }) => externalId),
      ),
    )
    .execute();
  const after = await listCalendars(tx, connectionId);
  const target = isNoneChosen ? undefined : chooseWriteTarget(after);
  await setWriteTarget(tx, connectionId, target);
  return { writeTargetId: target?.id ?? null, canWrite: after.some(isWritable) };
}

const isWritable = ({ state, can_write }: CalendarRow) => state === 'active' && can_write;

async function saveCalendar(
  tx: TenantTransaction,
  calendar: ListedCalendar,
  { connectionId, now, newId }: { connectionId: ConnectionId; now: Date; newId: () => string },
): Promise<void> {
  const columns = {
    name: calendar.name,
    time_zone: calendar.timeZone,
    is_primary: calendar.isPrimary,
    can_write: calendar.canWrite,
    state: 'active' as const,
    state_reason: null,
  };
  await tx
    .insertInto('calendars')
    .values({
      tenant_id: currentTenantId,
      id: newId() as CalendarId,
      connection_id: connectionId,
      external_id: calendar.externalId,
      created_at: now,
      ...columns,
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'connection_id', 'external_id']).doUpdateSet(columns),
    )
    .execute();
}

function chooseWriteTarget(calendars: readonly CalendarRow[]): CalendarRow | undefined {
  const writable = calendars.filter(isWritable);
  return (
    writable.find((calendar) => calendar.is_write_target) ??
    writable.find((calendar) => calendar.is_primary) ??
    writable[0]
  );
}

async function setWriteTarget(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  target: CalendarRow | undefined,
): Promise<void> {
  // First the old one away: the index that allows one per connection looks at every single row.
  await tx
    .updateTable('calendars')
    .set({ is_write_target: false })
    .where('connection_id', '=', connectionId)
    .where('is_write_target', '=', true)
    .execute();
  if (!target) return;
  const isOutgoing = target.direction === 'both' || target.direction === 'out';
  await tx
    .updateTable('calendars')
    .set({ is_write_target: true, direction: isOutgoing ? target.direction : 'both' })
    .where('id', '=', target.id)
    .execute();
}

/** The connection's calendars, as they were first listed. */
async function listCalendars(
  tx: TenantTransaction,
  connectionId: ConnectionId,
): Promise<CalendarRow[]> {
  return tx
    .selectFrom('calendars')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('created_at')
    .orderBy('external_id')
    .execute();
}

export async function findCalendar(
  tx: TenantTransaction,
  calendarId: CalendarId,
): Promise<CalendarRow | undefined> {
  return tx.selectFrom('calendars').selectAll().where('id', '=', calendarId).executeTakeFirst();
}
