import { type EventFields, type MergeUnit, mergeUnits } from '../calendar/event.ts';
import { type Holds, toHeldForm } from './hold.ts';
import type { Base, Sent } from './link.ts';
import { isEchoOf, isSame } from './same.ts';

/**
 * The base after a write that is known to have taken effect: what was sent and what the provider
 * made of it are the pair. Units that were not sent keep their pair (SPEC S4).
 */
export function agreeOnAnswer(
  base: Base | null,
  sent: Partial<EventFields>,
  answer: EventFields,
): Base {
  const result: Base = { ...base };
  for (const unit of mergeUnits) {
    const local = sent[unit];
    if (local !== undefined) setPair(result, unit, local, answer[unit]);
  }
  return result;
}

/**
 * The base after a write of unknown outcome and a look at the provider. What reads like our own
 * value is our echo; what reads otherwise is somebody's change, or our write never arrived, and the
 * plan will see either as what it is. A write takes effect as a whole or not at all, and ours was
 * conditional: where it did, it was the first change after the version that we knew, and what
 * differs by now was changed after it. `isMoved`: the copy is not at that version any more.
 */
export function absorbLook(
  base: Base | null,
  sent: Sent | null,
  remote: EventFields,
  { holds, isMoved }: { holds: Holds; isMoved: boolean },
): Base | null {
  if (!sent || sent.kind === 'delete') return base;
  const result: Base = { ...base };
  const held: Partial<EventFields> = toHeldForm(sent.fields, holds);
  const units = mergeUnits.filter((unit) => held[unit] !== undefined);
  const isEcho = (unit: MergeUnit) => isEchoOf(remote[unit], held[unit] as EventFields[MergeUnit]);
  const isArrived =
    sent.kind === 'create' ||
    units.some((unit) => {
      const before = base?.[unit];
      return before && isEcho(unit) && !isEchoOf(remote[unit], before.remote);
    });
  for (const unit of units) {
    const local = sent.fields[unit] as EventFields[MergeUnit];
    const before = base?.[unit];
    if (isEcho(unit)) setPair(result, unit, local, remote[unit]);
    else if (isArrived) setPair(result, unit, local, held[unit] as EventFields[MergeUnit]);
    // It never arrived, or somebody has set it back since. Nobody can tell: that is asked.
    else if (isMoved && before && isSame(remote[unit], before.remote)) {
      setPair(result, unit, before.local, held[unit] as EventFields[MergeUnit]);
    }
  }
  return result;
}

function setPair<U extends MergeUnit>(
  base: Base,
  unit: U,
  local: EventFields[U],
  remote: EventFields[U],
): void {
  Object.assign(base, { [unit]: { local, remote } });
}
