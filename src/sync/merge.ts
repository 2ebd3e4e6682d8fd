import {
  type EventFields,
  type MergeUnit,
  mergeUnits,
  unitsWithoutGuests,
} from '../calendar/event.ts';
import { type Holds, toHeldForm } from './hold.ts';
import type { Base, Conflict, Flow, Pair, Side } from './link.ts';
import { mergeAttendees } from './merge-attendees.ts';
import { isSame, recurAlike } from './same.ts';

export interface Merge {
  /** What the CRM takes over from the provider. */
  toLocal: Partial<EventFields>;
  /** What the provider takes over from the CRM. */
  toRemote: Partial<EventFields>;
  /** What is now known to be agreed; to be remembered even when there is nothing to do. */
  base: Base;
  conflicts: Conflict[];
}

export interface MergeInput {
  local: EventFields;
  remote: EventFields;
  base: Base;
  /** Where the event was made: that side wins where both changed. No clock decides. */
  origin: Side;
  /** Which way changes may go. */
  flow: Flow;
  /** What the provider can hold: a value it had to narrow is not its change. */
  holds: Holds;
  /** Whether this copy is the one that guests are invited from; else they are left out of it all. */
  carriesGuests: boolean;
}

/** The units that a copy has in common with its event. */
export const unitsOf = ({ carriesGuests }: { carriesGuests: boolean }): readonly MergeUnit[] =>
  carriesGuests ? mergeUnits : unitsWithoutGuests;

/**
 * Merges unit by unit: what changed on one side wins; on both, differently, is a conflict. What may
 * not go the way it would have to is agreed to differ, and so never looks like a change again.
 */
export function mergeFields(input: MergeInput): Merge {
  const { local, remote, base, origin, flow, holds } = input;
  const merge: Merge = { toLocal: {}, toRemote: {}, base: { ...base }, conflicts: [] };
  const held = toHeldForm(local, holds);
  for (const unit of unitsOf(input)) {
    if (unit === 'attendees') {
      mergeGuests(merge, input);
      continue;
    }
    const isAlike =
      unit === 'recurrence' ? recurAlike(held, remote) : isSame(held[unit], remote[unit]);
    const values = { local: local[unit], remote: remote[unit], isAlike };
    mergeUnit(merge, unit, { ...values, origin, flow });
  }
  takeRuleAlong(merge, input);
  return merge;
}

/**
 * A rule can mean other dates once its start has moved: one that ended at the very start of its last
 * occurrence loses that at a later hour. Where a series was moved there and lost none, none is lost here.
 */
function takeRuleAlong(merge: Merge, { local, remote, holds }: MergeInput): void {
  const { when } = merge.toLocal;
  const isSettled = merge.toLocal.recurrence ?? merge.toRemote.recurrence;
  if (!when || isSettled || !local.recurrence || !remote.recurrence) return;
  if (recurAlike(toHeldForm({ when, recurrence: local.recurrence }, holds), remote)) return;
  const { exdates } = holds.canHoldExdates ? remote.recurrence : local.recurrence;
  const recurrence = { ...remote.recurrence, exdates };
  merge.toLocal = { ...merge.toLocal, recurrence };
  merge.base = { ...merge.base, recurrence: { local: recurrence, remote: remote.recurrence } };
}

interface UnitValues<U extends MergeUnit> {
  local: EventFields[U];
  remote: EventFields[U];
  /** Whether the provider has what it can hold of ours. */
  isAlike: boolean;
  origin: Side;
  flow: Flow;
}

function mergeUnit<U extends MergeUnit>(merge: Merge, unit: U, values: UnitValues<U>): void {
  const { local, remote, isAlike, flow } = values;
  const known = merge.base[unit] as Pair<EventFields[U]> | undefined;
  const agreed = agreedFor(known, flow);
  const isLocalChanged = !agreed || !isSame(local, agreed.local);
  const isRemoteChanged = !agreed || !isSame(remote, agreed.remote);

  if (!isLocalChanged && !isRemoteChanged) return;
  if (isAlike) {
    merge.base = { ...merge.base, [unit]: { local, remote } };
    return;
  }
  const isConflict = isLocalChanged && isRemoteChanged;
  const winner = isConflict ? winnerOf(values) : isLocalChanged ? 'local' : 'remote';
  if (winner === 'local' && flow.canWrite) {
    merge.toRemote = { ...merge.toRemote, [unit]: local };
  } else if (winner === 'remote' && flow.canRead) {
    merge.toLocal = { ...merge.toLocal, [unit]: remote };
    merge.base = { ...merge.base, [unit]: { local: remote, remote } };
  } else {
    merge.base = { ...merge.base, [unit]: { local, remote, apart: apartOf(known) } };
    return;
  }
  // Nothing was ever agreed: the two have just met, and neither was edited by anybody.
  if (isConflict && agreed) {
    merge.conflicts.push({ unit, winner, lost: winner === 'local' ? remote : local });
  }
}

const goesBothWays = ({ canRead, canWrite }: Flow): boolean => canRead && canWrite;

/** What was last agreed on: once changes go both ways again, before the two parted. */
function agreedFor<V>(known: Pair<V> | undefined, flow: Flow): Pick<Pair<V>, Side> | undefined {
  if (known?.apart === undefined || !goesBothWays(flow)) return known;
  return known.apart ?? undefined;
}

function apartOf<V>(known: Pair<V> | undefined): Pick<Pair<V>, Side> | null {
  if (!known) return null;
  const { local, remote, apart } = known;
  return apart === undefined ? { local, remote } : apart;
}

/** Guests: address by address, so that a change of both sides may have to go both ways. */
function mergeGuests(merge: Merge, { local, remote, origin, flow }: MergeInput): void {
  const known: Pair<EventFields['attendees']> | undefined = merge.base.attendees;
  const agreed = agreedFor(known, flow);
  const [ours, theirs] = [local.attendees, remote.attendees];
  if (agreed && isSame(ours, agreed.local) && isSame(theirs, agreed.remote)) return;
  const winner = winnerOf({ origin, flow });
  // The two have just met: who is invited is what the side says that the meeting came from.
  const isMet = !agreed && winner === 'remote' && flow.canRead;
  const before = agreed ?? { local: isMet ? ours : [], remote: isMet ? ours : [] };
  const end = mergeAttendees({ local: ours, remote: theirs, agreed: before, winner, flow });
  if (!isSame(end.local, ours)) merge.toLocal = { ...merge.toLocal, attendees: end.local };
  if (!isSame(end.remote, theirs)) merge.toRemote = { ...merge.toRemote, attendees: end.remote };
  const isApart = !goesBothWays(flow) && !isSame(end.agreed.local, end.agreed.remote);
  const apart = isApart && { apart: apartOf(known) };
  merge.base = { ...merge.base, attendees: { ...end.agreed, ...apart } };
  if (agreed && end.winner) {
    merge.conflicts.push({ unit: 'attendees', winner: end.winner, lost: end.lost });
  }
}

/** A side that may not be written cannot lose. */
function winnerOf({ origin, flow }: { origin: Side; flow: Flow }): Side {
  if (!flow.canRead) return 'local';
  return flow.canWrite ? origin : 'remote';
}
