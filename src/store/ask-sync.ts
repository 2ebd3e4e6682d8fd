import type { CalendarId, ConnectionId, EventId, UserId } from '../calendar/ids.ts';
import type { Occasion } from './events.ts';
import { askForCopies } from './links.ts';
import { notifyPages } from './notify.ts';
import { requestPull } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/** A calendar that was asked for. */
export interface AskedCalendar {
  id: CalendarId;
  connection_id: ConnectionId;
  name: string;
}

export interface Wish {
  /** Only what this person owns. */
  userId: UserId;
  connectionId?: ConnectionId;
  calendarId?: CalendarId;
  /** The calendars that this event has a copy in. */
  eventId?: EventId;
}

/**
 * Asks for a look at what is in use and can be reached, at a person's wish: `asked_at` says so until
 * the run has ended. What cannot be reached now is left out, so that nobody waits for it.
 */
export async function askSync(
  tx: TenantTransaction,
  wish: Wish & Occasion,
): Promise<AskedCalendar[]> {
  const { eventId, now, newId } = wish;
  const calendars = await listReachable(tx, wish);
  const ids = calendars.map(({ id }) => id);
  if (ids.length > 0) {
    await tx.updateTable('calendars').set({ asked_at: now }).where('id', 'in', ids).execute();
  }
  if (eventId) await askForCopies(tx, { eventId, now, newId });
  const targets = calendars.map(({ id, connection_id }) => ({
    calendarId: id,
    connectionId: connection_id,
  }));
  await requestPull(tx, targets, { now, newId });
  await notifyPages(tx, 'connections');
  return calendars;
}

async function listReachable(tx: TenantTransaction, wish: Wish): Promise<AskedCalendar[]> {
  const { userId, connectionId, calendarId, eventId } = wish;
  return tx
    .selectFrom('calendars as c')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.id', '=', 'c.connection_id').onRef('i.tenant_id', '=', 'c.tenant_id'),
    )
    .select(['c.id', 'c.connection_id', 'c.name'])
    .where('i.user_id', '=', userId)
    .where('i.is_active', '=', true)
    .where('i.sync_enabled', '=', true)
    .where('i.state', '=', 'active')
    .where('i.first_sync_at', 'is not', null)
    .where('c.direction', '<>', 'none')
    .where('c.state', '<>', 'removed')
    .$if(connectionId !== undefined, (query) => query.where('i.id', '=', connectionId as never))
    .$if(calendarId !== undefined, (query) => query.where('c.id', '=', calendarId as never))
    .$if(eventId !== undefined, (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('event_links as l')
            .select('l.id')
            .whereRef('l.tenant_id', '=', 'c.tenant_id')
            .whereRef('l.calendar_id', '=', 'c.id')
            .where('l.event_id', '=', eventId as never)
            .where('l.state', '<>', 'closed'),
        ),
      ),
    )
    .orderBy('c.id')
    .execute();
}
