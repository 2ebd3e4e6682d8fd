import { sql } from 'kysely';
import type { CalendarId, ConnectionId, EventId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import { lockEvent, type Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { insertLink } from './links.ts';
import { notifyPages } from './notify.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Plans a copy of an event in another connection's write calendar, on its owner's request: whole,
 * or showing nothing but that the owner is busy. A mirror has no guests, so it mails nobody. The event
 * is locked: two requests at once are one copy.
 */
export async function planMirror(
  tx: TenantTransaction,
  mirror: {
    eventId: EventId;
    connectionId: ConnectionId;
    shows: LinkRow['shows'];
  } & Occasion,
): Promise<'done' | 'no-calendar' | 'there-already'> {
  const { connectionId, shows, now, newId } = mirror;
  const { series_id: seriesId } = (await lockEvent(tx, mirror.eventId)) ?? {};
  // An occurrence is there with its series, and only with it.
  const eventId = seriesId ?? mirror.eventId;
  const calendar = await tx
    .selectFrom('calendars')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('is_write_target', '=', true)
    .executeTakeFirst();
  if (!calendar) return 'no-calendar';
  if (await hasCopy(tx, eventId, calendar.id)) return 'there-already';
  const target = { connectionId, calendarId: calendar.id };
  await insertLink(tx, { eventId, ...target, shows, now, newId });
  // Kept out of that calendar once, and wanted there now.
  await tx
    .updateTable('calendar_events')
    .set({ left_out_of: sql`array_remove(left_out_of, ${connectionId}::uuid)` })
    .where('id', '=', eventId)
    .execute();
  await enqueueSync(tx, [target], { now, newId });
  await notifyPages(tx, 'activities');
  return 'done';
}

async function hasCopy(
  tx: TenantTransaction,
  eventId: EventId,
  calendarId: CalendarId,
): Promise<boolean> {
  const row = await tx
    .selectFrom('event_links')
    .select('id')
    .where('event_id', '=', eventId)
    .where('calendar_id', '=', calendarId)
    .where('state', '<>', 'closed')
    .executeTakeFirst();
  return row !== undefined;
}
