import { sql } from 'kysely';
import type { ConnectionId, EventId, LinkId } from '../calendar/ids.ts';
import type { Sent } from '../sync/link.ts';
import { BY_ITSELF } from '../sync/single.ts';
import type { LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { listExceptionLinks } from './exception-links.ts';
import { pauseUnusedCopies } from './calendar-settings.ts';
import { enqueueSync } from './jobs.ts';
import { closedReasons, requestPull } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/** States of copies that wait for the connection, not for a person or for a provider's word. */
const heldStates = ['needs_reconnect', 'retrying', 'paused'] as const;

/**
 * The connection works again: what waited for it is due at once, and what a disconnect closed is
 * opened again, to be looked at before anything is written. So reconnecting duplicates nothing, and
 * guests are not mailed of what happened meanwhile. Its
 * calendars are read, since much may have changed meanwhile.
 */
export async function wakeCopies(
  tx: TenantTransaction,
  { connectionId, now, newId }: { connectionId: ConnectionId } & Occasion,
): Promise<void> {
  const due = { state: 'pending', state_reason: null, state_since: now, attempts: 0 } as const;
  await tx
    .updateTable('event_links')
    .set({ ...due, next_attempt_at: now })
    .where('connection_id', '=', connectionId)
    .where('state', 'in', heldStates)
    .execute();
  await tx
    .updateTable('event_links')
    .set({
      ...due,
      next_attempt_at: now,
      // Where nothing was ever sent, there is nothing to look at; but for an occurrence, which is there with its series.
      is_stale: sql<boolean>`is_stale or external_id is not null or sent is not null`,
      is_silent: true,
    })
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'closed')
    .where('state_reason', '=', closedReasons.disconnected)
    .execute();
  await pauseUnusedCopies(tx, connectionId, now);
  const calendars = await tx
    .selectFrom('event_links')
    .select('calendar_id')
    .distinct()
    .where('connection_id', '=', connectionId)
    .where('next_attempt_at', '<=', now)
    .execute();
  const targets = calendars.map(({ calendar_id }) => ({ connectionId, calendarId: calendar_id }));
  await enqueueSync(tx, targets, { now, newId });
  const read = await tx
    .selectFrom('calendars')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('direction', 'in', ['both', 'in'])
    .where('state', '<>', 'removed')
    .execute();
  const feeds = read.map(({ id }) => ({ connectionId, calendarId: id }));
  await requestPull(tx, feeds, { now, newId });
}

/** Nothing is written for this connection any more; its copies stay where they are. */
export async function closeCopies(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({
      state: 'closed',
      state_reason: closedReasons.disconnected,
      state_since: now,
      next_attempt_at: null,
      attempts: 0,
    })
    .where('connection_id', '=', connectionId)
    .where('state', '<>', 'closed')
    .execute();
}

/** A copy that exists, or may: what to ask of the provider to be rid of it. */
export interface Copy {
  id: LinkId;
  event_id: EventId;
  external_id: string | null;
  etag: string | null;
  external_calendar_id: string;
  /** Whether taking it away may be told to somebody as the end of the meeting. */
  has_guests: boolean;
}

/**
 * The connection's copies that we made and that exist or may exist, at most `limit`: what came from there is theirs.
 * Changed occurrences go with their series.
 */
export async function listCopies(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  limit: number,
): Promise<Copy[]> {
  return (
    tx
      .selectFrom('event_links as l')
      .innerJoin('calendars as c', (join) =>
        join.onRef('c.id', '=', 'l.calendar_id').onRef('c.tenant_id', '=', 'l.tenant_id'),
      )
      .innerJoin('calendar_events as e', (join) =>
        join.onRef('e.id', '=', 'l.event_id').onRef('e.tenant_id', '=', 'l.tenant_id'),
      )
      .select(['l.id', 'l.event_id', 'l.external_id', 'l.etag'])
      .select('c.external_id as external_calendar_id')
      .select(
        sql<boolean>`l.can_edit and coalesce(jsonb_array_length(l.remote -> 'attendees'), 0) > 0`.as(
          'has_guests',
        ),
      )
      .where('l.connection_id', '=', connectionId)
      .where('l.origin', '=', 'local')
      .where(({ or, eb }) =>
        or([eb('e.series_id', 'is', null), eb('l.series_form', '=', BY_ITSELF)]),
      )
      .where('l.state', '<>', 'closed')
      .where('l.is_remote_gone', '=', false)
      // Without an id and without an attempt there is nothing there.
      .where(({ or, eb }) =>
        or([eb('l.external_id', 'is not', null), eb('l.sent', 'is not', null)]),
      )
      .orderBy('l.id')
      .limit(limit)
      .execute()
  );
}

/**
 * Before a copy is taken away: if no answer comes, nobody knows whether it is there. That it went is no deletion
 * of its event, also when that is seen much later.
 */
export async function noteRemoval(tx: TenantTransaction, { id }: Copy): Promise<void> {
  const sent = JSON.stringify({ kind: 'delete', isTakenBack: true } satisfies Sent);
  await tx
    .updateTable('event_links')
    .set({ sent })
    .where('id', '=', id)
    .where('external_id', 'is not', null)
    .execute();
}

/** The copy is gone at the provider, as was asked: the link ends and the event forgets its id. */
export async function closeRemovedCopy(
  tx: TenantTransaction,
  linkId: LinkId,
  now: Date,
): Promise<void> {
  const [link] = await closeRemoved(tx, [linkId], now);
  if (!link) return;
  const ofExceptions = await listExceptionLinks(tx, link);
  await closeRemoved(
    tx,
    ofExceptions.map(({ id }) => id),
    now,
  );
  await askForRest(tx, link, now);
  if (!link.external_id) return;
  for (const column of ['google_event_id', 'outlook_event_id'] as const) {
    await tx
      .updateTable('calendar_events')
      .set({ [column]: null })
      .where('id', '=', link.event_id)
      .where(column, '=', link.external_id)
      .execute();
  }
}

/**
 * Where a series is several there, those that are still to go: should it come to that no more, they see to it that
 * all of them are there again.
 */
async function askForRest(
  tx: TenantTransaction,
  { event_id, connection_id }: LinkRow,
  now: Date,
): Promise<void> {
  const series = tx.selectFrom('calendar_events').select('series_id').where('id', '=', event_id);
  await tx
    .updateTable('event_links')
    .set({ next_attempt_at: now })
    .where('connection_id', '=', connection_id)
    .where(({ or, eb }) => or([eb('event_id', '=', event_id), eb('event_id', 'in', series)]))
    .where('state', '<>', 'closed')
    .execute();
}

async function closeRemoved(
  tx: TenantTransaction,
  linkIds: readonly LinkId[],
  now: Date,
): Promise<LinkRow[]> {
  if (linkIds.length === 0) return [];
  return tx
    .updateTable('event_links')
    .set({
      state: 'closed',
      state_reason: closedReasons.removed,
      state_since: now,
      next_attempt_at: null,
      remote: null,
      sent: null,
      is_remote_gone: true,
    })
    .where('id', 'in', linkIds)
    .returningAll()
    .execute();
}

/** Forgets the connection's jobs; one that is running loses its hold and stores nothing more. */
export async function deleteJobs(tx: TenantTransaction, connectionId: ConnectionId): Promise<void> {
  await tx.deleteFrom('jobs').where('connection_id', '=', connectionId).execute();
}

/** Whether a worker is at this connection right now. */
export async function isJobRunning(
  tx: TenantTransaction,
  connectionId: ConnectionId,
  now: Date,
): Promise<boolean> {
  const row = await tx
    .selectFrom('jobs')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('locked_until', '>', now)
    .executeTakeFirst();
  return row !== undefined;
}
