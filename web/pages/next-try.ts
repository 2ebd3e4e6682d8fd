import type { Copy } from '../../src/api/schemas/activities.ts';

/** When a copy is tried again. While it is being sent none is planned: that is when another worker would take over. */
export function findNextTry(
  { state, next_attempt_at }: Pick<Copy, 'state' | 'next_attempt_at'>,
  now: Date,
): Date | undefined {
  if (next_attempt_at === null || state === 'synced' || state === 'syncing') return undefined;
  const next = new Date(next_attempt_at);
  return next > now ? next : undefined;
}
