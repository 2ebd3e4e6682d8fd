import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../web', import.meta.url));
const read = (pattern: RegExp) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => ({ name, text: withoutComments(readFileSync(join(root, name), 'utf8')) }));
const withoutComments = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');

const pages = read(/\.tsx$/);
const code = read(/\.tsx?$/);
const styles = read(/\.css$/);

function find(files: typeof pages, patterns: readonly RegExp[]): string[] {
  return files.flatMap(({ name, text }) =>
    patterns.flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([found]) => `${name}: ${found}`),
    ),
  );
}

/** Between tags (but not between those of two members of an object or a list); in an attribute that is read or heard; in a message. */
const wordsInPages = [
  /(?<!=)>(?!,\s*(?:\w+: |(?:[\w.]+,\s*)+)<)[^<>{}()=;]*\p{L}{2,}[^<>{}()=;]*<(?=\/|[a-z{A-Z])/gu,
  /\b(?:aria-label|aria-description|alt|description|error|label|placeholder|text|title)=(?:"[^"]*\p{L}{2,}[^"]*"|\{["'`][^"'`]*\p{L}{2,} [^"'`]*["'`]\})/gu,
  /\b(?:message|title|label): ["'`][^"'`$]*\p{L}{2,}[^"'`]*["'`]/gu,
];

test('every word that the pages say is in texts.ts', () => {
  expect(pages.length).toBeGreaterThan(30);
  expect(find(pages, wordsInPages)).toEqual([]);
  const samples = [
    '<p>Save</p>',
    '<b className={classes.x}>\n  Really now?\n</b>',
    '<Button aria-label="Close it" />',
    '<TextInput label={"Your name"} />',
    "notifications.show({ message: 'Saved' })",
  ];
  for (const text of samples) expect(find([{ name: '', text }], wordsInPages)).not.toEqual([]);
});

test('one or many is asked of Intl.PluralRules', () => {
  expect(find(code, [/(?:===?|!==?|>) 1 \? ["'`][^\n]*/g, /\? ''? ?: ?'s'/g])).toEqual([]);
  expect(readFileSync(join(root, 'texts.ts'), 'utf8')).toContain('new Intl.PluralRules(');
});

test('dates and numbers are put into words by Intl', () => {
  const byHand = [/\.to(?:Date|Time|GMT|UTC)String\(/g, /\.toFixed\(/g];
  expect(find(code, byHand)).toEqual([]);
});

/** `text-align: left`, `margin-left`, `left: 0`; Mantine's `ml`, `pr` and the like. */
const sides = [
  /(?:^|[\s;{])(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b[^;]*/gm,
  /(?:^|[\s;{])(?:left|right)\s*:[^;]*/gm,
  /\b(?:text-align|float|clear)\s*:\s*(?:left|right)\b/g,
  /border-(?:top|bottom)-(?:left|right)-radius/g,
];
const sidesInPages = [
  /\s(?:ml|mr|pl|pr)=/g,
  /\b(?:margin|padding|border)(?:Left|Right)\b/g,
  /\b(?:ta|textAlign)[=:] ?["']?(?:left|right)/g,
];

test('pages that are read from right to left are laid out so: no style names left or right', () => {
  expect(styles.length).toBeGreaterThan(10);
  expect([...find(styles, sides), ...find(pages, sidesInPages)]).toEqual([]);
  expect(find([{ name: '', text: 'a { left: 0; margin-left: 1px }' }], sides)).toHaveLength(2);
});
