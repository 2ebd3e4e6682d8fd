import { sql } from 'kysely';
import type { CalendarId, ConnectionId, EventId, LinkId, UserId } from '../calendar/ids.ts';
import type { Sent } from '../sync/link.ts';
import { BY_ITSELF } from '../sync/single.ts';
import type { EventRow, LinkRow } from './database.ts';
import { isAlive } from './event-fields.ts';
import type { Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { changeLink, insertLink } from './links.ts';
import { lockLinksOfEvent } from './own-event.ts';
import { closedReasons, isResting, markDue } from './pulls.ts';
import { askAnchor } from './single-links.ts';
import { standAlone } from './stand-alone.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Whether the copy went, so that only a new one can take its place; or its event had gone before it was
 * made at all.
 */
export function isLost(link: LinkRow): boolean {
  if (link.state === 'detached') return true;
  const isOver =
    link.state_reason === closedReasons.replaced || link.state_reason === closedReasons.ended;
  return link.state === 'closed' && (link.is_remote_gone || wasNeverMade(link)) && !isOver;
}

const wasNeverMade = ({ external_id, sent, state_reason, series_form }: LinkRow): boolean =>
  external_id === null &&
  sent === null &&
  series_form === null &&
  state_reason === closedReasons.gone;

/** Whether it went with its event before anybody knew whether its copy was made: that may yet arrive. */
const isLate = ({ state, state_reason, sent }: LinkRow): boolean =>
  state === 'closed' && state_reason === closedReasons.gone && sent?.kind === 'create';

/** Their copies are made under the ids that they were to have: whichever try arrives is known for ours. */
async function reopen(tx: TenantTransaction, links: readonly LinkRow[], now: Date): Promise<void> {
  const pending = { state: 'pending', state_reason: null, state_since: now } as const;
  await changeAll(tx, links, pending);
}

async function changeAll(
  tx: TenantTransaction,
  links: readonly LinkRow[],
  changes: Pick<LinkRow, 'state' | 'state_reason' | 'state_since'>,
): Promise<void> {
  if (links.length === 0) return;
  const ids = links.map(({ id }) => id);
  const due = changes.state === 'closed' ? { next_attempt_at: null } : {};
  await tx
    .updateTable('event_links')
    .set({ ...changes, ...due })
    .where('id', 'in', ids)
    .execute();
}

/**
 * Makes copies anew that went, as new links: the old ones' ids stay taken at the provider for ever.
 * Without `onlyLinkId` an event of ours gets one in each calendar that is to have one.
 */
export async function putCopiesBack(
  tx: TenantTransaction,
  {
    row,
    links,
    lost,
  }: {
    row: Pick<EventRow, 'id' | 'owner_id' | 'left_out_of'>;
    links: readonly LinkRow[];
    lost: readonly LinkRow[];
  },
  { onlyLinkId, now, newId }: { onlyLinkId?: LinkId } & Occasion,
): Promise<void> {
  const places = await listPlaces(tx, row.owner_id);
  const placeOf = (link: LinkRow) => places.find(({ id }) => id === link.calendar_id);
  // What came from a calendar is mirrored elsewhere only where it was.
  const isImported = links.some(({ origin }) => origin === 'remote');
  const isWholeEvent = onlyLinkId === undefined && !isImported;
  const targets = places.filter(
    ({ id, connection_id, is_write_target, is_resting }) =>
      lost.some(({ calendar_id }) => calendar_id === id) ||
      (is_write_target && !is_resting && isWholeEvent && !row.left_out_of.includes(connection_id)),
  );
  const replaced = lost.filter((link) => placeOf(link) !== undefined);
  const isReplaced = ({ id }: LinkRow) => replaced.some((one) => one.id === id);
  const since = { state: 'closed', state_since: now } as const;
  await changeAll(tx, replaced, { ...since, state_reason: closedReasons.replaced });
  const late = links.filter(isLate);
  const awaited = late.filter((link) => placeOf(link)?.is_resting === false);
  await reopen(tx, awaited, now);
  const resting = late.filter((link) => placeOf(link)?.is_resting === true);
  await changeAll(tx, resting, { ...since, state_reason: closedReasons.disconnected });
  const open = links.filter(
    (link) => awaited.includes(link) || (link.state !== 'closed' && !isReplaced(link)),
  );
  const held = [
    ...open,
    ...resting,
    ...links.filter((link) => isResting(link) && !isReplaced(link)),
  ];
  const made = targets.filter(({ id }) => !held.some(({ calendar_id }) => calendar_id === id));
  const lostFrom = (id: CalendarId) => lost.find(({ calendar_id }) => calendar_id === id);
  // Where they were invited from before, else from the first of its owner's calendars.
  const isCarried = open.some(({ carries_guests }) => carries_guests);
  const carrier =
    made.find(({ id }) => lostFrom(id)?.carries_guests) ??
    made.find(({ is_write_target }) => is_write_target && isWholeEvent);
  for (const target of made) {
    const { shows, origin } = lostFrom(target.id) ?? {};
    const place = { calendarId: target.id, connectionId: target.connection_id };
    const carriesGuests = !isCarried && target === carrier;
    const rest = { carriesGuests, isSilent: true, isResting: target.is_resting };
    const copy = { ...place, shows, origin, ...rest };
    await insertLink(tx, { eventId: row.id, ...copy, now, newId });
  }
  for (const lostPart of listLostParts(replaced, open)) {
    const { calendar_id, connection_id, shows, origin, copy_id, part } = lostPart;
    const place = { calendarId: calendar_id, connectionId: connection_id, shows, origin };
    const copy = { ...place, copyId: copy_id, part, isSilent: true };
    await insertLink(tx, { eventId: row.id, ...copy, now, newId });
  }
  await markDue(
    tx,
    open.map(({ id }) => id),
    now,
  );
  await enqueueSync(
    tx,
    [
      ...targets.filter(({ is_resting }) => !is_resting),
      ...open.map((link) => ({ id: link.calendar_id, connection_id: link.connection_id })),
    ].map(({ id, connection_id }) => ({ calendarId: id, connectionId: connection_id })),
    { now, newId },
  );
}

/** Where a series is several in its calendar: those that went while others of the same copy are there. */
function listLostParts(lost: readonly LinkRow[], open: readonly LinkRow[]): LinkRow[] {
  const isSame = (a: LinkRow, b: LinkRow) => a.copy_id === b.copy_id && a.part === b.part;
  return lost.filter(
    (link, index) =>
      link.copy_id !== null &&
      open.some(({ copy_id }) => copy_id === link.copy_id) &&
      !open.some((one) => isSame(one, link)) &&
      lost.findIndex((one) => isSame(one, link)) === index,
  );
}

/**
 * An event that had been deleted here came back from one calendar, and a person keeps it: it is in
 * the others again, too (SPEC U12).
 */
export async function putBackWhatIsKept(
  tx: TenantTransaction,
  row: EventRow,
  links: readonly LinkRow[],
  occasion: Occasion,
): Promise<void> {
  const back = links.filter(isBack);
  if (back.length === 0) return;
  const settled = back.filter(({ state }) => state === 'closed').map(({ id }) => id);
  if (settled.length > 0) {
    const isNoQuestion = { is_revived: false };
    await tx.updateTable('event_links').set(isNoQuestion).where('id', 'in', settled).execute();
  }
  const lost = links.filter((link) => isLost(link) && link.state === 'closed');
  if (row.series_id !== null) {
    const open = links.filter(({ state }) => state !== 'closed');
    const isIn = (link: LinkRow) =>
      open.some(({ calendar_id }) => calendar_id === link.calendar_id);
    const isMissing = !lost.every(isIn);
    if (isMissing) await standAlone(tx, { row, seriesId: row.series_id }, occasion);
    return;
  }
  await putCopiesBack(tx, { row, links, lost }, occasion);
}

/** Also where the copy that brought the event back rests, or went, with a disconnect, and the question with it. */
const isBack = (link: LinkRow): boolean =>
  link.is_revived &&
  (link.state !== 'closed' || isResting(link) || link.state_reason === closedReasons.removed);

/**
 * The event is about to live again. What is known to have gone of it has gone with it: that is no deletion of
 * what lives now. Of a copy whose deletion is on its way nobody knows yet whether it is there: the answer
 * tells, or a look. So it is with its dates that are there by themselves.
 */
export async function takeBackDeletions(
  tx: TenantTransaction,
  eventId: EventId,
  { now, exceptLinkId }: { now: Date; exceptLinkId?: LinkId },
): Promise<void> {
  const sent = JSON.stringify({ kind: 'delete', isTakenBack: true } satisfies Sent);
  const dates = tx.selectFrom('calendar_events').select('id').where('series_id', '=', eventId);
  const own = tx
    .updateTable('event_links')
    .set({ state_since: now })
    .$if(exceptLinkId !== undefined, (links) => links.where('id', '<>', exceptLinkId as LinkId))
    .where(({ or, and, eb }) =>
      or([
        eb('event_id', '=', eventId),
        and([eb('event_id', 'in', dates), eb('series_form', '=', BY_ITSELF)]),
      ]),
    );
  const open = own.where('state', '<>', 'closed');
  const isOnItsWay = sql<boolean>`sent ->> 'kind' = 'delete'`;
  // What waits for its calendar goes on waiting.
  await open
    .set({
      sent,
      state: sql<LinkRow['state']>`case when state = 'paused' then state else 'pending' end`,
      state_reason: sql<string | null>`case when state = 'paused' then state_reason end`,
      next_attempt_at: now,
    })
    .where(isOnItsWay)
    .execute();
  // Where its calendar is disconnected, it is looked at once that is connected again.
  await own
    .set({ sent })
    .where('state', '=', 'closed')
    .where('state_reason', '=', closedReasons.disconnected)
    .where(isOnItsWay)
    .execute();
  await open
    .set({
      state: 'closed',
      state_reason: sql<string>`case when series_form = ${BY_ITSELF} then ${closedReasons.ended}::text
        else ${closedReasons.gone}::text end`,
      next_attempt_at: null,
    })
    .where('is_remote_gone', '=', true)
    .where('sent', 'is', null)
    .execute();
}

/**
 * A deletion of ours took the copy away after its event had come back to life: it is made anew. Where the
 * event came back with an edit and nobody has said yet that it is to stay, it waits for that, as what had
 * gone before does.
 */
export async function putBackDeleted(
  tx: TenantTransaction,
  row: EventRow,
  link: LinkRow,
  occasion: Occasion,
): Promise<void> {
  if (!isAlive(row)) return;
  const links = await lockLinksOfEvent(tx, row.id);
  const open = links.filter(({ id, state }) => id !== link.id && state !== 'closed');
  const close = (state_reason: string) =>
    changeLink(tx, link, { state: 'closed', state_reason, next_attempt_at: null }, occasion.now);
  if (link.series_form === BY_ITSELF && row.series_id !== null) {
    await close(closedReasons.ended);
    await askAnchor(tx, row.series_id, link, occasion.now);
    return;
  }
  const isPart = open.some(({ copy_id }) => copy_id !== null && copy_id === link.copy_id);
  if (open.some(({ is_revived }) => is_revived) && !isPart) {
    await close(closedReasons.gone);
    return;
  }
  await putCopiesBack(tx, { row, links, lost: [link] }, { onlyLinkId: link.id, ...occasion });
}

/** Whether a copy of the owner's can be made in the calendar. */
export async function isPlace(
  tx: TenantTransaction,
  ownerId: UserId,
  calendarId: CalendarId,
): Promise<boolean> {
  return (await listPlaces(tx, ownerId)).some(({ id }) => id === calendarId);
}

/**
 * The owner's calendars that events may be written to now, or, `is_resting`, once they are connected again: what is
 * put back is planned there as if it had been so before the disconnect.
 */
async function listPlaces(
  tx: TenantTransaction,
  ownerId: UserId,
): Promise<
  { id: CalendarId; connection_id: ConnectionId; is_write_target: boolean; is_resting: boolean }[]
> {
  return (
    tx
      .selectFrom('calendars as c')
      .innerJoin('calendar_integrations as i', (join) =>
        join.onRef('i.id', '=', 'c.connection_id').onRef('i.tenant_id', '=', 'c.tenant_id'),
      )
      .select(['c.id', 'c.connection_id', 'c.is_write_target'])
      .select(sql<boolean>`not i.is_active`.as('is_resting'))
      .where('i.user_id', '=', ownerId)
      .where(({ or, eb }) => or([eb('i.is_active', '=', false), eb('i.sync_enabled', '=', true)]))
      // What is planned where it is switched off waits until it is on again.
      .where('c.direction', '<>', 'in')
      .where('c.can_write', '=', true)
      .where('c.state', '<>', 'removed')
      .orderBy('i.created_at')
      .orderBy('i.id')
      .orderBy('c.id')
      .execute()
  );
}
