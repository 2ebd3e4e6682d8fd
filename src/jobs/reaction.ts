import type { ProviderErrorKind } from '../providers/provider-error.ts';

/** What a failed call means for the write that was tried, and what is done next (SPEC R1). */
export interface Reaction {
  /** Whether the write is known not to have happened. If not, look before writing again. */
  effect: 'none' | 'unknown';
  next: /** Everything of this connection waits. */
    | 'hold-connection'
    /** This event waits, the others go on. */
    | 'retry-link'
    /** Read the copy again, then plan again, at once. */
    | 'look'
    /** The copy is gone: plan again with that. */
    | 'note-gone'
    /** Read back what exists under our own id. */
    | 'look-for-ours'
    | 'ask-to-reconnect'
    | 'pause-calendar'
    /** This event waits for a person or an edit. */
    | 'set-aside';
  /** What the event's page says, in plain words. */
  reason: string;
}

const SLOWED_REASON = 'The calendar service asked us to slow down. We go on by ourselves.';

/** `Record` keeps this total: a new kind does not compile until it has a reaction. */
export const reactionTo: Record<ProviderErrorKind, Reaction> = {
  'rate-limited': {
    effect: 'none',
    next: 'hold-connection',
    reason: SLOWED_REASON,
  },
  'slowed-after-write': { effect: 'unknown', next: 'hold-connection', reason: SLOWED_REASON },
  unavailable: {
    effect: 'unknown',
    next: 'retry-link',
    reason: 'The calendar service does not answer. We keep trying.',
  },
  'connection-revoked': {
    effect: 'none',
    next: 'ask-to-reconnect',
    reason: 'The calendar has to be connected again. Nothing is lost meanwhile.',
  },
  // Refreshed and rejected again: not a grant that ended, since the refresh would have said so.
  'token-rejected': {
    effect: 'none',
    next: 'hold-connection',
    reason: 'The calendar service does not let us in at the moment. We keep trying.',
  },
  misconfigured: {
    effect: 'none',
    next: 'hold-connection',
    reason: 'Your administrator has to mend the calendar settings. Nothing is lost meanwhile.',
  },
  'access-lost': {
    effect: 'none',
    next: 'pause-calendar',
    reason: 'We may not write to this calendar any more. Check its sharing, or connect it again.',
  },
  gone: { effect: 'none', next: 'note-gone', reason: '' },
  'changed-meanwhile': { effect: 'none', next: 'look', reason: '' },
  'already-exists': { effect: 'unknown', next: 'look-for-ours', reason: '' },
  'sync-token-expired': { effect: 'none', next: 'look', reason: '' },
  refused: {
    effect: 'none',
    next: 'set-aside',
    reason: 'The calendar service refused this event. Change it, and we try again.',
  },
  'malformed-answer': {
    effect: 'unknown',
    next: 'retry-link',
    reason: 'The calendar service answered in a way we do not understand. We keep trying.',
  },
};

const BACKOFF_FIRST_MS = 2_000;
const BACKOFF_MAX_MS = 15 * 60_000;

/**
 * How long to wait after the given number of failures in a row, spread by ±25 % so that many who
 * failed together do not come back together. `random` is in [0, 1).
 */
export function backOffMs(failures: number, random: number): number {
  const steady = Math.min(BACKOFF_FIRST_MS * 2 ** Math.max(failures - 1, 0), BACKOFF_MAX_MS);
  return Math.round(steady * (0.75 + random / 2));
}
