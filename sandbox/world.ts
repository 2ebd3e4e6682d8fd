/**
 * What the whole sandbox shares: the people in it, what was mailed, what was called.
 * The provider cores read time and chance only from here, so that a test or a simulation can own
 * both.
 */

/** Everything unpredictable, passed in. */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Calls a webhook address of the application under test. */
  fetch(request: Request): Promise<Response>;
  /** Runs `task` after `delayMs`. */
  schedule(delayMs: number, task: () => void | Promise<void>): void;
}

export type ProviderName = 'google' | 'outlook';

/** A person's account at one provider. */
export interface Account {
  provider: ProviderName;
  /** Google's `sub`; Microsoft's `oid`. Never changes, unlike the address. */
  id: string;
  email: string;
  name: string;
  /** Personal Microsoft accounts have no Teams; Google makes no visible difference. */
  kind: 'work' | 'personal';
  /** Microsoft's `tid`, Google's `hd`. Null for a personal Google account. */
  tenantId: string | null;
  /** IANA. */
  timeZone: string;
}

/** Who makes an API call, as the access token says. */
export interface Caller {
  account: Account;
  clientId: string;
  /** As granted; Microsoft scopes in their short form (`Calendars.ReadWrite`). */
  scopes: readonly string[];
}

/** One message that the provider would have sent to a human being. */
export interface Mail {
  at: number;
  provider: ProviderName;
  kind: 'invitation' | 'update' | 'cancellation' | 'response' | 'forward';
  from: string;
  to: string;
  subject: string;
  calendarId: string;
  eventId: string;
}

/** One API call, for tests, benchmarks and people. Parts of a batch are recorded singly. */
export interface CallRecord {
  at: number;
  provider: ProviderName;
  /** `events.insert`, `events.list`, `calendarView.delta`, `oauth.token`, … */
  operation: string;
  method: string;
  /** Path and query, without origin. */
  url: string;
  accountId: string | null;
  clientId: string | null;
  calendarId: string | null;
  eventId: string | null;
  status: number;
  /** What the provider would count against its quota: Google's PATCH is 3, all else 1. */
  quotaUnits: number;
}

/**
 * A rule that the truth tables call inferred or unverified, by name. The provider that has it
 * declares it with its likelier behaviour as the default.
 */
export type Switches = Record<string, boolean | number | string>;

export interface World {
  runtime: Runtime;
  accounts: readonly Account[];
  findAccount(provider: ProviderName, emailOrId: string): Account | undefined;
  sendMail(mail: Omit<Mail, 'at'>): void;
  record(call: Omit<CallRecord, 'at'>): void;
  /** A JWT under the key that the provider publishes; a core that stands alone has none. */
  signToken?(claims: Record<string, unknown>): string;
  /** The value set for this sandbox, else `fallback`. */
  getSwitch<T extends boolean | number | string>(name: string, fallback: T): T;
}

/** One provider's API: a pure state machine behind a function from request to response. */
export interface ProviderSandbox {
  /**
   * `caller` is null when the access token is absent, unknown or expired: the provider words its
   * own 401.
   */
  fetch(request: Request, caller: Caller | null): Promise<Response>;
  /** Gives the account its calendars. Called once for each account, before its first request. */
  addAccount(account: Account): void;
  /** The whole state as plain JSON, and back. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}
