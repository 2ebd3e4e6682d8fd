import { pino } from 'pino';
import { createUser } from './api/sign-up.ts';
import type { AppContext } from './api/context.ts';
import { type Config, ConfigError, readConfig, type SmtpConfig } from './config.ts';
import { rotateKeys } from './jobs/rotate-keys.ts';
import type { Log } from './runtime.ts';
import { demonstration } from './demonstration.ts';
import { createTenant, hasUser, seedDemonstration } from './seed.ts';
import { openContext, type Parts, type Running, startParts } from './serve.ts';
import { EmbeddedPostgresError } from './store/embedded-postgres.ts';
import { newKey, newSecret } from './store/keys.ts';
import { zoneDataVersion } from './zone-data.ts';

const usage = `Usage: kalends [command]

  serve           server and worker, with the sandbox where no real client is set (default)
  api             the server alone
  worker          the worker alone
  migrate         bring the database up to date and end
  tenant NAME EMAIL   make a company and its first admin; prints the password
  keys new        print new values for KALENDS_KEYS and KALENDS_SECRET
  keys rotate     seal every token again under the first key of KALENDS_KEYS
`;

/** How long a stop may take before it is forced. */
const STOP_TIMEOUT_MS = 20_000;

async function main([command = 'serve', ...args]: string[]): Promise<void> {
  if (command === 'keys' && args[0] === 'new') return print(newSecrets());
  const config = readConfig(process.env);
  const log = createLog(config);
  switch (command) {
    case 'serve':
      return serve(config, log, { api: true, worker: true });
    case 'api':
      return serve(config, log, { api: true, worker: false });
    case 'worker':
      return serve(config, log, { api: false, worker: true });
    case 'migrate':
      return once(config, log, async () => print('The database is up to date.'));
    case 'tenant':
      if (args.length !== 2) throw new ConfigError(usage);
      return once(config, log, (context) => addTenant(context, args));
    case 'keys':
      if (args[0] !== 'rotate') throw new ConfigError(usage);
      return once(config, log, async (context) => {
        const { resealedCount, unreadable } = await rotateKeys(context);
        print(`Tokens sealed again: ${resealedCount}.`);
        if (unreadable.length === 0) return;
        // Nothing was destroyed: with their key back in KALENDS_KEYS they open again.
        print(`Tokens whose key is missing: ${JSON.stringify(unreadable, null, 2)}`);
        process.exitCode = 1;
      });
    default:
      throw new ConfigError(usage);
  }
}

async function serve(config: Config, log: Log, parts: Parts): Promise<void> {
  const sandbox = config.sandbox && parts.api ? await startSandbox(config, config.sandbox) : null;
  const smtp = config.smtp ?? (sandbox?.smtpPort ? catcherOf(sandbox.smtpPort) : null);
  const running = await openContext({ ...config, smtp }, log);
  if (config.sandbox) await seedDemonstration(running.context);
  const stopParts = await startParts(running.context, parts);

  if (parts.api) print(greeting(config));
  if (parts.worker && !smtp) print('  mail           none is sent: SMTP_URL is not set\n');
  stopOnSignal(log, async () => {
    await stopParts();
    await running.stop();
    await sandbox?.stop();
  });
}

/** The sandbox is no part of the product: it is loaded only where it plays the providers. */
async function startSandbox(
  config: Config,
  { port, stateFile }: { port: number; stateFile: string },
) {
  const { startSandboxServer } = await import('../sandbox/server.ts');
  const { demonstrationEvents } = await import('../sandbox/demonstration.ts');
  const redirectUris = ['google', 'outlook'].map(
    (provider) => `${config.publicUrl}/api/calendar/${provider}/callback`,
  );
  return startSandboxServer({
    port,
    smtpPort: 0,
    stateFile,
    seed: { redirectUris, events: demonstrationEvents(Date.now()) },
  });
}

/** Beside the sandbox, mail goes to its catcher, which shows it and sends nothing on. */
const catcherOf = (port: number): SmtpConfig => ({
  host: '127.0.0.1',
  port,
  isTlsFromStart: false,
  requiresTls: false,
  user: null,
  password: null,
  from: { name: 'Kalends', address: 'kalends@northwind.example' },
});

function greeting(config: Config): string {
  const lines = [`\nKalends is at ${config.publicUrl}`];
  if (config.sandbox) {
    lines.push(
      `  sign in with   ${demonstration.email} / ${demonstration.password}`,
      `  the sandbox    http://127.0.0.1:${config.sandbox.port} plays Google and Microsoft`,
    );
  }
  lines.push(`  time zones     edition ${zoneDataVersion}, from Node`);
  return `${lines.join('\n')}\n`;
}

/** Opens the product, does one thing, ends. */
async function once(
  config: Config,
  log: Log,
  work: (context: AppContext) => Promise<void>,
): Promise<void> {
  const running: Running = await openContext(config, log, { isGuest: true });
  try {
    await work(running.context);
  } finally {
    await running.stop();
  }
}

async function addTenant(context: AppContext, [name, email]: string[]): Promise<void> {
  if (!name || !email) throw new ConfigError(usage);
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email))
    throw new ConfigError(`${email} is no e-mail address.`);
  if (await hasUser(context, email))
    throw new ConfigError(`${email} signs in to a company already.`);
  const tenantId = await createTenant(context, name);
  const password = context.runtime.randomBytes(12).toString('base64url');
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  await createUser(context, { tenantId, name: email, email, password, role: 'admin', timeZone });
  print(`${name} is ready. Sign in as ${email} with the password ${password}`);
}

/** SIGTERM and Ctrl-C end it cleanly; a second one ends it at once. */
function stopOnSignal(log: Log, stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ message: String(error) }, 'the stop was not clean');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function createLog({ logLevel }: Config): Log {
  return pino({ level: logLevel });
}

/** For a new installation both lines; for a new key the value of the first. */
function newSecrets(): string {
  return `KALENDS_KEYS=${newKey()}\nKALENDS_SECRET=${newSecret()}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});

/** One sentence for what the operator can mend; all that is known for anything else. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    const name = port === Number(process.env['SANDBOX_PORT'] ?? 4800) ? 'SANDBOX_PORT' : 'PORT';
    return `${name} ${port} is taken by another program: choose another one.`;
  }
  return error.stack ?? error.message;
}
