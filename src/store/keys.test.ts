import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../config.ts';
import { loadKeys, newKey, newSecret } from './keys.ts';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kalends-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const load = (settings: { keys?: string; secret?: string; isEmbedded?: boolean } = {}) =>
  loadKeys({ keys: null, secret: null, isEmbedded: false, dataDir, ...settings });

test('the first key of KALENDS_KEYS seals, and all of them open', async () => {
  const { ring, secret } = await load({
    keys: `${newKey()},b:${newSecret()}`,
    secret: newSecret(),
  });
  expect(ring.keys.size).toBe(2);
  expect([...ring.keys.keys()][0]).toBe(ring.currentId);
  expect(secret).toHaveLength(32);
});

test('the first start with the embedded database makes a key file that only we can read', async () => {
  const first = await load({ isEmbedded: true });
  expect((await stat(join(dataDir, 'keys.json'))).mode & 0o777).toBe(0o600);
  expect(await load({ isEmbedded: true })).toEqual(first);
  expect(await load({ isEmbedded: false })).toEqual(first);
});

test('starts at the same moment agree on one key file', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => load({ isEmbedded: true })));
  expect(new Set(all.map(({ ring }) => ring.currentId)).size).toBe(1);
});

test('a key file that is lost beside its database is not replaced', async () => {
  await mkdir(join(dataDir, 'postgres'));
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');
  await expect(load({ isEmbedded: true })).rejects.toThrow(/keys\.json is missing beside/);
});

const good = newSecret();
test.each([
  ['nothing at all', {}, /KALENDS_KEYS and KALENDS_SECRET are missing/],
  ['no secret', { keys: newKey() }, /KALENDS_SECRET is missing/],
  ['no keys', { secret: good }, /KALENDS_KEYS is missing/],
  ['a short key', { keys: 'a:c2hvcnQ=', secret: good }, /key a .* 32 bytes/],
  ['a key that is not base64', { keys: `a:${'*'.repeat(44)}`, secret: good }, /32 bytes/],
  ['a key with a slip', { keys: `a:${good.slice(0, -2)}`, secret: good }, /32 bytes/],
  ['no id', { keys: good, secret: good }, /id:base64 pairs/],
  ['an id with a dot', { keys: `a.b:${good}`, secret: good }, /id:base64 pairs/],
  ['an id twice', { keys: `a:${good},a:${newSecret()}`, secret: good }, /key a twice/],
  ['an empty entry', { keys: `a:${good},`, secret: good }, /id:base64 pairs/],
  ['a short secret', { keys: newKey(), secret: 'c2hvcnQ=' }, /KALENDS_SECRET must be at least/],
])('with %s the start stops with a sentence', async (_, settings, sentence) => {
  const error: unknown = await load(settings).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toMatch(sentence);
  expect(String(error)).not.toContain(good);
});

test.each([['{'], ['null'], ['{"keys":"a:b"}'], ['{"keys":7,"secret":"x"}']])(
  'a key file with %s stops the start, and is left as it is',
  async (content) => {
    await writeFile(join(dataDir, 'keys.json'), content);
    await expect(load({ isEmbedded: true })).rejects.toThrow(ConfigError);
    expect(await readFile(join(dataDir, 'keys.json'), 'utf8')).toBe(content);
  },
);
