import type { EventFields, MergeUnit } from '../calendar/event.ts';

export type Side = 'local' | 'remote';

/** Which way changes of one link may go. Neither: it is only watched. */
export interface Flow {
  /** From the provider into the CRM. */
  canRead: boolean;
  /** From the CRM to the provider. */
  canWrite: boolean;
}

/**
 * The pair last agreed on, per merge unit: our form and the provider's form of the same value.
 * Providers trim and rewrite what they are sent; each side is compared with its own half.
 */
export type Base = { [U in MergeUnit]?: Pair<EventFields[U]> };

export interface Pair<V> {
  local: V;
  remote: V;
  /** Of an exception: what its series has come to say there since. */
  news?: V;
  /** Of an exception: what it has come to say here since, along with its series. */
  along?: V;
  /** What we wrote over it without an answer and did not find since. It may yet arrive. */
  late?: V;
  /**
   * The two differ, and are agreed to, since a change may not go over (SPEC S6): what had been agreed on
   * before; null: nothing.
   */
  apart?: { local: V; remote: V } | null;
}

/** What an exception's copy had as its entry in the calendar before it began anew. */
export interface FormerEntry {
  externalId: string;
  base: Base;
  sent: Sent | null;
}

/** What was last tried at the provider, kept until its outcome is known. */
export type Sent =
  | {
      kind: 'create';
      fields: EventFields;
      /** Whether an earlier try of it had an outcome that is not known. */
      isRepeat?: boolean;
      /** Whether a look has found nothing of it. It may yet arrive: it is only repeated as it was. */
      isMissing?: boolean;
    }
  | { kind: 'update'; fields: Partial<EventFields> }
  | {
      kind: 'delete';
      /** Whether the event has come back to life since. */
      isTakenBack?: boolean;
    };

/** A unit that both sides changed differently: `lost` is the value that gave way. */
export interface Conflict {
  unit: MergeUnit;
  winner: Side;
  lost: EventFields[MergeUnit];
}
