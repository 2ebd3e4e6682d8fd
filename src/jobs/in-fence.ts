import { assertFence, type JobRow } from '../store/jobs.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import type { Engine } from './engine.ts';

/**
 * Runs `work` in a transaction of the job's tenant that ends with the fence: when the job is held by
 * somebody else meanwhile, nothing of it is stored. Throws `FenceLostError` (SPEC Q3).
 */
export async function inFence<T>(
  engine: Engine,
  { job }: { job: JobRow },
  work: (tx: TenantTransaction) => Promise<T>,
): Promise<T> {
  return inTenant(engine.store, { tenantId: job.tenant_id }, async (tx) => {
    const result = await work(tx);
    await assertFence(tx, job, new Date(engine.runtime.now()));
    return result;
  });
}
