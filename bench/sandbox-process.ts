import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type SandboxServer, startSandboxServer } from '../sandbox/server.ts';
import type { ProviderName } from '../sandbox/sandbox.ts';
import { bodyOf } from './sample-events.ts';

/** An account's calendar to be filled with events. */
export interface Filling {
  provider: ProviderName;
  email: string;
  count: number;
}

/** What the sandbox's process does when told. */
interface Orders {
  /** Adds an account, unless it is there, with so many events. */
  addEvents: (filling: Filling) => Promise<void>;
  /** As `addEvents`, and answers what a connection of the account is made of. */
  open: (filling: Filling) => Promise<{ id: string; token: string; calendarId: string }>;
  /** Changes the titles of some events, as their owner would; answers how many calls it took. */
  retitle: (change: {
    provider: ProviderName;
    email: string;
    ids: string[];
    title: string;
  }) => Promise<void>;
  remove: (event: { provider: ProviderName; email: string; id: string }) => Promise<void>;
  /** Ids of the account's events, at most `limit`. */
  listIds: (wish: { provider: ProviderName; email: string; limit: number }) => Promise<string[]>;
  /** From now on each page of a listing is made once and kept, ready to be sent. */
  keepPages: (isKept: boolean) => Promise<void>;
  /** Every call is answered that much later. */
  delay: (delayMs: number) => Promise<void>;
  /** Calls and quota units by operation since the last time this was asked, `oauth` left out. */
  takeCalls: () => Promise<Calls>;
  setClock: (offsetMs: number) => Promise<void>;
  issueToken: (wish: { provider: ProviderName; email: string }) => Promise<string>;
  cpuMs: () => Promise<number>;
}

const orderNames = [
  'addEvents',
  'open',
  'retitle',
  'remove',
  'listIds',
  'keepPages',
  'delay',
  'takeCalls',
  'setClock',
  'issueToken',
  'cpuMs',
] as const;

export interface Calls {
  /** All of them. */
  count: number;
  quotaUnits: number;
  byOperation: Record<string, number>;
}

export type SandboxProcess = Orders & { url: string; stop(): void };

const unlimited = Number.MAX_SAFE_INTEGER;
/** The quotas are another figure's subject. */
const switches = {
  'google.quotaPerUser': unlimited,
  'google.quotaPerProject': unlimited,
  'outlook.requestsPerTenMinutes': unlimited,
  'outlook.concurrentRequests': unlimited,
  'outlook.appRequestsPerTenSeconds': unlimited,
  // Pages that overlap or are empty are for tests to stand: here a page is as full as it can be.
  'outlook.deltaReplays': false,
  'outlook.deltaEmptyPages': false,
  // A provider takes its time to ring: that is its own.
  'google.pushDelayMs': 0,
  'outlook.notificationDelayMs': 0,
};

/** Starts a sandbox in a process of its own, so that its work is not taken for ours. */
export async function startSandboxProcess(redirectUris: string[]): Promise<SandboxProcess> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(redirectUris)], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const waiting = new Map<number, (answer: { value?: unknown; error?: string }) => void>();
  child.on('message', (answer: { id: number; value?: unknown; error?: string }) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let id = 0;
  const order = (name: keyof Orders, argument?: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      id++;
      waiting.set(id, ({ value, error }) =>
        error === undefined ? resolve(value) : reject(new Error(`sandbox: ${error}`)),
      );
      child.send({ id, name, argument });
    });
  const orders = Object.fromEntries(
    orderNames.map((name) => [name, (argument: unknown) => order(name, argument)]),
  );
  return { ...(orders as unknown as Orders), url, stop: () => child.disconnect() };
}

/** The other process. */
async function serve(redirectUris: string[]): Promise<void> {
  const server = await startSandboxServer({ port: 0, seed: { redirectUris }, switches });
  const orders = takeOrders(server);
  process.on('message', ({ id, name, argument }: Record<'id' | 'name' | 'argument', never>) => {
    (orders[name] as (argument: unknown) => Promise<unknown>)(argument).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ url: server.url });
}

function takeOrders({ sandbox }: SandboxServer): Orders {
  const serveLive = sandbox.fetch;
  const kept = new Map<string, { body: ArrayBuffer; headers: [string, string][] }>();
  let isKeeping = false;
  let delayMs = 0;
  const counts = new Map<string, { count: number; quotaUnits: number }>();

  /** The journal forgets what is older than ten thousand calls, so it is counted before. */
  function countJournal(): void {
    for (const { operation, quotaUnits } of sandbox.calls) {
      if (operation.startsWith('oauth')) continue;
      const sum = counts.get(operation) ?? { count: 0, quotaUnits: 0 };
      counts.set(operation, {
        count: sum.count + 1,
        quotaUnits: sum.quotaUnits + quotaUnits,
      });
    }
    sandbox.clearRecords();
  }

  sandbox.fetch = async (request) => {
    if (sandbox.calls.length > 5_000) countJournal();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const key = isKeeping ? pageKeyOf(request) : undefined;
    if (key === undefined) return serveLive(request);
    let page = kept.get(key);
    if (!page) {
      const response = await serveLive(request);
      if (!response.ok) return response;
      page = { body: await response.arrayBuffer(), headers: [...response.headers] };
      kept.set(key, page);
    }
    return new Response(page.body, { headers: page.headers });
  };

  /** A call of the account's owner, which is not counted. */
  async function call(
    filling: Omit<Filling, 'count'>,
    method: string,
    path: string,
    body?: object,
  ) {
    countJournal();
    const request = new Request(`http://sandbox${path}`, {
      method,
      headers: {
        authorization: `Bearer ${sandbox.issueToken(filling)}`,
        'content-type': 'application/json',
        prefer: 'IdType="ImmutableId"',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const response = await serveLive(request);
    const text = await response.text();
    sandbox.clearRecords();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  }

  const orders: Orders = {
    async open(filling) {
      const { provider, email } = filling;
      await orders.addEvents(filling);
      const id = sandbox.world.findAccount(provider, email)?.id ?? '';
      const token = sandbox.issueToken({ provider, email });
      if (provider === 'google') return { id, token, calendarId: email };
      const calendar = await call(filling, 'GET', '/v1.0/me/calendar');
      return { id, token, calendarId: String(calendar['id']) };
    },
    async addEvents({ provider, email, count }) {
      if (!sandbox.world.findAccount(provider, email)) {
        const anna = `anna@northwind.${provider === 'google' ? '' : 'onmicrosoft.'}sandbox`;
        const tenantId = sandbox.world.findAccount(provider, anna)?.tenantId ?? null;
        const person = { name: 'Bench', kind: 'work', timeZone: 'Europe/Berlin' } as const;
        sandbox.addAccount({ provider, email, tenantId, ...person });
      }
      for (let index = 0; index < count; index++) {
        await call({ provider, email }, 'POST', eventsPath[provider], bodyOf[provider](index));
      }
    },
    async retitle({ provider, email, ids, title }) {
      const change = provider === 'google' ? { summary: title } : { subject: title };
      for (const id of ids) {
        const path = `${eventsPath[provider]}/${encodeURIComponent(id)}`;
        await call({ provider, email }, 'PATCH', path, change);
      }
    },
    async remove({ provider, email, id }) {
      const path = `${eventsPath[provider]}/${encodeURIComponent(id)}`;
      await call({ provider, email }, 'DELETE', path);
    },
    async listIds({ provider, email, limit }) {
      const size = provider === 'google' ? `maxResults=${limit}` : `$top=${limit}`;
      const list = await call({ provider, email }, 'GET', `${eventsPath[provider]}?${size}`);
      return ((list['items'] ?? list['value']) as { id: string }[]).map(({ id }) => id);
    },
    async keepPages(isKept) {
      isKeeping = isKept;
      kept.clear();
    },
    async delay(ms) {
      delayMs = ms;
    },
    async takeCalls() {
      countJournal();
      const sums = [...counts];
      counts.clear();
      return {
        count: sums.reduce((sum, [, { count }]) => sum + count, 0),
        quotaUnits: sums.reduce((sum, [, { quotaUnits }]) => sum + quotaUnits, 0),
        byOperation: Object.fromEntries(sums.map(([name, { count }]) => [name, count]).sort()),
      };
    },
    async setClock(offsetMs) {
      sandbox.clockOffsetMs = offsetMs;
    },
    issueToken: async (wish) => sandbox.issueToken(wish),
    async cpuMs() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  };
  return orders;
}

const eventsPath: Record<ProviderName, string> = {
  google: '/calendar/v3/calendars/primary/events',
  outlook: '/v1.0/me/events',
};

/** What of a page's address says which page it is; undefined for what is no page of a listing. */
function pageKeyOf({ method, url }: Request): string | undefined {
  const { pathname, searchParams } = new URL(url);
  if (method !== 'GET' || !/(\/events|\/delta)$/.test(pathname)) return undefined;
  const place = ['pageToken', 'syncToken', '$skiptoken', '$deltatoken', 'maxResults'];
  return [pathname, ...place.map((name) => searchParams.get(name) ?? '')].join(' ');
}

const [settings] = process.argv.slice(2);
if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  await serve(JSON.parse(settings ?? '[]') as string[]);
}
