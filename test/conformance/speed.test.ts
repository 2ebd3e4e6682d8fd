import { expect, test, vi } from 'vitest';
import { ada, newStage } from './google/client.ts';
import { alex, callerOf, createTestWorld } from './outlook/world.ts';

/**
 * The figures that `bench/sandbox-http.ts` measures over HTTP, held here within a wide margin by
 * processor time: what else runs on the machine is not the sandbox's fault.
 */
const EVENT_COUNT = 10_000;
/**
 * The processor time of a listing as a share of what printing the same JSON into answers takes:
 * about 0.7 to 1 as it is; 1.4 and more when pages are copied about or events printed anew.
 */
const LISTING_MAX = 1.25;
const UNLIMITED = Number.MAX_SAFE_INTEGER;

type Send = (method: string, path: string, body?: object) => Promise<string>;
type Page = Record<string, unknown>;

interface Side {
  answer(request: Request): Promise<Response>;
  events: string;
  /** The first page, as large as the provider gives. */
  page: string;
  bodyOf(index: number): object;
  next(page: Page): string | undefined;
}

const google = (): Side => {
  const stage = newStage([ada]);
  Object.assign(stage.world.switches, {
    'google.quotaPerUser': UNLIMITED,
    'google.quotaPerProject': UNLIMITED,
  });
  const scopes = ['https://www.googleapis.com/auth/calendar'];
  const caller = { account: ada, clientId: 'speed', scopes };
  const events = 'http://google.test/calendar/v3/calendars/primary/events';
  return {
    answer: (request) => stage.google.fetch(request, caller),
    events,
    page: `${events}?maxResults=2500`,
    bodyOf: (index: number) => ({
      start: { dateTime: new Date(startOf(index)).toISOString(), timeZone: 'Europe/Berlin' },
      end: { dateTime: new Date(startOf(index) + 1_800_000).toISOString() },
      summary: `Event ${index}`,
    }),
    next: ({ nextPageToken: token }: Page) =>
      token === undefined ? undefined : `${events}?maxResults=2500&pageToken=${String(token)}`,
  };
};

const outlook = (): Side => {
  const world = createTestWorld({ 'outlook.requestsPerTenMinutes': UNLIMITED });
  const events = 'https://graph.microsoft.com/v1.0/me/events';
  const wall = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, 19) });
  return {
    answer: (request) => world.sandbox.fetch(request, callerOf(alex)),
    events,
    page: `${events}?$top=1000`,
    bodyOf: (index: number) => ({
      start: { ...wall(startOf(index)), timeZone: 'Europe/Berlin' },
      end: { ...wall(startOf(index) + 1_800_000), timeZone: 'Europe/Berlin' },
      subject: `Event ${index}`,
    }),
    next: (page: Page) => page['@odata.nextLink'] as string | undefined,
  };
};

test.for([
  ['Google', google],
  ['Graph', outlook],
] as const)(
  '%s: with 10,000 events a request costs half a millisecond, a listing its JSON',
  { timeout: 120_000 },
  async ([, make]) => {
    const { answer, events, page, bodyOf, next } = make();
    const send = sendTo(answer);
    const ids: string[] = [];
    for (let index = 0; index < EVENT_COUNT; index++) {
      const text = await send('POST', events, bodyOf(index));
      ids.push((JSON.parse(text) as { id: string }).id);
    }
    const getMs = await leastCpuMs(async () => {
      for (let index = 0; index < 500; index++) {
        const id = ids[(index * 7_919) % EVENT_COUNT] ?? '';
        await send('GET', `${events}/${encodeURIComponent(id)}`);
      }
    });
    expect(getMs / 500).toBeLessThan(0.5);

    const paths: string[] = [];
    const pages: Page[] = [];
    for (let path: string | undefined = page; path; path = next(pages.at(-1) ?? {})) {
      paths.push(path);
      pages.push(JSON.parse(await send('GET', path)) as Page);
    }
    const listAll = async () => {
      for (const path of paths) await answer(new Request(path));
    };
    const printAll = async () => {
      return pages.map((each) => new Response(JSON.stringify(each)));
    };
    // What noise cannot touch: an event that has not changed is not printed a second time.
    const size = JSON.stringify(pages).length;
    expect((await printedBy(listAll)) / size).toBeLessThan(0.01);
    expect(await medianRatio(listAll, printAll)).toBeLessThan(LISTING_MAX);
  },
);

function sendTo(fetch: (request: Request) => Promise<Response>): Send {
  return async (method, path, body) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(new Request(path, init));
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  };
}

/** How many characters of JSON are made meanwhile. */
async function printedBy(run: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(JSON, 'stringify');
  try {
    await run();
    return spy.mock.results.reduce((sum, { value }) => sum + String(value).length, 0);
  } finally {
    spy.mockRestore();
  }
}

/** They take turns, so that whatever else the machine does is in both; one bad pair is nothing. */
async function medianRatio(
  run: () => Promise<unknown>,
  plain: () => Promise<unknown>,
): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < 9; pair++) ratios.push((await cpuMsOf(run)) / (await cpuMsOf(plain)));
  return ratios.toSorted((a, b) => a - b)[4] ?? Number.POSITIVE_INFINITY;
}

/** The least of three: collecting garbage is nobody's request. */
async function leastCpuMs(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) least = Math.min(least, await cpuMsOf(run));
  return least;
}

async function cpuMsOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const startOf = (index: number) => Date.UTC(2026, 0, 1) + index * 3_600_000;
