import { sql } from 'kysely';
import type { CalendarId, LeadId, LinkId } from '../calendar/ids.ts';
import type { KnownLink } from '../sync/match.ts';
import { PARTS_MAX } from '../sync/single.ts';
import type { CalendarRow, FullPull, LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { enqueueSync, type SyncTarget } from './jobs.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** Why a link is closed, where that matters later. */
export const closedReasons = {
  /** Gone at the provider. */
  gone: 'gone',
  /** Its copy stays there, and is not ours any more. */
  kept: 'kept',
  /** Another link took its place, for good. */
  replaced: 'replaced',
  /** Its series was deleted: it is opened again if that comes back. */
  ended: 'ended',
  /** By a disconnect, its copy being there: a reconnect opens it. */
  disconnected: 'disconnected',
  /** By a disconnect that took its copy away. */
  removed: 'copy-removed',
} as const;

/** Whether its calendar is disconnected, and it goes on with that. */
export const isResting = ({ state, state_reason }: Pick<LinkRow, 'state' | 'state_reason'>) =>
  state === 'closed' && state_reason === closedReasons.disconnected;

/**
 * Asks for a look at what changed in the calendars at the provider, at once. Any number of requests
 * are one look; one that comes while a look is going on causes another.
 */
export async function requestPull(
  tx: TenantTransaction,
  targets: readonly SyncTarget[],
  { now, newId }: Occasion,
): Promise<void> {
  await enqueueSync(tx, targets, { now, newId, isPull: true });
}

/** What the tenant lets in. */
export async function getImportPolicy(
  tx: TenantTransaction,
): Promise<{ import_days_back: number; import_days_ahead: number; ingest: 'all' | 'with-lead' }> {
  return tx
    .selectFrom('tenants')
    .select(['import_days_back', 'import_days_ahead', 'ingest'])
    .executeTakeFirstOrThrow();
}

/** Where the feed of a calendar stands; JSON members are given as values. */
export interface FeedChanges
  extends Partial<
    Pick<
      CalendarRow,
      | 'sync_token'
      | 'window_start'
      | 'window_end'
      | 'pull_done'
      | 'next_pull_at'
      | 'last_pulled_at'
      | 'last_change_at'
      | 'generation'
      | 'next_full_pull_at'
      | 'rebuild_not_before'
      | 'state'
      | 'state_reason'
    >
  > {
  full_pull?: FullPull | null;
}

/**
 * Moves the bookmark; in the same transaction as the rows of the page it stands behind. Answers the
 * calendar as it is then.
 */
export async function changeFeed(
  tx: TenantTransaction,
  calendar: CalendarRow,
  { full_pull, ...columns }: FeedChanges,
): Promise<CalendarRow> {
  // A page in the middle may say nothing at all.
  if (full_pull === undefined && Object.keys(columns).length === 0) return calendar;
  return tx
    .updateTable('calendars')
    .set({
      ...columns,
      ...(full_pull !== undefined && {
        full_pull: full_pull === null ? null : JSON.stringify(full_pull),
      }),
    })
    .where('id', '=', calendar.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** As much of a link as a page of the feed needs to recognise its entries. */
export type FeedLink = KnownLink &
  Pick<LinkRow, 'etag' | 'is_stale' | 'sent' | 'state' | 'copy_id'>;

/**
 * The tenant's links that share an id with one of a page's entries, closed ones too. In the same
 * statement what the page shows leaves the list of what could not be read; what still cannot comes
 * back with `noteUnreadable`.
 */
export async function findFeedLinks(
  tx: TenantTransaction,
  calendarId: CalendarId,
  ids: { externalIds: string[]; linkIds: LinkId[]; iCalUids: string[] },
): Promise<FeedLink[]> {
  const columns = sql`id, event_id, calendar_id, connection_id, external_id, ical_uid, part, copy_id,
    is_remote_gone, etag, is_stale, sent, state, state = 'closed' as "isClosed",
    state = 'closed' and state_reason in (${closedReasons.replaced}, ${closedReasons.ended}) as "isReplaced",
    state = 'closed' and state_reason = ${closedReasons.kept} as "isKept"`;
  const { rows } = await sql<FeedLink>`
    with shown as (
      delete from unreadable_items where calendar_id = ${calendarId}
        and external_id = any(${ids.externalIds}::text[]))
    select ${columns} from event_links
      where calendar_id = ${calendarId} and external_id = any(${ids.externalIds}::text[])
        and state <> 'closed'
    union all
    select ${columns} from event_links
      where calendar_id = ${calendarId} and external_id = any(${ids.externalIds}::text[])
        and state = 'closed'
    union all
    select ${columns} from event_links where id = any(${ids.linkIds}::uuid[])
    union all
    select ${columns} from event_links where ical_uid = any(${ids.iCalUids}::text[])`.execute(tx);
  return rows;
}

/** The links were shown by this listing. */
export async function noteSeen(
  tx: TenantTransaction,
  linkIds: readonly LinkId[],
  generation: number,
): Promise<void> {
  if (linkIds.length === 0) return;
  await sql`update event_links set seen_generation = ${generation}
    where id = any(${linkIds}::uuid[])`.execute(tx);
}

/** Of a date that is there by itself, what its event says of when it is says nothing: see `numberOf`. */
const isSinglePart = sql`(abs(l.part) > ${sql.lit(PARTS_MAX)})`;
const singleAt = sql`to_timestamp(l.part * 60::float8)`;

/**
 * The copies that a whole listing should have shown and did not: to be asked for singly before
 * anything is believed. Answers how many.
 */
export async function doubtMissing(
  tx: TenantTransaction,
  calendarId: CalendarId,
  { generation, windowStart, windowEnd }: FullPull,
  now: Date,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with missing as (
      update event_links l set is_stale = true, next_attempt_at = ${now}, attempts = 0
      from calendar_events e
      where e.tenant_id = l.tenant_id and e.id = l.event_id and l.calendar_id = ${calendarId}
        and l.state <> 'closed' and l.external_id is not null and not l.is_remote_gone
        and l.seen_generation < ${generation}
        and e.ends_at > ${new Date(windowStart)} and e.starts_at < ${new Date(windowEnd)}
        and (not ${isSinglePart} or ${singleAt} between ${new Date(windowStart)}::timestamptz + interval '2 days'
          and ${new Date(windowEnd)}::timestamptz - interval '2 days')
      returning l.id)
    select count(*)::int as count from missing`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** Says that the link has something to do: a call to its provider. */
export async function markDue(
  tx: TenantTransaction,
  linkIds: readonly LinkId[],
  now: Date,
): Promise<void> {
  if (linkIds.length === 0) return;
  await sql`update event_links set next_attempt_at = ${now}, attempts = 0
    where id = any(${linkIds}::uuid[]) and state <> 'closed'`.execute(tx);
}

/** The leads of these addresses, each by its address in lower case; of several the oldest. */
export async function findLeadsByEmail(
  tx: TenantTransaction,
  emails: readonly string[],
): Promise<Map<string, LeadId>> {
  if (emails.length === 0) return new Map();
  const { rows } = await sql<{ email: string; id: LeadId }>`
    select lower(email) as email, id from leads
    where lower(email) = any(${emails}::text[]) and email <> ''
    order by created_at desc, id`.execute(tx);
  return new Map(rows.map(({ email, id }) => [email, id]));
}

/** Notes what of a page could not be read. */
export async function noteUnreadable(
  tx: TenantTransaction,
  calendarId: CalendarId,
  unreadable: readonly { externalId: string; reason: string }[],
  now: Date,
): Promise<void> {
  for (const { externalId, reason } of unreadable) {
    await tx
      .insertInto('unreadable_items')
      .values({
        tenant_id: currentTenantId,
        calendar_id: calendarId,
        external_id: externalId,
        reason,
        since: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
