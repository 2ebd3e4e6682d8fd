import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { switchKinds } from '../../../sandbox/switches.ts';

const root = fileURLToPath(new URL('../../../sandbox', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map(read)
  .join('\n');
const documents = read('README.md') + read('DIFFERENCES.md');

const collect = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].sort();

test('every switch that the code reads is in the documents, and the reverse', () => {
  const inCode = collect(source, /getSwitch(?:<[^>]+>)?\(\s*'([^']+)'/g);
  const documented = collect(documents, /`((?:google|outlook)\.(?:oauth\.)?[A-Za-z0-9-]+)`/g);
  expect(inCode.length).toBeGreaterThan(40);
  expect(inCode.filter((name) => !documented.includes(name))).toEqual([]);
  // Some names are put together or handed on, so it is their last part that is looked for.
  const unread = documented.filter((name) => !source.includes(`${name.split('.').at(-1)}'`));
  expect(unread).toEqual([]);
});

test('every switch that the code reads can be set, and the reverse', () => {
  const inCode = collect(source, /getSwitch(?:<[^>]+>)?\(\s*'([^']+)'/g);
  expect(inCode.filter((name) => !Object.hasOwn(switchKinds, name))).toEqual([]);
  const unread = Object.keys(switchKinds).filter(
    (name) => !inCode.includes(name) && !documents.includes(`\`${name}\``),
  );
  expect(unread).toEqual([]);
});

test('every effect of a fault is in the README, and the reverse', () => {
  const inCode = collect(read('faults.ts'), /kind: '([a-z-]+)'/g);
  const table = /\| effect \|[\s\S]*?\n\n/.exec(read('README.md'))?.[0] ?? '';
  const rows = table.split('\n').map((row) => row.split('|')[1] ?? '');
  expect(collect(rows.join('\n'), /`([a-z-]+)`/g)).toEqual(inCode);
});

test('every path of the control API is in the README', () => {
  const paths = collect(read('control.ts'), /'(\/[a-z/-]+)(?:\/\*)?',/g);
  expect(paths.length).toBeGreaterThan(15);
  const readme = read('README.md');
  // A path may be shortened to its last part where its siblings are named beside it.
  const missing = paths.filter((path) => !readme.includes(`/${path.split('/').at(-1)}`));
  expect(missing).toEqual([]);
});
