import { createFaults } from './faults.ts';
import { passApiCall, passOAuthCall } from './gate.ts';
import type { Gate } from './gate.ts';
import { createGoogle } from './google/google.ts';
import { append } from './journal.ts';
import { createNotifier } from './notify.ts';
import type { NotificationRecord } from './notify.ts';
import * as grants from './oauth/grants.ts';
import { createOAuthCore } from './oauth/oauth.ts';
import { findOAuthRoute } from './oauth/routes.ts';
import { walkConsent } from './oauth/walk-consent.ts';
import { createOutlook } from './outlook/outlook.ts';
import { answerOwnPath } from './own-paths.ts';
import { createRuntime } from './runtime.ts';
import type { CaughtMail, Sandbox, SandboxOptions } from './sandbox-type.ts';
import { completeAccount, defaultAccounts, makeDefaultClients } from './seed.ts';
import type { OAuthClient, SeedEvent } from './seed.ts';
import { openStateFile, readStateFile } from './state-file.ts';
import { assertSwitch, assertSwitches } from './switches.ts';
import type { Account, CallRecord, Mail, ProviderName, Runtime, Switches, World } from './world.ts';

export type { FaultEffect, FaultMatch, FaultRule, FaultWish } from './faults.ts';
export type { Exchange } from './gate.ts';
export type { NotificationRecord } from './notify.ts';
export type { CaughtMail, Sandbox, SandboxOptions } from './sandbox-type.ts';
export type { NewAccount, OAuthClient, Seed, SeedEvent } from './seed.ts';
export type { Account, CallRecord, Mail, ProviderName, Runtime, Switches } from './world.ts';

interface Saved {
  accounts: Account[];
  switches: Switches;
  oauth: unknown;
  google: unknown;
  outlook: unknown;
  mails: Mail[];
  /** Not in what older sandboxes saved. */
  inbox?: CaughtMail[];
  calls: CallRecord[];
  notifications: NotificationRecord[];
  clockOffsetMs: number;
}

/** Google Calendar and Microsoft Graph calendars, with their OAuth servers, in this process. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const base = createRuntime(options.runtime);
  let clockOffsetMs = 0;
  let changeCount = 0;
  let generation = 0;
  const runtime: Runtime = { ...base, now: () => base.now() + clockOffsetMs };
  const seed = options.seed ?? {};
  assertSwitches({ ...seed.switches, ...options.switches });
  const switches: Switches = {};
  const accounts: Account[] = [];
  const accountIndex = new Map<string, Account>();
  const mails: Mail[] = [];
  const inbox: CaughtMail[] = [];
  const calls: CallRecord[] = [];
  const notifications: NotificationRecord[] = [];

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
  const faults = createFaults(runtime.random);
  const notifier = createNotifier({
    runtime,
    faults,
    note(record) {
      append(notifications, record);
      // What a provider sends by itself changes its state too, such as the number of the message.
      stateFile?.touch();
    },
  });
  const oauth = createOAuthCore(world);
  const gate: Gate = { world, oauth, faults, onExchange: options.onExchange };
  let providers = createProviders();
  /** Events of the seed, put in through the API before the first request from outside. */
  let seeding: Promise<void> | undefined;

  const sandbox: Sandbox = {
    async fetch(request) {
      if (seeding) await seeding;
      const { pathname } = new URL(request.url);
      const response = await answer(request, pathname);
      if (request.method !== 'GET') changeCount++;
      // The person's pages ask every second whether anything changed; that alone changes nothing.
      if (!pathname.startsWith('/people/')) stateFile?.touch();
      return response;
    },
    world,
    mails,
    calls,
    notifications,
    inbox,
    receiveMail(mail) {
      append(inbox, { at: runtime.now(), ...mail });
      stateFile?.touch();
    },
    clearRecords() {
      for (const list of [mails, inbox, calls, notifications]) list.length = 0;
    },
    faults,
    addAccount(wish) {
      if (world.findAccount(wish.provider, wish.email)) throw new Error(`${wish.email} exists`);
      const account = completeAccount(wish, runtime.random);
      indexAccount(account);
      providers[account.provider].addAccount(account);
      return account;
    },
    addClient: oauth.addClient,
    listClients: () => [...oauth.state.clients.values()],
    switches,
    setSwitch(name, value) {
      assertSwitch(name, value);
      switches[name] = value;
    },
    get changeCount() {
      return changeCount;
    },
    get clockOffsetMs() {
      return clockOffsetMs;
    },
    set clockOffsetMs(value) {
      clockOffsetMs = value;
    },
    consent: (authorizeUrl, consentAnswer) =>
      walkConsent(sandbox.fetch, authorizeUrl, consentAnswer),
    issueToken: (wish) => grants.issueToken(oauth, wish),
    expireAccessTokens: (filter = {}) => grants.expireAccessTokens(oauth, filter),
    isAccessGiven: (whose) => grants.isAccessGiven(oauth, whose),
    revokeGrant: (wish) => grants.revokeGrant(oauth, wish),
    setCondition: (provider, email, condition) =>
      grants.setCondition(oauth, { provider, email }, condition),
    get outlookActs() {
      return providers.outlook.acts;
    },
    reset: begin,
    snapshot: (): Saved => ({
      accounts,
      switches,
      oauth: oauth.snapshot(),
      google: providers.google.snapshot(),
      outlook: providers.outlook.snapshot(),
      mails,
      inbox,
      calls,
      notifications,
      clockOffsetMs,
    }),
    restore,
    flush: () => stateFile?.flush(),
  };

  const { stateFile: file } = options;
  const saved = file === undefined ? undefined : readStateFile(file);
  const stateFile = file === undefined ? undefined : openStateFile(file, sandbox.snapshot);
  if (saved === undefined) begin();
  else resume(saved);
  return sandbox;

  function createProviders() {
    const mine = ++generation;
    const worldOf = (provider: ProviderName): World => ({
      ...world,
      signToken: (claims) => oauth.getSigningKey().signJwt(claims),
      runtime: {
        ...runtime,
        // What cores of before a reset still have to say is said to nobody.
        fetch: async (request) =>
          mine === generation ? notifier.deliver(provider, request) : new Response(),
      },
    });
    return { google: createGoogle(worldOf('google')), outlook: createOutlook(worldOf('outlook')) };
  }

  function indexAccount(account: Account): void {
    accounts.push(account);
    accountIndex.set(`${account.provider} ${account.email.toLowerCase()}`, account);
    accountIndex.set(`${account.provider} ${account.id.toLowerCase()}`, account);
  }

  function begin(): void {
    accounts.length = 0;
    accountIndex.clear();
    for (const name of Object.keys(switches)) delete switches[name];
    Object.assign(switches, seed.switches, options.switches);
    clockOffsetMs = 0;
    faults.clear();
    sandbox.clearRecords();
    oauth.clear();
    providers = createProviders();
    for (const account of seed.accounts ?? defaultAccounts) sandbox.addAccount(account);
    for (const client of seedClients()) oauth.addClient(client);
    seeding = seed.events ? addEvents(seed.events) : undefined;
    stateFile?.touch();
  }

  function seedClients(): readonly OAuthClient[] {
    return seed.clients ?? makeDefaultClients(seed.redirectUris ?? []);
  }

  /**
   * What was saved, with what the settings have named since: new people, new redirect addresses.
   */
  function resume(snapshot: unknown): void {
    restore(snapshot);
    for (const account of seed.accounts ?? defaultAccounts) {
      if (!world.findAccount(account.provider, account.email)) sandbox.addAccount(account);
    }
    for (const client of seedClients()) oauth.addClient(client);
  }

  async function addEvents(events: readonly SeedEvent[]): Promise<void> {
    for (const event of events) await grants.addSeedEvent(oauth, providers, event);
    sandbox.clearRecords();
    seeding = undefined;
  }

  function restore(snapshot: unknown): void {
    const state = snapshot as Saved;
    accounts.length = 0;
    accountIndex.clear();
    for (const account of state.accounts) indexAccount(account);
    for (const name of Object.keys(switches)) delete switches[name];
    Object.assign(switches, state.switches);
    clockOffsetMs = state.clockOffsetMs;
    oauth.restore(state.oauth);
    providers.google.restore(state.google);
    providers.outlook.restore(state.outlook);
    mails.splice(0, mails.length, ...state.mails);
    inbox.splice(0, inbox.length, ...(state.inbox ?? []));
    calls.splice(0, calls.length, ...state.calls);
    notifications.splice(0, notifications.length, ...state.notifications);
  }

  async function answer(request: Request, path: string): Promise<Response> {
    const provider = findProvider(path);
    if (provider) return passApiCall(gate, provider, providers[provider], request);
    const route = findOAuthRoute(request.method, path);
    if (route) return passOAuthCall(gate, route, request);
    return answerOwnPath(sandbox, request, path);
  }
}

/** Which API a path belongs to: Google's and Graph's paths have nothing in common. */
function findProvider(path: string): ProviderName | undefined {
  // The one path of Graph that is about tokens, not calendars.
  if (path.endsWith('/revokeSignInSessions')) return undefined;
  if (path.startsWith('/calendar/v3/') || path.startsWith('/batch/calendar/v3')) return 'google';
  if (path.startsWith('/v1.0/') || path.startsWith('/beta/')) return 'outlook';
  return undefined;
}
