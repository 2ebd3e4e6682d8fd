import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { zoneDataVersion } from './zone-data.ts';

/** One provider's client and addresses. Every address can be set, for national clouds and proxies. */
export interface ProviderConfig {
  clientId: string;
  clientSecret: string;
  authorizeUrl: string;
  tokenUrl: string;
  /** Null where the provider has no such endpoint. */
  revokeUrl: string | null;
  keysUrl: string;
  /** `{tenantid}` stands for the account's own tenant, as Microsoft writes it. */
  issuer: string;
  apiUrl: string;
}

/** The mail server that mails are handed to, and in whose name. */
export interface SmtpConfig {
  host: string;
  port: number;
  /** Else TLS begins with STARTTLS, where it is offered. */
  isTlsFromStart: boolean;
  /** Whether a server that offers no TLS gets no mail. */
  requiresTls: boolean;
  user: string | null;
  password: string | null;
  from: { name: string; address: string };
}

export interface Config {
  /** Where browsers and providers reach us, without a slash at the end. Redirect addresses hang on it. */
  publicUrl: string;
  /** Where providers ring when a calendar changes, an origin; null: they are asked on a timer alone. */
  webhookUrl: string | null;
  host: string;
  port: number;
  /** Addresses of proxies in front of us whose word on the client's address is believed. */
  trustedProxies: string[];
  /** Null: the embedded PostgreSQL under `dataDir`. */
  databaseUrl: string | null;
  /** Names of the database roles begin with this: two installations can share one server. */
  databaseRolePrefix: string;
  dataDir: string;
  /** `id:base64` pairs, the current one first; null: the key file under `dataDir`. */
  keys: string | null;
  /** Base64, at least 32 bytes; comes with `keys`; null: the key file under `dataDir`. */
  secret: string | null;
  google: ProviderConfig | null;
  outlook: ProviderConfig | null;
  /** Null: no sandbox is started. */
  sandbox: { port: number; stateFile: string } | null;
  /** Null: no mail is sent; beside the sandbox its mail catcher then takes them (src/main.ts). */
  smtp: SmtpConfig | null;
  workerConcurrency: number;
  logLevel: LogLevel;
  /** The edition of the time zone database that clocks are told by. */
  zoneData: string;
}

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A setting is missing or wrong. The message is one sentence that names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Env = Record<string, string | undefined>;

/** What the sandbox registers for us (sandbox/main.ts); nobody else's credentials. */
export const sandboxClients = {
  google: {
    clientId: 'kalends-sandbox-google',
    clientSecret: 'kalends-sandbox-google-secret',
  },
  outlook: {
    clientId: 'kalends-sandbox-outlook',
    clientSecret: 'kalends-sandbox-outlook-secret',
  },
};

/** Reads and checks the environment, once. Throws `ConfigError`. */
export function readConfig(env: Env): Config {
  const host = readText(env, 'HOST') ?? '127.0.0.1';
  const port = readPort(env, 'PORT', 4700);
  const sandboxPort = readPort(env, 'SANDBOX_PORT', 4800);
  const dataDir = resolve(readText(env, 'DATA_DIR') ?? 'data');
  const publicUrl = readPublicUrl(env, port);

  const hasGoogle = hasClient(env, 'GOOGLE_CALENDAR');
  const hasOutlook = hasClient(env, 'OUTLOOK');
  const isSandboxOn = readChoice(env, 'SANDBOX', ['auto', 'on', 'off'], 'auto');
  const isSandbox = isSandboxOn === 'on' || (isSandboxOn === 'auto' && !hasGoogle && !hasOutlook);
  const sandboxUrl = isSandbox ? `http://127.0.0.1:${sandboxPort}` : null;

  return {
    publicUrl,
    webhookUrl: readWebhookUrl(env, publicUrl, isSandbox && !hasGoogle && !hasOutlook),
    host,
    port,
    trustedProxies: readTrustedProxies(env),
    databaseRolePrefix: readText(env, 'DATABASE_ROLE_PREFIX') ?? 'kalends',
    databaseUrl: readUrl(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    dataDir,
    keys: readText(env, 'KALENDS_KEYS') ?? null,
    secret: readText(env, 'KALENDS_SECRET') ?? null,
    google: hasGoogle || sandboxUrl ? readGoogle(env, hasGoogle ? null : sandboxUrl) : null,
    outlook: hasOutlook || sandboxUrl ? readOutlook(env, hasOutlook ? null : sandboxUrl) : null,
    sandbox: isSandbox
      ? {
          port: sandboxPort,
          stateFile: resolve(readText(env, 'SANDBOX_STATE') ?? `${dataDir}/sandbox.json`),
        }
      : null,
    smtp: readSmtp(env),
    workerConcurrency: readInteger(env, 'WORKER_CONCURRENCY', 8, 1, 64),
    logLevel: readChoice(env, 'LOG_LEVEL', logLevels, 'info'),
    zoneData: zoneDataVersion,
  };
}

function readGoogle(env: Env, sandboxUrl: string | null): ProviderConfig {
  return {
    ...(sandboxUrl ? sandboxClients.google : readClient(env, 'GOOGLE_CALENDAR')),
    authorizeUrl: readAddress(
      env,
      'GOOGLE_AUTHORIZE_URL',
      `${sandboxUrl ?? 'https://accounts.google.com'}/o/oauth2/v2/auth`,
    ),
    tokenUrl: readAddress(
      env,
      'GOOGLE_TOKEN_URL',
      `${sandboxUrl ?? 'https://oauth2.googleapis.com'}/token`,
    ),
    revokeUrl: readAddress(
      env,
      'GOOGLE_REVOKE_URL',
      `${sandboxUrl ?? 'https://oauth2.googleapis.com'}/revoke`,
    ),
    keysUrl: readAddress(
      env,
      'GOOGLE_KEYS_URL',
      `${sandboxUrl ?? 'https://www.googleapis.com'}/oauth2/v3/certs`,
    ),
    issuer: readText(env, 'GOOGLE_ISSUER') ?? 'https://accounts.google.com',
    apiUrl: readAddress(
      env,
      'GOOGLE_API_URL',
      `${sandboxUrl ?? 'https://www.googleapis.com'}/calendar/v3`,
    ),
  };
}

function readOutlook(env: Env, sandboxUrl: string | null): ProviderConfig {
  const tenant = readText(env, 'OUTLOOK_TENANT') ?? 'common';
  const login = `${sandboxUrl ?? 'https://login.microsoftonline.com'}/${tenant}`;
  return {
    ...(sandboxUrl ? sandboxClients.outlook : readClient(env, 'OUTLOOK')),
    authorizeUrl: readAddress(env, 'OUTLOOK_AUTHORIZE_URL', `${login}/oauth2/v2.0/authorize`),
    tokenUrl: readAddress(env, 'OUTLOOK_TOKEN_URL', `${login}/oauth2/v2.0/token`),
    revokeUrl: null,
    keysUrl: readAddress(env, 'OUTLOOK_KEYS_URL', `${login}/discovery/v2.0/keys`),
    issuer: readText(env, 'OUTLOOK_ISSUER') ?? 'https://login.microsoftonline.com/{tenantid}/v2.0',
    apiUrl: readAddress(
      env,
      'OUTLOOK_API_URL',
      `${sandboxUrl ?? 'https://graph.microsoft.com'}/v1.0`,
    ),
  };
}

function hasClient(env: Env, prefix: string): boolean {
  return Boolean(readText(env, `${prefix}_CLIENT_ID`) ?? readText(env, `${prefix}_CLIENT_SECRET`));
}

function readClient(env: Env, prefix: string): { clientId: string; clientSecret: string } {
  const clientId = readText(env, `${prefix}_CLIENT_ID`);
  const clientSecret = readText(env, `${prefix}_CLIENT_SECRET`);
  if (!clientId) {
    throw new ConfigError(`${prefix}_CLIENT_SECRET is set but ${prefix}_CLIENT_ID is missing.`);
  }
  if (!clientSecret) {
    throw new ConfigError(`${prefix}_CLIENT_ID is set but ${prefix}_CLIENT_SECRET is missing.`);
  }
  return { clientId, clientSecret };
}

function readPublicUrl(env: Env, port: number): string {
  const value = readUrl(env, 'PUBLIC_URL', ['http:', 'https:']) ?? `http://127.0.0.1:${port}`;
  const url = new URL(value);
  if (url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new ConfigError('PUBLIC_URL must be an origin such as https://crm.example.com.');
  }
  // Session cookies over plain http on a network can be read by anyone on it.
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ConfigError('PUBLIC_URL must begin with https:// unless it is on this machine.');
  }
  return url.origin;
}

/**
 * Providers ring https addresses only; the sandbox also rings this machine over plain http. Without
 * the setting it is the public address, when that can be rung.
 */
function readWebhookUrl(env: Env, publicUrl: string, isAllSandbox: boolean): string | null {
  if (readText(env, 'WEBHOOK_URL') === 'off') return null;
  const value = readUrl(env, 'WEBHOOK_URL', ['https:', 'http:']);
  const { origin, href, protocol, hostname } = new URL(value ?? publicUrl);
  if (href !== `${origin}/`) {
    throw new ConfigError('WEBHOOK_URL must be an origin such as https://crm.example.com, or off.');
  }
  if (protocol === 'https:' || (isAllSandbox && isLoopback(hostname))) return origin;
  if (value === null) return null;
  throw new ConfigError(
    'WEBHOOK_URL must begin with https:// unless the sandbox plays both providers on this machine.',
  );
}

/** A server without the sender's address, or the other way round, sends nothing: that is a mistake. */
function readSmtp(env: Env): SmtpConfig | null {
  const value = readUrl(env, 'SMTP_URL', ['smtp:', 'smtps:']);
  const from = readText(env, 'MAIL_FROM');
  if (value === null && from === undefined) return null;
  if (value === null) throw new ConfigError('MAIL_FROM is set but SMTP_URL is missing.');
  if (from === undefined) throw new ConfigError('SMTP_URL is set but MAIL_FROM is missing.');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(value);
  if (!hostname || !['', '/'].includes(pathname) || search || hash || (password && !username)) {
    throw new ConfigError('SMTP_URL must be like smtp://user:password@mail.example.com:587.');
  }
  const isTlsFromStart = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isTlsFromStart ? 465 : 587) : Number(port),
    isTlsFromStart,
    // A password must not be readable on the way.
    requiresTls: username !== '' && !isLoopback(hostname),
    user: username === '' ? null : decodePart(username),
    password: username === '' ? null : decodePart(password),
    from: readSender(from),
  };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError('SMTP_URL holds a % that begins no %XX: write it as %25.');
  }
}

/** `kalends@example.com`, or `Kalends <kalends@example.com>`. */
function readSender(text: string): SmtpConfig['from'] {
  const [, name = '', inBrackets] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? [];
  const address = inBrackets ?? text;
  if (!/^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+$/.test(address) || /[\p{Cc}"]/u.test(name)) {
    throw new ConfigError('MAIL_FROM must be like Kalends <kalends@example.com>.');
  }
  return { name: name.trim() || 'Kalends', address };
}

/** Whether plain http may be spoken to this host. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Addresses and subnets, with commas between. */
function readTrustedProxies(env: Env): string[] {
  const proxies = (readText(env, 'TRUSTED_PROXIES') ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const wrong = proxies.find((one) => isIP(one.replace(/\/\d{1,3}$/, '')) === 0);
  if (wrong) throw new ConfigError(`TRUSTED_PROXIES must list addresses; ${wrong} is none.`);
  return proxies;
}

function readAddress(env: Env, name: string, fallback: string): string {
  const value = readUrl(env, name, ['https:', 'http:']) ?? fallback;
  const url = new URL(value);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`${name} must begin with https:// unless it is on this machine.`);
  }
  if (url.username || url.hash) throw new ConfigError(`${name} must be a plain address.`);
  return value.replace(/\/$/, '');
}

function readUrl(env: Env, name: string, protocols: string[]): string | null {
  const value = readText(env, name);
  if (value === undefined) return null;
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    throw new ConfigError(`${name} must be an address beginning with ${protocols[0]}//.`);
  }
  return value;
}

function readPort(env: Env, name: string, fallback: number): number {
  return readInteger(env, name, fallback, 1, 65_535);
}

function readInteger(env: Env, name: string, fallback: number, min: number, max: number): number {
  const value = readText(env, name);
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}.`);
  }
  return number;
}

function readChoice<T extends string>(
  env: Env,
  name: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = readText(env, name);
  if (value === undefined) return fallback;
  const choice = choices.find((one) => one === value);
  if (!choice) throw new ConfigError(`${name} must be one of ${choices.join(', ')}.`);
  return choice;
}

/** An empty variable is an unset one: compose files and shells make them by accident. */
function readText(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
