import { sql } from 'kysely';
import type { EventFields, When } from '../calendar/event.ts';
import type { ConnectionId, EventId } from '../calendar/ids.ts';
import {
  getFirstOccurrence,
  getLastOccurrence,
  isEndless,
  listOccurrences,
} from '../calendar/occurrences.ts';
import {
  type OriginalStart,
  type Recurrence,
  RecurrenceError,
  type Series,
  startOf,
} from '../calendar/recurrence.ts';
import { endBefore, splitSeries } from '../calendar/split-series.ts';
import type { Flow } from '../sync/link.ts';
import type { Merge } from '../sync/merge.ts';
import type { SeriesForm } from '../sync/part.ts';
import { recurAlike } from '../sync/same.ts';
import type { EventRow, LinkRow } from './database.ts';
import { toFields } from './event-fields.ts';
import { changeEvent, type Occasion } from './events.ts';
import { toSeries } from './exceptions.ts';
import { askForCopies, changeLink } from './links.ts';
import type { TenantTransaction } from './tenant.ts';

const DAY_MS = 24 * 60 * 60_000;
const LAST_MS = Date.UTC(9_000, 0, 1);
const LOOKED_AT_MAX = 50;

/* A series is split on one side while it is made to recur otherwise on the other: both stand (SPEC O6). */

/**
 * It was split here, and recurs otherwise there, where that was not known yet. Before the split the new rule
 * is the first half's, from there on the second's. Where that says otherwise itself by now, whose rule it is
 * stays a conflict; but no date is in both.
 */
export async function keepSplit(
  tx: TenantTransaction,
  { event, link, form, flow }: { event: EventRow; link: LinkRow; form: SeriesForm; flow: Flow },
  merge: Merge,
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<Merge> {
  if (form.kind !== 'whole') return merge;
  const conflict = merge.conflicts.find(({ unit }) => unit === 'recurrence');
  const isTheirs = conflict?.winner === 'remote';
  const rule = isTheirs ? merge.toLocal.recurrence : (conflict?.lost as Recurrence | undefined);
  const { when: times, recurrence: agreed } = link.base ?? {};
  if (!conflict || !rule || !times || !agreed?.local) return merge;
  const theirs = { when: merge.toLocal.when ?? toFields(event).when, recurrence: rule };
  const before = { when: times.local, recurrence: agreed.local };
  const halves = await listHalves(tx, event.id);
  const fresh = halves.filter((half) => !endsBefore(before, toFields(half)));
  const cut = fresh.length > 0 && findCut(event, theirs);
  if (!cut) return merge;
  const isBoth = await passRestOn(tx, fresh, { series: theirs, before, cut }, occasion);
  if (!isBoth && !isTheirs) return merge;

  const first = endBefore(theirs, cut);
  const isAsHere = recurAlike(first, toFields(event));
  const recurrence = isAsHere ? event.recurrence : first.recurrence;
  const { recurrence: _, ...toLocal } = merge.toLocal;
  const kept = isAsHere ? ({ winner: 'local', lost: rule } as const) : {};
  const others = merge.conflicts.filter((one) => one !== conflict);
  const apart = { local: agreed.local, remote: agreed.remote };
  const agreeToDiffer = { ...merge.base, recurrence: { local: recurrence, remote: rule, apart } };
  return {
    toLocal: isAsHere ? toLocal : { ...toLocal, recurrence },
    toRemote: flow.canWrite ? { ...merge.toRemote, recurrence } : merge.toRemote,
    base: flow.canWrite ? merge.base : agreeToDiffer,
    conflicts: isBoth ? others : [...others, { ...conflict, ...kept }],
  };
}

/**
 * It was split there, and recurs otherwise here, where the rule from here was kept: now it ends at the split,
 * and what it says from there on is of the second half.
 */
export async function shareRule(
  tx: TenantTransaction,
  { event, link, next }: { event: EventRow; link: LinkRow; next: EventRow },
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<void> {
  const series = toSeries(event);
  const cut = series && findOn(series, dayOf(toFields(next).when));
  if (!cut) return;
  const before = await findRuleBefore(tx, event);
  const isBoth = before && (await passRestOn(tx, [next], { series, before, cut }, occasion));
  const { recurrence } = endBefore(series, cut);
  await changeEvent(tx, event, { changes: { recurrence }, ...occasion });
  await askForCopies(tx, { eventId: event.id, ...occasion });
  if (!isBoth) return;
  const others = (link.conflict ?? []).filter(({ unit }) => unit !== 'recurrence');
  const settled = { conflict: null, state: 'pending', state_reason: null } as const;
  await changeLink(tx, link, others.length > 0 ? { conflict: others } : settled, occasion.now);
}

/** A half that was split off here has its dates: what was split off there before ends where that begins. */
export async function endBeforeHalves(
  tx: TenantTransaction,
  { next, fromId }: { next: EventRow; fromId: EventId },
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<void> {
  const halves = await listHalves(tx, fromId);
  const row = halves.find(({ id }) => id === next.id);
  const series = row && toSeries(row);
  if (!series) return;
  const others = halves.filter(({ id }) => id !== next.id);
  const [cut] = others
    .flatMap((half) => findOn(series, dayOf(toFields(half).when)) ?? [])
    .sort((a, b) => (a < b ? -1 : 1));
  if (!cut) return;
  const { recurrence } = endBefore(series, cut);
  await changeEvent(tx, row, { changes: { recurrence }, ...occasion });
  await askForCopies(tx, { eventId: row.id, ...occasion });
}

/**
 * What the series says from the cut on is of the halves that recur as it did before. Answers whether one of
 * them has it.
 */
async function passRestOn(
  tx: TenantTransaction,
  halves: readonly EventRow[],
  { series, before, cut }: { series: Series; before: Series; cut: OriginalStart },
  occasion: Occasion & { connectionId: ConnectionId },
): Promise<boolean> {
  const [rest, old] = [restOf(series, cut), restOf(before, cut)];
  if (!rest || !old) return false;
  let isTaken = false;
  for (const half of halves) {
    const own = toFields(half);
    const recursAs = (recurrence: Recurrence) => recurAlike(own, { when: own.when, recurrence });
    const isHeir = recursAs(old);
    // Decided before, when the call that it ended with was still to be made.
    const hasIt = recursAs(rest);
    isTaken ||= isHeir || hasIt;
    if (!isHeir || hasIt) continue;
    await changeEvent(tx, half, { changes: { recurrence: rest }, ...occasion });
    await askForCopies(tx, { eventId: half.id, ...occasion });
  }
  return isTaken;
}

/** The series as it was before it came to recur as it does. */
async function findRuleBefore(tx: TenantTransaction, event: EventRow): Promise<Series | undefined> {
  const row = await tx
    .selectFrom('event_history')
    .select('before')
    .where('event_id', '=', event.id)
    .where('change', '=', 'updated')
    .where(sql<boolean>`before ? 'recurrence'`)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { when = toFields(event).when, recurrence } = (row?.before ?? {}) as Partial<EventFields>;
  return recurrence ? { when, recurrence } : undefined;
}

/** The first occurrence of the series as it is there, after the day of the last that it has here. */
function findCut(event: EventRow, theirs: Series): OriginalStart | undefined {
  const ours = toSeries(event);
  const last = ours && !isEndless(ours) && getLastOccurrence(ours);
  return last ? findNear(theirs, dayOf(last.when), (day, end) => day > end) : undefined;
}

/** Its occurrence on that day. */
const findOn = (series: Series, day: string) =>
  findNear(series, day, (one, wanted) => one === wanted);

/** One from around that day on, at which the series can be split: the first of all is none. */
function findNear(
  series: Series,
  day: string,
  isWanted: (one: string, day: string) => boolean,
): OriginalStart | undefined {
  const found = listFrom(series, day, LAST_MS).find((start) => isWanted(start.slice(0, 10), day));
  return found === getFirstOccurrence(series)?.originalStart ? undefined : found;
}

/** Whether the series has an occurrence that its rule gives that day. */
export const hasDay = (series: Series, day: string): boolean =>
  listFrom(series, day, toMidnight(day) + 2 * DAY_MS).some((start) => start.startsWith(day));

const listFrom = (series: Series, day: string, untilMs: number): OriginalStart[] =>
  listOccurrences(
    series,
    { from: new Date(toMidnight(day) - DAY_MS), until: new Date(untilMs) },
    LOOKED_AT_MAX,
  ).map(({ originalStart }) => originalStart);

const toMidnight = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** How the series recurs from there on; null where that cannot be told. */
function restOf(series: Series, cut: OriginalStart): Recurrence | null {
  try {
    return splitSeries(series, cut).after.recurrence;
  } catch (error) {
    if (error instanceof RecurrenceError) return null;
    throw error;
  }
}

/** Whether the last day of the series is before this one begins. A half may begin at another hour. */
export function endsBefore(series: Series, half: EventFields): boolean {
  const last = isEndless(series) ? undefined : getLastOccurrence(series);
  return Boolean(last && dayOf(last.when) < dayOf(half.when));
}

export const dayOf = (when: When) => startOf(when).slice(0, 10);

/** The live series that were split off from this one, locked. */
export const listHalves = (tx: TenantTransaction, seriesId: EventId): Promise<EventRow[]> =>
  tx
    .selectFrom('calendar_events')
    .selectAll()
    .where('split_from', '=', seriesId)
    .where('deleted_at', 'is', null)
    .where('status', '=', 'confirmed')
    .orderBy('id')
    .forUpdate()
    .execute();
