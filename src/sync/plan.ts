import type { EventFields } from '../calendar/event.ts';
import type { Holds } from './hold.ts';
import type { Base, Conflict, Flow, Sent, Side } from './link.ts';
import { mergeFields, unitsOf } from './merge.ts';
import { isSame } from './same.ts';

/** What is known of one event and one copy of it. */
export interface LinkView {
  /** The CRM's event; null when it was deleted or cancelled here. */
  local: EventFields | null;
  /** What was last seen at the provider; null when nothing was. */
  remote: EventFields | null;
  /** Whether the copy is known to have gone there. */
  isRemoteGone: boolean;
  /** Whether what was last seen is known to be out of date. */
  isStale: boolean;
  base: Base | null;
  /** A write whose outcome is not known. */
  sent: Sent | null;
  origin: Side;
  flow: Flow;
  /** Whether another live copy shows the same meeting, so that the end of this one is not its end. */
  hasTwin: boolean;
  /** Whether it is one of several series that are one copy together, and others of them are there. */
  hasOtherPart: boolean;
  /** Whether it was deleted here and came back by this copy alone, and nobody has said yet that it is to stay. */
  isRevived: boolean;
  holds: Holds;
  /** Whether this copy is the one that guests are invited from. */
  carriesGuests: boolean;
}

/** The one next thing to do about a link. The compiler checks that callers cover all. */
export type Plan =
  /** The outcome of an earlier write is unknown, or the copy moved on: read before anything else. */
  | { kind: 'look' }
  | { kind: 'nothing'; base: Base }
  | { kind: 'create'; fields: EventFields }
  /** Take over what came, remember what is agreed, then write what is left (maybe nothing). */
  | {
      kind: 'merge';
      toLocal: Partial<EventFields>;
      toRemote: Partial<EventFields>;
      base: Base;
      conflicts: Conflict[];
    }
  | { kind: 'delete' }
  /** Gone on both sides, or not ours to follow any more: the link has done its work. */
  | { kind: 'close' }
  /** Deleted there, untouched here: the CRM's event becomes cancelled and stays on the timeline. */
  | { kind: 'cancel' }
  /** Deleted there, in part or edited here: kept here, and a person is asked. */
  | { kind: 'detach' }
  /** Deleted here, edited there or back there: comes back into the CRM, and a person is asked. */
  | { kind: 'revive'; fields: EventFields };

/** Decides what would make the two sides agree. Pure: no clock, no I/O (SPEC S1). */
export function planLink(view: LinkView): Plan {
  const { local, remote, isRemoteGone, flow, sent } = view;
  if (view.isStale) return { kind: 'look' };
  if (sent) {
    const isRepeatable = sent.kind === 'create' && sent.isMissing && !isRemoteGone;
    return isRepeatable ? planRepeat(sent.fields, view) : { kind: 'look' };
  }

  if (isRemoteGone) {
    // Where nothing is taken over, what was deleted there is no more than that.
    if (!local || !flow.canRead || view.hasTwin) return { kind: 'close' };
    if (view.hasOtherPart) return { kind: 'detach' };
    // What was changed here before it was deleted here is no word for its staying.
    const isWanted = !view.isRevived && isEdited(local, view, 'local');
    return isWanted ? { kind: 'detach' } : { kind: 'cancel' };
  }
  if (!remote) {
    return local && flow.canWrite ? { kind: 'create', fields: local } : { kind: 'close' };
  }
  if (!local) return planAfterDeletion(remote, view);

  const merge = mergeFields({ ...view, local, remote, base: view.base ?? {} });
  const hasWork = [merge.toLocal, merge.toRemote].some((side) => Object.keys(side).length > 0);
  return hasWork ? { kind: 'merge', ...merge } : { kind: 'nothing', base: merge.base };
}

/**
 * A create of which a look found nothing may still be on its way: it is sent again as it was, so
 * that whichever arrives is known for ours, and what was changed since follows as a change. Only
 * guests who are no longer invited are not.
 */
function planRepeat(sent: EventFields, { local, flow }: LinkView): Plan {
  if (!local || !flow.canWrite) return { kind: 'close' };
  const invited = new Set(local.attendees.map(({ email }) => email));
  const attendees = sent.attendees.filter(({ email }) => invited.has(email));
  return { kind: 'create', fields: { ...sent, attendees } };
}

/**
 * Deleted here, alive there. An edit outlives a delete, but nothing comes back unasked (SPEC D4).
 * Without a base nothing was ever agreed, or it had gone and came back: that, too, is asked.
 */
function planAfterDeletion(remote: EventFields, view: LinkView): Plan {
  const { base, flow } = view;
  const isNews = !base || isEdited(remote, view, 'remote');
  if (isNews && flow.canRead) return { kind: 'revive', fields: remote };
  return flow.canWrite ? { kind: 'delete' } : { kind: 'close' };
}

/**
 * Whether that side changed since the two last agreed. Without a base it is taken as untouched, and what an
 * exception says here along with its series is no edit of it.
 */
function isEdited(fields: EventFields, view: LinkView, side: Side): boolean {
  const { base } = view;
  if (!base) return false;
  return unitsOf(view).some((unit) => {
    const agreed = base[unit];
    if (agreed === undefined || isSame(fields[unit], agreed[side])) return false;
    const along = side === 'local' ? agreed.along : undefined;
    return along === undefined || !isSame(fields[unit], along);
  });
}
