import { type EventFields, type MergeUnit, mergeUnits } from '../calendar/event.ts';
import { isSame } from './same.ts';

/** How long a change can be taken back. */
export const UNDO_MS = 30 * 24 * 60 * 60_000;

/** What changed, as the history has it. */
export interface UndoEntry {
  change: 'created' | 'updated' | 'deleted' | 'cancelled' | 'restored' | 'conflict';
  at: Date;
  /** Whether it came from a calendar. */
  isImported: boolean;
  before: Partial<EventFields> | null;
  after: Partial<EventFields> | null;
}

/** The event as it is now. */
export interface UndoState {
  fields: EventFields;
  isLive: boolean;
}

/** What takes the change back. */
export type Undo =
  /** `overwritten`: units that were changed again since, and lose that. */
  | { kind: 'edit'; changes: Partial<EventFields>; overwritten: MergeUnit[] }
  | { kind: 'restore' }
  | { kind: 'delete' }
  | {
      kind: 'impossible';
      /** `split-since`: another series has the dates that it would have again. */
      why: 'too-old' | 'not-live' | 'done-already' | 'no-such-undo' | 'split-since';
    };

/** Decides how one change is taken back, for 30 days (SPEC U2). Pure: the clock is passed in. */
export function planUndo(entry: UndoEntry, state: UndoState, now: Date): Undo {
  if (now.getTime() - entry.at.getTime() > UNDO_MS) return { kind: 'impossible', why: 'too-old' };
  switch (entry.change) {
    case 'updated':
      return planEdit(entry, state);
    case 'deleted':
    case 'cancelled':
      return state.isLive ? { kind: 'impossible', why: 'done-already' } : { kind: 'restore' };
    case 'restored':
      return state.isLive ? { kind: 'delete' } : { kind: 'impossible', why: 'done-already' };
    case 'created':
      if (!entry.isImported) return { kind: 'impossible', why: 'no-such-undo' };
      return state.isLive ? { kind: 'delete' } : { kind: 'impossible', why: 'done-already' };
    case 'conflict':
      // Both versions are offered where the question is asked.
      return { kind: 'impossible', why: 'no-such-undo' };
  }
}

function planEdit({ before, after }: UndoEntry, { fields, isLive }: UndoState): Undo {
  if (!isLive) return { kind: 'impossible', why: 'not-live' };
  const changes: Partial<EventFields> = {};
  const overwritten: MergeUnit[] = [];
  for (const unit of mergeUnits) {
    const old = before?.[unit];
    if (old === undefined || isSame(old, fields[unit])) continue;
    Object.assign(changes, { [unit]: old });
    const made = after?.[unit];
    if (made !== undefined && !isSame(made, fields[unit])) overwritten.push(unit);
  }
  return Object.keys(changes).length > 0
    ? { kind: 'edit', changes, overwritten }
    : { kind: 'impossible', why: 'done-already' };
}
