import { assertFence, FenceLostError, isFenceError, type JobRow } from '../store/jobs.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import type { Engine } from './engine.ts';

/**
 * Runs `work` in a transaction of the job's tenant that commits only while the job is still held
 * (SPEC Q3). Throws `FenceLostError` when another worker took the job over.
 */
export async function inFence<T>(
  engine: Engine,
  { job }: { job: JobRow },
  work: (tx: TenantTransaction) => Promise<T>,
): Promise<T> {
  return inJob(engine, { job }, async (tx) => {
    const result = await work(tx);
    await assertFence(tx, job, new Date(engine.runtime.now()));
    return result;
  });
}

/** The same for `work` that proves itself that the job is held, or ends the job, or only reads. */
export async function inJob<T>(
  { store }: Engine,
  { job }: { job: JobRow },
  work: (tx: TenantTransaction) => Promise<T>,
): Promise<T> {
  try {
    return await inTenant(store, { tenantId: job.tenant_id }, work);
  } catch (error) {
    if (isFenceError(error)) throw new FenceLostError(`job ${job.id} was taken over`);
    throw error;
  }
}
