import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Beside this file, in the sources as in the build. */
const folder = fileURLToPath(new URL('./assets', import.meta.url));

/** A script or style of the person's pages, as it is on disk. Undefined for any other name. */
export function answerAsset(name: string): Response | undefined {
  const type = types[/^[a-z-]+\.(css|js)$/.exec(name)?.[1] ?? ''];
  const path = join(folder, name);
  if (type === undefined || !existsSync(path)) return undefined;
  return new Response(readFileSync(path), {
    headers: {
      'content-type': type,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    },
  });
}
