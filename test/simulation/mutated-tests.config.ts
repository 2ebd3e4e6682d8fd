import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { mutate, type Mutant } from './mutate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mutant = JSON.parse(process.env['KALENDS_MUTANT'] ?? 'null') as Mutant | null;

/** The tests of the pure part, with a bug planted in it (mutants.ts). */
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
  test: { include: ['src/sync/*.test.ts', 'src/calendar/*.test.ts'], bail: 1 },
});
