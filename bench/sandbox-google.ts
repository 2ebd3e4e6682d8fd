/** How fast the sandbox's Google is: simple requests and long listings on one core. */

import { createGoogle } from '../sandbox/google/google.ts';
import type { Account, Caller, World } from '../sandbox/world.ts';

const EVENT_COUNT = 10_000;
const ORIGIN = 'http://google.test';
const EVENTS = `${ORIGIN}/calendar/v3/calendars/primary/events`;

const account: Account = {
  provider: 'google',
  id: '1',
  email: 'ada@example.test',
  name: 'Ada',
  kind: 'personal',
  tenantId: null,
  timeZone: 'Europe/Berlin',
};
const scopes = ['https://www.googleapis.com/auth/calendar'];
const caller: Caller = { account, clientId: 'bench', scopes };
const switches: Record<string, number> = {
  'google.quotaPerUser': Number.MAX_SAFE_INTEGER,
  'google.quotaPerProject': Number.MAX_SAFE_INTEGER,
};
const world: World = {
  runtime: {
    now: () => Date.now(),
    random: () => Math.random(),
    fetch: async () => new Response(null, { status: 200 }),
    schedule: () => {},
  },
  accounts: [account],
  findAccount: () => undefined,
  sendMail: () => {},
  record: () => {},
  getSwitch: (name, fallback) => (switches[name] as typeof fallback | undefined) ?? fallback,
};
const google = createGoogle(world);
google.addAccount(account);

async function call(method: string, url: string, body?: object): Promise<string> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await google.fetch(new Request(url, init), caller);
  if (response.status >= 300) throw new Error(`${method} ${url}: ${await response.text()}`);
  return response.text();
}

function bodyOf(index: number): object {
  const start = Date.UTC(2026, 0, 1) + index * 3_600_000;
  return {
    id: `bench${index}`,
    summary: `Event ${index}`,
    description: 'A meeting with a customer about the next order.',
    start: { dateTime: new Date(start).toISOString(), timeZone: 'Europe/Berlin' },
    end: { dateTime: new Date(start + 1_800_000).toISOString(), timeZone: 'Europe/Berlin' },
    attendees: [{ email: 'guest@elsewhere.test' }],
  };
}

async function measure(name: string, count: number, run: (index: number) => Promise<unknown>) {
  // Processor time, not time on the wall: other work on the machine is not the sandbox's fault.
  const began = process.cpuUsage();
  for (let index = 0; index < count; index++) await run(index);
  const used = process.cpuUsage(began);
  const ms = (used.user + used.system) / 1000;
  const rate = Math.round((count / ms) * 1000);
  console.log(`${name.padEnd(34)} ${rate} per second, ${(ms / count).toFixed(3)} ms each`);
}

async function listAll(query: string): Promise<number> {
  let size = 0;
  let pageToken: string | undefined;
  do {
    const more = pageToken ? `&pageToken=${encodeURIComponent(pageToken)}` : '';
    const text = await call('GET', `${EVENTS}?maxResults=2500&${query}${more}`);
    size += text.length;
    pageToken = /"nextPageToken":"([^"]+)"/.exec(text.slice(0, 600))?.[1];
  } while (pageToken);
  return size;
}

const pick = (index: number) => (index * 7_919) % EVENT_COUNT;

await measure('events.insert', EVENT_COUNT, (index) => call('POST', EVENTS, bodyOf(index)));
await measure('events.get', 10_000, (index) => call('GET', `${EVENTS}/bench${pick(index)}`));
await measure('events.patch', 10_000, (index) =>
  call('PATCH', `${EVENTS}/bench${pick(index)}`, { summary: `Changed ${index}` }),
);
await measure('events.list, 10,000 events, cold', 1, () => listAll(''));
await measure('events.list, 10,000 events, warm', 10, () => listAll(''));
await measure('events.list, a week', 200, () =>
  call('GET', `${EVENTS}?timeMin=2026-03-01T00:00:00Z&timeMax=2026-03-08T00:00:00Z`),
);
const first = await call('GET', `${EVENTS}?timeMin=2030-01-01T00:00:00Z`);
const syncToken = /"nextSyncToken":"([^"]+)"/.exec(first)?.[1] ?? '';
await measure('events.list, nothing changed', 5_000, () =>
  call('GET', `${EVENTS}?syncToken=${encodeURIComponent(syncToken)}`),
);
await measure('snapshot', 5, async () => google.snapshot());
