import { randomUUID } from 'node:crypto';
import { startSandboxServer, type SandboxServer } from '../../sandbox/server.ts';
import { createApp } from '../../src/api/app.ts';
import type { AppContext } from '../../src/api/context.ts';
import { createUser } from '../../src/api/sign-up.ts';
import type { TenantId, UserId } from '../../src/calendar/ids.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { findFreePort } from '../../src/store/free-port.ts';
import { createRealRuntime, originsOf } from '../../src/real-runtime.ts';
import type { Log } from '../../src/runtime.ts';
import { createTenant } from '../../src/seed.ts';
import { createProviders } from '../../src/serve.ts';
import { newKeysForTest } from './keys.ts';
import { openStore } from '../../src/store/pool.ts';
import { Client } from './client.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { quietLog } from './quiet-log.ts';
import './quick-passwords.ts';

export interface StackOptions {
  /** Whether jobs run; default true. Without, a test runs them itself. */
  withWorker?: boolean;
  /** Where log lines go. */
  log?: Log;
  /** The built pages, for tests in a browser. */
  webDir?: string;
  sandbox?: Parameters<typeof startSandboxServer>[0] extends infer O ? Partial<O> : never;
  /** Changes to what the environment gives. */
  env?: Record<string, string>;
}

export interface Person {
  tenantId: TenantId;
  userId: UserId;
  email: string;
  password: string;
  /** Signed in. */
  client: Client;
}

/** The whole product on real PostgreSQL and real HTTP, with the sandbox beside it. */
export interface Stack {
  url: string;
  context: AppContext;
  database: TestDatabase;
  sandboxServer: SandboxServer;
  sandbox: SandboxServer['sandbox'];
  addTenant(name?: string): Promise<TenantId>;
  /** A user of a new tenant unless one is given, signed in. */
  addPerson(options?: {
    tenantId?: TenantId;
    role?: 'member' | 'admin';
    name?: string;
  }): Promise<Person>;
  /**
   * Connects a sandbox account through the real OAuth dance and, unless told not to, starts it as a
   * person does after the preview; the address the callback led to.
   */
  connect(
    person: Person,
    provider: 'google' | 'outlook',
    email: string,
    options?: { isStarted?: boolean },
  ): Promise<string>;
  stop(): Promise<void>;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { withWorker = true, log = quietLog, webDir = null, env = {} } = options;
  const port = await findFreePort();
  const publicUrl = env['PUBLIC_URL'] ?? `http://127.0.0.1:${port}`;
  const redirectUris = ['google', 'outlook'].flatMap((provider) =>
    ['', '.php'].map((end) => `${publicUrl}/api/calendar/${provider}/callback${end}`),
  );
  const sandboxServer = await startSandboxServer({
    port: 0,
    seed: { redirectUris },
    ...options.sandbox,
  });
  const config: Config = readConfig({
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    SANDBOX_PORT: new URL(sandboxServer.url).port,
    ...env,
  });

  const database = await createDatabase();
  const runtime = createRealRuntime({ allowedOrigins: originsOf(config), log });
  const store = openStore(database.roleUrls, log, 30);
  const context: AppContext = {
    config,
    runtime,
    store,
    providers: createProviders(config, runtime),
    keys: newKeysForTest(),
    webhookUrl: config.webhookUrl,
    webDir,
    log,
  };
  const app = await createApp(context);
  await app.listen({ host: '127.0.0.1', port });
  const worker = withWorker ? startWorker(context, 4) : null;

  const stack: Stack = {
    url: `http://127.0.0.1:${port}`,
    context,
    database,
    sandboxServer,
    sandbox: sandboxServer.sandbox,
    addTenant: (name = 'Northwind') => createTenant(context, name),
    async addPerson({ tenantId, role = 'member', name = 'Anna Berg' } = {}) {
      const tenant = tenantId ?? (await stack.addTenant());
      const email = `${randomUUID()}@northwind.example`;
      const password = 'a password for tests';
      const userId = await createUser(context, {
        tenantId: tenant,
        name,
        email,
        password,
        role,
        timeZone: 'Europe/Berlin',
      });
      const client = new Client(stack.url);
      await client.signIn(email, password);
      return { tenantId: tenant, userId, email, password, client };
    },
    async connect(person, provider, email, { isStarted = true } = {}) {
      const { url } = await person.client.get<{ url: string }>(
        `/api/calendar/connect?action=connect&provider=${provider}`,
      );
      // A provider that remembers an earlier consent is asked once more, for a new refresh token.
      let next = url;
      for (let rounds = 0; rounds < 2 && !next.startsWith('/'); rounds++) {
        const callback = await sandboxServer.sandbox.consent(next, { email });
        const answer = await person.client.fetch(callback, { redirect: 'manual' });
        next = answer.headers.get('location') ?? '';
      }
      if (isStarted && next.includes('result=connected')) await startAll(person);
      return next;
    },
    async stop() {
      await app.close();
      await worker?.stop();
      await store.close();
      await runtime.close();
      await sandboxServer.stop();
      await database.drop();
    },
  };
  return stack;
}

/** Starts what was connected and never started. */
export async function startAll({ client }: Person): Promise<void> {
  const { integrations } = await client.get<{
    integrations: { id: string; state: string; first_sync_at: string | null }[];
  }>('/api/calendar/connect?action=list');
  for (const { id, state, first_sync_at } of integrations) {
    if (state !== 'active' || first_sync_at) continue;
    await client.send('POST', `/api/calendar/connections/${id}/start`);
  }
}
