import type { Occasion } from './events.ts';
import { enqueueSync, type SyncTarget } from './jobs.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Asks for a look at what changed in the calendars at the provider, at once. Any number of requests
 * are one look; one that comes while a look is going on causes another.
 */
export async function requestPull(
  tx: TenantTransaction,
  targets: readonly SyncTarget[],
  { now, newId }: Occasion,
): Promise<void> {
  if (targets.length === 0) return;
  const ids = targets.map(({ calendarId }) => calendarId).sort();
  await tx
    .updateTable('calendars')
    .set((eb) => ({ pull_requested: eb('pull_requested', '+', 1) }))
    .where('id', 'in', ids)
    .execute();
  await enqueueSync(tx, targets, { now, newId });
}
