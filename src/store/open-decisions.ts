import { type RawBuilder, sql } from 'kysely';
import type { CalendarId, ConnectionId, EventId, LinkId, UserId } from '../calendar/ids.ts';
import { BRAKE_REASON, eventOf } from './brakes.ts';
import type { Brake, ConnectionRow } from './database.ts';
import type { TenantTransaction } from './tenant.ts';
import { statesByAttention } from './visible-events.ts';

/** Calendars of one person whose deletions wait: more than anybody has. */
const BRAKES_MAX = 50;
/** Of what a brake holds so many events are named. */
const TITLES_SHOWN = 5;

/** A copy about which its owner is asked, and where it stands in the list. */
export interface AskedCopy {
  id: LinkId;
  event_id: EventId;
  /** Since when, in milliseconds since 1970: what the list is sorted by. */
  since_ms: number;
}

/** Where a page begins: after this copy. */
export type AskedPosition = Pick<AskedCopy, 'id' | 'since_ms'>;

/** A calendar in which many deletions wait for a word. */
export interface HeldCalendar {
  id: CalendarId;
  connection_id: ConnectionId;
  provider: ConnectionRow['provider'];
  account: string;
  name: string;
  brake: Brake;
  /** How many of what is held are gone in the calendar, and how many here. */
  gone_there_count: number;
  gone_here_count: number;
  /** The titles of some of them, the next in time first. */
  titles: string[];
}

/** The same rule as `listChoices` has; the index `event_links_asked` is made for it. */
const isAsked = sql<boolean>`l.state <> 'closed'
  and (l.is_revived or l.state in ('detached', 'refused') or l.conflict <> '[]')`;
/** Of a series that is several in its calendar one is asked about: the one that `listCopies` shows. */
const isShown = sql<boolean>`(l.copy_id is null or not exists (
  select from event_links o
  where o.tenant_id = l.tenant_id and o.event_id = l.event_id and o.calendar_id = l.calendar_id
    and o.copy_id is not null and o.state <> 'closed'
    and (o.is_revived or o.state in ('detached', 'refused') or o.conflict <> '[]')
    and (array_position(${statesByAttention}::text[], o.state::text), o.part)
      < (array_position(${statesByAttention}::text[], l.state::text), l.part)))`;
const sinceMs = sql<number>`floor(extract(epoch from l.state_since) * 1000)::float8`;

/** How many questions wait for the person: copies of their events, and calendars that are held. */
export async function countDecisions(tx: TenantTransaction, userId: UserId): Promise<number> {
  const { count } = await selectAsked(tx, userId)
    .select(({ fn, cast }) => cast<number>(fn.countAll(), 'integer').as('count'))
    .executeTakeFirstOrThrow();
  const held = await selectHeld(tx, userId).select('c.id').execute();
  return count + held.length;
}

/** Copies of the person's own events that they are asked about, the latest question first. */
export async function listAskedCopies(
  tx: TenantTransaction,
  userId: UserId,
  { after, limit }: { after: AskedPosition | null; limit: number },
): Promise<AskedCopy[]> {
  return selectAsked(tx, userId)
    .select(['l.id', 'l.event_id', sinceMs.as('since_ms')])
    .$if(after !== null, (copies) =>
      copies.where(
        sql<boolean>`(${sinceMs}, l.id) < (${after?.since_ms}::float8, ${after?.id}::uuid)`,
      ),
    )
    .orderBy(sinceMs, 'desc')
    .orderBy('l.id', 'desc')
    .limit(limit)
    .execute();
}

/** The event of a copy in one of the person's own calendars; undefined where there is none such. */
export async function findEventOfCopy(
  tx: TenantTransaction,
  linkId: LinkId,
  userId: UserId,
): Promise<EventId | undefined> {
  const row = await selectOwnCopies(tx, userId)
    .select('l.event_id')
    .where('l.id', '=', linkId)
    .executeTakeFirst();
  return row?.event_id;
}

/** The person's calendars in which the brake holds and nobody has said anything yet. */
export async function listHeldCalendars(
  tx: TenantTransaction,
  userId: UserId,
): Promise<HeldCalendar[]> {
  const rows = await selectHeld(tx, userId)
    .select(['c.id', 'c.connection_id', 'c.name', 'c.brake', 'i.provider', 'i.email as account'])
    .orderBy('c.id')
    .limit(BRAKES_MAX)
    .execute();
  return Promise.all(
    rows.map(async ({ brake, ...row }) => ({
      ...row,
      brake: brake as Brake,
      ...(await describeHeld(tx, row.id, userId)),
    })),
  );
}

async function describeHeld(tx: TenantTransaction, calendarId: CalendarId, userId: UserId) {
  const held = tx
    .selectFrom('event_links as l')
    .innerJoin('calendar_events as e', (join) =>
      join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.id', '=', 'l.event_id'),
    )
    .where('l.calendar_id', '=', calendarId)
    .where('l.state', '=', 'paused')
    .where('l.state_reason', '=', BRAKE_REASON);
  const counts = await held
    // Of a series that is several there, each is the same event.
    .select([
      sql<number>`(count(distinct ${eventOf}) filter (where l.is_remote_gone))::int`.as('there'),
      sql<number>`(count(distinct ${eventOf}) filter (where not l.is_remote_gone))::int`.as('here'),
    ])
    .executeTakeFirstOrThrow();
  const named = await held
    .select('e.title')
    // A colleague's event may have a copy here, too; its title is the colleague's.
    .where('e.owner_id', '=', userId)
    .orderBy('e.starts_at', 'desc')
    .orderBy('e.id')
    .limit(TITLES_SHOWN)
    .execute();
  return {
    gone_there_count: counts.there,
    gone_here_count: counts.here,
    titles: named.map(({ title }) => title),
  };
}

function selectAsked(tx: TenantTransaction, userId: UserId) {
  return selectOwnCopies(tx, userId)
    .where(isAsked as RawBuilder<boolean>)
    .where(isShown as RawBuilder<boolean>);
}

function selectOwnCopies(tx: TenantTransaction, userId: UserId) {
  return tx
    .selectFrom('event_links as l')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'l.tenant_id').onRef('i.id', '=', 'l.connection_id'),
    )
    .innerJoin('calendar_events as e', (join) =>
      join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.id', '=', 'l.event_id'),
    )
    .where('i.user_id', '=', userId)
    .where('e.owner_id', '=', userId)
    .where('e.deleted_at', 'is', null);
}

function selectHeld(tx: TenantTransaction, userId: UserId) {
  return tx
    .selectFrom('calendars as c')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'c.tenant_id').onRef('i.id', '=', 'c.connection_id'),
    )
    .where('i.user_id', '=', userId)
    .where('i.is_active', '=', true)
    .where('c.direction', '<>', 'none')
    .where('c.state', '<>', 'removed')
    .where(sql<boolean>`c.brake ->> 'since' is not null and c.brake ->> 'decision' is null`);
}
