import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { mutate, type Mutant } from './mutate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = `${root}test/simulation/simulate.ts`;
/** Under node_modules, where the packages that are left outside are found. */
const outDir = `${root}node_modules/.cache/kalends-simulation`;

/** Puts the simulation, with this bug planted in it, into one file that starts at once. */
export async function bundleSimulation(name: string, mutant: Mutant | null): Promise<string> {
  mkdirSync(outDir, { recursive: true });
  const outfile = `${outDir}/${name}.mjs`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
    plugins: [plant(mutant)],
  });
  return outfile;
}

const plant = (mutant: Mutant | null): Plugin => ({
  name: 'mutant',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const file = path.slice(root.length).replaceAll('\\', '/');
      const text = mutant ? mutate(mutant, file, source) : source;
      // Each file goes on standing where it stands.
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
});
