import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as openSocket, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SandboxServer, startSandboxServer } from '../../sandbox/server.ts';
import { sandboxClients } from '../../src/config.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { newKey, newSecret } from '../../src/store/keys.ts';
import { withoutQuotas } from './activities.ts';
import { findFreePort } from '../../src/store/free-port.ts';
import { waitFor } from './wait-for.ts';

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;
/** As a supervisor does: not at once again and again. */
const RESTART_MS = 200;

/** The product as an operator runs it: a database, a server and workers, each a process. */
export interface Processes {
  url: string;
  sandboxServer: SandboxServer;
  sandbox: SandboxServer['sandbox'];
  /** A superuser's address of the database. */
  databaseUrl: string;
  /** `kill -9` of one of the workers; another one is started in its place. */
  killWorker(): void;
  /** Immediate stop of PostgreSQL, as on a power cut, and a start after that. */
  stopDatabase(): Promise<void>;
  /** Makes a company with one user; answers the password. */
  addTenant(name: string, email: string): Promise<string>;
  /** What ended without having been killed. */
  surprises: readonly string[];
  stop(): Promise<void>;
}

export async function startProcesses({ workers }: { workers: number }): Promise<Processes> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kalends-kill-'));
  let postgres = await startEmbeddedPostgres(dataDir);
  const door = await openDoor(() => Number(new URL(postgres.url).port));
  const databaseUrl = withPort(postgres.url, door.port);
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const sandboxServer = await startSandboxServer({
    port: 0,
    switches: withoutQuotas,
    seed: {
      redirectUris: ['google', 'outlook'].map((one) => `${publicUrl}/api/calendar/${one}/callback`),
    },
  });
  const env = {
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    KALENDS_KEYS: newKey(),
    KALENDS_SECRET: newSecret(),
    WORKER_CONCURRENCY: '4',
    LOG_LEVEL: 'error',
    ...providerSettings(sandboxServer.url),
  };

  const surprises: string[] = [];
  const killed = new WeakSet<ChildProcess>();
  let isStopping = false;
  let isDatabaseDown = false;
  const start = (...args: string[]) => {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [main, ...args], { env: { PATH, HOME, ...env } });
    let text = '';
    const keep = (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, ended, output: () => text };
  };
  type Started = ReturnType<typeof start>;
  const note = (name: string, { child, output }: Started, code: number | null) => {
    if (killed.has(child) || isStopping) return;
    // Without a database a worker cannot start, and says so; its supervisor tries again.
    if (output().includes('DATABASE_URL cannot be used')) return;
    surprises.push(`${name} ended with ${code}: ${output().slice(-2_000)}`);
  };

  const running = new Set<Started>();
  const startWorker = () => {
    const worker = start('worker');
    running.add(worker);
    void worker.ended.then(async (code) => {
      running.delete(worker);
      note('a worker', worker, code);
      await sleep(RESTART_MS);
      if (!isStopping) startWorker();
    });
  };

  const api = start('api');
  void api.ended.then((code) => {
    if (!isStopping) surprises.push(`the server ended with ${code}: ${api.output().slice(-500)}`);
  });
  await waitFor('the server', () => api.output().includes('Kalends is at'), START_TIMEOUT_MS);
  for (let count = 0; count < workers; count++) startWorker();

  return {
    url: publicUrl,
    sandboxServer,
    sandbox: sandboxServer.sandbox,
    databaseUrl,
    surprises,
    killWorker() {
      // The one that has run the longest: it is in the middle of something.
      const [oldest] = running;
      if (!oldest) return;
      killed.add(oldest.child);
      oldest.child.kill('SIGKILL');
    },
    async stopDatabase() {
      if (isDatabaseDown) return;
      isDatabaseDown = true;
      const ended = waitForEnd(postgres.pid);
      process.kill(postgres.pid, 'SIGQUIT');
      await ended;
      postgres = await startEmbeddedPostgres(dataDir);
      isDatabaseDown = false;
    },
    async addTenant(name, email) {
      const command = start('tenant', name, email);
      const code = await command.ended;
      const [, password] = /password (\S+)/.exec(command.output()) ?? [];
      if (code !== 0 || !password) throw new Error(`tenant: ${code} ${command.output()}`);
      return password;
    },
    async stop() {
      isStopping = true;
      for (const { child } of [...running, api]) child.kill('SIGKILL');
      await Promise.all([...running, api].map(({ ended }) => ended));
      await door.close();
      await sandboxServer.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 50 });
    },
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function waitForEnd(pid: number): Promise<void> {
  await waitFor('the end of PostgreSQL', () => !isAlive(pid), START_TIMEOUT_MS);
}

function isAlive(pid: EmbeddedPostgres['pid']): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function withPort(url: string, port: number): string {
  const result = new URL(url);
  result.port = String(port);
  return result.href;
}

/** Real clients at the sandbox: neither process starts a sandbox of its own. */
function providerSettings(sandboxUrl: string): Record<string, string> {
  const { google, outlook } = sandboxClients;
  const login = `${sandboxUrl}/common`;
  return {
    GOOGLE_CALENDAR_CLIENT_ID: google.clientId,
    GOOGLE_CALENDAR_CLIENT_SECRET: google.clientSecret,
    GOOGLE_AUTHORIZE_URL: `${sandboxUrl}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `${sandboxUrl}/token`,
    GOOGLE_REVOKE_URL: `${sandboxUrl}/revoke`,
    GOOGLE_KEYS_URL: `${sandboxUrl}/oauth2/v3/certs`,
    GOOGLE_API_URL: `${sandboxUrl}/calendar/v3`,
    OUTLOOK_CLIENT_ID: outlook.clientId,
    OUTLOOK_CLIENT_SECRET: outlook.clientSecret,
    OUTLOOK_AUTHORIZE_URL: `${login}/oauth2/v2.0/authorize`,
    OUTLOOK_TOKEN_URL: `${login}/oauth2/v2.0/token`,
    OUTLOOK_KEYS_URL: `${login}/discovery/v2.0/keys`,
    OUTLOOK_API_URL: `${sandboxUrl}/v1.0`,
  };
}

interface Door {
  port: number;
  close(): Promise<void>;
}

/** A port that stays while the one behind it changes with each start of PostgreSQL. */
async function openDoor(findPort: () => number): Promise<Door> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((outer) => {
    const inner = openSocket(findPort(), '127.0.0.1');
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
