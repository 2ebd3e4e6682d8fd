import { sql } from 'kysely';
import type { EventFields } from '../calendar/event.ts';
import type { CalendarId, ConnectionId, EventId } from '../calendar/ids.ts';
import { findOccurrence } from '../calendar/occurrences.ts';
import { type Occurrence, type OriginalStart, type Recurrence } from '../calendar/recurrence.ts';
import type { EventRow, LinkRow } from './database.ts';
import type { Base, Conflict } from '../sync/link.ts';
import { onDayOf, type SeriesForm, timesOfPart } from '../sync/part.ts';
import { isSame } from '../sync/same.ts';
import { isAlive, toFields, toWhen } from './event-fields.ts';
import { changeEvent, lockEvents, type Occasion } from './events.ts';
import { copyLinks } from './copy-links.ts';
import { toSeries } from './exceptions.ts';
import { askForCopies, lockLinks } from './links.ts';
import { lockLinksOfEvent } from './own-event.ts';
import { listOtherParts } from './part-links.ts';
import {
  dayOf,
  endBeforeHalves,
  endsBefore,
  hasDay,
  listHalves,
  shareRule,
} from './split-rules.ts';
import type { TenantTransaction } from './tenant.ts';

/** Both halves of a split come within this time, or they are two things that people did. */
const DAY_MS = 24 * 60 * 60_000;
const SPLIT_MS = DAY_MS;
const CANDIDATES_MAX = 50;

/**
 * A split that was made in a calendar ("this and following"): a series was ended there, and another of
 * the same name begins at one of the occurrences that it had. The two stay related: the new one is with
 * the lead of the old one, and in the other calendars that that is in. Only the second half says so;
 * nothing there tells the two apart from other events.
 */
export async function recogniseSplits(
  tx: TenantTransaction,
  place: { calendarId: CalendarId; connectionId: ConnectionId },
  { now, newId }: Occasion,
): Promise<void> {
  const since = new Date(now.getTime() - SPLIT_MS);
  const [ended, overruled] = await Promise.all([
    listEnded(tx, place, since),
    listOverruled(tx, place),
  ]);
  if (ended.length + overruled.length === 0) return;
  for (const next of await listBegun(tx, place, since)) {
    const old = ended.find((one) => isRestOf(next, one))?.event;
    const rival = old ? undefined : overruled.find((one) => isRestOfOverruled(next, one));
    const from = old ?? rival?.event;
    if (!from) continue;
    await tx
      .updateTable('calendar_events')
      .set({ split_from: from.id, lead_id: next.lead_id ?? from.lead_id })
      .where('id', '=', next.id)
      .execute();
    if (rival) await shareRule(tx, { ...rival, next }, { ...place, now, newId });
    await endBeforeHalves(tx, { next, fromId: from.id }, { ...place, now, newId });
    const links = await lockLinksOfEvent(tx, from.id);
    // Guests are invited from where it was split.
    const others = links
      .filter(({ calendar_id }) => calendar_id !== place.calendarId)
      .map((link) => ({ ...link, carries_guests: false }));
    await copyLinks(tx, others, { eventId: next.id, isSilent: true, now, newId });
  }
}

interface Ended {
  event: EventRow;
  before: Partial<EventFields>;
}

/** Series in the calendar whose rule was changed there lately, with what it was. */
async function listEnded(
  tx: TenantTransaction,
  { calendarId, connectionId }: { calendarId: CalendarId; connectionId: ConnectionId },
  since: Date,
): Promise<Ended[]> {
  const rows = await tx
    .selectFrom('event_history as h')
    .innerJoin('event_links as l', (join) =>
      join.onRef('l.tenant_id', '=', 'h.tenant_id').onRef('l.event_id', '=', 'h.event_id'),
    )
    .innerJoin('calendar_events as e', (join) =>
      join.onRef('e.tenant_id', '=', 'h.tenant_id').onRef('e.id', '=', 'h.event_id'),
    )
    .selectAll('e')
    .select('h.before as changed_from')
    .where('h.connection_id', '=', connectionId)
    .where('h.change', '=', 'updated')
    .where('h.at', '>=', since)
    .where('l.calendar_id', '=', calendarId)
    .where('l.state', '<>', 'closed')
    .where('e.recurrence', 'is not', null)
    .where('e.deleted_at', 'is', null)
    .orderBy('h.at', 'desc')
    .limit(CANDIDATES_MAX)
    .execute();
  return rows.flatMap(({ changed_from: before, ...event }) =>
    before?.recurrence ? [{ event, before: before as Partial<EventFields> }] : [],
  );
}

/** Series that were made to recur otherwise there and here, where the rule from here was kept, with the other. */
async function listOverruled(
  tx: TenantTransaction,
  { calendarId }: { calendarId: CalendarId },
): Promise<Overruled[]> {
  const found = await tx
    .selectFrom('event_links')
    .select(['id', 'event_id'])
    .where('calendar_id', '=', calendarId)
    .where('state', '=', 'conflict')
    .where(sql<boolean>`conflict @> '[{"unit": "recurrence", "winner": "local"}]'`)
    .limit(CANDIDATES_MAX)
    .execute();
  const eventIds = found.map(({ event_id }) => event_id);
  const events = await lockEvents(tx, [...new Set(eventIds)]);
  const links = await lockLinks(
    tx,
    found.map(({ id }) => id),
  );
  return [...links.values()].flatMap((link) => {
    const event = events.get(link.event_id);
    // A person may just have settled it.
    const open = link.conflict?.find(
      ({ unit, winner }) => unit === 'recurrence' && winner === 'local',
    );
    const theirs = (open?.lost ?? null) as Recurrence | null;
    return event && isAlive(event) && theirs ? [{ event, link, theirs }] : [];
  });
}

interface Overruled {
  event: EventRow;
  link: LinkRow;
  theirs: Recurrence;
}

/** Series that came from the calendar lately. */
async function listBegun(
  tx: TenantTransaction,
  { calendarId }: { calendarId: CalendarId },
  since: Date,
): Promise<EventRow[]> {
  return tx
    .selectFrom('calendar_events as e')
    .innerJoin('event_links as l', (join) =>
      join.onRef('l.tenant_id', '=', 'e.tenant_id').onRef('l.event_id', '=', 'e.id'),
    )
    .selectAll('e')
    .where('e.recurrence', 'is not', null)
    .where('e.split_from', 'is', null)
    .where('e.deleted_at', 'is', null)
    .where('e.created_at', '>=', since)
    .where('l.calendar_id', '=', calendarId)
    .where('l.origin', '=', 'remote')
    .where('l.state', '<>', 'closed')
    .orderBy('e.id')
    .limit(CANDIDATES_MAX)
    .execute();
}

/** Whether the one begins on a day on which the other had an occurrence and now has none any more. */
function isRestOf(next: EventRow, { event, before }: Ended): boolean {
  if (!isOfSameName(next, event)) return false;
  if (next.starts_at < event.ends_at || !before.recurrence) return false;
  const when = before.when ?? toFields(event).when;
  return hasDay({ when, recurrence: before.recurrence }, dayOf(toWhen(next)));
}

/** Whether it begins on a day that the series has here, and had no more there. */
function isRestOfOverruled(next: EventRow, { event, theirs }: Overruled): boolean {
  const series = toSeries(event);
  if (!series || !isOfSameName(next, event)) return false;
  const hadMore = !endsBefore({ when: series.when, recurrence: theirs }, toFields(next));
  return !hadMore && hasDay(series, dayOf(toWhen(next)));
}

const isOfSameName = (next: EventRow, event: EventRow): boolean =>
  next.id !== event.id && next.owner_id === event.owner_id && next.title === event.title;

const passedOn = ['title', 'description', 'location', 'visibility', 'showAs'] as const;

/**
 * All occurrences were changed in a calendar where a split that was made here was not known yet: the
 * halves that came of it change along, but for what they say otherwise (SPEC O6). `event` is the series as
 * it was before, `link` the copy that says so. Of one that is several series the one that recurs otherwise
 * may be another than the one that was changed: whoever changed it saw them all. A half that
 * still says what was agreed on before the series was changed here takes also what the series itself, for
 * that change, does not.
 */
export async function passOnToHalves(
  tx: TenantTransaction,
  { event, link, form }: { event: EventRow; link: LinkRow; form: SeriesForm },
  { toLocal, conflicts }: { toLocal: Partial<EventFields>; conflicts: readonly Conflict[] },
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<void> {
  const lost = conflicts.filter(({ winner }) => winner === 'local');
  const changes = { ...Object.fromEntries(lost.map((one) => [one.unit, one.lost])), ...toLocal };
  if (event.recurrence === null || Object.keys(changes).length === 0) return;
  const parts = [link, ...(await listOtherParts(tx, link))];
  const fields = toFields(event);
  const isToRecurOtherwise = parts.some(({ base, part }) => {
    const { recurrence = null } = timesOfPart(form, part, fields) ?? {};
    return base?.recurrence !== undefined && !isSame(base.recurrence.local, recurrence);
  });
  if (!isToRecurOtherwise) return;
  const seen = parts.flatMap(({ base }) => (base ? [base] : []));
  const mayChange: MayChange = (own, unit) => {
    const agreed = link.base?.[unit];
    const isAsAgreed = agreed !== undefined && isSame(own[unit], agreed.local);
    return isAsAgreed || (unit in toLocal && isSame(own[unit], fields[unit]));
  };
  await changeHalves(tx, { seriesId: event.id, seen, mayChange }, changes, occasion);
}

/** Whether a half says in this unit what was said before, and not something of its own. */
type MayChange = (own: EventFields, unit: (typeof passedOn)[number]) => boolean;

/**
 * `seen` is the copy as it was last agreed on. A half whose days that had no more had been split off before,
 * and is a series of its own there.
 */
async function changeHalves(
  tx: TenantTransaction,
  found: { seriesId: EventId; seen: readonly Base[]; mayChange: MayChange },
  changes: Partial<EventFields>,
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<void> {
  for (const half of await listHalves(tx, found.seriesId)) {
    const own = toFields(half);
    const units = passedOn.filter((unit) => unit in changes && found.mayChange(own, unit));
    if (found.seen.every((base) => isOver(base, own))) continue;
    if (units.length > 0) {
      const news = Object.fromEntries(units.map((unit) => [unit, changes[unit]]));
      await changeEvent(tx, half, { changes: news, ...occasion });
      await askForCopies(tx, { eventId: half.id, ...occasion });
    }
    await changeHalves(tx, { ...found, seriesId: half.id }, changes, occasion);
  }
}

/** Whether what was agreed on was over before this one begins. */
function isOver({ when, recurrence }: Base, half: EventFields): boolean {
  const rule = recurrence?.local;
  return Boolean(when && rule && endsBefore({ when: when.local, recurrence: rule }, half));
}

/**
 * Where an occurrence is by now whose series was split here: in the half that has its day, at the hour of
 * that. Undefined: no half has it.
 */
export async function findInHalves(
  tx: TenantTransaction,
  { id }: Pick<EventRow, 'id'>,
  start: OriginalStart,
): Promise<{ half: EventRow; occurrence: Occurrence } | undefined> {
  for (const half of await listHalves(tx, id)) {
    const series = toSeries(half);
    const occurrence = series && findOccurrence(series, onDayOf(start, series.when));
    const found = occurrence ? { half, occurrence } : await findInHalves(tx, half, start);
    if (found) return found;
  }
  return undefined;
}
