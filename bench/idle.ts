import { setTimeout as sleep } from 'node:timers/promises';
import { runOneJob } from '../src/jobs/worker.ts';
import type { Measure, Row } from './figure.ts';
import { type Installation, openInstallation, type Side, sides } from './installation.ts';
import { drain, seedConnections, signal } from './many-connections.ts';
import { countAll, countStatements } from './statements.ts';

const DAYS = 10;
const CALLS_GOAL = 6;
const BYTES_GOAL = 2_000;
const CONNECTIONS = { short: 10, full: 1_000 };
/** For what grows with the number: so many at first, then so many more. */
const GROWTH = { short: [200, 2_000], full: [1_000, 100_000] } as const;
const IDLE_MS = 20_000;

/**
 * P6. What connections cost in which nothing happens: calls to the provider over ten days of a
 * virtual clock, room in the database, statements of a worker that waits.
 */
export const measure: Measure = async ({ isFull }) => {
  const installation = await openInstallation({ hasWebhooks: true });
  try {
    const count = isFull ? CONNECTIONS.full : CONNECTIONS.short;
    const perDay = await callsPerDay(installation, count);
    const [few, many] = isFull ? GROWTH.full : GROWTH.short;
    const growth = await growBy(installation, few, many);
    return [
      ...sides.map((side) => callsRow(side, perDay[side])),
      {
        figure: 'P6',
        what: `room in the database of an idle connection, ${many} against ${few}`,
        goal: `≤ ${BYTES_GOAL} bytes`,
        measured: `${Math.round(growth.bytes)} bytes`,
        isMet: growth.bytes <= BYTES_GOAL,
      },
      {
        figure: 'P6',
        what: `statements of a worker in ${IDLE_MS / 1_000} idle seconds, ${many} against ${few}`,
        goal: 'equal',
        measured: `${growth.statements.join(' and ')}`,
        // A look more or less may fall into the time.
        isMet: Math.abs((growth.statements[0] ?? 0) - (growth.statements[1] ?? 0)) <= 12,
      },
    ];
  } finally {
    await installation.stop();
  }
};

const callsRow = (side: Side, perDay: number): Row => ({
  figure: 'P6',
  what: `${side}: calls a day of an idle calendar, with all that keeps its channel`,
  goal: `≤ ${CALLS_GOAL}`,
  measured: perDay.toFixed(1),
  isMet: perDay <= CALLS_GOAL,
});

/** Calls a day of one idle calendar, by provider; those for tokens are not among them. */
async function callsPerDay(
  installation: Installation,
  count: number,
): Promise<Record<Side, number>> {
  const { admin, sandbox } = installation;
  await admin.query('delete from jobs');
  const connections = await seedConnections(installation, { count, events: 1 });
  let aheadMs = 0;
  const engine = installation.engineAt(() => aheadMs);
  for (const connection of connections) {
    await signal(installation, connection);
  }
  while (await runOneJob(engine));
  await sandbox.takeCalls();
  for (let minutes = 0; minutes < DAYS * 24 * 60; minutes += 5) {
    aheadMs = minutes * 60_000;
    await sandbox.setClock(aheadMs);
    while (await runOneJob(engine));
  }
  await sandbox.setClock(0);
  const { byOperation } = await sandbox.takeCalls();
  console.log(`  in ${DAYS} days: ${JSON.stringify(byOperation)}`);
  const isGoogles = (operation: string) => /^(events\.(list|watch)|channels)/.test(operation);
  const perDay = (side: Side) => {
    const own = connections.filter((connection) => connection.side === side).length;
    const calls = Object.entries(byOperation).filter(
      ([operation]) => isGoogles(operation) === (side === 'google'),
    );
    return calls.reduce((sum, [, some]) => sum + some, 0) / own / DAYS;
  };
  return { google: perDay('google'), outlook: perDay('outlook') };
}

async function growBy(
  installation: Installation,
  few: number,
  many: number,
): Promise<{ bytes: number; statements: number[] }> {
  const first = await restAt(installation, few);
  const second = await restAt(installation, many - few);
  return {
    bytes: (second.bytes - first.bytes) / (many - few),
    statements: [second.statements, first.statements],
  };
}

/** So many connections more, synced once and at rest. */
async function restAt(
  installation: Installation,
  more: number,
): Promise<{ bytes: number; statements: number }> {
  const { admin } = installation;
  const connections = await seedConnections(installation, { count: more, events: 0 });
  const worker = installation.startWorker();
  for (const connection of connections) await signal(installation, connection);
  await drain(installation);
  await sleep(1_000);
  // Nothing of theirs is due while we look.
  await admin.query(`update jobs set run_at = now() + interval '1 hour'`);
  await admin.query('vacuum full');
  const counter = countStatements();
  await sleep(IDLE_MS);
  const statements = countAll(counter.take());
  counter.stop();
  await worker.stop();
  const { rows } = await admin.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(relid)) as bytes from pg_stat_user_tables
      where schemaname = 'public'`,
  );
  return { bytes: Number(rows[0]?.bytes), statements };
}
