import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { breaks } from './break-list.ts';
import { mutate } from './mutate.ts';
import { runMutated } from './mutated-tests.ts';
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

const wanted = values.only.split(',');
const chosen = breaks.filter(({ test, name }) =>
  wanted.some((words) => `${test.rule} ${name}`.includes(words)),
);
for (const one of chosen) {
  // A place that is not found any more is said before anything is run.
  for (const { file } of one.edits) mutate(one, file, readFileSync(root + file, 'utf8'));
  if (values.list) console.log(`${one.test.rule} ${one.name} → ${one.test.file}`);
}
if (!values.list) await run();

async function run(): Promise<void> {
  const server = await startServer();
  const url = await server.addDatabase('breaks');
  let holes = 0;
  try {
    if (!values.broken) {
      const whole = new Map(chosen.map((one) => [`${one.test.rule} ${one.test.file}`, one]));
      for (const one of whole.values()) {
        const { failed, passed } = await runMutated(one.test, null, url);
        if (failed.length === 0 && passed.length > 0) continue;
        holes++;
        console.log(
          `FAILS WITHOUT A BUG ${one.test.rule} in ${one.test.file}: ${failed.join(' | ')}`,
        );
      }
    }
    for (const one of chosen) {
      const { failed, passed } = await runMutated(one.test, one, url);
      const words = `${one.test.rule} ${one.name}`;
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
  }
  console.log(`${chosen.length} bugs planted, ${holes} holes`);
  process.exitCode = holes > 0 ? 1 : 0;
}
