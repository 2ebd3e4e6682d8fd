/** A bug, planted in the engine on purpose: whatever should notice it has to. */
export interface Mutant {
  /** In a few words, as a line of the report. */
  name: string;
  edits: readonly Edit[];
  /** Who is to notice it, where histories cannot. */
  test?: NamedTest;
}

/** The tests of one file whose names have the rule. */
export interface NamedTest {
  rule: string;
  file: string;
}

export interface Edit {
  /** From the root, with slashes. */
  file: string;
  /** Stands in the file exactly once. */
  find: string;
  replace: string;
}

/** The file's text with the bug in it. Throws when the place is not found, or is found twice. */
export function mutate({ name, edits }: Mutant, file: string, source: string): string {
  let text = source;
  for (const edit of edits) {
    if (edit.file !== file) continue;
    const count = text.split(edit.find).length - 1;
    if (count !== 1) throw new Error(`${name}: found ${count} times in ${file}: ${edit.find}`);
    text = text.replace(edit.find, () => edit.replace);
  }
  return text;
}
