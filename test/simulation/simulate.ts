import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrationsDir, testRoles, withDatabase } from '../support/database.ts';
import { openBase } from './base.ts';
import { playHistory } from './history.ts';
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
    shrink: { type: 'boolean', default: false },
  },
});

const dataDir = mkdtempSync(join(tmpdir(), 'kalends-simulation-'));
const postgres = await startEmbeddedPostgres(dataDir);
try {
  const setup = new pg.Client({ connectionString: postgres.url });
  await setup.connect();
  await setup.query('create database simulation');
  await setup.end();
  const adminUrl = withDatabase(postgres.url, 'simulation');
  const roleUrls = await migrate(adminUrl, testRoles, migrationsDir);
  const base = await openBase(adminUrl, roleUrls);
  const seeds = values.seed
    ? [Number(values.seed)]
    : Array.from({ length: Number(values.count) }, (_, index) => Number(values.from) + index);
  let failed = 0;
  let [steps, calls, acts] = [0, 0, 0];
  const kinds = new Map<string, number>();
  const startedAt = Date.now();
  for (const [index, seed] of seeds.entries()) {
    const result = await playHistory(base, { seed });
    steps += result.stepCount;
    calls += result.callCount;
    acts += result.actCount;
    if (values.trace || values.seed) console.log(result.trace.join('\n'));
    if (values.seed) console.log(`weather: ${result.weather}; trace ${result.hash}`);
    if (seed % 100 === 0) {
      const again = await playHistory(base, { seed });
      if (again.hash !== result.hash) {
        result.complaints.push({ kind: 'accident', text: 'played twice, it went two ways' });
      }
    }
    if (result.complaints.length > 0) {
      failed++;
      for (const { kind } of result.complaints) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      console.log(`seed ${seed} failed (${result.weather}); npm run simulate -- --seed ${seed}`);
      for (const { kind, text } of result.complaints) console.log(`  ${kind}: ${text}`);
      if (values.shrink) console.log(await shrink(base, seed));
    }
    if ((index + 1) % 500 === 0) console.log(`${index + 1} histories, ${failed} failed`);
  }
  const seconds = (Date.now() - startedAt) / 1000;
  const each = ((seconds * 1000) / seeds.length).toFixed(0);
  console.log(
    `${seeds.length} histories from seed ${seeds[0]}: ${failed} failed; ${acts} acts, ${steps} steps, ` +
      `${calls} calls, ${seconds.toFixed(0)} s, ${each} ms each`,
  );
  if (failed > 0) console.log([...kinds].map(([kind, count]) => `${kind} ${count}`).join(', '));
  await base.close();
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit();
