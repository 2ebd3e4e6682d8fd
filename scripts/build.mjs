// Builds what `npm start` runs: dist/src and dist/sandbox (compiled), dist/web (the pages).
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const run = (program, args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
// What the compiler leaves behind: SQL, and the sandbox's own pages.
for (const folder of ['src', 'sandbox']) copyAssets(folder);
run('vite/bin/vite.js', ['build', '--logLevel', 'warn']);
compress(join(root, 'dist', 'web', 'assets'));
writeFileSync(join(root, 'dist', 'built'), new Date().toISOString());

function copyAssets(folder) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.(tsx?|md)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    cpSync(path, path.replace(root, join(root, 'dist')));
  }
}

/** Beside each script and style what browsers are sent of it (src/api/pages.ts): packed once, not per request. */
function compress(folder) {
  const names = readdirSync(folder).filter((name) => /\.(js|css|svg)$/.test(name));
  for (const one of names) {
    const bytes = readFileSync(join(folder, one));
    writeFileSync(join(folder, `${one}.br`), brotliCompressSync(bytes));
    writeFileSync(join(folder, `${one}.gz`), gzipSync(bytes, { level: 9 }));
  }
}
