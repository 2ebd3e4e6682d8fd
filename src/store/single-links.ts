import { sql } from 'kysely';
import type { EventId } from '../calendar/ids.ts';
import type { OriginalStart } from '../calendar/recurrence.ts';
import { BY_ITSELF, findSingle, isSingle, numberOf } from '../sync/single.ts';
import type { EventRow, LinkRow } from './database.ts';
import type { Occasion } from './events.ts';
import { listExceptions, toSeries } from './exceptions.ts';
import { enqueueSync } from './jobs.ts';
import { insertLink } from './links.ts';
import { isOver, linkParts, listLiveParts, reopenParts } from './part-links.ts';
import { closedReasons } from './pulls.ts';
import { isOfForm } from './series-form.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Where a series is single events in a calendar, the link of number 0 stands for the copy and has no
 * event there by itself: it says which dates are to be there. Whether this one does, or is to.
 */
export const isOfNoDate = ({
  part,
  external_id,
  sent,
}: Pick<LinkRow, 'part' | 'external_id' | 'sent'>): boolean =>
  part === 0 && external_id === null && sent === null;

/** Whether it does so already. */
export const isAnchor = (link: Parameters<typeof isOfNoDate>[0] & Pick<LinkRow, 'copy_id'>) =>
  link.copy_id !== null && isOfNoDate(link);

/** Another link stands for the copy, in the place of one whose event there went: its id is taken for ever. */
export async function linkAnchor(
  tx: TenantTransaction,
  link: LinkRow,
  occasion: Occasion,
): Promise<void> {
  await linkParts(tx, link, [0], occasion);
}

/** Something of the copy has gone that may be wanted again by now. */
export async function askAnchor(
  tx: TenantTransaction,
  seriesId: EventId,
  { calendar_id }: LinkRow,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({ next_attempt_at: now })
    .where('event_id', '=', seriesId)
    .where('calendar_id', '=', calendar_id)
    .where('part', '=', 0)
    .where('copy_id', 'is not', null)
    .where('external_id', 'is', null)
    .where('state', 'in', ['synced', 'conflict'])
    .execute();
}

/**
 * Sees to it that each of these dates of a series is in the calendar, and that one of which something is
 * said by itself is there as an event of its own.
 */
export async function linkSingles(
  tx: TenantTransaction,
  series: EventRow,
  anchor: LinkRow,
  { numbers, ...occasion }: { numbers: readonly number[] } & Occasion,
): Promise<void> {
  const exceptions = await listExceptions(tx, series.id);
  const own = new Set(exceptions.map(({ original_start }) => numberOf(original_start ?? '')));
  await linkParts(
    tx,
    anchor,
    numbers.filter((number) => !own.has(number)),
    occasion,
  );
  await handOverAll(tx, series, anchor, {
    ...occasion,
    exceptions,
    isDue: (one) => numbers.includes(one),
  });
}

/**
 * What is said of single dates is said of an event of its own from now on, in this calendar, too. Dates
 * that are not there yet are left to `linkSingles`, which is as good as asked for.
 */
export async function handOverExceptions(
  tx: TenantTransaction,
  series: EventRow,
  anchor: LinkRow,
  occasion: Occasion,
): Promise<void> {
  const exceptions = await listExceptions(tx, series.id);
  await handOverAll(tx, series, anchor, { ...occasion, exceptions, isDue: () => false });
}

async function handOverAll(
  tx: TenantTransaction,
  series: EventRow,
  anchor: LinkRow,
  {
    exceptions,
    isDue,
    ...occasion
  }: { exceptions: readonly EventRow[]; isDue: (number: number) => boolean } & Occasion,
): Promise<void> {
  if (exceptions.length === 0) return;
  const links = await tx
    .selectFrom('event_links')
    .selectAll()
    .where('calendar_id', '=', anchor.calendar_id)
    .where('event_id', 'in', [series.id, ...exceptions.map(({ id }) => id)])
    .orderBy('id')
    .forUpdate()
    .execute();
  const old = links.filter(
    (link) => link.event_id === series.id && link.state !== 'closed' && link.remote?.recurrence,
  );
  let count = 0;
  for (const exception of exceptions) {
    const own = links.filter(({ event_id }) => event_id === exception.id);
    const live = own.find(({ state }) => state !== 'closed');
    if (live?.series_form === BY_ITSELF) continue;
    const number = numberOf(exception.original_start ?? '');
    const single = links.find(
      (link) => link.event_id === series.id && link.part === number && link.state !== 'closed',
    );
    const isCancelled = exception.status === 'cancelled';
    // What is said of it in the series that it is still in there is heard first.
    if (live && old.some((one) => isOfForm(live, one))) continue;
    if (live) await endOldForm(tx, live, { isCancelled, now: occasion.now });
    else if (single) await handOver(tx, single, exception.id, occasion.now);
    else if (!isCancelled && isDue(number) && own.every(mayBeMade)) {
      await insertByItself(tx, anchor, exception, occasion);
    } else continue;
    count++;
  }
  if (count === 0) return;
  const place = { calendarId: anchor.calendar_id, connectionId: anchor.connection_id };
  await enqueueSync(tx, [place], occasion);
}

/** It went with its event there for a reason that is over; not since a person wanted so. */
const mayBeMade = (link: LinkRow) => isOver(link) || link.state_reason === closedReasons.ended;

/** So far it was an occurrence of a series there, which went. */
async function endOldForm(
  tx: TenantTransaction,
  { id }: LinkRow,
  { isCancelled, now }: { isCancelled: boolean; now: Date },
): Promise<void> {
  const nothing = { external_id: null, etag: null, remote: null, sent: null, base: null };
  const change = isCancelled
    ? ({ state: 'closed', state_reason: closedReasons.replaced, next_attempt_at: null } as const)
    : ({ ...nothing, state: 'pending', state_reason: null, next_attempt_at: now } as const);
  await tx
    .updateTable('event_links')
    .set({
      ...change,
      series_form: BY_ITSELF,
      is_remote_gone: false,
      is_stale: false,
      ical_uid: null,
      attempts: 0,
      state_since: now,
    })
    .where('id', '=', id)
    .execute();
}

/**
 * A series that had ended lives again because of what was said there of one date: the others are made
 * anew, and a person is asked.
 */
export async function reopenCopy(
  tx: TenantTransaction,
  seriesId: EventId,
  { calendar_id }: LinkRow,
  occasion: Occasion,
): Promise<void> {
  const anchors = await tx
    .selectFrom('event_links')
    .selectAll()
    .where('event_id', '=', seriesId)
    .where('calendar_id', '=', calendar_id)
    .where('part', '=', 0)
    .where('copy_id', 'is not', null)
    .orderBy(sql`state <> 'closed'`, 'desc')
    .orderBy('created_at', 'desc')
    .limit(1)
    .execute();
  const [anchor] = anchors;
  if (!anchor) return;
  await reopenParts(tx, anchor.copy_id === null ? [] : [anchor.copy_id]);
  await linkAnchor(tx, anchor, occasion);
  await tx
    .updateTable('event_links')
    .set({ is_revived: true, next_attempt_at: occasion.now })
    .where('event_id', '=', seriesId)
    .where('calendar_id', '=', calendar_id)
    .where('part', '=', 0)
    .where('state', '<>', 'closed')
    .execute();
}

/**
 * The event lives again: what went with it of copies of which something is there still is made anew. Where
 * one is single events, a link stands for it again, too.
 */
export async function reopenLiveCopies(
  tx: TenantTransaction,
  eventId: EventId,
  occasion: Occasion,
): Promise<void> {
  const live = await listLiveParts(tx, eventId);
  await reopenParts(tx, [...live.keys()]);
  for (const link of live.values()) {
    if (isSingle(link)) await linkAnchor(tx, link, occasion);
  }
}

/** The date's event there is that of its exception from now on. */
export async function handOver(
  tx: TenantTransaction,
  link: LinkRow,
  exceptionId: EventId,
  now: Date,
): Promise<LinkRow> {
  return tx
    .updateTable('event_links')
    .set({
      event_id: exceptionId,
      copy_id: null,
      part: 0,
      series_form: BY_ITSELF,
      next_attempt_at: now,
      attempts: 0,
    })
    .where('id', '=', link.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function insertByItself(
  tx: TenantTransaction,
  anchor: LinkRow,
  { id }: EventRow,
  occasion: Occasion,
): Promise<void> {
  await insertLink(tx, {
    ...occasion,
    eventId: id,
    calendarId: anchor.calendar_id,
    connectionId: anchor.connection_id,
    shows: anchor.shows,
    carriesGuests: anchor.carries_guests,
    isSilent: anchor.is_silent,
    origin: anchor.origin,
    seriesForm: BY_ITSELF,
  });
}

/**
 * A series is at other times, so that each date that is there by itself is called otherwise. One that is
 * no date any more, since two became one, is called what none is.
 */
export async function renumberSingles(
  tx: TenantTransaction,
  series: EventRow,
  rename: (start: OriginalStart) => OriginalStart | null,
): Promise<void> {
  const old = toSeries(series);
  const links = await tx
    .selectFrom('event_links')
    .select(['id', 'part', 'calendar_id'])
    .where('event_id', '=', series.id)
    .where(({ or, eb }) =>
      or([eb('state', '<>', 'closed'), eb('state_reason', '=', closedReasons.gone)]),
    )
    .orderBy('part')
    .execute();
  const singles = links.filter(isSingle);
  if (singles.length === 0 || !old) return;
  const bare = { ...old, recurrence: { ...old.recurrence, exdates: [] } };
  const taken = new Set<string>();
  const numbers = singles.map(({ part, calendar_id }) => {
    const found = findSingle(bare, part);
    const start = found && rename(found.originalStart);
    let number = start === null ? part : numberOf(start);
    while (taken.has(`${calendar_id} ${number}`)) number = -Math.abs(number) - 1;
    taken.add(`${calendar_id} ${number}`);
    return number;
  });
  if (numbers.every((number, index) => number === singles[index]?.part)) return;
  const ids = singles.map(({ id }) => id);
  // Names may change places: they are given up before they are taken.
  await sql`
    update event_links set part = part + 1000000000 where id = any(${ids}::uuid[])`.execute(tx);
  await sql`
    update event_links l set part = n.number
    from unnest(${ids}::uuid[], ${numbers}::int[]) as n(id, number)
    where l.id = n.id`.execute(tx);
}
