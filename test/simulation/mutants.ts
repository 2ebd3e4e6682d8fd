import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleSimulation } from './bundle.ts';
import { mutants } from './mutant-list.ts';
import { mutate, type Mutant } from './mutate.ts';
import { runMutated } from './mutated-tests.ts';
import { type Server, startServer } from './server.ts';

/**
 * `npm run mutants`: plants each bug of the list in a copy of the engine and plays histories until
 * one fails; then, should none, the tests of the pure part and the one it names. A bug that nothing
 * notices is a hole in the tests. `-- --only fence` takes those whose name has the word,
 * `fence,lease` both; `-- --after 20` leaves the first twenty out; `-- --list` plays nothing.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    after: { type: 'string', default: '0' },
    count: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    /** Only histories that have series in them. */
    series: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));

interface Verdict {
  name: string;
  /** What noticed it; null: nothing. */
  by: string | null;
  seconds: number;
}

const chosen = mutants
  .slice(Number(values.after))
  .filter(({ name }) => values.only.split(',').some((words) => name.includes(words)));
// A place that is not found any more is said before anything is played.
const lost = chosen.flatMap(findLostPlaces);
for (const { name } of values.list ? chosen : []) console.log(name);
for (const line of lost) console.log(line);
if (lost.length > 0) process.exitCode = 1;
else if (!values.list) await run();

/** The engine has changed, and the bug has to be planted elsewhere. */
function findLostPlaces(mutant: Mutant): string[] {
  return mutant.edits.flatMap(({ file }) => {
    try {
      mutate(mutant, file, readFileSync(root + file, 'utf8'));
      return [];
    } catch (error) {
      return [String(error)];
    }
  });
}

async function run(): Promise<void> {
  const server = await startServer();
  try {
    // All of them now: what is played is what stands here at the start.
    const bundles: string[] = [];
    for (const [index, mutant] of chosen.entries()) {
      bundles.push(await bundleSimulation(`mutant-${process.pid}-${index}`, mutant));
    }
    const skip = await findFailingSeeds(server);
    const verdicts: Verdict[] = [];
    const waiting = [...chosen.entries()];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [index, mutant] = next;
        const database = await server.addDatabase(`mutant_${index}`);
        const verdict = await judge(mutant, bundles[index] ?? '', database, skip);
        verdicts.push(verdict);
        const { name, by, seconds } = verdict;
        console.log(
          `${by ? 'caught  ' : 'SURVIVED'} ${name} (${by ?? '-'}, ${seconds.toFixed(0)} s)`,
        );
      }
    };
    await Promise.all(Array.from({ length: Number(values.jobs) }, work));
    const survivors = verdicts.filter(({ by }) => by === null);
    console.log(`${verdicts.length} bugs planted, ${survivors.length} not noticed`);
    process.exitCode = survivors.length > 0 ? 1 : 0;
  } finally {
    await server.stop();
  }
}

/** Seeds on which the engine as it is fails: they tell nothing about a mutant. */
async function findFailingSeeds(server: Server): Promise<string> {
  const bundle = await bundleSimulation(`as-it-is-${process.pid}`, null);
  const { output } = await play(bundle, await server.addDatabase('as_it_is'), []);
  const seeds = [...output.matchAll(/^seed (\d+) failed/gm)].map(([, seed]) => seed);
  console.log(`as it is: ${output.trim().split('\n').at(-1)}`);
  if (seeds.length > 0) console.log(`left out: ${seeds.join(' ')}`);
  return seeds.join(',');
}

async function judge(
  mutant: Mutant,
  bundle: string,
  database: string,
  skip: string,
): Promise<Verdict> {
  const startedAt = Date.now();
  const { code, output } = await play(bundle, database, ['--first', '--skip', skip]);
  const found = /^seed (\d+) failed.*\n {2}(.*)/m.exec(output);
  let by = found ? `seed ${found[1]}: ${found[2]}` : null;
  if (!by && code !== 0) by = `it does not run: ${output.trim().split('\n').at(-1)}`;
  const isPure = mutant.edits.some(({ file }) => /^src\/(sync|calendar)\//.test(file));
  if (!by && isPure && (await testPurePart(mutant))) by = 'tests of the pure part';
  if (!by && mutant.test) by = (await runMutated(mutant.test, mutant, database)).failed[0] ?? null;
  return { name: mutant.name, by, seconds: (Date.now() - startedAt) / 1000 };
}

function play(bundle: string, database: string, more: string[]) {
  const which = ['--count', values.count, '--from', values.from, '--database', database];
  const only = values.series ? ['--series'] : [];
  return execute(process.execPath, [bundle, ...which, ...only, ...more]);
}

/** Whether the tests of the pure part notice. */
async function testPurePart(mutant: Mutant): Promise<boolean> {
  const config = `${root}test/simulation/mutated-tests.config.ts`;
  const vitest = `${root}node_modules/vitest/vitest.mjs`;
  const { code } = await execute(process.execPath, [vitest, 'run', '--config', config], {
    KALENDS_MUTANT: JSON.stringify(mutant),
  });
  return code !== 0;
}

function execute(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
