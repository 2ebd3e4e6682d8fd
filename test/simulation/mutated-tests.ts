import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Edit, mutate, type Mutant, type NamedTest } from './mutate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs the tests of a rule with a bug planted, or none, on the PostgreSQL at this superuser's
 * address. Answers the names of those that failed, and of those that passed.
 */
export async function runMutated(
  { rule, file }: NamedTest,
  mutant: Mutant | null,
  url: string,
): Promise<{ failed: string[]; passed: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'kalends-mutated-'));
  const report = join(folder, 'report.json');
  const config = `${root}test/simulation/mutated-tests.config.ts`;
  const vitest = `${root}node_modules/vitest/vitest.mjs`;
  const named = rule.replaceAll(/[[\]]/g, '\\$&');
  const how = ['--reporter=json', `--outputFile=${report}`, '--testNamePattern', named];
  await execute([vitest, 'run', '--config', config, ...how], {
    KALENDS_MUTANT: JSON.stringify(mutant && inMigrations(mutant, folder)),
    KALENDS_TESTS: file,
    TEST_DATABASE_URL: url,
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  rmSync(folder, { recursive: true, force: true });
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const having = (status: string) =>
    all.filter((one) => one.status === status).map(({ fullName }) => fullName);
  const outcome = { failed: having('failed'), passed: having('passed') };
  if (outcome.failed.length + outcome.passed.length > 0) return outcome;
  throw new Error(`no test of ${rule} ran in ${file}`);
}

/** SQL is read, not imported: a bug in it is planted in a copy of its folder. */
function inMigrations(mutant: Mutant, folder: string): Mutant {
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
