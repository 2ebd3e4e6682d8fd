import { type EventFields, type MergeUnit, mergeUnits } from '../calendar/event.ts';
import { type Holds, toHeldForm } from './hold.ts';
import type { Base, Conflict, Side } from './link.ts';
import { isSame } from './same.ts';

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
  /** What the provider can hold: a value it had to narrow is not its change. */
  holds: Holds;
}

/** Merges unit by unit: what changed on one side wins; on both, differently, is a conflict. */
export function mergeFields({ local, remote, base, origin, holds }: MergeInput): Merge {
  const merge: Merge = { toLocal: {}, toRemote: {}, base: { ...base }, conflicts: [] };
  const held = toHeldForm(local, holds);
  for (const unit of mergeUnits) {
    mergeUnit(merge, unit, { local: local[unit], held: held[unit], remote: remote[unit], origin });
  }
  return merge;
}

interface UnitValues<U extends MergeUnit> {
  local: EventFields[U];
  held: EventFields[U];
  remote: EventFields[U];
  origin: Side;
}

function mergeUnit<U extends MergeUnit>(merge: Merge, unit: U, values: UnitValues<U>): void {
  const { local, held, remote, origin } = values;
  const agreed = merge.base[unit] as { local: EventFields[U]; remote: EventFields[U] } | undefined;
  const isLocalChanged = !agreed || !isSame(local, agreed.local);
  const isRemoteChanged = !agreed || !isSame(remote, agreed.remote);

  if (!isLocalChanged && !isRemoteChanged) return;
  if (isSame(held, remote)) {
    merge.base = { ...merge.base, [unit]: { local, remote } };
    return;
  }
  const isConflict = isLocalChanged && isRemoteChanged;
  const winner = isConflict ? origin : isLocalChanged ? 'local' : 'remote';
  if (winner === 'local') {
    merge.toRemote = { ...merge.toRemote, [unit]: local };
  } else {
    merge.toLocal = { ...merge.toLocal, [unit]: remote };
    merge.base = { ...merge.base, [unit]: { local: remote, remote } };
  }
  // Nothing was ever agreed: the two have just met, and neither was edited by anybody.
  if (isConflict && agreed) {
    merge.conflicts.push({ unit, winner, lost: winner === 'local' ? remote : local });
  }
}
