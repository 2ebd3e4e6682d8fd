import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Break, breaks } from './break-list.ts';
import { type Edit, mutate, type Mutant } from './mutate.ts';
import { startServer } from './server.ts';

/**
 * `npm run breaks`: plants each bug of the list and runs the test that is named for it, which has to
 * fail; without the bug it has to pass. `-- --only F13` takes those whose words have it, `F13,F14` both;
 * `-- --broken` leaves the runs without a bug out; `-- --list` runs nothing.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    broken: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kalends-breaks-'));

const wanted = values.only.split(',');
const chosen = breaks.filter(({ rule, name }) =>
  wanted.some((words) => `${rule} ${name}`.includes(words)),
);
for (const one of chosen) {
  // A place that is not found any more is said before anything is run.
  for (const { file } of one.edits) mutate(one, file, readFileSync(root + file, 'utf8'));
  if (values.list) console.log(`${one.rule} ${one.name} → ${one.test}`);
}
if (!values.list) await run();

async function run(): Promise<void> {
  const server = await startServer();
  const url = await server.addDatabase('breaks');
  let holes = 0;
  try {
    if (!values.broken) {
      const whole = new Map(chosen.map((one) => [`${one.rule} ${one.test}`, one]));
      for (const one of whole.values()) {
        const { failed, passed } = await test(one, null, url);
        if (failed.length === 0 && passed.length > 0) continue;
        holes++;
        console.log(`FAILS WITHOUT A BUG ${one.rule} in ${one.test}: ${failed.join(' | ')}`);
      }
    }
    for (const one of chosen) {
      const { failed, passed } = await test(one, one, url);
      const words = `${one.rule} ${one.name}`;
      if (failed.length > 0) {
        console.log(`noticed     ${words}`);
        for (const name of failed) console.log(`              ${name}`);
      } else {
        holes++;
        console.log(`NOT NOTICED ${words} (${passed.length} passed)`);
      }
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${chosen.length} bugs planted, ${holes} holes`);
  process.exitCode = holes > 0 ? 1 : 0;
}

/** Names of those tests of the rule that failed, and of those that passed. */
async function test(
  { rule, test: file }: Break,
  mutant: Break | null,
  url: string,
): Promise<{ failed: string[]; passed: string[] }> {
  const report = join(folder, 'report.json');
  const config = `${root}test/simulation/mutated-tests.config.ts`;
  const vitest = `${root}node_modules/vitest/vitest.mjs`;
  const named = rule.replaceAll(/[[\]]/g, '\\$&');
  const how = ['--reporter=json', `--outputFile=${report}`, '--testNamePattern', named];
  rmSync(report, { force: true });
  await execute([vitest, 'run', '--config', config, ...how], {
    KALENDS_MUTANT: JSON.stringify(mutant && inMigrations(mutant)),
    KALENDS_TESTS: file,
    TEST_DATABASE_URL: url,
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const having = (status: string) =>
    all.filter((one) => one.status === status).map(({ fullName }) => fullName);
  return { failed: having('failed'), passed: having('passed') };
}

/** SQL is read, not imported: a bug in it is planted in a copy of its folder. */
function inMigrations(mutant: Mutant): Mutant {
  const inSql = mutant.edits.filter(({ file }) => file.endsWith('.sql'));
  if (inSql.length === 0) return mutant;
  const copy = join(folder, 'migrations');
  cpSync(`${root}src/store/migrations`, copy, { recursive: true });
  for (const { file } of inSql) {
    const text = mutate(mutant, file, readFileSync(root + file, 'utf8'));
    writeFileSync(join(copy, basename(file)), text);
  }
  const elsewhere: Edit = {
    file: 'test/support/database.ts',
    find: `fileURLToPath(new URL('../../src/store/migrations', import.meta.url))`,
    replace: JSON.stringify(copy),
  };
  return { ...mutant, edits: [...mutant.edits, elsewhere] };
}

interface Report {
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

function execute(args: string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}
