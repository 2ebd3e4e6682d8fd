import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createApp } from './api/app.ts';
import type { AppContext } from './api/context.ts';
import { type Config, ConfigError } from './config.ts';
import { startMailer } from './jobs/send-outage-mails.ts';
import { followZoneData } from './jobs/follow-zone-data.ts';
import { startWorker } from './jobs/worker.ts';
import { createGoogleProvider } from './providers/google/provider.ts';
import { createOutlookProvider } from './providers/outlook/provider.ts';
import type { Provider, ProviderName } from './providers/provider.ts';
import { createRealRuntime, originsOf } from './real-runtime.ts';
import type { Log, Runtime } from './runtime.ts';
import { createSmtp } from './smtp.ts';
import {
  type EmbeddedPostgres,
  findRunningPostgres,
  startEmbeddedPostgres,
} from './store/embedded-postgres.ts';
import { loadKeys } from './store/keys.ts';
import { migrate } from './store/migrate.ts';
import { openStore } from './store/pool.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const migrationsDir = here('./store/migrations');

/** Which halves of the product this process is. */
export type Parts = { api: boolean; worker: boolean };

export interface Running {
  context: AppContext;
  /** In the order of need: requests, then jobs, then what they stand on. */
  stop(): Promise<void>;
}

/**
 * Opens everything the product stands on: keys, database (migrated), providers. `isGuest`: for a
 * command that may find the product running, whose embedded database it then uses.
 */
export async function openContext(
  config: Config,
  log: Log,
  { isGuest = false } = {},
): Promise<Running> {
  const keys = await loadKeys({ ...config, isEmbedded: !config.databaseUrl });
  const embedded = config.databaseUrl ? null : await openEmbedded(config.dataDir, isGuest);
  const roles = { prefix: config.databaseRolePrefix, secret: keys.secret };
  const ownerUrl = config.databaseUrl ?? embedded?.url ?? '';
  const urls = await migrate(ownerUrl, roles, migrationsDir).catch(explainDatabase);
  const runtime = createRealRuntime({ allowedOrigins: originsOf(config), log });
  const store = openStore(urls, log, config.workerConcurrency * 2 + 10);
  const context: AppContext = {
    config,
    runtime,
    store,
    providers: createProviders(config, runtime),
    keys,
    webhookUrl: config.webhookUrl,
    webDir: findWebDir(),
    log,
  };
  return {
    context,
    async stop() {
      await store.close();
      await runtime.close();
      await embedded?.stop();
    },
  };
}

async function openEmbedded(dataDir: string, isGuest: boolean): Promise<EmbeddedPostgres> {
  const running = isGuest ? await findRunningPostgres(dataDir) : undefined;
  return running ?? startEmbeddedPostgres(dataDir);
}

const hangsUp = 'it hangs up';
const isBusyItself = 'it is being stopped or started';

/** What is wrong with DATABASE_URL, by the code of the failure; all else is no setting's fault. */
const databaseFaults: Record<string, string> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: hangsUp,
  EPIPE: hangsUp,
  ENOTFOUND: 'its host is unknown',
  ETIMEDOUT: 'nothing answers there',
  '57P01': isBusyItself,
  '57P02': isBusyItself,
  '57P03': isBusyItself,
  '53300': 'it takes no more connections',
  '28P01': 'its password is refused',
  '28000': 'its user is refused',
  '3D000': 'there is no such database',
  '42501': 'its user may not create roles and tables (it needs CREATEROLE and to own the database)',
};

function explainDatabase(error: unknown): never {
  const { cause = error } = error instanceof Error ? error : { cause: error };
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  // The driver's own words for a connection that ended have no code.
  const fault =
    databaseFaults[code] ?? (message.startsWith('Connection terminated') ? hangsUp : null);
  if (fault) throw new ConfigError(`DATABASE_URL cannot be used: ${fault}.`);
  throw error;
}

/** Starts the chosen parts. Rejects when the port is taken or the database does not answer. */
export async function startParts(context: AppContext, parts: Parts): Promise<() => Promise<void>> {
  const { config } = context;
  await followZoneData(context, config.zoneData).catch(explainDatabase);
  const app = parts.api ? await createApp(context) : null;
  await app?.listen({ host: config.host, port: config.port });
  const worker = parts.worker ? startWorker(context, config.workerConcurrency) : null;
  const mailer =
    parts.worker && config.smtp
      ? startMailer(context, { sendMail: createSmtp(config.smtp), publicUrl: config.publicUrl })
      : null;
  return async () => {
    await app?.close();
    await Promise.all([worker?.stop(), mailer?.stop()]);
  };
}

export function createProviders(
  config: Pick<Config, 'google' | 'outlook'>,
  runtime: Runtime,
): ReadonlyMap<ProviderName, Provider> {
  const providers = new Map<ProviderName, Provider>();
  if (config.google) providers.set('GOOGLE', createGoogleProvider(config.google, runtime));
  if (config.outlook) providers.set('OUTLOOK', createOutlookProvider(config.outlook, runtime));
  return providers;
}

/** The pages as `npm run build` leaves them, seen from dist/src; none when run from the sources. */
function findWebDir(): string | null {
  const dir = here('../web');
  return existsSync(`${dir}/index.html`) && existsSync(`${dir}/assets`) ? dir : null;
}
