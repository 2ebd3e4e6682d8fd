import type { EventFields, When } from '../calendar/event.ts';
import { moveSeries } from '../calendar/move-series.ts';
import { type OriginalStart, type Series, startOf } from '../calendar/recurrence.ts';
import { renameBetween } from '../calendar/rename-occurrences.ts';
import { moveTo } from '../calendar/split-series.ts';
import type { Base, Conflict } from './link.ts';
import type { Merge } from './merge.ts';
import { isSame, recurAlike } from './same.ts';
import { findSingle, isSingle } from './single.ts';

/** How a calendar can hold a series. */
export type SeriesForm =
  /** As it is. */
  | { kind: 'whole' }
  /** As several that share its occurrences out, always in the same order. */
  | { kind: 'parts'; parts: readonly Series[] }
  /** Date by date, as single events. */
  | { kind: 'singles' }
  /** Not even so: there are too many. */
  | { kind: 'none' };

/**
 * Whether guests would be invited once to each part: there is no one invitation for them, and nobody
 * wants several to one meeting. So it is not written (SPEC O12). Pure.
 */
export const invitesManyTimes = (form: SeriesForm, guests: EventFields['attendees']) =>
  (form.kind === 'parts' || form.kind === 'singles') && guests.length > 0;

type Times = Pick<EventFields, 'when' | 'recurrence'>;

/**
 * When a copy of the event is, being the `part`th of its calendar's; null where the series has no such
 * part any more. What cannot be held at all is the whole of it in each: writing that is refused. A date
 * that is there as a single event stays as long as the series has it.
 */
export function timesOfPart(form: SeriesForm, part: number, event: Times): Times | null {
  if (isSingle({ part })) return timesOfSingle(form, part, event);
  if (form.kind === 'parts') return form.parts[part] ?? null;
  if (form.kind === 'singles') return null;
  return form.kind === 'none' || part === 0 ? event : null;
}

function timesOfSingle(form: SeriesForm, part: number, { when, recurrence }: Times): Times | null {
  if (form.kind === 'whole' || form.kind === 'parts' || !recurrence) return null;
  const found = findSingle({ when, recurrence }, part);
  return found && { when: found.when, recurrence: null };
}

/**
 * What an occurrence of a series is called where that is otherwise by now, or not yet; null: it has none
 * like it. Where a part begins says nothing of where the series does: their days are the same. Pure.
 */
export const renameIn = (
  isPart: boolean,
  { from, to }: { from: Series; to: Series },
  start: OriginalStart,
): OriginalStart | null => (isPart ? onDayOf(start, to.when) : renameBetween(from, to)(start));

/** The start on the same day at the hour of these times. */
export const onDayOf = (start: OriginalStart, when: When): OriginalStart =>
  start.slice(0, 10) + startOf(when).slice(10);

interface PartSides {
  event: Times;
  part: Times;
  remote: Times;
  base: Base;
  canWrite: boolean;
}

/**
 * What a merge with one part of a series means for the series. Another time of day or length there is
 * taken over for all of it, also where it recurs otherwise here since. Other days of one part are
 * nothing that the series could say: they are put back, and the losing value is kept as a conflict. Pure.
 */
export function mergePart(merge: Merge, sides: PartSides): Merge {
  const { when, recurrence, ...toLocal } = merge.toLocal;
  if (when === undefined && recurrence === undefined) return merge;
  const { event, part, remote, base, canWrite } = sides;
  const isMoved = recurrence === undefined || isEndMoved(remote, base);
  const moved = when && isMoved && moveAll(event, when, base);
  if (moved) {
    const isAgreed = base.recurrence && isSame(part.recurrence, base.recurrence.local);
    const taken = { ...merge, toLocal: { ...toLocal, ...moved } };
    return isAgreed || !canWrite ? taken : writeMoved(taken, sides, when);
  }
  if (!canWrite) {
    const times = {
      when: { local: part.when, remote: remote.when },
      recurrence: { local: part.recurrence, remote: remote.recurrence },
    };
    return { ...merge, toLocal, base: { ...merge.base, ...times } };
  }
  const { when: _when, recurrence: _recurrence, ...others } = merge.base;
  const unit = recurrence === undefined ? 'when' : 'recurrence';
  return {
    toLocal,
    toRemote: { ...merge.toRemote, when: part.when, recurrence: part.recurrence },
    base: {
      ...others,
      ...(base.when && { when: base.when }),
      ...(base.recurrence && { recurrence: base.recurrence }),
    },
    conflicts: [
      ...merge.conflicts.filter((one) => one.winner === 'local' || !isOfTimes(one)),
      { unit, winner: 'local', lost: remote[unit] },
    ],
  };
}

/** A part that was moved there, while the series recurs otherwise here since, is written as both say. */
function writeMoved(taken: Merge, { part, remote, base }: PartSides, when: When): Merge {
  const moved = { ...part, ...moveAll(part, when, base) };
  const { recurrence: _recurrence, ...others } = taken.base;
  const isRuleSame = isEndMoved(remote, base);
  return {
    ...taken,
    toRemote: { ...taken.toRemote, ...moved },
    base: {
      ...others,
      when: { local: moved.when, remote: remote.when },
      ...(base.recurrence && {
        recurrence: { local: base.recurrence.local, remote: remote.recurrence },
      }),
    },
    conflicts: taken.conflicts.filter(({ unit }) => unit !== 'recurrence' || !isRuleSame),
  };
}

const isOfTimes = ({ unit }: Conflict) => unit === 'when' || unit === 'recurrence';

/** Whether it recurs as before, but for its end, which is a time of day in another zone now. */
function isEndMoved(remote: Times, { when, recurrence }: Base): boolean {
  if (!when || !recurrence?.remote) return false;
  const before = { when: when.remote, recurrence: recurrence.remote };
  return recurAlike(moveSeries(before, remote.when).series, remote);
}

/** Whether a part recurs there as was last agreed on. Pure. */
export const recursAsAgreed = (there: Times, { when, recurrence }: Base): boolean =>
  (when === undefined || isSame(there.when, when.remote)) &&
  (recurrence === undefined || isSame(there.recurrence, recurrence.remote));

/** Undefined where a part was moved to other days. */
function moveAll(event: Times, to: When, base: Base): Partial<Times> | undefined {
  const from = base.when?.remote;
  if (!from || from.kind !== to.kind || !event.recurrence) return undefined;
  const isSameDay = onDayOf(startOf(from), to) === startOf(to);
  if (!isSameDay || event.when.kind !== to.kind) return undefined;
  const when = moveTo(to, onDayOf(startOf(event.when), to));
  const { recurrence } = moveSeries(
    { when: event.when, recurrence: event.recurrence },
    when,
  ).series;
  return { when, ...(!isSame(recurrence, event.recurrence) && { recurrence }) };
}
