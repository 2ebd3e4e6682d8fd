import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { breaks } from './break-list.ts';
import { mutate } from './mutate.ts';
import { mutants } from './mutant-list.ts';

const root = new URL('../../', import.meta.url);

test('every bug that can be planted has its place in the code as it is', () => {
  const lost = [...mutants, ...breaks].flatMap((mutant) =>
    mutant.edits.flatMap(({ file }) => {
      try {
        mutate(mutant, file, readFileSync(new URL(file, root), 'utf8'));
        return [];
      } catch (error) {
        return [String(error)];
      }
    }),
  );
  expect(lost).toEqual([]);
});
