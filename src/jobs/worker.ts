import type { Store } from '../store/pool.ts';
import {
  claimJob,
  extendLease,
  FenceLostError,
  findNextRunAt,
  finishJob,
  JOBS_CHANNEL,
  type JobEnd,
  type JobRow,
} from '../store/jobs.ts';
import { asSystem, getPostgresCode, inTenant } from '../store/tenant.ts';
import type { Engine } from './engine.ts';
import { backOffMs } from './reaction.ts';
import { syncCalendar } from './sync-calendar.ts';

/** How long a job is held without a sign of life; a killed worker's job is free after this. */
export const LEASE_MS = 10_000;
const HEARTBEAT_MS = 3_000;
/** Idle workers look at least this often: a notification may be lost with its connection. */
const IDLE_MS = 5_000;
/** And at most this often, when what is due cannot be claimed yet. */
const BUSY_MS = 100;
/** No bound: for who runs jobs one by one. */
const MANY = 1_000_000;
const UNIQUE_VIOLATION = '23505';

export interface Worker {
  /** Lets running jobs end and takes no more. */
  stop(): Promise<void>;
}

/** Starts working off jobs, `concurrency` at a time, until stopped. As many workers as one likes. */
export function startWorker(engine: Engine & { store: Store }, concurrency: number): Worker {
  const stopping = new AbortController();
  const bell = createBell();
  const listening = listen(engine, bell.ring, stopping.signal);
  // However much one company has to do, half of the lanes are for the others.
  const perTenantMax = Math.max(Math.ceil(concurrency / 2), 1);
  const lanes = Array.from({ length: concurrency }, () =>
    runLane(engine, { bell, stopping: stopping.signal, perTenantMax }),
  );
  return {
    async stop() {
      stopping.abort();
      bell.ring();
      await Promise.all([...lanes, listening]);
    },
  };
}

/** Wakes whoever waits. */
function createBell() {
  let waiting = new AbortController();
  return {
    ring() {
      waiting.abort();
      waiting = new AbortController();
    },
    get signal() {
      return waiting.signal;
    },
  };
}
type Bell = ReturnType<typeof createBell>;

async function runLane(
  engine: Engine,
  lane: { bell: Bell; stopping: AbortSignal; perTenantMax: number },
): Promise<void> {
  const { bell, stopping } = lane;
  while (!stopping.aborted) {
    // Taken before looking: a request that comes while we look must wake us too.
    const { signal } = bell;
    const worked = await runOneJob(engine, lane).catch((error: unknown) => {
      logFailure(engine, error, 'the job list could not be read');
      return false;
    });
    if (!worked && !stopping.aborted) await engine.runtime.sleep(await idleMs(engine), signal);
  }
}

/** Claims and runs one job. False when none is due. */
export async function runOneJob(
  engine: Engine,
  { perTenantMax = MANY }: { perTenantMax?: number } = {},
): Promise<boolean> {
  const workerId = engine.runtime.newId();
  const job = await asSystem(
    engine.store,
    (tx) => {
      const now = new Date(engine.runtime.now());
      return claimJob(tx, { workerId, now, leaseMs: LEASE_MS, perTenantMax });
    },
    { isAlone: true },
  ).catch((error: unknown) => {
    // Another worker took a job of the same connection between our look and our claim.
    if (getPostgresCode(error) === UNIQUE_VIOLATION) return undefined;
    throw error;
  });
  if (!job) return false;

  const held = new AbortController();
  const heartbeat = keepHolding(engine, job, held.signal);
  try {
    await syncCalendar(engine, job).catch(async (error: unknown) => {
      const end = failedEnd(engine, job, error);
      await inTenant(engine.store, { tenantId: job.tenant_id }, (tx) => finishJob(tx, job, end));
    });
  } catch (error) {
    if (!(error instanceof FenceLostError)) throw error;
    engine.runtime.log.warn({ jobId: job.id }, 'another worker took the job over');
  } finally {
    held.abort();
    await heartbeat;
  }
  return true;
}

/** A failure that is nobody's in particular, a lost database say: the job is tried again later. */
function failedEnd(engine: Engine, job: JobRow, error: unknown): JobEnd {
  if (error instanceof FenceLostError) throw error;
  logFailure(engine, error, 'a job failed');
  const now = new Date(engine.runtime.now());
  const waitMs = backOffMs(job.attempts + 1, engine.runtime.random());
  const name = error instanceof Error ? error.name : 'unknown';
  return { now, nextRunAt: new Date(now.getTime() + waitMs), notBefore: null, error: name };
}

async function keepHolding(engine: Engine, job: JobRow, ended: AbortSignal): Promise<void> {
  while (true) {
    await engine.runtime.sleep(HEARTBEAT_MS, ended);
    if (ended.aborted) return;
    const until = new Date(engine.runtime.now() + LEASE_MS);
    // A missed beat is made up by the next; a lost lease is noticed by the fence.
    await asSystem(engine.store, (tx) => extendLease(tx, job, until), { isAlone: true }).catch(
      (error: unknown) => logFailure(engine, error, 'a job could not be held'),
    );
  }
}

async function idleMs(engine: Engine): Promise<number> {
  const now = new Date(engine.runtime.now());
  const next = await asSystem(engine.store, (tx) => findNextRunAt(tx, now), {
    isAlone: true,
  }).catch(() => null);
  if (!next) return IDLE_MS;
  return Math.min(Math.max(next.getTime() - engine.runtime.now(), BUSY_MS), IDLE_MS);
}

async function listen(
  engine: Engine & { store: Store },
  ring: () => void,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      const client = await engine.store.openListener();
      const ended = new Promise<void>((resolve) => {
        client.once('end', () => resolve());
        stopping.addEventListener('abort', () => resolve(), { once: true });
      });
      client.on('notification', ring);
      await client.query(`listen ${JOBS_CHANNEL}`);
      ring();
      await ended;
      await client.end().catch(() => {});
    } catch (error) {
      logFailure(engine, error, 'jobs are found by asking for now');
    }
    await engine.runtime.sleep(stopping.aborted ? 0 : IDLE_MS, stopping);
  }
}

function logFailure(engine: Engine, error: unknown, message: string): void {
  const { name, stack } = error instanceof Error ? error : new Error(String(error));
  engine.runtime.log.error({ name, stack }, message);
}
