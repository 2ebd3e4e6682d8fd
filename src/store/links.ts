import { sql } from 'kysely';
import type { Answers, EventFields, GuestAnswer } from '../calendar/event.ts';
import type { CalendarId, ConnectionId, EventId, LinkId, UserId } from '../calendar/ids.ts';
import type { LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { closedReasons } from './pulls.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/**
 * Plans a copy of the event in the write calendar of its owner's connections, but for those left out. Guests are
 * invited from the one that was connected first, and from no other.
 */
export async function planCopies(
  tx: TenantTransaction,
  event: {
    eventId: EventId;
    ownerId: UserId;
    isSilent: boolean;
    leftOutOf: readonly ConnectionId[];
  } & Occasion,
): Promise<void> {
  const targets = await tx
    .selectFrom('calendars as c')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.id', '=', 'c.connection_id').onRef('i.tenant_id', '=', 'c.tenant_id'),
    )
    .select(['c.id', 'c.connection_id'])
    .where('i.user_id', '=', event.ownerId)
    .where('i.is_active', '=', true)
    .where('i.sync_enabled', '=', true)
    .where('c.is_write_target', '=', true)
    .$if(event.leftOutOf.length > 0, (query) => query.where('i.id', 'not in', event.leftOutOf))
    .orderBy('i.created_at')
    .orderBy('i.id')
    .execute();
  const { eventId, isSilent, now, newId } = event;
  const copies = targets.map(({ id, connection_id }, index) => ({
    eventId,
    calendarId: id,
    connectionId: connection_id,
    carriesGuests: index === 0,
    isSilent,
  }));
  for (const copy of copies) await insertLink(tx, { ...copy, now, newId });
  await enqueueSync(tx, copies, event);
}

/**
 * Plans copies of the owner's coming events in a calendar that was just connected, of which nobody is
 * told. Events that
 * already have a live copy there keep it: reconnecting duplicates nothing. The calendar is looked
 * at in any case.
 */
export async function planCopiesForCalendar(
  tx: TenantTransaction,
  target: { connectionId: ConnectionId; calendarId: CalendarId } & Occasion,
): Promise<void> {
  const { connectionId, calendarId, now, newId } = target;
  const eventIds = await listEventsWithoutCopy(tx, target);
  const invited = await findEventsThatInvite(tx, eventIds);
  for (const id of eventIds) {
    const carriesGuests = !invited.has(id);
    const place = { eventId: id, calendarId, connectionId };
    await insertLink(tx, { ...place, carriesGuests, isSilent: true, now, newId });
  }
  await enqueueSync(tx, [target], target);
}

/**
 * The owner's coming events that are to have a copy in the calendar and have none. What came from a
 * calendar stays there, what was deleted there is not made anew, and what was kept out stays out.
 */
export async function listEventsWithoutCopy(
  tx: TenantTransaction,
  target: { connectionId: ConnectionId; calendarId: CalendarId; now: Date },
): Promise<EventId[]> {
  const { connectionId, calendarId, now } = target;
  const events = await tx
    .selectFrom('calendar_events as e')
    .innerJoin('calendar_integrations as i', (join) =>
      join.onRef('i.user_id', '=', 'e.owner_id').onRef('i.tenant_id', '=', 'e.tenant_id'),
    )
    .select('e.id')
    .where('i.id', '=', connectionId)
    .where('e.deleted_at', 'is', null)
    .where('e.status', '=', 'confirmed')
    // Exceptions follow their series.
    .where('e.series_id', 'is', null)
    .where(sql<boolean>`not i.id = any(e.left_out_of)`)
    .where('e.ends_at', '>', now)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('event_links as l')
            .select('l.id')
            .whereRef('l.tenant_id', '=', 'e.tenant_id')
            .whereRef('l.event_id', '=', 'e.id')
            .where(({ or, and, eb }) =>
              or([
                eb('l.origin', '=', 'remote'),
                and([
                  eb('l.calendar_id', '=', calendarId),
                  or([eb('l.state', '<>', 'closed'), eb('l.state_reason', '=', 'gone')]),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy('e.starts_at')
    .execute();
  return events.map(({ id }) => id);
}

/** Those whose guests are invited from a copy, also from one that only waits for a reconnect. */
async function findEventsThatInvite(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
): Promise<Set<EventId>> {
  if (eventIds.length === 0) return new Set();
  const rows = await tx
    .selectFrom('event_links')
    .select('event_id')
    .where('event_id', 'in', eventIds)
    .where('carries_guests', '=', true)
    .where(({ or, eb }) =>
      or([eb('state', '<>', 'closed'), eb('state_reason', '=', closedReasons.disconnected)]),
    )
    .execute();
  return new Set(rows.map(({ event_id }) => event_id));
}

/** A copy that is still to be made. */
export async function insertLink(
  tx: TenantTransaction,
  link: {
    eventId: EventId;
    calendarId: CalendarId;
    connectionId: ConnectionId;
    shows?: LinkRow['shows'];
    /** Whether guests are invited from it. */
    carriesGuests?: boolean;
    /** Made for what was planned before: its guests are not mailed. */
    isSilent?: boolean;
    /** Of a series that is several in its calendar: of which copy it is which part. */
    copyId?: string | null;
    part?: number;
    /** Of an exception that is an event by itself there. */
    seriesForm?: string;
    origin?: LinkRow['origin'];
    /** Its calendar is disconnected: it is made once that is connected again. */
    isResting?: boolean;
  } & Occasion,
): Promise<void> {
  const { isResting = false } = link;
  await tx
    .insertInto('event_links')
    .values({
      tenant_id: currentTenantId,
      id: link.newId() as LinkId,
      event_id: link.eventId,
      connection_id: link.connectionId,
      calendar_id: link.calendarId,
      copy_id: link.copyId ?? null,
      part: link.part ?? 0,
      series_form: link.seriesForm ?? null,
      origin: link.origin ?? 'local',
      shows: link.shows ?? 'all',
      carries_guests: link.carriesGuests ?? false,
      is_silent: link.isSilent ?? false,
      state: isResting ? 'closed' : 'pending',
      state_reason: isResting ? closedReasons.disconnected : null,
      state_since: link.now,
      next_attempt_at: isResting ? null : link.now,
      created_at: link.now,
    })
    .execute();
}

/** An entry of a calendar, as far as a link remembers it. */
export interface Entry {
  externalId: string;
  etag: string;
  iCalUid: string | null;
  fields: EventFields;
  canEdit: boolean;
  organizer: string | null;
  answers: Answers;
  ownAnswer: GuestAnswer | null;
  warnings: readonly string[];
}

/**
 * Links an entry that is there already to an event of ours. Nothing is agreed on yet. Should it be the
 * organizer's own copy, or what the one that invites was moved to, guests are invited from it.
 */
export async function adoptEntry(
  tx: TenantTransaction,
  entry: Entry,
  place: {
    eventId: EventId;
    calendarId: CalendarId;
    connectionId: ConnectionId;
    /** Which part of a series it is, where its organizer's calendar has it as several; else null. */
    part: number | null;
  },
  { now, newId }: Occasion,
): Promise<LinkRow> {
  const carriesGuests = entry.canEdit && (await takeGuestsOver(tx, place));
  return tx
    .insertInto('event_links')
    .values({
      tenant_id: currentTenantId,
      id: newId() as LinkId,
      event_id: place.eventId,
      connection_id: place.connectionId,
      calendar_id: place.calendarId,
      copy_id: place.part === null ? null : newId(),
      part: place.part ?? 0,
      external_id: entry.externalId,
      ical_uid: entry.iCalUid,
      etag: entry.etag,
      remote: toJson(entry.fields),
      state: 'pending',
      state_since: now,
      created_at: now,
      origin: 'remote',
      can_edit: entry.canEdit,
      organizer: entry.organizer,
      answers: toJson(entry.answers),
      own_answer: entry.ownAnswer,
      carries_guests: carriesGuests,
      warning: entry.warnings[0] ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The copy was moved into another calendar of the account, and its link goes with it. */
export async function moveLink(
  tx: TenantTransaction,
  linkId: LinkId,
  calendarId: CalendarId,
): Promise<LinkRow | undefined> {
  return tx
    .updateTable('event_links')
    .set({ calendar_id: calendarId })
    .where('id', '=', linkId)
    .where('state', '<>', 'closed')
    .returningAll()
    .executeTakeFirst();
}

/** Ends that guests are invited from a copy of this account, or from none that may be written. */
async function takeGuestsOver(
  tx: TenantTransaction,
  { eventId, connectionId }: { eventId: EventId; connectionId: ConnectionId },
): Promise<boolean> {
  const others = await tx
    .selectFrom('event_links')
    .select(['id', 'connection_id'])
    .where('event_id', '=', eventId)
    .where('carries_guests', '=', true)
    .where(({ or, eb }) =>
      or([
        eb('connection_id', '=', connectionId),
        eb.and([eb('state', '<>', 'closed'), eb('can_edit', '=', true)]),
      ]),
    )
    .execute();
  if (others.some(({ connection_id }) => connection_id !== connectionId)) return false;
  const ids = others.map(({ id }) => id);
  if (ids.length > 0) {
    await tx
      .updateTable('event_links')
      .set({ carries_guests: false })
      .where('id', 'in', ids)
      .execute();
  }
  return true;
}

/**
 * Says that every copy of the event is to be looked at: something about the event changed. `isSilent`
 * says whether its guests are to hear of it; undefined leaves that as it is.
 */
export async function askForCopies(
  tx: TenantTransaction,
  event: {
    eventId: EventId;
    exceptLinkId?: LinkId;
    settlesConflict?: boolean;
    isSilent?: boolean;
  } & Occasion,
): Promise<void> {
  const { eventId, exceptLinkId, now, newId } = event;
  const links = await tx
    .updateTable('event_links')
    .set((eb) => ({
      next_attempt_at: now,
      attempts: 0,
      ...(event.settlesConflict && { conflict: null, is_revived: false }),
      ...(event.isSilent !== undefined && { is_silent: foldSilence(event.isSilent) }),
      // What a person was told stays until it is known to be over.
      state: eb
        .case()
        .when('state', 'in', ['synced', 'refused', 'syncing'])
        .then('pending' as const)
        .else(eb.ref('state'))
        .end(),
      state_since: now,
    }))
    .where('event_id', '=', eventId)
    .where('state', '<>', 'closed')
    .$if(exceptLinkId !== undefined, (query) => query.where('id', '<>', exceptLinkId as LinkId))
    .returning(['calendar_id', 'connection_id'])
    .execute();
  const targets = links.map(({ calendar_id, connection_id }) => ({
    calendarId: calendar_id,
    connectionId: connection_id,
  }));
  await enqueueSync(tx, targets, { now, newId });
}

/**
 * Changes that wait go out as one: it is mailed if one of them is to be. A copy that is still to be
 * made stays as it was planned.
 */
function foldSilence(isSilent: boolean) {
  return isSilent
    ? sql<boolean>`is_silent or (next_attempt_at is null and sent is null)`
    : sql<boolean>`is_silent and external_id is null`;
}

/**
 * The links of the calendar whose time has come: first those whose copy has to be read before
 * anything, then the others, of either the longest waiting first. Where a series is several in its
 * calendar, what was cancelled of it comes before a write to a part could bring it back, and its other
 * exceptions after their series: they hang on how that recurs there.
 */
export async function listDueLinks(
  tx: TenantTransaction,
  calendarId: CalendarId,
  only: { now: Date; limit: number },
): Promise<Pick<LinkRow, 'id' | 'event_id' | 'is_stale'>[]> {
  return tx
    .selectFrom('event_links')
    .select(['id', 'event_id', 'is_stale'])
    .where('calendar_id', '=', calendarId)
    .where('next_attempt_at', '<=', only.now)
    .where('state', '<>', 'closed')
    .orderBy('is_stale', 'desc')
    .orderBy(
      sql`case when series_form is not null and is_remote_gone then ${isOfParts} else false end`,
      'desc',
    )
    .orderBy('next_attempt_at')
    .orderBy(sql`case when series_form is not null then ${isOfParts} else false end`)
    .orderBy('id')
    .limit(only.limit)
    .execute();
}

/** Whether it is a copy of an exception of a series that is several in this calendar. */
const isOfParts = sql<boolean>`exists (
  select from calendar_events e join event_links s on s.tenant_id = e.tenant_id and s.event_id = e.series_id
  where e.tenant_id = event_links.tenant_id and e.id = event_links.event_id
    and s.calendar_id = event_links.calendar_id and s.copy_id is not null)`;

/** When the calendar's next waiting link is due; null when none waits. */
export async function findNextAttemptAt(
  tx: TenantTransaction,
  calendarId: CalendarId,
): Promise<Date | null> {
  const row = await tx
    .selectFrom('event_links')
    .select('next_attempt_at')
    .where('calendar_id', '=', calendarId)
    .where('next_attempt_at', 'is not', null)
    .where('state', '<>', 'closed')
    .orderBy('next_attempt_at')
    .limit(1)
    .executeTakeFirst();
  return row?.next_attempt_at ?? null;
}

/** The link, locked until the transaction ends. */
export async function lockLink(
  tx: TenantTransaction,
  linkId: LinkId,
): Promise<LinkRow | undefined> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('id', '=', linkId)
    .forUpdate()
    .executeTakeFirst();
}

/** The links, locked in one order, by their ids. */
export async function lockLinks(
  tx: TenantTransaction,
  linkIds: readonly LinkId[],
): Promise<Map<LinkId, LinkRow>> {
  if (linkIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('event_links')
    .selectAll()
    .where('id', 'in', linkIds)
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Whether another copy that is there shows the same meeting. */
export async function hasTwin(
  tx: TenantTransaction,
  link: LinkRow,
  { mustBeEditable }: { mustBeEditable: boolean },
): Promise<boolean> {
  if (link.ical_uid === null) return false;
  const row = await tx
    .selectFrom('event_links')
    .select('id')
    .where('event_id', '=', link.event_id)
    .where('id', '<>', link.id)
    .where('ical_uid', '=', link.ical_uid)
    .where('state', '<>', 'closed')
    .where('is_remote_gone', '=', false)
    .$if(mustBeEditable, (query) => query.where('can_edit', '=', true))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether the event is there in another place, too. */
export async function hasOtherCopy(tx: TenantTransaction, link: LinkRow): Promise<boolean> {
  const row = await tx
    .selectFrom('event_links')
    .select('id')
    .where('event_id', '=', link.event_id)
    .where('id', '<>', link.id)
    .where('state', '<>', 'closed')
    .where('is_remote_gone', '=', false)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a sync may change of a link. JSON members are given as values. */
export interface LinkChanges
  extends Partial<
    Pick<
      LinkRow,
      | 'external_id'
      | 'ical_uid'
      | 'etag'
      | 'is_remote_gone'
      | 'is_stale'
      | 'state'
      | 'state_reason'
      | 'refused_version'
      | 'attempts'
      | 'next_attempt_at'
      | 'last_synced_at'
      | 'can_edit'
      | 'organizer'
      | 'is_revived'
      | 'seen_generation'
      | 'warning'
      | 'carries_guests'
      | 'is_silent'
      | 'answers'
      | 'own_answer'
      | 'wanted_answer'
      | 'late_deletion_etag'
      | 'remote'
      | 'base'
      | 'sent'
      | 'conflict'
    >
  > {}

/** Changes a locked link; `state_since` moves when the state does. */
export async function changeLink(
  tx: TenantTransaction,
  link: LinkRow,
  changes: LinkChanges,
  now: Date,
): Promise<LinkRow> {
  const { remote, base, sent, conflict, answers, ...columns } = changes;
  return tx
    .updateTable('event_links')
    .set({
      ...columns,
      ...(remote !== undefined && { remote: toJson(remote) }),
      ...(base !== undefined && { base: toJson(base) }),
      ...(sent !== undefined && { sent: toJson(sent) }),
      ...(conflict !== undefined && { conflict: toJson(conflict) }),
      ...(answers !== undefined && { answers: toJson(answers) }),
      ...(changes.state && changes.state !== link.state && { state_since: now }),
    })
    .where('id', '=', link.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

function toJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/**
 * Says of every waiting copy of the calendar why it waits, and until when at least; null: until a
 * person did something. The copies stay due.
 */
export async function markWaitingCopies(
  tx: TenantTransaction,
  calendarId: CalendarId,
  mark: { state: LinkRow['state']; reason: string; nextAttemptAt: Date | null; now: Date },
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set((eb) => ({
      state: mark.state,
      state_reason: mark.reason,
      state_since: mark.now,
      ...(mark.nextAttemptAt && {
        next_attempt_at: eb.fn('greatest', ['next_attempt_at', eb.val(mark.nextAttemptAt)]),
      }),
    }))
    .where('calendar_id', '=', calendarId)
    .where('next_attempt_at', 'is not', null)
    .where('state', '<>', 'closed')
    // In sync, or asked about, and only to be looked at again some day.
    .where(({ not, and, eb }) =>
      not(and([eb('state', 'in', ['synced', 'conflict']), eb('next_attempt_at', '>', mark.now)])),
    )
    .execute();
}
