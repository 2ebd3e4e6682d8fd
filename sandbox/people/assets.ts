import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Beside this file; from a bundle in `dist`, and from the place where the program was started. */
const candidates = [
  fileURLToPath(new URL('./assets', import.meta.url)),
  fileURLToPath(new URL('../sandbox/people/assets', import.meta.url)),
  join(process.cwd(), 'sandbox/people/assets'),
];

/** A script or style of the person's pages, as it is on disk. Undefined for any other name. */
export function answerAsset(name: string): Response | undefined {
  const type = types[/^[a-z-]+\.(css|js)$/.exec(name)?.[1] ?? ''];
  const path = candidates.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (type === undefined || path === undefined) return undefined;
  return new Response(readFileSync(path), {
    headers: {
      'content-type': type,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    },
  });
}
