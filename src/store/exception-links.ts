import { sql } from 'kysely';
import type { EventFields, LocalDate, When } from '../calendar/event.ts';
import type { CalendarId, EventId, LinkId } from '../calendar/ids.ts';
import { findOccurrence, hasOccurrence } from '../calendar/occurrences.ts';
import type { OriginalStart, Series } from '../calendar/recurrence.ts';
import { moveTo } from '../calendar/split-series.ts';
import type { Base, FormerEntry } from '../sync/link.ts';
import { asSeriesSays, hasNews, noteAlong, noteNews } from '../sync/news-of-series.ts';
import { onDayOf, renameIn } from '../sync/part.ts';
import { BY_ITSELF, isSingle } from '../sync/single.ts';
import type { EventRow, LinkRow } from './database.ts';
import { toFields, toWhen } from './event-fields.ts';
import type { Occasion } from './events.ts';
import { listExceptions, toSeries } from './exceptions.ts';
import { enqueueSync } from './jobs.ts';
import { changeLink } from './links.ts';
import { closedReasons, markDue } from './pulls.ts';
import { entryOf, formOf, isOfForm } from './series-form.ts';
import { handOverExceptions, isAnchor } from './single-links.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** The event's copy in a calendar, as long as it is followed. */
export async function findLinkIn(
  tx: TenantTransaction,
  calendarId: CalendarId,
  series: { externalId: string } | { eventId: EventId },
): Promise<LinkRow | undefined> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('calendar_id', '=', calendarId)
    .$if('externalId' in series, (query) =>
      query.where('external_id', '=', 'externalId' in series ? series.externalId : ''),
    )
    .$if('eventId' in series, (query) =>
      query.where('event_id', '=', 'eventId' in series ? series.eventId : ('' as EventId)),
    )
    .where('state', '<>', 'closed')
    .executeTakeFirst();
}

/**
 * The copy of its series that this copy of an exception hangs on; undefined while there is none. Where
 * the series is several in the calendar, it is the one that recurs as it did when the two met.
 */
export async function findSeriesLink(
  tx: TenantTransaction,
  exception: EventRow,
  link: LinkRow,
): Promise<LinkRow | undefined> {
  const links = await listSeriesLinks(tx, exception, link);
  return links.find((one) => isSeriesOf(one, link));
}

/** The followed copies of its series in the link's calendar: several where that is several there. */
export function listSeriesLinks(
  tx: TenantTransaction,
  { series_id }: EventRow,
  { calendar_id }: LinkRow,
): Promise<LinkRow[]> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('calendar_id', '=', calendar_id)
    .where('event_id', '=', series_id)
    .where('state', '<>', 'closed')
    .orderBy('part')
    .execute();
}

/** Whether this copy of an exception hangs on that one of its series, and that is there. */
export const isSeriesOf = (series: LinkRow, exception: LinkRow) =>
  hangsOn(exception, series) && (series.copy_id === null || !series.is_remote_gone);

/** Of these ids of series those that no event of ours has in the calendar. */
export async function listUnknownSeries(
  tx: TenantTransaction,
  calendarId: CalendarId,
  externalIds: readonly string[],
): Promise<string[]> {
  if (externalIds.length === 0) return [];
  const rows = await tx
    .selectFrom('event_links')
    .select('external_id')
    .where('calendar_id', '=', calendarId)
    .where('external_id', 'in', externalIds)
    .execute();
  return externalIds.filter((id) => !rows.some(({ external_id }) => external_id === id));
}

/** The other copies of the series that are followed, locked. */
export async function listOtherSeriesLinks(
  tx: TenantTransaction,
  { event_id, id }: LinkRow,
): Promise<LinkRow[]> {
  return tx
    .selectFrom('event_links')
    .selectAll()
    .where('event_id', '=', event_id)
    .where('id', '<>', id)
    .where('state', '<>', 'closed')
    .orderBy('id')
    .forUpdate()
    .execute();
}

/** Copies of exceptions that are followed and hang on this copy of their series, locked. */
export async function listExceptionLinks(
  tx: TenantTransaction,
  series: LinkRow,
): Promise<LinkRow[]> {
  const links = await tx
    .selectFrom('event_links as l')
    .innerJoin('calendar_events as e', (join) =>
      join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.id', '=', 'l.event_id'),
    )
    .selectAll('l')
    .where('e.series_id', '=', series.event_id)
    .where('l.calendar_id', '=', series.calendar_id)
    .where('l.state', '<>', 'closed')
    .orderBy('l.id')
    .forUpdate('l')
    .execute();
  return links.filter((link) => hangsOn(link, series));
}

/**
 * What a copy of a series has come to say may be said of its occurrences there: copies of exceptions are
 * read again, and know what is no change of theirs.
 */
export async function passOnNews(
  tx: TenantTransaction,
  seriesLink: LinkRow,
  fields: EventFields,
  now: Date,
): Promise<void> {
  const { remote } = seriesLink;
  if (!hasNews(remote, fields)) return;
  for (const link of await listExceptionLinks(tx, seriesLink)) {
    const isSeen = link.external_id !== null && !link.is_remote_gone && link.state !== 'refused';
    await changeLink(
      tx,
      link,
      {
        base: link.base && noteNews(link.base, remote ?? {}, fields),
        ...(isSeen && { is_stale: true, next_attempt_at: now }),
      },
      now,
    );
  }
}

/** What these exceptions have come to say here along with their series is no edit of any: their copies know. */
export async function noteChangedAlong(
  tx: TenantTransaction,
  changed: ReadonlyMap<EventId, { before: EventFields; news: Partial<EventFields> }>,
): Promise<void> {
  if (changed.size === 0) return;
  const links = await tx
    .selectFrom('event_links')
    .select(['id', 'event_id', 'base'])
    .where('event_id', 'in', [...changed.keys()])
    .where('state', '<>', 'closed')
    .where('base', 'is not', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  for (const { id, event_id, base } of links) {
    const along = changed.get(event_id);
    if (!along || !base) continue;
    await tx
      .updateTable('event_links')
      .set({ base: JSON.stringify(noteAlong(base, along.before, along.news)) })
      .where('id', '=', id)
      .execute();
  }
}

/** What is known of these entries of the calendar, also by links that were closed or have begun anew. */
export async function listKnown(
  tx: TenantTransaction,
  calendarId: CalendarId,
  externalIds: readonly string[],
): Promise<KnownEntry[]> {
  if (externalIds.length === 0) return [];
  const links = await tx
    .selectFrom('event_links')
    .select(['external_id', 'remote', 'base', 'sent', 'former_entries'])
    .where('calendar_id', '=', calendarId)
    .where((eb) =>
      eb.or([eb('external_id', 'in', externalIds), eb('former_entries', 'is not', null)]),
    )
    .execute();
  return links.flatMap(({ former_entries, ...link }) => [
    link,
    ...(former_entries ?? []).map(({ externalId, base, sent }) => ({
      external_id: externalId,
      remote: null,
      base,
      sent,
    })),
  ]);
}

/** What one entry of a calendar was last known to say, and what was being written to it. */
export type KnownEntry = Pick<LinkRow, 'external_id' | 'remote' | 'base' | 'sent'>;

/**
 * Sees to it that every exception of the series has a link in the calendar of this copy of it, once
 * that is agreed on. A link is begun from what its series agreed on, and anew when the series recurs
 * otherwise there: that has wiped what was an exception.
 */
export async function linkExceptions(
  tx: TenantTransaction,
  series: EventRow,
  link: LinkRow,
  occasion: Occasion & { isSilent?: boolean },
): Promise<void> {
  if (isSingle(link) || link.state === 'detached') return;
  if (isAnchor(link)) return handOverExceptions(tx, series, link, occasion);
  const { base } = link;
  const isPart = link.copy_id !== null;
  const mayRestart = !isPart || isSettled(link);
  const all = await listExceptions(tx, series.id);
  if (all.length === 0 || !base?.when) return;
  const exceptions = all.filter(({ original_start }) => isIn(link, base, original_start ?? ''));
  if (exceptions.length === 0) return;
  const form = formOf(link, base);
  // When each is by now is in what it inherits.
  const { when: _, recurrence: __, ...words } = toFields(series);
  const links = await tx
    .selectFrom('event_links')
    .selectAll()
    .where('calendar_id', '=', link.calendar_id)
    .where(
      'event_id',
      'in',
      exceptions.map(({ id }) => id),
    )
    .orderBy('event_id')
    .orderBy('created_at')
    .forUpdate()
    .execute();
  let count = 0;
  for (const exception of exceptions) {
    const own = links.filter(({ event_id }) => event_id === exception.id);
    const live = own.find(({ state }) => state !== 'closed');
    if (own.length > 0 && !mayRestart) continue;
    if (live?.series_form === BY_ITSELF) {
      // That event goes first.
      await markDue(tx, [live.id], occasion.now);
      count++;
      continue;
    }
    if (isPart && live?.series_form === form && isWaiting(live)) {
      await markDue(tx, [live.id], occasion.now);
      count++;
    }
    if (live?.series_form === form) continue;
    // Cancelled there: that is decided first, and the new form makes another link.
    if (live && exception.status === 'confirmed' && isCancelledIn(link, live)) continue;
    // What was cancelled under an earlier form is wiped where the series has recurred otherwise since.
    const last = own.at(-1);
    const old = last?.series_form === form ? last : undefined;
    if (!live && old?.state_reason === closedReasons.ended) {
      await restartLink(tx, old, { base: old.base ?? base, form, ...occasion });
      count++;
      continue;
    }
    // It was cancelled there, too.
    if (!live && old) continue;
    if (isPart) await forgetForms(tx, own);
    const agreed = asSeriesSays(inheritBase(series, exception, link, base), words);
    const inherited = link.remote ? noteNews(agreed, remoteOf(agreed), link.remote) : agreed;
    if (live) {
      await restartLink(tx, live, { base: inherited, form, ...occasion });
    } else await insertExceptionLink(tx, { exception, link, base: inherited, form }, occasion);
    count++;
  }
  if (count === 0) return;
  const place = { calendarId: link.calendar_id, connectionId: link.connection_id };
  await enqueueSync(tx, [place], occasion);
}

/**
 * What a calendar did to this part of a series is undone, and with it what that did to single occurrences:
 * what is said of them begins anew once that is settled.
 */
export async function unhangExceptions(tx: TenantTransaction, link: LinkRow): Promise<void> {
  if (!link.base) return;
  await tx
    .updateTable('event_links')
    .set({ series_form: null })
    .where('calendar_id', '=', link.calendar_id)
    .where('series_form', '=', formOf(link, link.base))
    .where('event_id', 'in', (query) =>
      query
        .selectFrom('calendar_events')
        .select('calendar_events.id')
        .where('series_id', '=', link.event_id),
    )
    .execute();
}

/**
 * A calendar that told the exceptions of this copy of a series did not tell these, which were some: it
 * recurred otherwise there in between, which has wiped them. What is said of them begins anew.
 */
export async function restartWiped(
  tx: TenantTransaction,
  series: EventRow,
  link: LinkRow,
  told: {
    starts: readonly OriginalStart[];
    /** Dates: those in between would have been told. */
    from: LocalDate;
    until: LocalDate;
  },
  occasion: Occasion,
): Promise<void> {
  if (!link.base) return;
  const { numUpdatedRows } = await tx
    .updateTable('event_links')
    .set({ series_form: null })
    .where('calendar_id', '=', link.calendar_id)
    .where('series_form', '=', formOf(link, link.base))
    // Of a write without an answer, what came of that is looked for first.
    .where('sent', 'is', null)
    .where((eb) =>
      eb.or([
        eb.and([
          eb('state', 'not in', ['closed', 'detached', 'refused']),
          eb('external_id', 'is not', null),
        ]),
        eb('state_reason', '=', closedReasons.gone),
      ]),
    )
    .where('event_id', 'in', (query) =>
      query
        .selectFrom('calendar_events')
        .select('calendar_events.id')
        .where('series_id', '=', link.event_id)
        .where('deleted_at', 'is', null)
        .where('original_start', '>=', told.from)
        .where('original_start', '<', told.until)
        .$if(told.starts.length > 0, (some) => some.where('original_start', 'not in', told.starts)),
    )
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0) await linkExceptions(tx, series, link, occasion);
}

/**
 * These copies of single occurrences are of this part of their series, which is still there as it was
 * when they were unhung: what is said of them is heard first.
 */
export async function hangExceptions(
  tx: TenantTransaction,
  link: LinkRow,
  externalIds: readonly string[],
): Promise<void> {
  if (!link.base || link.copy_id === null || externalIds.length === 0) return;
  await tx
    .updateTable('event_links')
    .set({ series_form: formOf(link, link.base) })
    .where('calendar_id', '=', link.calendar_id)
    .where('external_id', 'in', externalIds)
    .where('series_form', 'is', null)
    .where('state', '<>', 'closed')
    .execute();
}

/** What was cancelled under another form of its series is cancelled anew, should that ever come back. */
async function forgetForms(tx: TenantTransaction, links: readonly LinkRow[]): Promise<void> {
  const ids = links.filter(({ state }) => state === 'closed').map(({ id }) => id);
  if (ids.length === 0) return;
  await tx.updateTable('event_links').set({ series_form: null }).where('id', 'in', ids).execute();
}

/**
 * Whether the occurrence was cancelled in this copy of its series, however that recurs by now. That a
 * part went, with all that it had, is no such thing.
 */
export const isCancelledIn = (series: LinkRow, exception: LinkRow): boolean =>
  exception.is_remote_gone &&
  exception.base !== null &&
  (series.copy_id === null ||
    (!series.is_remote_gone && entryOf(exception) === series.external_id));

/** Until its part is there. */
const isWaiting = ({ state, next_attempt_at }: LinkRow) =>
  state === 'pending' && next_attempt_at === null;

/** Else a part may be about to recur otherwise, or to go, and takes no exception from another. */
const isSettled = ({ state, next_attempt_at }: LinkRow) =>
  (state === 'synced' || state === 'conflict') && next_attempt_at === null;

/** Whether this copy of an exception hangs on that one of its series: of several only one has it. */
export const hangsOn = (exception: LinkRow, series: LinkRow): boolean =>
  exception.series_form !== BY_ITSELF &&
  (series.copy_id === null || (series.base !== null && isOfForm(exception, series)));

/** Whether the occurrence is in this copy of its series, which may be one of several parts. */
function isIn({ copy_id }: LinkRow, { when, recurrence }: Base, start: OriginalStart): boolean {
  if (copy_id === null || !when || !recurrence?.local) return copy_id === null;
  // Dates that are left out are exceptions here.
  const part = { when: when.local, recurrence: { ...recurrence.local, exdates: [] } };
  return hasOccurrence(part, onDayOf(start, when.local));
}

const remoteOf = (base: Base): Partial<EventFields> =>
  Object.fromEntries(Object.entries(base).map(([unit, { remote }]) => [unit, remote]));

/** What both sides say of an occurrence that nobody has changed. */
function inheritBase(series: EventRow, exception: EventRow, link: LinkRow, base: Base): Base {
  const start = exception.original_start ?? '';
  const local = toSeries(series);
  const { when, recurrence } = base;
  const there =
    when && recurrence?.remote ? { when: when.remote, recurrence: recurrence.remote } : local;
  const isPart = link.copy_id !== null;
  const startThere =
    (local && there && renameIn(isPart, { from: local, to: there }, start)) ?? start;
  // The hour of a part may have been changed on one side only so far.
  const findIn = (one: Series, name: OriginalStart) =>
    findOccurrence(one, name) ?? (isPart ? findOccurrence(one, onDayOf(name, one.when)) : null);
  const whenOf = (one: Series | null, name: OriginalStart, fallback: When): When =>
    (one && findIn(one, name)?.when) ?? moveTo(fallback, name);
  const own = toWhen(series);
  return {
    ...base,
    when: {
      local: whenOf(local, start, own),
      remote: whenOf(there, startThere, when?.remote ?? own),
    },
    recurrence: { local: null, remote: null },
  };
}

async function insertExceptionLink(
  tx: TenantTransaction,
  copy: { exception: EventRow; link: LinkRow; base: Base; form: string },
  { now, newId, isSilent = false }: Occasion & { isSilent?: boolean },
): Promise<void> {
  const { exception, link, base, form } = copy;
  await tx
    .insertInto('event_links')
    .values({
      tenant_id: currentTenantId,
      id: newId() as LinkId,
      event_id: exception.id,
      connection_id: link.connection_id,
      calendar_id: link.calendar_id,
      ical_uid: slotUid(link, exception),
      base: JSON.stringify(base),
      series_form: form,
      // What stands there has to be read before anything is written.
      is_stale: true,
      shows: link.shows,
      carries_guests: link.carries_guests,
      is_silent: isSilent,
      origin: link.origin,
      can_edit: link.can_edit,
      organizer: link.organizer,
      seen_generation: link.seen_generation,
      state: 'pending',
      state_since: now,
      next_attempt_at: now,
      created_at: now,
    })
    .execute();
}

/** Copies of one occurrence in several calendars share it; no series has such a one. */
const slotUid = ({ ical_uid }: LinkRow, { original_start }: EventRow) =>
  ical_uid === null ? null : `${ical_uid}/${original_start}`;

/** More entries than this of one occurrence are of no series that anybody has moved about. */
const FORMER_MAX = 8;

/** With the entry that it has had so far, unless that is gone. */
function listFormer(link: LinkRow): FormerEntry[] {
  const { external_id: externalId, base, sent, former_entries, is_remote_gone } = link;
  const others = (former_entries ?? []).filter((entry) => entry.externalId !== externalId);
  if (externalId === null || !base || is_remote_gone) return others;
  return [...others, { externalId, base, sent }].slice(-FORMER_MAX);
}

async function restartLink(
  tx: TenantTransaction,
  link: LinkRow,
  { base, form, now }: { base: Base; form: string } & Occasion,
): Promise<void> {
  const former = listFormer(link);
  await tx
    .updateTable('event_links')
    .set({
      external_id: null,
      etag: null,
      remote: null,
      sent: null,
      base: JSON.stringify(base),
      former_entries: former.length > 0 ? JSON.stringify(former) : null,
      series_form: form,
      is_remote_gone: false,
      is_stale: true,
      state: 'pending',
      state_reason: null,
      state_since: now,
      attempts: 0,
      next_attempt_at: now,
    })
    .where('id', '=', link.id)
    .execute();
}

/**
 * The series was deleted in a calendar and stays here: what was said of single occurrences stays with it,
 * and goes along when a person puts it back. One that only came back since it was edited there is gone
 * there, too.
 */
export async function closeExceptions(
  tx: TenantTransaction,
  seriesLink: LinkRow,
  now: Date,
): Promise<void> {
  const links = await listExceptionLinks(tx, seriesLink);
  const there = links.filter(({ is_remote_gone }) => !is_remote_gone);
  // Deleted here before, and there with its series: it is not kept for having been edited in between.
  for (const link of there.filter(({ is_revived }) => is_revived)) {
    await changeLink(tx, link, { is_remote_gone: true, next_attempt_at: now }, now);
  }
  const ids = there.filter(({ is_revived }) => !is_revived).map(({ id }) => id);
  if (ids.length === 0) return;
  await tx
    .updateTable('event_links')
    .set({ ...withSeries, state_since: now })
    .where('id', 'in', ids)
    .execute();
}

/** A copy that went with its series': another form of that makes it anew. */
const withSeries = {
  state: 'closed',
  state_reason: closedReasons.replaced,
  series_form: null,
  next_attempt_at: null,
} as const;
/** One that may live again with it. */
const atRest = {
  state: 'closed',
  state_reason: closedReasons.ended,
  next_attempt_at: null,
} as const;

/**
 * Their copies go with the series': nothing is called. Another form of it makes them anew; a series that
 * only ended may live again, and what was agreed on with them. Copies that are events by themselves are
 * looked at: they go by themselves, too. No reconnect opens again what goes while its calendar is disconnected.
 */
export async function closeLinks(
  tx: TenantTransaction,
  eventIds: readonly EventId[],
  now: Date,
  { mayResume = false } = {},
): Promise<void> {
  if (eventIds.length === 0) return;
  await tx
    .updateTable('event_links')
    .set({ next_attempt_at: now, attempts: 0 })
    .where('event_id', 'in', eventIds)
    .where('series_form', '=', BY_ITSELF)
    .where('state', '<>', 'closed')
    .execute();
  await tx
    .updateTable('event_links')
    .set({
      ...(mayResume ? atRest : withSeries),
      state_since: now,
    })
    .where('event_id', 'in', eventIds)
    .where(sql<boolean>`series_form is distinct from ${BY_ITSELF}`)
    .where(({ or, eb }) =>
      or([eb('state', '<>', 'closed'), eb('state_reason', '=', closedReasons.disconnected)]),
    )
    .execute();
}
