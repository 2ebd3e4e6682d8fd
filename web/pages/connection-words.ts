import type { Calendar } from '../../src/api/schemas/calendars.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { nextStep as texts, settings } from '../texts.ts';
import { formatAgo, formatRelative } from '../time/format.ts';

/** What happens next with a connection, or what its owner does; undefined while that is not known. */
export function describeNextStep(
  connection: Connection,
  calendars: readonly Calendar[] | undefined,
  zone: string,
  now: Date,
): string | undefined {
  const { state, sync_enabled, first_sync_at } = connection;
  if (state === 'needs_reconnect') return texts.reconnect;
  if (state === 'misconfigured') return texts.setUp;
  if (!sync_enabled) return texts.off;
  if (!first_sync_at) return texts.start;
  if (!calendars) return undefined;
  if (calendars.some(({ asked_at }) => asked_at !== null)) return texts.looking;
  if (calendars.every(({ direction }) => direction === 'none')) return texts.none;
  const looks = calendars.flatMap(({ next_look_at }) => next_look_at ?? []).sort();
  if (!looks[0]) return texts.rings;
  const next = new Date(looks[0]);
  return next > now ? texts.look(formatRelative(next, zone, now)) : texts.soon;
}

/**
 * Before the start, and until a calendar was looked at, only single new events have gone out, if any: that
 * is no sync to speak of.
 */
export function tellLastSync(
  connection: Connection,
  calendars: readonly Calendar[] | undefined,
  zone: string,
  now: Date,
): string {
  const { state, first_sync_at, last_synced_at } = connection;
  if (state === 'active' && !first_sync_at) return settings.notStarted;
  const read = (calendars ?? []).filter(
    ({ direction }) => direction === 'both' || direction === 'in',
  );
  if (read.length > 0 && read.every(({ last_pulled_at }) => last_pulled_at === null)) {
    return settings.neverSynced;
  }
  return last_synced_at ? formatAgo(new Date(last_synced_at), zone, now) : settings.neverSynced;
}
