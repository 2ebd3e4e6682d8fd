import { createGoogle } from './google/google.ts';
import { append } from './journal.ts';
import { createOAuthCore, findBearerToken } from './oauth/oauth.ts';
import type { OAuthCore } from './oauth/oauth.ts';
import { GOOGLE_EVERYTHING } from './oauth/google/scopes.ts';
import { MICROSOFT_EVERYTHING } from './oauth/microsoft/scopes.ts';
import { findOAuthRoute } from './oauth/routes.ts';
import type { OAuthMatch } from './oauth/routes.ts';
import { walkConsent } from './oauth/walk-consent.ts';
import type { ConsentAnswer } from './oauth/walk-consent.ts';
import { createOutlook } from './outlook/outlook.ts';
import { createRuntime } from './runtime.ts';
import { completeAccount, defaultAccounts, defaultClients, makeDefaultClients } from './seed.ts';
import type { NewAccount, OAuthClient, Seed } from './seed.ts';
import type {
  Account,
  CallRecord,
  Mail,
  ProviderName,
  ProviderSandbox,
  Runtime,
  Switches,
  World,
} from './world.ts';

/** One call at a provider's API, with its bodies, for those who check them against a schema. */
export interface Exchange {
  provider: ProviderName;
  operation: string;
  method: string;
  /** Path and query, without origin. */
  url: string;
  requestBody: string;
  status: number;
  responseBody: string;
}

export interface SandboxOptions {
  runtime?: Partial<Runtime>;
  seed?: Seed;
  switches?: Switches;
  onExchange?: (exchange: Exchange) => void;
}

export interface TokenWish {
  provider: ProviderName;
  email: string;
  /** Default: the provider's default client. */
  clientId?: string;
  /** Default: all that the calendar needs. */
  scopes?: readonly string[];
}

export interface Sandbox {
  /** Both providers, their authorization servers and the sandbox's own pages on one origin. */
  fetch(request: Request): Promise<Response>;
  world: World;
  mails: readonly Mail[];
  calls: readonly CallRecord[];
  addAccount(account: NewAccount): Account;
  addClient(client: OAuthClient): void;
  setSwitch(name: string, value: boolean | number | string): void;
  /** Answers the consent pages for a person; resolves to the application's address with the code. */
  consent(authorizeUrl: string, answer: ConsentAnswer): Promise<string>;
  /** An access token as the account's consent would have given it. Throws for an unknown account. */
  issueToken(wish: TokenWish): string;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

interface Saved {
  accounts: Account[];
  switches: Switches;
  oauth: unknown;
  google: unknown;
  outlook: unknown;
  mails: Mail[];
  calls: CallRecord[];
}

/** Google Calendar and Microsoft Graph calendars, with their OAuth servers, in this process. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const runtime = createRuntime(options.runtime);
  const seed = options.seed ?? {};
  const switches: Switches = { ...seed.switches, ...options.switches };
  const accounts: Account[] = [];
  const accountIndex = new Map<string, Account>();
  const mails: Mail[] = [];
  const calls: CallRecord[] = [];

  const world: World = {
    runtime,
    accounts,
    findAccount: (provider, emailOrId) =>
      accountIndex.get(`${provider} ${emailOrId.toLowerCase()}`),
    sendMail: (mail) => append(mails, { at: runtime.now(), ...mail }),
    record: (call) => append(calls, { at: runtime.now(), ...call }),
    getSwitch: <T extends boolean | number | string>(name: string, fallback: T) =>
      (switches[name] as T | undefined) ?? fallback,
  };
  const oauth = createOAuthCore(world);
  const providers: Record<ProviderName, ProviderSandbox> = {
    google: createGoogle(world),
    outlook: createOutlook(world),
  };

  const indexAccount = (account: Account) => {
    accounts.push(account);
    accountIndex.set(`${account.provider} ${account.email.toLowerCase()}`, account);
    accountIndex.set(`${account.provider} ${account.id.toLowerCase()}`, account);
  };
  const addAccount = (wish: NewAccount) => {
    if (world.findAccount(wish.provider, wish.email)) throw new Error(`${wish.email} exists`);
    const account = completeAccount(wish, runtime.random);
    indexAccount(account);
    providers[account.provider].addAccount(account);
    return account;
  };
  for (const account of seed.accounts ?? defaultAccounts) addAccount(account);
  const clients = seed.clients ?? makeDefaultClients(seed.redirectUris ?? []);
  for (const client of clients) oauth.addClient(client);

  const sandbox: Sandbox = {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const oauthRoute = findOAuthRoute(request.method, pathname);
      if (oauthRoute) return answerOAuth(oauth, oauthRoute, request);
      const provider = findProvider(pathname);
      if (!provider) return new Response('Not found', { status: 404 });
      return answerApi(providers[provider], provider, request);
    },
    world,
    mails,
    calls,
    addAccount,
    addClient: oauth.addClient,
    setSwitch(name, value) {
      switches[name] = value;
    },
    consent: (authorizeUrl, answer) => walkConsent(sandbox.fetch, authorizeUrl, answer),
    issueToken: (wish) => issueToken(oauth, wish),
    snapshot: () => ({
      accounts,
      switches,
      oauth: oauth.snapshot(),
      google: providers.google.snapshot(),
      outlook: providers.outlook.snapshot(),
      mails,
      calls,
    }),
    restore(snapshot) {
      const saved = snapshot as Saved;
      accounts.length = 0;
      accountIndex.clear();
      for (const account of saved.accounts) indexAccount(account);
      Object.assign(switches, saved.switches);
      oauth.restore(saved.oauth);
      providers.google.restore(saved.google);
      providers.outlook.restore(saved.outlook);
      mails.splice(0, mails.length, ...saved.mails);
      calls.splice(0, calls.length, ...saved.calls);
    },
  };
  return sandbox;

  async function answerApi(
    api: ProviderSandbox,
    provider: ProviderName,
    request: Request,
  ): Promise<Response> {
    const caller = oauth.findCaller(provider, findBearerToken(request));
    const { onExchange } = options;
    if (!onExchange) return api.fetch(request, caller);
    const requestBody = await request.clone().text();
    const callCount = calls.length;
    const response = await api.fetch(request, caller);
    const { pathname, search } = new URL(request.url);
    onExchange({
      provider,
      operation: calls[callCount]?.operation ?? 'unknown',
      method: request.method,
      url: pathname + search,
      requestBody,
      status: response.status,
      responseBody: await response.clone().text(),
    });
    return response;
  }
}

/** Which API a path belongs to: Google's and Graph's paths have nothing in common. */
function findProvider(path: string): ProviderName | undefined {
  if (path.startsWith('/calendar/v3/') || path.startsWith('/batch/calendar/v3')) return 'google';
  if (path.startsWith('/v1.0/') || path.startsWith('/beta/')) return 'outlook';
  return undefined;
}

/** Answers as an authorization server and writes the call down. */
async function answerOAuth(
  core: OAuthCore,
  { provider, operation, answer }: OAuthMatch,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const response = await answer(core, request);
  core.world.record({
    provider,
    operation,
    method: request.method,
    // Queries hold states and codes, which nobody needs in a record that people look at.
    url: pathname,
    accountId: null,
    clientId: null,
    calendarId: null,
    eventId: null,
    status: response.status,
    quotaUnits: 0,
  });
  return response;
}

function issueToken(core: OAuthCore, wish: TokenWish): string {
  const { provider, email, clientId = defaultClients[provider].id } = wish;
  const account = core.world.findAccount(provider, email);
  if (!account) throw new Error(`the sandbox has no ${provider} account ${email}`);
  const everything = provider === 'google' ? GOOGLE_EVERYTHING : MICROSOFT_EVERYTHING;
  const scopes = [...(wish.scopes ?? everything)];
  return core.issueAccessToken(
    { provider, clientId, accountId: account.id, scopes, refreshToken: null, isOffline: false },
    3599,
  );
}
