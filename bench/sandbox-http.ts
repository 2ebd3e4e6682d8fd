/**
 * How fast the sandbox answers over HTTP, both providers: simple requests at a calendar of 10,000
 * events against 2,000 a second, and a listing of them all against what its JSON costs: against a
 * plain server that prints and sends the same. Both are in a process of their own, so its processor
 * time is its own too.
 *
 * Run it alone on the machine: `npm run bench -- sandbox`
 */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { startSandboxServer } from '../sandbox/server.ts';
import type { ProviderName } from '../sandbox/world.ts';

const EVENT_COUNT = 10_000;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const GOAL_PER_SECOND = 2_000;
const ROUNDS = 9;

interface Side {
  provider: ProviderName;
  email: string;
  events: string;
  bodyOf(index: number): object;
  change: object;
  /** Query of a page as large as the provider gives. */
  page: string;
  readPage(body: Page): { ids: string[]; next: string | undefined };
  /** Whether the provider takes only a few requests at once. */
  connections: number;
}

interface Page {
  items?: { id: string }[];
  value?: { id: string }[];
  nextPageToken?: string;
  '@odata.nextLink'?: string;
}

const GOOGLE_EVENTS = '/calendar/v3/calendars/primary/events';
const startOf = (index: number) => Date.UTC(2026, 0, 1) + index * 3_600_000;
const DESCRIPTION = 'A meeting with a customer about the next order.';

const sides: Side[] = [
  {
    provider: 'google',
    email: 'anna@northwind.sandbox',
    events: GOOGLE_EVENTS,
    bodyOf: (index) => ({
      summary: `Event ${index}`,
      description: DESCRIPTION,
      start: { dateTime: new Date(startOf(index)).toISOString(), timeZone: 'Europe/Berlin' },
      end: { dateTime: new Date(startOf(index) + 1_800_000).toISOString() },
    }),
    change: { summary: 'Changed' },
    page: '?maxResults=2500',
    readPage: ({ items = [], nextPageToken }) => ({
      ids: items.map(({ id }) => id),
      next: nextPageToken && `${GOOGLE_EVENTS}?maxResults=2500&pageToken=${nextPageToken}`,
    }),
    connections: 10,
  },
  {
    provider: 'outlook',
    email: 'anna@northwind.onmicrosoft.sandbox',
    events: '/v1.0/me/events',
    bodyOf: (index) => ({
      subject: `Event ${index}`,
      body: { contentType: 'text', content: DESCRIPTION },
      start: wallOf(startOf(index)),
      end: wallOf(startOf(index) + 1_800_000),
    }),
    change: { subject: 'Changed' },
    page: '?$top=1000',
    readPage: ({ value = [], '@odata.nextLink': link }) => ({
      ids: value.map(({ id }) => encodeURIComponent(id)),
      next: link && link.slice(new URL(link).origin.length),
    }),
    connections: 4,
  },
];

function wallOf(at: number) {
  return { dateTime: new Date(at).toISOString().slice(0, 19), timeZone: 'UTC' };
}

if (process.argv[2] === 'serve') await serve();
else await run();

/** The other process: a sandbox without quotas, which tells its processor time when asked. */
async function serve(): Promise<void> {
  const unlimited = Number.MAX_SAFE_INTEGER;
  const { url, sandbox } = await startSandboxServer({
    port: 0,
    switches: {
      'google.quotaPerUser': unlimited,
      'google.quotaPerProject': unlimited,
      'outlook.requestsPerTenMinutes': unlimited,
      'outlook.concurrentRequests': unlimited,
    },
  });
  const tokens = sides.map(({ provider, email }) => sandbox.issueToken({ provider, email }));
  let pages: unknown[] = [];
  const plain = createServer(({ url: path = '' }, reply) =>
    reply.end(JSON.stringify(pages[Number(path.slice(1))])),
  ).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  process.send?.({ url, tokens, plainUrl });
  process.on('message', (message: 'cpu' | string[]) => {
    if (message !== 'cpu') pages = message.map((text) => JSON.parse(text) as unknown);
    process.send?.(process.cpuUsage());
  });
  process.on('disconnect', () => process.exit(0));
}

async function run(): Promise<void> {
  const file = fileURLToPath(import.meta.url);
  const child = fork(file, ['serve'], { execArgv: ['--import', 'tsx'] });
  const [{ url, tokens, plainUrl }] = (await once(child, 'message')) as [Served];
  try {
    for (const [index, side] of sides.entries()) {
      await measureSide(child, side, { url, token: tokens[index] ?? '', plainUrl });
    }
  } finally {
    child.disconnect();
  }
}

interface Served {
  url: string;
  tokens: string[];
  plainUrl: string;
}

interface Target {
  url: string;
  token: string;
  /** Where the pages of a listing can be had from a server that does nothing else. */
  plainUrl: string;
}

async function measureSide(child: ChildProcess, side: Side, target: Target): Promise<void> {
  console.log(`\n${side.provider}: a calendar of ${EVENT_COUNT} events`);
  await fill(side, target);
  const { texts, ids } = await listAll(side, target);
  await compareListing(child, side, target, texts);
  const eventAt = (index: number) => `${side.events}/${ids[(index * 7_919) % ids.length]}`;
  await hammer(child, side, target, { name: 'get', method: 'GET', pathOf: eventAt });
  await hammer(child, side, target, {
    name: 'patch',
    method: 'PATCH',
    pathOf: eventAt,
    body: side.change,
  });
  await hammer(child, side, target, {
    name: 'insert',
    method: 'POST',
    pathOf: () => side.events,
    bodyOf: side.bodyOf,
  });
}

async function fill(side: Side, target: Target): Promise<void> {
  for (let index = 0; index < EVENT_COUNT; index += side.connections) {
    const some = Array.from({ length: side.connections }, (_, offset) =>
      call(target, 'POST', side.events, side.bodyOf(index + offset)),
    );
    await Promise.all(some);
  }
}

interface Load {
  name: string;
  method: 'GET' | 'PATCH' | 'POST';
  pathOf(index: number): string;
  body?: object;
  bodyOf?(index: number): object;
}

/** A few seconds of one kind of request; the rate is by the server's processor time. */
async function hammer(child: ChildProcess, side: Side, target: Target, load: Load): Promise<void> {
  const before = await cpuMsOf(child);
  let index = 0;
  const result = await autocannon({
    url: target.url,
    connections: side.connections,
    duration: SECONDS,
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
    requests: [
      {
        method: load.method,
        setupRequest(request) {
          const path = load.pathOf(++index);
          const body = load.bodyOf?.(index) ?? load.body;
          return { ...request, path, ...(body && { body: JSON.stringify(body) }) };
        },
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${load.name}: ${result.non2xx} refusals, ${result.errors} errors`);
  }
  const cpuMs = (await cpuMsOf(child)) - before;
  const perSecond = result['2xx'] / (cpuMs / 1_000);
  print(load.name, [
    `${Math.round(perSecond)} per second of processor`,
    `${Math.round(result.requests.average)} on the wall`,
    `${(perSecond / GOAL_PER_SECOND).toFixed(2)} of the goal`,
  ]);
}

/** What the pages cost, as against a server that has them at hand; the two take turns. */
async function compareListing(
  child: ChildProcess,
  side: Side,
  target: Target,
  texts: string[],
): Promise<void> {
  child.send(texts);
  await once(child, 'message');
  const listPlain = async () => {
    for (const index of texts.keys()) await (await fetch(`${target.plainUrl}/${index}`)).text();
  };
  const costOf = async (list: () => Promise<unknown>) => {
    const before = await cpuMsOf(child);
    await list();
    return (await cpuMsOf(child)) - before;
  };
  const pairs: { list: number; plain: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const list = await costOf(() => listAll(side, target));
    pairs.push({ list, plain: await costOf(listPlain) });
  }
  // The first pair warms up.
  const [median] = pairs
    .slice(1)
    .sort((a, b) => a.list / a.plain - b.list / b.plain)
    .slice(ROUNDS >> 1);
  if (!median) return;
  print('list all', [
    `${median.list.toFixed(1)} ms of processor`,
    `a plain server ${median.plain.toFixed(1)} ms`,
    `${(median.list / median.plain).toFixed(2)} times`,
  ]);
}

async function listAll(side: Side, target: Target): Promise<{ texts: string[]; ids: string[] }> {
  const texts: string[] = [];
  const ids: string[] = [];
  let path: string | undefined = side.events + side.page;
  while (path) {
    const text = await call(target, 'GET', path);
    const page = side.readPage(JSON.parse(text) as Page);
    texts.push(text);
    ids.push(...page.ids);
    path = page.next;
  }
  return { texts, ids };
}

async function call({ url, token }: Target, method: string, path: string, body?: object) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text;
}

async function cpuMsOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [usage] = (await once(child, 'message')) as [NodeJS.CpuUsage];
  return (usage.user + usage.system) / 1_000;
}

function print(name: string, figures: string[]): void {
  console.log(`  ${name.padEnd(10)} ${figures.join(', ')}`);
}
