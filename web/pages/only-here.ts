import type { Activity } from '../../src/api/schemas/activities.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import type { copies } from '../texts.ts';

type Reason = keyof typeof copies.whyOnlyHere;
type Event = Pick<Activity, 'ends_at' | 'created_at' | 'last_synced_at' | 'recurrence'>;

/**
 * Why an event has no copy, as far as it and its owner's connections tell; null where that may be for
 * another reason: it may have been kept out when it was planned, or its calendar may be switched off.
 */
export function findWhyOnlyHere(event: Event, connections: readonly Connection[]): Reason | null {
  const live = connections.filter(({ state }) => state !== 'disconnected');
  const wasThere = event.last_synced_at !== null;
  if (wasThere && live.length < connections.length) return 'disconnected';
  if (live.length === 0) return 'none-connected';
  if (wasThere) return null;
  const starts = live.map(({ first_sync_at }) => first_sync_at);
  const isBefore = (instant: string) =>
    starts.every((start) => start !== null && Date.parse(instant) < Date.parse(start));
  // Of a series the first occurrence is told, and others may be to come.
  const isOver = event.recurrence === null && isBefore(event.ends_at);
  return isOver && isBefore(event.created_at) ? 'over-before' : null;
}
