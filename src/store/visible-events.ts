import { type Selectable, sql } from 'kysely';
import type { MergeUnit } from '../calendar/event.ts';
import type { EventId, LeadId, UserId } from '../calendar/ids.ts';
import type { ConnectionRow, LinkRow, LinkState, VisibleEventsView } from './database.ts';
import { listChoices } from '../sync/choices.ts';
import { isSingle } from '../sync/single.ts';
import type { TenantTransaction } from './tenant.ts';

/** An event as the user of this transaction's scope may see it. */
export type VisibleEvent = Selectable<VisibleEventsView> & {
  owner_name: string;
  /** Of a cancelled one: where it was deleted, as far as that is known. */
  cancelled_in: Pick<CopyView, 'provider' | 'account'> | null;
};

/** One copy of an event in an external calendar. */
export interface CopyView
  extends Pick<
    LinkRow,
    | 'id'
    | 'event_id'
    | 'connection_id'
    | 'external_id'
    | 'state'
    | 'state_reason'
    | 'state_since'
    | 'next_attempt_at'
    | 'last_synced_at'
    | 'origin'
    | 'can_edit'
    | 'organizer'
    | 'warning'
    | 'conflict'
    | 'is_revived'
    | 'carries_guests'
    | 'answers'
    | 'shows'
    | 'own_answer'
    | 'wanted_answer'
    | 'calendar_id'
    | 'copy_id'
    | 'part'
  > {
  provider: ConnectionRow['provider'];
  account: string;
  calendar: string;
  heldAs: HeldAs;
  /** What reads otherwise there, since changes go but one way (SPEC S6). */
  apart: MergeUnit[];
}

/** What an event is in its calendar: a series that cannot be one there is several, or its single dates. */
export const heldAsValues = ['one', 'several-series', 'single-events'] as const;
export type HeldAs = (typeof heldAsValues)[number];

export async function findVisibleEvent(
  tx: TenantTransaction,
  eventId: EventId,
): Promise<VisibleEvent | undefined> {
  return selectVisible(tx)
    .where('v.deleted_at', 'is', null)
    .where('v.id', '=', eventId)
    .executeTakeFirst();
}

/** The user's own event, also while it is deleted: its history is there, and can be taken back. */
export async function findOwnEvent(
  tx: TenantTransaction,
  eventId: EventId,
  ownerId: UserId,
): Promise<VisibleEvent | undefined> {
  return selectVisible(tx)
    .where('v.id', '=', eventId)
    .where('v.owner_id', '=', ownerId)
    .executeTakeFirst();
}

/** Those of the events that the user owns and that are not deleted, in no order. */
export async function listOwnEvents(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
  ownerId: UserId,
): Promise<VisibleEvent[]> {
  if (eventIds.length === 0) return [];
  return selectVisible(tx)
    .where('v.id', 'in', eventIds)
    .where('v.owner_id', '=', ownerId)
    .where('v.deleted_at', 'is', null)
    .execute();
}

/**
 * Events by start that lie in part between `from` and `to`; of more than `limit` the latest. With a
 * lead, only those that the reader may know to be with it: a colleague's private event is nowhere
 * on a lead.
 */
export async function listVisibleEvents(
  tx: TenantTransaction,
  query: {
    leadId: LeadId | null;
    from: Date | null;
    to: Date | null;
    limit: number;
    /** Instead: what this owner deleted since then, cancelled occurrences too, and can still restore. */
    deleted?: { ownerId: UserId; since: Date } | undefined;
    /** Only series that began before this and are not over after `since`. */
    running?: { before: Date; since: Date } | undefined;
  },
): Promise<VisibleEvent[]> {
  const { leadId, from, to, limit, deleted, running } = query;
  const latestFirst = await selectVisible(tx)
    // A cancelled occurrence is no entry; what ended with its series is told by that.
    .where('v.ended_with_series', '=', false)
    .$if(deleted === undefined, (events) =>
      events
        .where('v.deleted_at', 'is', null)
        .where(({ or, eb }) =>
          or([eb('v.series_id', 'is', null), eb('v.status', '=', 'confirmed')]),
        ),
    )
    .$if(deleted !== undefined, (events) =>
      events.where('v.owner_id', '=', deleted?.ownerId as UserId).where(({ or, and, eb }) =>
        or([
          and([
            eb('v.deleted_at', '>=', deleted?.since as Date),
            // With its date a cancelled occurrence is forgotten.
            or([eb('v.series_id', 'is', null), eb('v.status', '=', 'confirmed')]),
          ]),
          isCancelledSince(deleted?.since),
        ]),
      ),
    )
    .$if(leadId !== null, (events) =>
      events
        .where('v.lead_id', '=', leadId)
        // The view hides the column from the index; this gives it back and shows nothing more.
        .innerJoin('calendar_events as e', (join) =>
          join.onRef('e.tenant_id', '=', 'v.tenant_id').onRef('e.id', '=', 'v.id'),
        )
        .where('e.lead_id', '=', leadId),
    )
    .$if(running !== undefined, (events) =>
      events
        .where('v.recurrence', 'is not', null)
        .where('v.starts_at', '<', running?.before as Date)
        .where('v.ends_at', '>=', running?.since as Date),
    )
    .$if(from !== null, (events) => events.where('v.ends_at', '>=', from ?? new Date(0)))
    .$if(to !== null, (events) => events.where('v.starts_at', '<', to ?? new Date(0)))
    .orderBy('v.starts_at', 'desc')
    .orderBy('v.id', 'desc')
    .limit(limit)
    .execute();
  return latestFirst.reverse();
}

/** More than the leads of one page have. */
const SERIES_MAX = 500;

/** Series with these leads that go on after `now`, as far as the reader may know that they are with them. */
export async function listSeriesOfLeads(
  tx: TenantTransaction,
  leadIds: readonly LeadId[],
  now: Date,
): Promise<VisibleEvent[]> {
  if (leadIds.length === 0) return [];
  return (
    selectVisible(tx)
      .where('v.lead_id', 'in', leadIds)
      // The view hides the column from the index; this gives it back and shows nothing more.
      .innerJoin('calendar_events as e', (join) =>
        join.onRef('e.tenant_id', '=', 'v.tenant_id').onRef('e.id', '=', 'v.id'),
      )
      .where('e.lead_id', 'in', leadIds)
      .where('v.recurrence', 'is not', null)
      .where('v.deleted_at', 'is', null)
      .where('v.status', '=', 'confirmed')
      .where('v.ends_at', '>=', now)
      .orderBy('v.id')
      .limit(SERIES_MAX)
      .execute()
  );
}

/** An occurrence that somebody cancelled; of one that is left out by its date no history tells. */
const isCancelledSince = (since: Date | undefined) => sql<boolean>`
  v.deleted_at is null and v.series_id is not null and v.status = 'cancelled' and exists (
    select from event_history h where h.tenant_id = v.tenant_id and h.event_id = v.id
      and h.change = 'cancelled' and h.at >= ${since})`;

/** Starts of the occurrences that are events of their own, or cancelled, by series. */
export async function listExceptionStarts(
  tx: TenantTransaction,
  seriesIds: readonly EventId[],
): Promise<Map<EventId, Set<string>>> {
  const starts = new Map<EventId, Set<string>>(seriesIds.map((id) => [id, new Set()]));
  if (seriesIds.length === 0) return starts;
  const rows = await tx
    .selectFrom('calendar_events')
    .select(['series_id', 'original_start'])
    .where('series_id', 'in', seriesIds)
    .where('deleted_at', 'is', null)
    .execute();
  for (const { series_id, original_start } of rows) {
    if (series_id !== null && original_start !== null) starts.get(series_id)?.add(original_start);
  }
  return starts;
}

/**
 * The copies of those of the events that `ownerId` owns. Nobody else is told of them. Where a series is
 * several in a calendar, they are one copy, which is as the part is that asks most for attention.
 */
export async function listCopies(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
  ownerId: UserId,
): Promise<CopyView[]> {
  if (eventIds.length === 0) return [];
  const links = await tx
    .selectFrom('event_links as l')
    .innerJoin('calendars as c', (join) =>
      join.onRef('c.tenant_id', '=', 'l.tenant_id').onRef('c.id', '=', 'l.calendar_id'),
    )
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.tenant_id', '=', 'l.tenant_id').onRef('i.id', '=', 'l.connection_id'),
    )
    .select([
      'l.id',
      'l.event_id',
      'l.connection_id',
      'l.external_id',
      'l.state',
      'l.state_reason',
      'l.state_since',
      'l.next_attempt_at',
      'l.last_synced_at',
      'l.origin',
      'l.can_edit',
      'l.organizer',
      'l.warning',
      'l.conflict',
      'l.is_revived',
      'l.carries_guests',
      'l.answers',
      'l.shows',
      'l.own_answer',
      'l.wanted_answer',
      'l.calendar_id',
      'l.copy_id',
      'l.part',
      'i.provider',
      'i.email as account',
      'c.name as calendar',
    ])
    .select(apart.as('apart'))
    .where('l.event_id', 'in', eventIds)
    .where('l.state', '<>', 'closed')
    .where('i.user_id', '=', ownerId)
    .orderBy('i.created_at')
    .orderBy('l.id')
    .execute();
  return foldParts(links);
}

const apart = sql<MergeUnit[]>`case when l.shows = 'all' then array(
  select unit.key from jsonb_each(l.base) unit where unit.value ? 'apart' order by unit.key) else '{}' end`;

/** A link that is a copy, or one of those that are one copy together. */
type Part = Omit<CopyView, 'heldAs'>;

/** What a person is asked first, then what waits, by how long it may take; and last what is done. */
export const statesByAttention: readonly LinkState[] = [
  'detached',
  'conflict',
  'refused',
  'needs_reconnect',
  'paused',
  'rate_limited',
  'retrying',
  'syncing',
  'pending',
  'synced',
];

function foldParts(links: readonly Part[]): CopyView[] {
  const copyOf = (link: Part) =>
    link.copy_id === null ? link.id : `${link.event_id} ${link.calendar_id}`;
  const copies = new Map<string, Part[]>();
  for (const link of links) {
    copies.set(copyOf(link), [...(copies.get(copyOf(link)) ?? []), link]);
  }
  return [...copies.values()].map((parts) => {
    const rankOf = ({ state }: Part) => statesByAttention.indexOf(state);
    const inOrder = parts.toSorted((a, b) => a.part - b.part);
    const [worst] = inOrder.toSorted(
      (a, b) => Number(isAsked(b)) - Number(isAsked(a)) || rankOf(a) - rankOf(b),
    ) as [Part];
    const first = inOrder.find(({ external_id }) => external_id !== null);
    return { ...worst, external_id: first?.external_id ?? null, heldAs: findHeldAs(parts) };
  });
}

function findHeldAs(parts: readonly Part[]): HeldAs {
  if (parts.some(isSingle)) return 'single-events';
  return parts.length > 1 ? 'several-series' : 'one';
}

const isAsked = (copy: Part) => listChoices(copy).length > 0;

/** Looked up for nothing that lives; a person cancels in no calendar. */
const cancelledIn = sql<VisibleEvent['cancelled_in']>`case when v.status = 'cancelled' then (
  select case when i.id is not null
    then json_build_object('provider', i.provider, 'account', i.email) end
  from event_history h
  left join calendar_integrations i on i.tenant_id = h.tenant_id and i.id = h.connection_id
  where h.tenant_id = v.tenant_id and h.event_id = v.id and h.change = 'cancelled'
  order by h.at desc, h.id desc limit 1) end`;

function selectVisible(tx: TenantTransaction) {
  return tx
    .selectFrom('visible_events as v')
    .innerJoin('users as u', (join) =>
      join.onRef('u.tenant_id', '=', 'v.tenant_id').onRef('u.id', '=', 'v.owner_id'),
    )
    .selectAll('v')
    .select(['u.name as owner_name', cancelledIn.as('cancelled_in')]);
}
