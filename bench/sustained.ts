import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';
import { claimJob, finishJob } from '../src/store/jobs.ts';
import { asSystem, inTenant } from '../src/store/tenant.ts';
import { comparePairs, type Measure, printRatios, timeOf } from './figure.ts';
import { type Installation, openInstallation } from './installation.ts';
import {
  countWaiting,
  drain,
  seedConnections,
  type SeededConnection,
  signal,
} from './many-connections.ts';

const SIZE = {
  short: { connections: 200, seconds: 15 },
  full: { connections: 10_000, seconds: 600 },
};
const CHANGES_PER_SECOND = 250;
const DRAIN_GOAL = 500;
const LANES = 8;
const QUEUE_LANES = 4;
const QUEUE_PAIRS = 5;
const QUEUE_GOAL = 0.5;

/**
 * P10. Whether the product keeps up with 250 changes a second, how fast it works off what an outage
 * left (every calendar has been asked for several times, and each needs one list), and how fast its
 * queue is when a job does nothing, against graphile-worker's.
 */
export const measure: Measure = async ({ isFull }) => {
  const { connections: count, seconds } = isFull ? SIZE.full : SIZE.short;
  const installation = await openInstallation();
  try {
    const connections = await seedConnections(installation, { count, events: 1 });
    const externalIds = new Map<SeededConnection, string>();
    for (const connection of connections) {
      const whose = { provider: connection.side, email: connection.email };
      const [id] = await installation.sandbox.listIds({ ...whose, limit: 1 });
      externalIds.set(connection, id ?? '');
    }
    const queue = await compareQueues(installation, connections);
    const worker = installation.startWorker(LANES);
    // The jobs are gone, what they were for is not.
    for (const connection of connections) await signal(installation, connection);
    await drain(installation);
    const recovery = await recover(installation, connections);
    const sustained = await sustain(installation, externalIds, seconds);
    await worker.stop();
    return [
      {
        figure: 'P10',
        what: `${CHANGES_PER_SECOND} changes/s for ${seconds} s, ${count} connections: taken in per second`,
        goal: `≥ ${CHANGES_PER_SECOND}, backlog flat`,
        measured: `${sustained.perSecond.toFixed(0)} per second, backlog ${sustained.backlog}`,
        isMet: sustained.perSecond >= CHANGES_PER_SECOND * 0.98,
      },
      {
        figure: 'P10',
        what: `after an outage, ${recovery.signals} signals for ${count} calendars`,
        goal: `≥ ${DRAIN_GOAL} signals/s`,
        measured: `${recovery.perSecond.toFixed(0)} per second`,
        isMet: recovery.perSecond >= DRAIN_GOAL,
      },
      {
        figure: 'P10',
        what: 'lists for each calendar after the outage',
        goal: '≤ 1',
        measured: recovery.listsEach.toFixed(2),
        isMet: recovery.listsEach <= 1,
      },
      {
        figure: 'P10',
        what: `the queue alone, ${QUEUE_LANES} lanes, jobs that do nothing, times graphile-worker`,
        goal: `≥ ${QUEUE_GOAL.toFixed(2)}`,
        measured: `${printRatios(queue)}: ${queue.a.toFixed(0)} and ${queue.b.toFixed(0)} per second`,
        isMet: queue.median >= QUEUE_GOAL,
      },
    ];
  } finally {
    await installation.stop();
  }
};

/** Jobs that do nothing, worked off by our list and by graphile-worker as it comes, in turns. */
async function compareQueues(
  installation: Installation,
  connections: readonly SeededConnection[],
): ReturnType<typeof comparePairs> {
  const { connectionString } = installation.admin.options;
  const pool = new pg.Pool({ connectionString, max: QUEUE_LANES + 2 });
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();
  const perSecond = (ms: number) => connections.length / (ms / 1_000);
  const ours = async () => {
    for (const connection of connections) await signal(installation, connection);
    return perSecond(await timeOf(() => drainQueueAlone(installation, connections.length)));
  };
  const theirs = async () => {
    await pool.query(`select graphile_worker.add_job('nothing') from generate_series(1, $1::int)`, [
      connections.length,
    ]);
    const taskList = { nothing: async () => {} };
    const options = { pgPool: pool, logger, taskList, concurrency: QUEUE_LANES };
    return perSecond(await timeOf(() => runOnce({ ...options, noHandleSignals: true })));
  };
  try {
    return await comparePairs(QUEUE_PAIRS, { a: ours, b: theirs });
  } finally {
    await utils.release();
    await pool.end();
  }
}

/** Claims and ends jobs as the worker does, with nothing in between. */
async function drainQueueAlone(
  { context: { store } }: Installation,
  expected: number,
): Promise<void> {
  let done = 0;
  const lane = async () => {
    const workerId = crypto.randomUUID();
    for (;;) {
      const claim = { workerId, now: new Date(), leaseMs: 10_000, perTenantMax: LANES };
      const job = await asSystem(store, (tx) => claimJob(tx, claim), { isAlone: true }).catch(
        () => null,
      );
      if (job === undefined) return;
      if (job === null) continue;
      const end = { now: new Date(), nextRunAt: null, notBefore: null, error: null };
      await inTenant(store, { tenantId: job.tenant_id }, (tx) => finishJob(tx, job, end));
      done++;
    }
  };
  await Promise.all(Array.from({ length: QUEUE_LANES }, lane));
  if (done !== expected) throw new Error(`${done} of ${expected} jobs were done`);
}

const SIGNALS_EACH = 10;

/** The worker is cut off from its jobs while the signals come in, as in an outage. */
async function recover(
  installation: Installation,
  connections: readonly SeededConnection[],
): Promise<{ signals: number; perSecond: number; listsEach: number }> {
  const { admin, sandbox } = installation;
  await sleep(1_000);
  await sandbox.takeCalls();
  await admin.query(`update jobs set not_before = now() + interval '1 hour'`);
  for (let round = 0; round < SIGNALS_EACH; round++) {
    for (const connection of connections) await signal(installation, connection);
  }
  await admin.query(`update jobs set not_before = null; notify kalends_jobs`);
  const ms = await drain(installation);
  const { byOperation } = await sandbox.takeCalls();
  const lists = (byOperation['events.list'] ?? 0) + (byOperation['calendarView.delta'] ?? 0);
  const signals = connections.length * SIGNALS_EACH;
  return { signals, perSecond: signals / (ms / 1_000), listsEach: lists / connections.length };
}

/** Changes at a steady rate, each with its signal; each calendar gets one after the other. */
async function sustain(
  installation: Installation,
  externalIds: ReadonlyMap<SeededConnection, string>,
  seconds: number,
): Promise<{ perSecond: number; backlog: number }> {
  const { admin, sandbox } = installation;
  const all = [...externalIds];
  const before = await countChanges(admin);
  const from = performance.now();
  const open = new Set<Promise<void>>();
  for (let index = 0; performance.now() - from < seconds * 1_000; index++) {
    const dueAt = from + (index * 1_000) / CHANGES_PER_SECOND;
    await sleep(Math.max(dueAt - performance.now(), 0));
    const [connection, externalId] = all[index % all.length] ?? [];
    if (!connection || externalId === undefined) break;
    const whose = { provider: connection.side, email: connection.email };
    const work = sandbox
      .retitle({ ...whose, ids: [externalId], title: `Change ${index}` })
      .then(() => signal(installation, connection))
      .finally(() => open.delete(work));
    open.add(work);
  }
  const elapsed = (performance.now() - from) / 1_000;
  const backlog = await countWaiting(admin);
  const perSecond = ((await countChanges(admin)) - before) / elapsed;
  await Promise.all(open);
  await drain(installation);
  return { perSecond, backlog };
}

/** What came in as a change of an event. */
async function countChanges(admin: Installation['admin']): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int as count from event_history where change = 'updated'`,
  );
  return rows[0]?.count ?? 0;
}
