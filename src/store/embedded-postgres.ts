import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findFreePort } from './free-port.ts';

const run = promisify(execFile);

/** The account that PostgreSQL runs as when we are root, which it refuses to be. */
const NOBODY = 65_534;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const SUPERUSER = 'kalends';

/** It cannot run here, or not now. The message is for whoever runs the server, and says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

export interface EmbeddedPostgres {
  /** Of the database `kalends`, as its owner. */
  url: string;
  pid: number;
  /** Fast shutdown: sessions are cut, everything committed is kept. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that came from npm on 127.0.0.1, keeping its data in `dataDir`/postgres.
 *
 * It ends with us, also when we are killed, and a start finds the data again whatever happened
 * before. As root it runs as nobody inside a user namespace, its files staying ours.
 * See docs/decisions/0002-embedded-postgres.md.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const native = await findBinaries();
  const clusterDir = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  const launch = await findLaunch(dataDir);

  await mkdir(dataDir, { recursive: true });
  if (!existsSync(join(clusterDir, 'PG_VERSION'))) {
    await initialise(native, clusterDir, passwordFile, launch);
  }
  await waitForEarlierPostmaster(clusterDir);

  const port = await findFreePort();
  const child = launch(join(native, 'bin', 'postgres'), [
    '-D',
    clusterDir,
    `--port=${port}`,
    '--listen_addresses=127.0.0.1',
    '--unix_socket_directories=',
    '--max_connections=200',
    '--log_min_messages=fatal',
  ]);
  const urlOf = await readUrls(passwordFile, port);
  await waitUntilReady(child, urlOf('postgres'));
  await ensureDatabase(urlOf('postgres'), 'kalends');
  return { url: urlOf('kalends'), pid: child.pid ?? 0, stop: () => stopPostmaster(child) };
}

/**
 * The embedded PostgreSQL that another Kalends on the same `dataDir` has running, to be used beside
 * it; undefined when none runs. Stopping it is left to who started it.
 */
export async function findRunningPostgres(dataDir: string): Promise<EmbeddedPostgres | undefined> {
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  // Its lines: pid, folder, start time, port, … and at the end the word `ready`.
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!pid || !port || !isPostgres(pid) || lines[7]?.trim() !== 'ready') return undefined;
  const urlOf = await readUrls(join(dataDir, 'postgres-password'), port);
  return { url: urlOf('kalends'), pid, stop: async () => {} };
}

async function readUrls(passwordFile: string, port: number): Promise<(database: string) => string> {
  const password = (await readFile(passwordFile, 'utf8')).trim();
  return (database) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** Starts a program as someone PostgreSQL accepts, to end when we do. */
type Launch = (program: string, args: string[]) => ChildProcess;

async function findBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let native: string;
  try {
    // The package exports only its entry, which lies in dist beside native.
    const entry = createRequire(import.meta.url).resolve(name);
    native = join(dirname(dirname(entry)), 'native');
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause: error },
    );
  }
  await restoreSymlinks(native);
  return native;
}

/** The package makes these in an install script, which may have been forbidden. */
async function restoreSymlinks(native: string): Promise<void> {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return;
  const links: { source: string; target: string }[] = JSON.parse(await readFile(file, 'utf8'));
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (!existsSync(path)) await symlink(basename(source), path).catch(() => {});
  }
}

async function findLaunch(dataDir: string): Promise<Launch> {
  // Its own process group: Ctrl-C reaches us first, and we stop it after our work has ended.
  const options: SpawnOptions = { detached: true, stdio: ['ignore', 'ignore', 'pipe'] };
  const withUs = ['setpriv', '--pdeathsig', 'INT'];
  const hasSetpriv = await works('setpriv', ['--pdeathsig', 'INT', 'true']);
  const wrap =
    (prefix: string[], extra = {}): Launch =>
    (program, args) => {
      const [command = program, ...rest] = [...prefix, program, ...args];
      return spawn(command, rest, { ...options, ...extra });
    };

  if (process.getuid?.() !== 0) return wrap(hasSetpriv ? withUs : []);
  const asNobody = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (hasSetpriv && (await works('unshare', [...asNobody, 'true']))) {
    return wrap(['unshare', ...asNobody, ...withUs]);
  }
  // No user namespaces here: really be nobody, who must then own the data.
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await chown(dataDir, NOBODY, NOBODY);
  await chown(join(dataDir, 'postgres'), NOBODY, NOBODY);
  return wrap([], { uid: NOBODY, gid: NOBODY });
}

async function works(program: string, args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

async function initialise(
  native: string,
  clusterDir: string,
  passwordFile: string,
  launch: Launch,
): Promise<void> {
  // An earlier initdb that was killed leaves a directory that the next one refuses.
  await rm(clusterDir, { recursive: true, force: true });
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (process.getuid?.() === 0) await chmod(passwordFile, 0o600);
  const child = launch(join(native, 'bin', 'initdb'), [
    `--pgdata=${clusterDir}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ]);
  const errors = collect(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`PostgreSQL could not be set up in ${clusterDir}: ${errors()}`);
}

/** After a kill, the postmaster of the last run may still be going down. */
async function waitForEarlierPostmaster(clusterDir: string): Promise<void> {
  const file = join(clusterDir, 'postmaster.pid');
  for (const end = Date.now() + STOP_TIMEOUT_MS; existsSync(file); await sleep(50)) {
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
    if (!pid || !isPostgres(pid)) return;
    if (Date.now() > end) {
      throw new EmbeddedPostgresError(
        `Another Kalends (its PostgreSQL has pid ${pid}) is using ${clusterDir}: stop it first, or choose another DATA_DIR.`,
      );
    }
  }
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where there is no /proc, a live process of that number is taken for it.
  return !existsSync('/proc/self') || existsSync(`/proc/${pid}/exe`);
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const errors = collect(child);
  let exitCode: number | null | undefined;
  child.once('exit', (code) => {
    exitCode = code;
  });
  for (const end = Date.now() + START_TIMEOUT_MS; ; await sleep(25)) {
    if (exitCode !== undefined) {
      throw new Error(`The embedded PostgreSQL ended at its start: ${errors()}`);
    }
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`);
  await client.end();
}

async function stopPostmaster(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

const ERROR_TEXT_MAX = 4_000;

/** Keeps the last of what the program says about itself. */
function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-ERROR_TEXT_MAX);
  });
  return () => text.trim();
}
