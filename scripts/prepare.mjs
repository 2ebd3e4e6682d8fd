// Runs before `npm start`: refuses a Node that is too old, builds when the sources are newer.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Kalends needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  console.error('The packages are not installed: run `npm ci` first.');
  process.exit(1);
}

const stamp = join(root, 'dist', 'built');
const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
const sources = ['src', 'sandbox', 'web', 'package-lock.json', 'vite.config.ts', 'tsconfig.json'];
if (sources.some((source) => newestOf(join(root, source)) > builtAt)) {
  console.log('Building …');
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
}

function newestOf(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return Math.max(
    0,
    ...entries.filter((e) => e.isFile()).map((e) => statSync(join(e.parentPath, e.name)).mtimeMs),
  );
}
