import type { EventId, TenantId } from '../calendar/ids.ts';
import type { Runtime } from '../runtime.ts';
import { asSystem, type Databases, inTenant } from '../store/tenant.ts';
import {
  type Batch,
  listTenantsOfOtherZoneData,
  noteZoneData,
  recomputeInstants,
} from '../store/zone-data.ts';

const BATCH_SIZE = 500;

/**
 * A country may change its clocks. What stands in the database as wall-clock time and zone stays what
 * it is; the instants beside it were worked out by the rules of then. At a start with another edition
 * of the rules those of coming events are worked out anew. Nothing is written to any calendar: there,
 * too, events have a zone, and what is told of them is read by the new rules. What stops it half way
 * has it begin again.
 */
export async function followZoneData(
  { store, runtime }: { store: Databases; runtime: Pick<Runtime, 'now' | 'log'> },
  edition: string,
): Promise<{ movedCount: number }> {
  const tenants = await asSystem(store, (tx) => listTenantsOfOtherZoneData(tx, edition));
  let movedCount = 0;
  for (const tenantId of tenants) {
    movedCount += await recomputeAll(store, tenantId, new Date(runtime.now()));
    await inTenant(store, { tenantId }, (tx) => noteZoneData(tx, edition));
  }
  if (movedCount > 0) {
    runtime.log.info({ edition, movedCount }, 'events are at other instants by new zone rules');
  }
  return { movedCount };
}

async function recomputeAll(store: Databases, tenantId: TenantId, now: Date): Promise<number> {
  let movedCount = 0;
  let after: EventId | null = null;
  for (;;) {
    const batch: Batch = { after, limit: BATCH_SIZE, now };
    const done = await inTenant(store, { tenantId }, (tx) => recomputeInstants(tx, batch));
    movedCount += done.movedCount;
    if (done.last === null) return movedCount;
    after = done.last;
  }
}
