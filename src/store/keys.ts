import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from '../config.ts';

/** The keys that seal tokens. Never in the database, nor in a log. */
export interface KeyRing {
  /** The id of the key that seals; the others only open what was sealed before. */
  currentId: string;
  keys: ReadonlyMap<string, Buffer>;
}

export interface Keys {
  ring: KeyRing;
  /** For what is signed and derived: role passwords, session cookies. At least 32 bytes. */
  secret: Buffer;
}

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const MAKE_THEM = '`npm start -- keys new` prints a new pair';

/**
 * Reads the keys from the environment, else from `dataDir`/keys.json.
 *
 * The file is made at the very first start with the embedded database and never again: new keys
 * beside old data could not open its tokens. So call this before the embedded database is started.
 * Throws `ConfigError`.
 */
export async function loadKeys(
  settings: Pick<Config, 'keys' | 'secret' | 'dataDir'> & { isEmbedded: boolean },
): Promise<Keys> {
  const { keys, secret, dataDir, isEmbedded } = settings;
  if (keys !== null && secret !== null) return parseKeys(keys, secret, '');
  if (keys !== null) {
    throw new ConfigError(`KALENDS_KEYS is set but KALENDS_SECRET is missing; ${MAKE_THEM}.`);
  }
  if (secret !== null) {
    throw new ConfigError(`KALENDS_SECRET is set but KALENDS_KEYS is missing; ${MAKE_THEM}.`);
  }

  const path = join(dataDir, 'keys.json');
  if (!existsSync(path)) {
    if (!isEmbedded) {
      throw new ConfigError(`KALENDS_KEYS and KALENDS_SECRET are missing; ${MAKE_THEM}.`);
    }
    if (existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
      throw new ConfigError(
        `${path} is missing beside its database; put it back or set KALENDS_KEYS and KALENDS_SECRET.`,
      );
    }
    await writeKeyFile(dataDir, path);
  }
  return readKeyFile(path);
}

/** One entry of KALENDS_KEYS: a new id and 32 random bytes. */
export function newKey(): string {
  return `k${randomBytes(4).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

/** A new value for KALENDS_SECRET. */
export function newSecret(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** Written aside and linked into place: whole or not there, and the first of two starts wins. */
async function writeKeyFile(dataDir: string, path: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ keys: newKey(), secret: newSecret() }, null, 2)}\n`);
    await file.sync();
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await rm(aside, { force: true });
  }
}

async function readKeyFile(path: string): Promise<Keys> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    // A parser's message quotes what it read, so the cause stays behind.
    const isBadJson = error instanceof SyntaxError;
    throw new ConfigError(`${path} ${isBadJson ? 'is not JSON' : 'cannot be read'}.`);
  }
  const { keys, secret } = (content ?? {}) as { keys?: unknown; secret?: unknown };
  if (typeof keys !== 'string' || typeof secret !== 'string') {
    throw new ConfigError(`${path} must have the texts "keys" and "secret".`);
  }
  return parseKeys(keys, secret, `${path}: `);
}

function parseKeys(keys: string, secret: string, where: string): Keys {
  return { ring: parseKeyRing(keys, where), secret: parseSecret(secret, where) };
}

function parseKeyRing(text: string, where: string): KeyRing {
  const parsed = new Map<string, Buffer>();
  for (const entry of text.split(',')) {
    const [id = '', value = ''] = entry.trim().split(/:(.*)/s);
    if (!KEY_ID.test(id)) {
      throw new ConfigError(`${where}KALENDS_KEYS must be id:base64 pairs; ${MAKE_THEM}.`);
    }
    if (parsed.has(id)) throw new ConfigError(`${where}KALENDS_KEYS has the key ${id} twice.`);
    const key = parseBase64(value);
    if (key?.length !== KEY_BYTES) {
      throw new ConfigError(
        `${where}The key ${id} of KALENDS_KEYS must be ${KEY_BYTES} bytes in base64; ${MAKE_THEM}.`,
      );
    }
    parsed.set(id, key);
  }
  const [currentId = ''] = parsed.keys();
  return { currentId, keys: parsed };
}

function parseSecret(text: string, where: string): Buffer {
  const secret = parseBase64(text);
  if (!secret || secret.length < KEY_BYTES) {
    throw new ConfigError(
      `${where}KALENDS_SECRET must be at least ${KEY_BYTES} bytes in base64; ${MAKE_THEM}.`,
    );
  }
  return secret;
}

/** Strict: Node's decoder skips what it does not know, and a typing error would pass as a key. */
function parseBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
