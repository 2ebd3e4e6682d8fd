import type { Account, ProviderName, Switches } from './world.ts';

/** An application registered at a provider. */
export interface OAuthClient {
  provider: ProviderName;
  id: string;
  /** Null for a public client, which has none and must not send one. */
  secret: string | null;
  /** What the consent page calls it. */
  name: string;
  redirectUris: readonly string[];
  /** Google: a revoked grant is gone for every client of the project. Default: the client's id. */
  projectId?: string;
  /** Google: `testing` ends every grant after seven days; `internal` admits one Workspace only. */
  publishing?: 'production' | 'testing' | 'internal' | 'deleted';
  /** Google: the Workspace that an internal client belongs to. */
  workspace?: string;
  /** Microsoft: who may sign in. */
  audience?: 'all' | 'work' | 'personal' | 'single-tenant';
  /** Microsoft: the home tenant of a single-tenant client. */
  tenantId?: string;
  /** Microsoft: refresh tokens of `spa` addresses live 24 hours and no longer. */
  platform?: 'web' | 'spa' | 'public';
  /** Microsoft: the secret has passed its date. */
  isSecretExpired?: boolean;
}

/** An event put into an account's calendar at the start, in the provider's own form. */
export interface SeedEvent {
  provider: ProviderName;
  email: string;
  /** The default calendar when absent. */
  calendarId?: string;
  event: Record<string, unknown>;
}

/** What a sandbox begins with. A member that is given replaces the default of that name. */
export interface Seed {
  accounts?: readonly NewAccount[];
  clients?: readonly OAuthClient[];
  /** Added to those of every default client. */
  redirectUris?: readonly string[];
  switches?: Switches;
  events?: readonly SeedEvent[];
}

/** The least that must be said of a person; the rest is derived. */
export type NewAccount = Pick<Account, 'provider' | 'email'> & Partial<Account>;

/** The tenant of all personal Microsoft accounts. */
export const PERSONAL_TENANT_ID = '9188040d-6c67-4c5b-b112-36a304b66dad';
const NORTHWIND_TENANT_ID = '5f0c8d1e-3b7a-4c92-9d46-0a6e8b71c2f3';

export const defaultAccounts: readonly NewAccount[] = [
  {
    provider: 'google',
    id: '104729518736420915873',
    email: 'anna.berg@gmail.sandbox',
    name: 'Anna Berg',
  },
  {
    provider: 'google',
    id: '117360284915503728461',
    email: 'anna@northwind.sandbox',
    name: 'Anna Berg',
    kind: 'work',
  },
  {
    provider: 'google',
    id: '109955263847120463985',
    email: 'ben@northwind.sandbox',
    name: 'Ben Okafor',
    kind: 'work',
  },
  {
    provider: 'outlook',
    id: '8d2f4a60-51c7-4e0b-a3f9-6b1e7c90d542',
    email: 'anna@northwind.onmicrosoft.sandbox',
    name: 'Anna Berg',
    kind: 'work',
    tenantId: NORTHWIND_TENANT_ID,
  },
  {
    provider: 'outlook',
    id: 'c47b19e8-0f25-4d83-b6aa-92d5e3f17064',
    email: 'ben@northwind.onmicrosoft.sandbox',
    name: 'Ben Okafor',
    kind: 'work',
    tenantId: NORTHWIND_TENANT_ID,
  },
  {
    provider: 'outlook',
    id: '00000000-0000-0000-71d4-3c5a9e02bf68',
    email: 'anna.berg@outlook.sandbox',
    name: 'Anna Berg',
    kind: 'personal',
  },
];

/**
 * The ids and secrets of the clients that exist unless a seed says otherwise. Not secret at all.
 */
export const defaultClients = {
  google: { id: 'kalends-sandbox-google', secret: 'kalends-sandbox-google-secret' },
  outlook: { id: 'kalends-sandbox-outlook', secret: 'kalends-sandbox-outlook-secret' },
} as const;

/** Where the application under test listens by default. */
const APPLICATION_ORIGINS = ['http://127.0.0.1:4700', 'http://localhost:4700'];

export function makeDefaultClients(moreRedirectUris: readonly string[]): OAuthClient[] {
  return (['google', 'outlook'] as const).map((provider) => ({
    provider,
    ...defaultClients[provider],
    name: 'Kalends',
    redirectUris: [
      ...APPLICATION_ORIGINS.flatMap((origin) =>
        ['', '.php'].map((end) => `${origin}/api/calendar/${provider}/callback${end}`),
      ),
      ...moreRedirectUris,
    ],
  }));
}

/** Fills in what a new account leaves out, by the address and the provider. */
export function completeAccount(account: NewAccount, random: () => number): Account {
  const domain = account.email.split('@')[1] ?? '';
  const kind =
    account.kind ?? (/^(gmail|outlook|hotmail|live)\./.test(domain) ? 'personal' : 'work');
  const isGoogle = account.provider === 'google';
  const tenantId = isGoogle
    ? kind === 'work'
      ? domain
      : null
    : kind === 'work'
      ? NORTHWIND_TENANT_ID
      : PERSONAL_TENANT_ID;
  return {
    id: isGoogle ? `1${randomDigits(random, 20)}` : randomGuid(random),
    name: account.email.split('@')[0] ?? account.email,
    kind,
    tenantId,
    timeZone: 'Europe/Berlin',
    ...account,
  };
}

const randomDigits = (random: () => number, count: number) =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');

/** A version 4 GUID drawn from the sandbox's own chance. */
export function randomGuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = (8 + Math.floor(random() * 4)).toString(16);
  const text = hex.join('');
  return [0, 8, 12, 16, 20]
    .map((from, index, all) => text.slice(from, all[index + 1] ?? 32))
    .join('-');
}
