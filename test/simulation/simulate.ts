import { parseArgs } from 'node:util';
import type { Base } from './base.ts';
import { type HistoryResult, hasSeries } from './history.ts';
import { describeFailure, playSeeds } from './play-seeds.ts';
import { openDatabase, startServer } from './server.ts';
import { shrink } from './shrink.ts';

/**
 * `npm run simulate -- --count 2000 --from 1`: so many histories from this seed on.
 * `npm run simulate -- --seed 12345`: that one, with all that happened in it.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** Only those that have series in them. */
    series: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    /** Stop at the first that fails. */
    first: { type: 'boolean', default: false },
    /** A migrated database, as its superuser; else a server is started. */
    database: { type: 'string' },
    /** Seeds to leave out. */
    skip: { type: 'string', default: '' },
  },
});

/** After some thousands in one database its tables are so full that a history takes a third longer. */
const PER_DATABASE = 500;

const server = values.database ? null : await startServer();
try {
  const skipped = new Set(values.skip.split(',').filter(Boolean).map(Number));
  const seeds = values.seed
    ? [Number(values.seed)]
    : Array.from({ length: Number(values.count) }, (_, index) => Number(values.from) + index);
  let [failed, played, steps, calls, acts] = [0, 0, 0, 0, 0];
  const kinds = new Map<string, number>();
  const startedAt = Date.now();
  const wanted = seeds.filter((seed) => !skipped.has(seed) && (!values.series || hasSeries(seed)));
  for await (const { base, result } of playAll(wanted)) {
    played++;
    steps += result.stepCount;
    calls += result.callCount;
    acts += result.actCount;
    if (values.trace || values.seed) console.log(result.trace.join('\n'));
    if (values.seed) console.log(result.told.join('\n'));
    if (values.seed) console.log(`weather: ${result.weather}; trace ${result.hash}`);
    if (result.complaints.length > 0) {
      failed++;
      for (const { kind } of result.complaints) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      console.log(describeFailure(result));
      if (values.shrink) console.log(await shrink(base, result.seed));
      if (values.first) break;
    }
    if (played % 100 === 0) console.log(`${played} histories, ${failed} failed`);
  }
  const seconds = (Date.now() - startedAt) / 1000;
  const each = ((seconds * 1000) / played).toFixed(0);
  const { user, system } = process.cpuUsage();
  console.log(
    `${played} histories from seed ${seeds[0]}: ${failed} failed; ${acts} acts, ${steps} steps, ` +
      `${calls} calls, ${seconds.toFixed(0)} s, ${each} ms each, ` +
      `${((user + system) / 1000 / played).toFixed(0)} ms of them ours`,
  );
  if (failed > 0) console.log([...kinds].map(([kind, count]) => `${kind} ${count}`).join(', '));
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  await server?.stop();
}
process.exit();

async function* playAll(seeds: number[]): AsyncGenerator<{ base: Base; result: HistoryResult }> {
  for (let at = 0; at < seeds.length; at += PER_DATABASE) {
    const name = `history_${at}`;
    const base = await openDatabase(values.database ?? (await server?.addDatabase(name)) ?? '');
    try {
      const piece = seeds.slice(at, at + PER_DATABASE);
      for await (const result of playSeeds(base, piece, { isTold: !!values.seed })) {
        yield { base, result };
      }
    } finally {
      await base.close();
      await server?.dropDatabase(name);
    }
  }
}
