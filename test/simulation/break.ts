import type { Edit, Mutant, NamedTest } from './mutate.ts';

/** A bug of the field, planted, and the test that is named for it. */
export interface Break extends Mutant {
  test: NamedTest;
}

/** Each edit: a file, what stands in it once, and what is put there. */
export function one(
  [rule, file]: readonly [rule: string, file: string],
  name: string,
  ...edits: readonly (readonly [file: string, find: string, replace: string])[]
): Break {
  const asEdit = ([path, find, replace]: (typeof edits)[number]): Edit => ({
    file: path,
    find,
    replace,
  });
  return { test: { rule, file }, name, edits: edits.map(asEdit) };
}
