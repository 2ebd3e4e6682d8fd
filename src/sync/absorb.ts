import { type EventFields, type MergeUnit, mergeUnits } from '../calendar/event.ts';
import type { Recurrence } from '../calendar/recurrence.ts';
import { type Holds, toHeldForm } from './hold.ts';
import type { Base, Sent } from './link.ts';
import { agreeOnGuests } from './merge-attendees.ts';
import { isCutOf, isEchoOf, isSame, recurAlike } from './same.ts';

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
 * plan will see either as what it is. What reads as it did before our write is taken for the latter:
 * nobody can tell it from a change that was set back, and what gives way then is in the history.
 */
export function absorbLook(
  base: Base | null,
  sent: Sent | null,
  remote: EventFields,
  holds: Holds,
): Base | null {
  if (!sent || sent.kind === 'delete') return base;
  const result: Base = { ...base };
  const held: Partial<EventFields> = toHeldForm(sent.fields, holds);
  for (const unit of mergeUnits) {
    const local = sent.fields[unit];
    const expected = held[unit];
    if (local === undefined || expected === undefined) continue;
    const isEcho =
      unit === 'recurrence'
        ? recurAlike({ when: remote.when, recurrence: null, ...held }, remote)
        : isEchoOf(remote[unit], expected);
    const isCut = unit === 'recurrence' && isCutSince(base, held.recurrence, remote.recurrence);
    if (isEcho) setPair(result, unit, local, remote[unit]);
    // We made this event: what differs by now was changed there after we had written it.
    else if (sent.kind === 'create' || isCut) setPair(result, unit, local, expected);
  }
  return result;
}

/**
 * The base after a look that found the copy as our update of unknown outcome was to find it. That may be on its
 * way still: what it says is remembered as long as the copy has the etag that it was written for.
 */
export function noteLate(base: Base | null, before: Base | null, sent: Sent | null): Base | null {
  if (!base || sent?.kind !== 'update') return base;
  const noted: Base = { ...base };
  for (const unit of mergeUnits) {
    const [pair, late] = [base[unit], sent.fields[unit]];
    // What reads like it by now has arrived.
    if (!pair || late === undefined || pair !== before?.[unit]) continue;
    Object.assign(noted, { [unit]: { ...pair, late } });
  }
  return noted;
}

/**
 * The base once the copy has another etag: what it says as our late update does is that, which had no other
 * moment to arrive in. Where it says otherwise, that will never arrive.
 */
export function settleLate(base: Base | null, remote: EventFields, holds: Holds): Base | null {
  const settled = base && absorbLook(base, { kind: 'update', fields: lateOf(base) }, remote, holds);
  return settled && dropLate(settled);
}

/** What may yet arrive: see `noteLate`. */
export const lateOf = (base: Base | null): Partial<EventFields> =>
  Object.fromEntries(
    Object.entries(base ?? {}).flatMap(([unit, { late }]) =>
      late === undefined ? [] : [[unit, late]],
    ),
  );

/** The base once no update of before can arrive any more. */
export const dropLate = (base: Base): Base =>
  Object.fromEntries(Object.entries(base).map(([unit, { late: _late, ...pair }]) => [unit, pair]));

/** Our rule, and not the one before it, was cut short there since: it had arrived. */
function isCutSince(
  base: Base | null,
  sent: Recurrence | null | undefined,
  read: Recurrence | null,
): boolean {
  const before = base?.recurrence?.remote ?? null;
  return isCutOf(read, sent ?? null) && !isCutOf(read, before) && !isSame(read, before);
}

function setPair<U extends MergeUnit>(
  base: Base,
  unit: U,
  local: EventFields[U],
  remote: EventFields[U],
): void {
  const isList = Array.isArray(local) && Array.isArray(remote);
  const pair = isList ? agreeOnList(base.attendees, local, remote) : { local, remote };
  Object.assign(base, { [unit]: pair });
}

/** Guests whom the write did not touch may still be agreed to differ. */
function agreeOnList(
  known: Base['attendees'],
  sent: EventFields['attendees'],
  answer: EventFields['attendees'],
): Base['attendees'] {
  const agreed = agreeOnGuests(known, sent, answer);
  const isApart = known?.apart !== undefined && !isSame(agreed.local, agreed.remote);
  return isApart ? { ...agreed, apart: known.apart } : agreed;
}
