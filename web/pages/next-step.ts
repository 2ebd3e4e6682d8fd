import type { Calendar } from '../../src/api/schemas/calendars.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { nextStep as texts } from '../texts.ts';
import { formatRelative } from '../time/format.ts';

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
