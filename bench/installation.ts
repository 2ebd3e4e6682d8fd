import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createApp } from '../src/api/app.ts';
import type { AppContext } from '../src/api/context.ts';
import { createUser } from '../src/api/sign-up.ts';
import type { TenantId, UserId } from '../src/calendar/ids.ts';
import { readConfig } from '../src/config.ts';
import { findFreePort } from '../src/store/free-port.ts';
import type { Engine } from '../src/jobs/engine.ts';
import { startWorker, type Worker } from '../src/jobs/worker.ts';
import { createRealRuntime, originsOf } from '../src/real-runtime.ts';
import type { Log, Runtime } from '../src/runtime.ts';
import { createTenant } from '../src/seed.ts';
import { createProviders } from '../src/serve.ts';
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.ts';
import { migrate } from '../src/store/migrate.ts';
import type { Keys } from '../src/store/keys.ts';
import { openStore, type RoleUrls } from '../src/store/pool.ts';
import { Client } from '../test/support/client.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

export type Side = 'google' | 'outlook';
export const sides: readonly Side[] = ['google', 'outlook'];

export interface Person {
  tenantId: TenantId;
  userId: UserId;
  /** Signed in. */
  client: Client;
}

export interface Connection extends Person {
  connectionId: string;
  calendarId: string;
  side: Side;
  email: string;
}

/** The product in this process, its database and the sandbox in processes of their own. */
export interface Installation {
  context: AppContext;
  /** What another process needs to be a worker of the same installation. */
  settings: { urls: RoleUrls; keys: Keys; env: Record<string, string> };
  sandbox: SandboxProcess;
  /** Of a superuser, for preparing and looking: nothing that is measured goes through it. */
  admin: pg.Pool;
  /** Signed in, in a company of its own. */
  addPerson(): Promise<Person>;
  /** Goes through the OAuth dance; nothing is synced yet. */
  connect(person: Person, side: Side, email: string): Promise<Connection>;
  /** What a person presses after the preview. */
  start(connection: Connection): Promise<void>;
  /** Resolves when the calendar has been read to its end and nothing of it waits. */
  waitUntilRead(connection: Connection): Promise<void>;
  /** As `worker`, until it is stopped. */
  startWorker(concurrency?: number): Worker;
  /** The engine with a clock that is `aheadMs()` ahead. */
  engineAt(aheadMs: () => number): Engine;
  stop(): Promise<void>;
}

const migrationsDir = fileURLToPath(new URL('../src/store/migrations', import.meta.url));

/** Failures are the only thing worth a line. */
const log: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => console.log('  warning:', message, JSON.stringify(fields)),
  error: (fields, message) => console.log('  error:', message, JSON.stringify(fields)),
};

/** `hasWebhooks`: calendars ring when they change; else somebody has to ask for a look. */
export async function openInstallation({ hasWebhooks = false } = {}): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kalends-bench-'));
  const postgres = await startEmbeddedPostgres(dataDir);
  const keys: Keys = {
    ring: { currentId: 'bench', keys: new Map([['bench', randomBytes(32)]]) },
    secret: randomBytes(32),
  };
  const roles = { prefix: 'kalends_bench', secret: keys.secret };
  const urls = await migrate(postgres.url, roles, migrationsDir);
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const sandbox = await startSandboxProcess(
    sides.map((side) => `${publicUrl}/api/calendar/${side}/callback`),
  );
  const env = {
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    SANDBOX_PORT: new URL(sandbox.url).port,
    ...(hasWebhooks && { WEBHOOK_URL: publicUrl }),
  };
  const config = readConfig(env);
  const runtime = createRealRuntime({ allowedOrigins: originsOf(config), log });
  const store = openStore(urls, log, config.workerConcurrency * 2 + 10);
  const context: AppContext = {
    config,
    runtime,
    store,
    providers: createProviders(config, runtime),
    keys,
    webhookUrl: hasWebhooks ? config.webhookUrl : null,
    webDir: null,
    log,
  };
  const app = await createApp(context);
  await app.listen({ host: '127.0.0.1', port });
  const admin = new pg.Pool({ connectionString: postgres.url, max: 4 });
  admin.on('error', () => {});

  return {
    context,
    settings: { urls, keys, env },
    sandbox,
    admin,
    async addPerson() {
      const tenantId = await createTenant(context, 'Bench');
      const email = `${randomUUID()}@bench.example`;
      const password = 'a password for a benchmark';
      const user = { tenantId, name: 'Anna', email, password, role: 'member' as const };
      const userId = await createUser(context, { ...user, timeZone: 'Europe/Berlin' });
      const client = new Client(publicUrl);
      await client.signIn(email, password);
      return { tenantId, userId, client };
    },
    async connect(person, side, email) {
      await connectAccount(sandbox.url, person.client, side, email);
      const { rows } = await admin.query<{ id: string; connection_id: string }>(
        `select id, connection_id from calendars where tenant_id = $1 and is_write_target
          order by created_at desc limit 1`,
        [person.tenantId],
      );
      if (!rows[0]) throw new Error(`${email} could not be connected`);
      const { id: calendarId, connection_id: connectionId } = rows[0];
      return { ...person, connectionId, calendarId, side, email };
    },
    async start({ client, connectionId }) {
      await client.send('POST', `/api/calendar/connections/${connectionId}/start`);
    },
    async waitUntilRead({ tenantId, calendarId }) {
      for (const end = Date.now() + 300_000; Date.now() < end; await sleep(10)) {
        const { rows } = await admin.query(
          `select 1 from calendars c where c.tenant_id = $1 and c.id = $2 and c.sync_token <> ''
            and c.full_pull is null and c.pull_done = c.pull_requested`,
          [tenantId, calendarId],
        );
        if (rows.length > 0) return;
      }
      throw new Error('the calendar was not read within five minutes');
    },
    startWorker: (concurrency = 4) => startWorker(context, concurrency),
    engineAt(aheadMs) {
      const ahead: Runtime = { ...runtime, now: () => runtime.now() + aheadMs() };
      const { store: databases } = context;
      const providers = createProviders(config, ahead);
      return { ...context, runtime: ahead, store: databases, providers };
    },
    async stop() {
      await app.close();
      await store.close();
      await runtime.close();
      await admin.end();
      sandbox.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The consent of a person at the sandbox. One who gave it before is asked once more. */
export async function connectAccount(
  sandboxUrl: string,
  client: Client,
  side: Side,
  email: string,
): Promise<void> {
  const path = `/api/calendar/connect?action=connect&provider=${side}`;
  let { url } = await client.get<{ url: string }>(path);
  for (let rounds = 0; rounds < 2 && !url.startsWith('/'); rounds++) {
    const consent = await fetch(`${sandboxUrl}/sandbox/consent`, {
      method: 'POST',
      body: JSON.stringify({ url, email }),
    });
    const { location } = (await consent.json()) as { location: string };
    const answer = await client.fetch(location, { redirect: 'manual' });
    url = answer.headers.get('location') ?? '';
  }
  if (!url.includes('connected')) throw new Error(`the connection came to ${url}`);
}
