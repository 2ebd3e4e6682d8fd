import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Source {
  /** From the root, with slashes. */
  path: string;
  text: string;
  /** Local imports, from the root; packages by their names. */
  imports: string[];
}

const sources = ['src', 'web', 'sandbox', 'test', 'bench'].flatMap(readSources);
const inFolder = (folder: string) => sources.filter(({ path }) => path.startsWith(`${folder}/`));

/** The house of ARCHITECTURE.md: what each room may import of ours. */
const rooms: Record<string, string[]> = {
  'src/calendar': [],
  'src/sync': ['src/calendar'],
  'src/store': ['src/calendar', 'src/sync'],
  'src/providers': ['src/calendar', 'src/sync'],
  'src/jobs': ['src/calendar', 'src/sync', 'src/store', 'src/providers'],
  'src/api': ['src/calendar', 'src/sync', 'src/store', 'src/providers', 'src/jobs'],
  web: ['src/api/schemas', 'src/calendar'],
  sandbox: [],
};
/** Ports, of both kinds, and settings, which any room but the pure ones may name. */
const openToAll = ['src/runtime.ts', 'src/config.ts', 'src/free-port.ts'];
const pureRooms = ['src/calendar', 'src/sync', 'web', 'sandbox'];

test('there is something to be tidy about', () => {
  expect(sources.length).toBeGreaterThan(80);
});

test('imports only point up the list of rooms', () => {
  const wrong = Object.entries(rooms).flatMap(([room, allowed]) =>
    inFolder(room)
      .filter(({ path }) => !isTest(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter((target) => target.includes('/') && /^(src|web|sandbox|test)\//.test(target))
          .filter((target) => ![room, ...allowed].some((folder) => target.startsWith(`${folder}/`)))
          .filter((target) => pureRooms.includes(room) || !openToAll.includes(target))
          .map((target) => `${path} imports ${target}`),
      ),
  );
  expect(wrong).toEqual([]);
});

/** Rules of recurrence by dates alone: the form and the rows say what the server does, by its own words. */
const openToPages = [
  'civil-days',
  'describe-recurrence',
  'expand-rule',
  'move-days',
  'recurrence-pattern',
  'rule',
].map((name) => `src/calendar/${name}.ts`);

test('the pages take types only from the server, and of recurrences what needs no package', () => {
  const wrong = inFolder('web').flatMap(({ path, text }) =>
    [...text.matchAll(/^import (?!type)[^;]*?from '(?:\.\.\/)+(src\/[^']+)'/gms)]
      .filter(([, target = '']) => !openToPages.includes(target))
      .map(([line]) => `${path}: ${line}`),
  );
  expect(wrong).toEqual([]);
  const heavy = sources
    .filter(({ path }) => openToPages.includes(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^import (?!type)[^;]*?from '([^']+)'/gms)]
        .map(([, target = '']) => target.replace('./', 'src/calendar/'))
        .filter((target) => !openToPages.includes(target))
        .map((target) => `${path} imports ${target}`),
    );
  expect(heavy).toEqual([]);
});

test('calendar and sync touch neither files, network nor packages that do', () => {
  const allowed = ['temporal-polyfill', 'windows-iana', 'fast-check', 'vitest'];
  const wrong = ['src/calendar', 'src/sync'].flatMap((room) =>
    inFolder(room).flatMap(({ path, imports }) =>
      imports
        .filter((target) => !target.startsWith('src/') && !allowed.includes(target))
        .map((target) => `${path} imports ${target}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test('the engine reads clock, chance, timers and network through its port only', () => {
  const forbidden =
    /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|(?<![.\w])fetch\(|performance\.now\(|randomUUID\()/;
  // Starting a database server is no part of the engine.
  const exempt = ['src/store/embedded-postgres.ts'];
  const wrong = ['calendar', 'sync', 'store', 'providers', 'jobs'].flatMap((room) =>
    inFolder(`src/${room}`)
      .filter(({ path }) => !isTest(path) && !exempt.includes(path))
      .filter(({ text }) => forbidden.test(withoutComments(text)))
      .map(({ path, text }) => `${path}: ${forbidden.exec(withoutComments(text))?.[0]}`),
  );
  expect(wrong).toEqual([]);
});

test('only these cross tenants', () => {
  const callers = inFolder('src')
    .filter(({ path, text }) => path !== 'src/store/tenant.ts' && /\basSystem\(/.test(text))
    .map(({ path }) => path)
    .sort();
  expect(callers).toEqual([
    // A notification names a channel before it is known whose that is.
    'src/api/notifications.ts',
    // A new user must be found before its tenant is known.
    'src/api/sign-up.ts',
    // Instants of all tenants are worked out by new zone rules.
    'src/jobs/follow-zone-data.ts',
    // Tokens of all tenants are sealed again under a new key.
    'src/jobs/rotate-keys.ts',
    // Mails of all tenants are claimed from one list.
    'src/jobs/send-outage-mails.ts',
    // Jobs of all tenants are claimed from one list.
    'src/jobs/worker.ts',
    // Setting up a company.
    'src/seed.ts',
  ]);
});

test('provider names appear only where design allows them', () => {
  const allowed = [
    /^src\/providers\//,
    /^src\/api\/(routes\/(connect|callback|session|webhooks)|connection-view|schemas\/)/,
    /^src\/(config|main|serve|real-runtime)\.ts$/,
    // The column `provider`, and which id column is whose.
    /^src\/store\/(database|events)\.ts$/,
  ];
  const idColumns = ['google_event_id', 'outlook_event_id'];
  const wrong = inFolder('src')
    .filter(({ path }) => !isTest(path) && !allowed.some((pattern) => pattern.test(path)))
    .flatMap(({ path, text }) =>
      [...withoutComments(text).matchAll(/\b\w*(google|outlook|microsoft)\w*\b/gi)]
        .map(([word]) => word)
        .filter((word) => !idColumns.includes(word))
        .map((word) => `${path}: ${word}`),
    );
  expect(wrong).toEqual([]);
});

test('no room is a drawer', () => {
  const drawers = /(^|\/)(utils?|common|shared|helpers?|services?|managers?)(\/|\.|$)/;
  expect(sources.map(({ path }) => path).filter((path) => drawers.test(path))).toEqual([]);
});

test('every rule of SPEC.md is proven by a test that carries its number, and every number is a rule', () => {
  const spec = readFileSync(join(root, 'SPEC.md'), 'utf8');
  const rules = [...spec.matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, number]) => number ?? '');
  const tested = new Set(
    sources
      .filter(({ path }) => isTest(path))
      .flatMap(({ text }) => [...text.matchAll(/['"`]\[([A-Z]\d+)\]/g)].map(([, n]) => n ?? '')),
  );
  expect(new Set(rules).size).toBe(rules.length);
  expect(rules.filter((rule) => !tested.has(rule))).toEqual([]);
  // F1 to F40 are bugs that users of systems like ours reported, not rules of ours.
  const strangers = [...tested].filter((number) => !rules.includes(number));
  expect(strangers.filter((number) => !/^F([1-9]|[1-3]\d|40)$/.test(number))).toEqual([]);
});

test('decisions are numbered without a gap, and each is in the index', () => {
  const names = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
  expect(names.sort().map((name) => Number(name.slice(0, 4)))).toEqual(
    names.map((_, index) => index + 1),
  );
  const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
  expect(names.filter((name) => !index.includes(name))).toEqual([]);
});

function readSources(folder: string): Source[] {
  const entries = readdirSafely(join(root, folder));
  return entries
    .filter((name) => /\.(ts|tsx|mjs|js)$/.test(name))
    .map((name) => {
      const file = join(root, folder, name);
      const text = readFileSync(file, 'utf8');
      const imports = [...text.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, target = '']) =>
        target.startsWith('.') ? toPath(resolve(dirname(file), target)) : target,
      );
      return { path: toPath(file), text, imports };
    });
}

function readdirSafely(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function toPath(file: string): string {
  return relative(root, file).replaceAll('\\', '/');
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith('test/');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
