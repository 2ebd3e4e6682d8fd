import { sql } from 'kysely';
import type { CalendarId, ConnectionId } from '../calendar/ids.ts';
import type { CalendarRow, LinkRow } from './database.ts';
import type { TenantTransaction } from './tenant.ts';

/** A calendar that should be read and was not for longer than this has gone quiet. */
export const QUIET_MS = 24 * 60 * 60_000;
/** Of a calendar's unreadable entries so many are named; all are counted. */
const UNREADABLE_SHOWN = 20;

export interface UnreadableItem {
  reason: string;
  since: Date;
}

/** A calendar with what is known of how it does. */
export interface CalendarView {
  calendar: CalendarRow;
  /** The channel that rings for it, by when it ends; null when none does. */
  channelUntil: Date | null;
  channelCount: number;
  links: Partial<Record<LinkRow['state'], number>>;
  unreadable: { count: number; items: UnreadableItem[] };
  /** The provider asked for a wait until then. */
  notBefore: Date | null;
}

/** The connection's calendars, the one that events go to first, then by name. */
export async function listCalendarViews(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  now: Date,
): Promise<CalendarView[]> {
  const calendars = await tx
    .selectFrom('calendars')
    .selectAll()
    .where('connection_id', '=', connectionId)
    // What was taken away there is only shown while it says something.
    .where(({ or, eb }) => or([eb('state', '<>', 'removed'), eb('direction', '<>', 'none')]))
    .orderBy('is_write_target', 'desc')
    .orderBy('is_primary', 'desc')
    .orderBy(sql`lower(name)`)
    .orderBy('id')
    .execute();
  const ids = calendars.map(({ id }) => id);
  if (ids.length === 0) return [];

  const channels = await tx
    .selectFrom('channels')
    .select(['calendar_id', 'expires_at'])
    .where('calendar_id', 'in', ids)
    .where('state', '=', 'live')
    .where('expires_at', '>', now)
    .orderBy('expires_at')
    .execute();
  const links = await tx
    .selectFrom('event_links')
    .select(['calendar_id', 'state'])
    // Of a series that is several there, each state once.
    .select(sql<number>`count(distinct coalesce(copy_id, id))::int`.as('count'))
    .where('calendar_id', 'in', ids)
    .where('state', '<>', 'closed')
    .groupBy(['calendar_id', 'state'])
    .execute();
  const jobs = await tx
    .selectFrom('jobs')
    .select(['calendar_id', 'not_before'])
    .where('calendar_id', 'in', ids)
    .execute();
  const unreadable = await listUnreadable(tx, ids);

  return calendars.map((calendar) => {
    const own = channels.filter(({ calendar_id }) => calendar_id === calendar.id);
    return {
      calendar,
      channelUntil: own.at(-1)?.expires_at ?? null,
      channelCount: own.length,
      links: Object.fromEntries(
        links
          .filter(({ calendar_id }) => calendar_id === calendar.id)
          .map(({ state, count }) => [state, count]),
      ),
      unreadable: unreadable.get(calendar.id) ?? { count: 0, items: [] },
      notBefore: jobs.find(({ calendar_id }) => calendar_id === calendar.id)?.not_before ?? null,
    };
  });
}

async function listUnreadable(
  tx: TenantTransaction,
  calendarIds: readonly CalendarId[],
): Promise<Map<CalendarId, { count: number; items: UnreadableItem[] }>> {
  const rows = await tx
    .with('ranked', (db) =>
      db
        .selectFrom('unreadable_items')
        .select(['calendar_id', 'reason', 'since'])
        .select(
          sql<number>`row_number() over (partition by calendar_id order by since desc, external_id)`.as(
            'place',
          ),
        )
        .select(sql<number>`(count(*) over (partition by calendar_id))::int`.as('count'))
        .where('calendar_id', 'in', calendarIds),
    )
    .selectFrom('ranked')
    .selectAll()
    .where('place', '<=', UNREADABLE_SHOWN)
    .orderBy('place')
    .execute();
  const result = new Map<CalendarId, { count: number; items: UnreadableItem[] }>();
  for (const { calendar_id, reason, since, count } of rows) {
    const found = result.get(calendar_id) ?? { count, items: [] };
    found.items.push({ reason, since });
    result.set(calendar_id, found);
  }
  return result;
}

/** Whether a calendar that should be read was not for more than a day (SPEC U8). */
export function isQuiet(
  calendar: Pick<CalendarRow, 'direction' | 'state' | 'last_pulled_at'>,
  firstSyncAt: Date | null,
  now: Date,
): boolean {
  const isRead = calendar.direction === 'both' || calendar.direction === 'in';
  if (!isRead || calendar.state === 'removed' || !firstSyncAt) return false;
  const since = calendar.last_pulled_at ?? firstSyncAt;
  return now.getTime() - since.getTime() > QUIET_MS;
}

export interface Troubles {
  quietCount: number;
  brakeCount: number;
}

/** What admins are told of the connections' calendars: numbers, and nothing of what is in them. */
export async function countTroubles(
  tx: TenantTransaction,
  now: Date,
): Promise<Map<ConnectionId, Troubles>> {
  const rows = await tx
    .selectFrom('calendars as c')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.id', '=', 'c.connection_id').onRef('i.tenant_id', '=', 'c.tenant_id'),
    )
    .select(['c.connection_id', 'c.direction', 'c.state', 'c.last_pulled_at', 'c.brake'])
    .select('i.first_sync_at')
    .where('i.is_active', '=', true)
    .where('c.direction', '<>', 'none')
    .where('c.state', '<>', 'removed')
    .execute();
  const result = new Map<ConnectionId, Troubles>();
  for (const row of rows) {
    const counts = result.get(row.connection_id) ?? { quietCount: 0, brakeCount: 0 };
    if (isQuiet(row, row.first_sync_at, now)) counts.quietCount++;
    if (row.brake && row.brake.decision === null) counts.brakeCount++;
    result.set(row.connection_id, counts);
  }
  return result;
}
