// `npm test`: checks types, lint and format, builds, then runs every test: on the PostgreSQL from npm,
// and what concerns the database once more on an older one. The last line counts them all.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOlderPostgres } from './older-postgres.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const reports = mkdtempSync(join(tmpdir(), 'kalends-report-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
/** What depends on the database's own behaviour: walls, jobs, views, locks. */
const olderTests = ['store/', 'jobs/push', 'connections/refresh', 'api/activities'].map(
  (name) => `test/server/${name}`,
);

step('types', 'typescript/bin/tsc', ['--noEmit']);
step('lint', 'oxlint/bin/oxlint', ['--deny-warnings']);
step('format', '@biomejs/biome/bin/biome', ['format', '.']);
step('build', '../scripts/build.mjs', []);
// Nothing in it depends on the real clock: it takes what the others leave of the machine.
const simulation = testBeside('simulation', ['--project', 'simulation', '--maxWorkers', '2']);
// Most tests wait most of the time: two files at a time, whatever vitest takes for its number.
const projects = ['unit', 'server', 'browser'].flatMap((name) => ['--project', name]);
test('all', [...projects, '--maxWorkers', '2']);

const older = startOlderPostgres();
if ('reason' in older) {
  notes.push(`not run: the database on an older PostgreSQL (${older.reason})`);
} else {
  console.log(`\n— the database on PostgreSQL ${older.version}`);
  try {
    test('older', ['--project', 'server', ...olderTests], { TEST_DATABASE_URL: older.url });
  } finally {
    older.stop();
  }
}

console.log('\n— simulation');
await simulation;
rmSync(reports, { recursive: true, force: true });
for (const note of notes) console.log(note);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

function run(program, args, env = {}) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

/** Something that must hold before tests are worth running. */
function step(name, program, args) {
  console.log(`— ${name}`);
  if (run(program, args) === 0) return;
  console.log(`${name} failed`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

function test(name, args, env = {}) {
  count(name, run(...vitest(name, args), env));
}

/** Runs while others do, after them where there is not enough for all; what it says is said at its end. */
async function testBeside(name, args) {
  const path = join(reports, `${name}.log`);
  const log = openSync(path, 'w');
  const [program, given] = vitest(name, args);
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...given], {
    cwd: root,
    stdio: ['ignore', log, log],
  });
  setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const status = await new Promise((resolve) => child.once('close', resolve));
  console.log(readFileSync(path, 'utf8'));
  count(name, status);
}

function vitest(name, args) {
  const report = join(reports, `${name}.json`);
  const outputs = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return ['vitest/vitest.mjs', ['run', ...outputs, ...args]];
}

function count(name, status) {
  const result = readReport(join(reports, `${name}.json`));
  totals.passed += result.numPassedTests;
  totals.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
  // A file that does not load, or an error outside of any test, is a failure that no test counts.
  totals.failed += Math.max(result.numFailedTests, status === 0 ? 0 : 1);
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
  }
}
