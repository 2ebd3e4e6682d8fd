import type { LocalDate, MergeUnit } from '../calendar/event.ts';
import type { EventId, LinkId } from '../calendar/ids.ts';
import { toInstants } from '../calendar/instants.ts';
import { findOccurrence, findOccurrenceAt } from '../calendar/occurrences.ts';
import type { Occurrence, OriginalStart, Series } from '../calendar/recurrence.ts';
import {
  type RemoteEvent,
  type RemoteException,
  type RemoteSlot,
  toldDays,
} from '../providers/provider.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { toFields, toWhen } from '../store/event-fields.ts';
import { changeEvent, type Occasion } from '../store/events.ts';
import { askForCopies, changeLink, lockLink } from '../store/links.ts';
import { markDue } from '../store/pulls.ts';
import {
  findLinkIn,
  hangsOn,
  linkExceptions,
  listExceptionLinks,
  listKnown,
  listOtherSeriesLinks,
  restartWiped,
} from '../store/exception-links.ts';
import { addException, keepDropped, noteTold, toSeries } from '../store/exceptions.ts';
import { lockLinksOfEvent } from '../store/own-event.ts';
import { findInHalves } from '../store/splits.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { recursAsAgreed, renameIn } from '../sync/part.ts';
import { isSame } from '../sync/same.ts';
import { decideLink } from './decide-link.ts';
import { listEdited } from './edited-there.ts';
import type { Engine } from './engine.ts';
import { learn, learnGone } from './learn.ts';
import type { Target } from './target.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A series and its copy in the calendar, both locked. */
export interface SeriesCopy {
  event: EventRow;
  link: LinkRow;
}

/**
 * Takes in what a calendar says of single occurrences: each is an event of its own that merges with
 * its copy like any other. Where all exceptions are told, what was one and is none any more begins anew.
 * Answers the links that were shown.
 */
export async function takeExceptions(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  copy: SeriesCopy,
  told: { exceptions: readonly RemoteException[]; isWhole: boolean },
): Promise<LinkId[]> {
  const { runtime } = engine;
  const occasion = { now: new Date(runtime.now()), newId: () => runtime.newId() };
  const { event: series, link } = copy;
  // Of what is told twice of one occurrence the last counts.
  const events = new Map<EventId, { event: EventRow; exception: RemoteException }>();
  const starts: OriginalStart[] = [];
  for (const exception of told.exceptions) {
    const { slot } = exception.kind === 'changed' ? exception.event : exception;
    const occurrence = findSlot(series, link, slot);
    // Left out by its date, say: there is nothing to be an exception of.
    if (occurrence === null) continue;
    if (exception.kind === 'cancelled' && !isDateThere(link, slot)) continue;
    starts.push('goneFrom' in occurrence ? occurrence.goneFrom : occurrence.originalStart);
    if ('goneFrom' in occurrence) {
      if (exception.kind === 'cancelled') continue;
      const dropped = { ...exception.event, start: occurrence.goneFrom };
      await keepIfEdited(target, tx, copy, dropped, occasion);
      continue;
    }
    const event = await addException(tx, series, occurrence, occasion);
    events.set(event.id, { event, exception });
  }
  if (events.size > 0) {
    for (const one of [link, ...(await listOtherSeriesLinks(tx, link))]) {
      await linkExceptions(tx, series, one, occasion);
    }
  }
  const shown: LinkId[] = [];
  for (const { event, exception } of events.values()) {
    const linkId = await takeException(engine, target, tx, { event, series: link }, exception);
    if (linkId) shown.push(linkId);
  }
  if (!told.isWhole) return shown;
  if (link.remote && recursAsAgreed(link.remote, link.base ?? {})) {
    await restartWiped(tx, series, link, { starts, ...reachOf(occasion) }, occasion);
  }
  const links = await listExceptionLinks(tx, link);
  for (const one of links) {
    if (shown.includes(one.id) || one.external_id === null || one.is_remote_gone) continue;
    await changeLink(tx, one, { is_stale: true }, occasion.now);
    await markDue(tx, [one.id], occasion.now);
  }
  return links.map(({ id }) => id);
}

/**
 * Its date went here; what was changed of it there meanwhile does not go without a word. Where the series
 * was split here, the half that has the date has an occurrence of it, which says so from then on.
 */
async function keepIfEdited(
  { provider }: Target,
  tx: TenantTransaction,
  copy: SeriesCopy,
  told: RemoteEvent & { slot: RemoteSlot; start: OriginalStart },
  occasion: Occasion,
): Promise<void> {
  const { link, event } = copy;
  const links = await listKnown(tx, link.calendar_id, [told.externalId]);
  const known = { links, series: link, holds: provider.capabilities };
  const edited = listEdited(told, link.remote ?? toFields(event), known);
  if (edited.length === 0) return;
  const found = await findInHalves(tx, event, told.start);
  const isTaken = found && (await changeInHalf(tx, found, { link, told, edited }, occasion));
  if (!isTaken) await keepDropped(tx, copy, told, occasion);
}

/** False where something else was said of it here. */
async function changeInHalf(
  tx: TenantTransaction,
  { half, occurrence }: { half: EventRow; occurrence: Occurrence },
  { link, told, edited }: { link: LinkRow; told: RemoteEvent; edited: readonly MergeUnit[] },
  occasion: Occasion,
): Promise<boolean> {
  const one = await addException(tx, half, occurrence, occasion);
  const own = toFields(one);
  const usual = { ...toFields(half), when: occurrence.when };
  const isFree =
    one.status === 'confirmed' && edited.every((unit) => isSame(own[unit], usual[unit]));
  if (!isFree) return false;
  const changes = Object.fromEntries(edited.map((unit) => [unit, told.fields[unit]]));
  const { connection_id: connectionId } = link;
  await changeEvent(tx, one, { changes, connectionId, ...occasion });
  await noteTold(tx, { eventId: one.id, link }, told, occasion);
  for (const copy of await lockLinksOfEvent(tx, half.id)) {
    if (copy.state !== 'closed') await linkExceptions(tx, half, copy, occasion);
  }
  await askForCopies(tx, { eventId: one.id, ...occasion });
  return true;
}

/** The dates of which exceptions are told. */
function reachOf({ now }: { now: Date }): { from: LocalDate; until: LocalDate } {
  // Dates are meant in any zone.
  const print = (days: number) =>
    new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  return { from: print(1 - toldDays.back), until: print(toldDays.ahead - 1) };
}

async function takeException(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  { event, series }: { event: EventRow; series: LinkRow },
  exception: RemoteException,
): Promise<LinkId | undefined> {
  const now = new Date(engine.runtime.now());
  const found = await findLinkIn(tx, target.job.calendar_id, { eventId: event.id });
  const own = found && (await lockLink(tx, found.id));
  // It was cancelled on both sides, or is in another part of its series by now.
  if (!own || !hangsOn(own, series)) return undefined;
  if (exception.kind === 'cancelled') {
    if (own.is_remote_gone) return own.id;
    await changeLink(tx, own, learnGone(own, 'update'), now);
    await markDue(tx, [own.id], now);
    return own.id;
  }
  if (isKnown(own, exception.event)) return own.id;
  const learnt = learn(own, exception.event, 'look', target.provider);
  const rows = { event, link: { ...own, ...learnt }, learnt };
  const step = await decideLink(engine, target, tx, rows);
  if (step.kind !== 'done') await markDue(tx, [own.id], now);
  return own.id;
}

const isKnown = (link: LinkRow, { externalId, etag }: RemoteEvent) =>
  link.external_id === externalId && link.etag === etag && !link.is_stale && link.sent === null;

/** Else it went with a series that recurs otherwise there by now, which is no cancellation of it. */
function isDateThere({ remote }: LinkRow, { originalStart }: RemoteSlot): boolean {
  if (!remote?.recurrence) return true;
  const { when, recurrence } = remote;
  return findOccurrenceAt({ when, recurrence }, originalStart) !== null;
}

/**
 * Which occurrence is meant: by how the series recurs there now, or when both sides last agreed, called
 * as it is called here. `goneFrom`: the series was changed here and has none in its place any more.
 */
function findSlot(
  event: EventRow,
  { base, remote, copy_id }: LinkRow,
  slot: RemoteSlot,
): Occurrence | { goneFrom: OriginalStart } | null {
  const here = toSeries(event);
  if (!here) return null;
  const forms: Series[] = [here];
  const { when, recurrence } = base ?? {};
  if (when && recurrence?.remote) {
    forms.unshift({ when: when.remote, recurrence: recurrence.remote });
  }
  if (remote?.recurrence) forms.unshift({ when: remote.when, recurrence: remote.recurrence });
  for (const form of forms) {
    const found = findOccurrenceAt(form, slot.originalStart);
    if (!found) continue;
    const start = renameIn(copy_id !== null, { from: form, to: here }, found.originalStart);
    const goneFrom = start ?? found.originalStart;
    return (start === null ? null : findOccurrence(here, start)) ?? { goneFrom };
  }
  return null;
}

/**
 * How the occurrence is named to a provider: as the series is there by now, where it may not have been
 * moved yet.
 */
export function toSlot(series: EventRow, exception: EventRow, seriesLink: LinkRow): RemoteSlot {
  const { remote, copy_id } = seriesLink;
  const seriesId = seriesLink.external_id ?? '';
  const here = toSeries(series);
  const name = exception.original_start ?? '';
  const there =
    here && remote?.recurrence ? { when: remote.when, recurrence: remote.recurrence } : null;
  const start =
    (here && there && renameIn(copy_id !== null, { from: here, to: there }, name)) ?? name;
  const when = there?.when ?? toWhen(series);
  if (when.kind === 'all-day') return { seriesId, originalStart: start };
  const { startsAt } = toInstants({ ...when, start, end: start });
  return { seriesId, originalStart: startsAt };
}
