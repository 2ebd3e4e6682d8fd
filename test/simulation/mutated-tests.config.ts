import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { mutate, type Mutant } from './mutate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mutant = JSON.parse(process.env['KALENDS_MUTANT'] ?? 'null') as Mutant | null;
/** One file, which may need a PostgreSQL; else the tests of the pure part. */
const only = process.env['KALENDS_TESTS'];

/** Tests with a bug planted in what they test (mutants.ts, breaks.ts). */
export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform(source: string, id: string) {
        const file = id.slice(root.length).replaceAll('\\', '/');
        return mutant ? mutate(mutant, file, source) : source;
      },
    },
  ],
  test: only
    ? {
        include: [only],
        setupFiles: ['test/support/judge-exchanges.ts'],
        globalSetup: ['test/support/postgres.ts'],
        testTimeout: 30_000,
        hookTimeout: 60_000,
      }
    : { include: ['src/sync/*.test.ts', 'src/calendar/*.test.ts'], bail: 1 },
});
