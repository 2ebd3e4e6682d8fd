import { sql } from 'kysely';
import type { CalendarId, EventId, UserId } from '../calendar/ids.ts';
import type { TimeWindow } from '../calendar/occurrences.ts';
import type { CalendarRow, ConnectionRow, LinkRow } from './database.ts';
import type { TenantTransaction } from './tenant.ts';

interface WindowQuery extends TimeWindow {
  ownerId: UserId;
  /** The first ones, by start; a series has the start of its first occurrence. */
  limit: number;
}

/** The user's own events that lie in part in the window, series as wholes; cancelled ones are not. */
export async function listOwnEvents(tx: TenantTransaction, query: WindowQuery) {
  return selectWindow(tx, query)
    .leftJoin('leads as l', (join) =>
      join.onRef('l.tenant_id', '=', 'v.tenant_id').onRef('l.id', '=', 'v.lead_id'),
    )
    .select([
      'v.version',
      'v.title',
      'v.location',
      'v.visibility',
      'v.show_as',
      'v.original_start',
      'v.lead_id',
      'l.name as lead_name',
    ])
    .select(sql<boolean>`coalesce(jsonb_array_length(v.attendees), 0) > 0`.as('has_guests'))
    .execute();
}

export type OwnEventRow = Awaited<ReturnType<typeof listOwnEvents>>[number];

/**
 * When a colleague has no time: nothing else of an event is read, private or not. Those that take no
 * time of theirs, and meetings that they declined, are not among them.
 */
export async function listBusyTimes(tx: TenantTransaction, query: WindowQuery) {
  return selectWindow(tx, query)
    .where('v.show_as', 'not in', ['free', 'working-elsewhere'])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('event_links as d')
            .select('d.id')
            .whereRef('d.tenant_id', '=', 'v.tenant_id')
            .whereRef('d.event_id', '=', 'v.id')
            .where('d.state', '<>', 'closed')
            .where('d.own_answer', '=', 'declined'),
        ),
      ),
    )
    .execute();
}

function selectWindow(tx: TenantTransaction, { ownerId, from, until, limit }: WindowQuery) {
  return (
    tx
      .selectFrom('visible_events as v')
      .select([
        'v.id',
        'v.series_id',
        'v.is_all_day',
        'v.start_date',
        'v.end_date',
        'v.start_local',
        'v.end_local',
        'v.time_zone',
        'v.starts_at',
        'v.ends_at',
        'v.recurrence',
      ])
      .where('v.owner_id', '=', ownerId)
      .where('v.deleted_at', 'is', null)
      .where('v.status', '=', 'confirmed')
      .where('v.ended_with_series', '=', false)
      .where('v.starts_at', '<', until)
      // What ends as the window begins is not in it, but a moment may be.
      .where('v.ends_at', '>=', from)
      .where(({ or, eb }) => or([eb('v.ends_at', '>', from), eb('v.starts_at', '>=', from)]))
      .orderBy('v.starts_at')
      .orderBy('v.id')
      .limit(limit)
  );
}

/** In which calendars of the user the events are, and how they are there. */
export async function listPlaces(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
  ownerId: UserId,
): Promise<Place[]> {
  if (eventIds.length === 0) return [];
  return tx
    .selectFrom('event_links as l')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'l.tenant_id').onRef('i.id', '=', 'l.connection_id'),
    )
    .select([
      'l.event_id',
      'l.calendar_id',
      'l.state',
      'l.origin',
      'l.can_edit',
      'l.organizer',
      'l.own_answer',
    ])
    .where('l.event_id', '=', sql<EventId>`any(${[...eventIds]}::uuid[])`)
    .where('l.state', '<>', 'closed')
    .where('i.user_id', '=', ownerId)
    .execute();
}

export type Place = Pick<
  LinkRow,
  'event_id' | 'calendar_id' | 'state' | 'origin' | 'can_edit' | 'organizer' | 'own_answer'
>;

/** Calendars of the user that events come from or go to, or that events listed are in. */
export async function listOwnCalendars(
  tx: TenantTransaction,
  ownerId: UserId,
  alsoIds: readonly CalendarId[],
): Promise<OwnCalendar[]> {
  return tx
    .selectFrom('calendars as c')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'c.tenant_id').onRef('i.id', '=', 'c.connection_id'),
    )
    .select(['c.id', 'c.name', 'i.provider', 'i.email as account'])
    .where('i.user_id', '=', ownerId)
    .where(({ or, and, eb }) =>
      or([
        and([
          eb('c.direction', '<>', 'none'),
          eb('c.state', '<>', 'removed'),
          eb('i.is_active', '=', true),
        ]),
        eb('c.id', '=', sql<CalendarId>`any(${[...alsoIds]}::uuid[])`),
      ]),
    )
    .orderBy('i.created_at')
    .orderBy('i.id')
    .orderBy('c.is_primary', 'desc')
    .orderBy('c.created_at')
    .orderBy('c.id')
    .execute();
}

export type OwnCalendar = Pick<CalendarRow, 'id' | 'name'> & {
  provider: ConnectionRow['provider'];
  account: string;
};
