import type { Faults } from './faults.ts';
import type { Exchange } from './gate.ts';
import type { NotificationRecord } from './notify.ts';
import type { GrantWish, TokenFilter, TokenWish, Whose } from './oauth/grants.ts';
import type { ConsentAnswer } from './oauth/walk-consent.ts';
import type { OutlookActs } from './outlook/acts.ts';
import type { NewAccount, OAuthClient, Seed } from './seed.ts';
import type { ReadMail } from './read-mail.ts';
import type { Account, CallRecord, Mail, ProviderName, Runtime, Switches, World } from './world.ts';

export interface SandboxOptions {
  runtime?: Partial<Runtime>;
  seed?: Seed;
  switches?: Switches;
  /** Told of every call that a provider's API answered, with its bodies. */
  onExchange?: (exchange: Exchange) => void;
  /**
   * Where the state is kept across restarts. Read at once; throws if it is there and not readable.
   */
  stateFile?: string;
}

/** A mail that an application handed to the mail catcher (mail-catcher.ts). */
export interface CaughtMail extends ReadMail {
  at: number;
  /** Of the envelope. */
  from: string;
  to: string[];
}

export interface Sandbox {
  /** Both providers, their authorization servers and the sandbox's own pages on one origin. */
  fetch(request: Request): Promise<Response>;
  world: World;
  /**
   * What people would have been mailed, what was called, what was sent to webhooks: oldest first.
   */
  mails: readonly Mail[];
  calls: readonly CallRecord[];
  notifications: readonly NotificationRecord[];
  /** What the mail catcher took, from applications: oldest first. */
  inbox: readonly CaughtMail[];
  receiveMail(mail: Omit<CaughtMail, 'at'>): void;
  clearRecords(): void;
  /** Grows with every call that may have changed something; the pages look again when it has. */
  readonly changeCount: number;
  faults: Faults;
  /** Throws when the provider has an account of that address. */
  addAccount(account: NewAccount): Account;
  /** Throws for a redirect address that no provider would register. */
  addClient(client: OAuthClient): void;
  listClients(): readonly OAuthClient[];
  switches: Readonly<Switches>;
  /** Throws for an unknown name or a value of the wrong type. */
  setSwitch(name: string, value: boolean | number | string): void;
  /**
   * How far the providers' clock is ahead of the runtime's, in milliseconds; less than 0 is
   * behind.
   */
  clockOffsetMs: number;
  /**
   * Answers the consent pages for a person; resolves to the application's address with the code.
   */
  consent(authorizeUrl: string, answer: ConsentAnswer): Promise<string>;
  /**
   * An access token as the account's consent would have given it. Throws for an unknown account.
   */
  issueToken(wish: TokenWish): string;
  /** Ends access tokens before their time; answers how many. */
  expireAccessTokens(filter?: TokenFilter): number;
  /** Whether an application can go on by itself with what the account gave it. Throws for an unknown account. */
  isAccessGiven(whose: Whose): boolean;
  /** What a person or an administrator does at the provider. Throws for an unknown account. */
  revokeGrant(wish: GrantWish): void;
  /**
   * Stands between an account and its tokens until the person signs in again: an AADSTS code for
   * Outlook (`50076`, `53003`, …), `invalid_rapt` or `admin_policy_enforced` for Google; null ends
   * it.
   */
  setCondition(provider: ProviderName, email: string, condition: string | null): void;
  /**
   * What happens to a mailbox from outside its API: moves, lifecycle notifications, a lost
   * mailbox.
   */
  readonly outlookActs: OutlookActs;
  /** Back to what the seed made, with new cores; tokens, events, rules and records are gone. */
  reset(): void;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  /** Writes what the state file does not have yet. */
  flush(): void;
}
