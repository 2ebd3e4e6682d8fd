import type { Account, CallRecord, Caller, Mail, Runtime, World } from '../../../sandbox/world.ts';
import { createOutlook } from '../../../sandbox/outlook/outlook.ts';

export const alex: Account = {
  provider: 'outlook',
  id: '64339082-ed84-4b0b-b4ab-004ae54f3747',
  email: 'alex@contoso.test',
  name: 'Alex Wilber',
  kind: 'work',
  tenantId: '98a79ebe-74bf-4e07-a017-7b410848cb32',
  timeZone: 'America/Los_Angeles',
};
export const adele: Account = {
  ...alex,
  id: '5d8d505c-864f-4804-88c7-4583c966cde8',
  email: 'adele@contoso.test',
  name: 'Adele Vance',
  timeZone: 'Europe/Berlin',
};
export const pat: Account = {
  ...alex,
  id: '00000000-0000-0000-4ec1-89f8c8c0d1c5',
  email: 'pat@outlook.test',
  name: 'Pat Home',
  kind: 'personal',
  tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad',
};

const allScopes = [
  'User.Read',
  'Calendars.ReadWrite',
  'MailboxSettings.ReadWrite',
  'offline_access',
];

export const callerOf = (account: Account, scopes: readonly string[] = allScopes): Caller => ({
  account,
  clientId: '24d3b144-21ae-4080-943f-7067b395b913',
  scopes,
});

interface Task {
  dueAt: number;
  task: () => void | Promise<void>;
}

/** A world with a clock that only the test moves, and everything that was said in it. */
export function createTestWorld(switches: Record<string, boolean | number | string> = {}) {
  let now = Date.parse('2026-03-02T08:00:00Z');
  let seed = 1;
  let tasks: Task[] = [];
  const accounts = [alex, adele, pat];
  const mails: Mail[] = [];
  const calls: CallRecord[] = [];
  const hooks: { onFetch: (request: Request) => Promise<Response> } = {
    onFetch: async () => new Response('nobody listens', { status: 500 }),
  };
  const runtime: Runtime = {
    now: () => now,
    random: () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return ((seed >>> 8) & 0xffff) / 0x10000;
    },
    fetch: (request) => hooks.onFetch(request),
    schedule: (delayMs, task) => {
      tasks.push({ dueAt: now + delayMs, task });
    },
  };
  const world: World = {
    runtime,
    accounts,
    findAccount: (provider, who) =>
      accounts.find(
        (account) =>
          account.provider === provider &&
          (account.id === who || account.email.toLowerCase() === who.toLowerCase()),
      ),
    sendMail: (mail) => void mails.push({ at: now, ...mail }),
    record: (call) => void calls.push({ at: now, ...call }),
    // The cast is the contract's: a switch has its default's type.
    getSwitch: <T extends boolean | number | string>(name: string, fallback: T) =>
      (switches[name] as T | undefined) ?? fallback,
  };
  const sandbox = createOutlook(world);
  for (const account of accounts) sandbox.addAccount(account);
  return {
    world,
    sandbox,
    mails,
    calls,
    switches,
    hooks,
    /** Lets time pass without running anything: what a slow answer takes. */
    skip(ms: number): void {
      now += ms;
    },
    /** Moves the clock and runs what falls due on the way, in order. */
    async pass(ms: number): Promise<void> {
      const end = now + ms;
      for (;;) {
        const next = tasks.filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
        if (!next) break;
        tasks = tasks.filter((task) => task !== next);
        now = Math.max(now, next.dueAt);
        await next.task();
      }
      now = end;
    },
  };
}

export type TestWorld = ReturnType<typeof createTestWorld>;
