import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { apiErrors } from './api-error.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

test('docs/errors.md and the registry list the same codes with the same status', () => {
  const rows = [...read('../../docs/errors.md').matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)];
  const documented = rows.map(([, code, status]) => [code, Number(status)]);
  const registered = Object.entries(apiErrors).map(([code, { status }]) => [code, status]);
  expect(documented.toSorted()).toEqual(registered.toSorted());
});

test('every code of the registry is answered somewhere', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('api-error'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const unused = Object.keys(apiErrors).filter((code) => !source.includes(`'${code}'`));
  expect(unused).toEqual([]);
});
