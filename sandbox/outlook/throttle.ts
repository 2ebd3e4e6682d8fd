import type { Caller } from '../world.ts';
import { GraphError } from './graph-error.ts';
import type { Graph } from './state.ts';

/** Source: throttling-limits, Outlook; all per app and mailbox, v1.0 and beta together. */
const CONCURRENT = 4;
const REQUESTS = { max: 10_000, windowMs: 600_000 };
const UPLOAD = { max: 150 * 1024 * 1024, windowMs: 300_000 };
/** Per app over all mailboxes. */
const APP_REQUESTS = { max: 130_000, windowMs: 10_000 };
/** Per app and tenant. */
const EXTENSION_REQUESTS = { max: 455, windowMs: 10_000 };

interface Limit {
  max: number;
  windowMs: number;
}

/**
 * Requests that are being answered right now; they do not outlive the process, so no snapshot holds
 * them.
 */
export type InFlight = Map<string, number>;

const mailboxKey = ({ clientId, account }: Caller) => `${clientId}|${account.id}`;

/**
 * Counts a request in, or throws 429; throttled requests count too. Call `leave` when it is
 * answered.
 * Source: throttling; the concurrency error is that of learn Q&A 734143.
 */
export function enter(graph: Graph, inFlight: InFlight, caller: Caller): void {
  const key = mailboxKey(caller);
  const max = graph.world.getSwitch('outlook.requestsPerTenMinutes', REQUESTS.max);
  countUse(graph, `requests|${key}`, 1, { ...REQUESTS, max });
  const appMax = graph.world.getSwitch('outlook.appRequestsPerTenSeconds', APP_REQUESTS.max);
  countUse(graph, `app|${caller.clientId}`, 1, { ...APP_REQUESTS, max: appMax });
  const running = inFlight.get(key) ?? 0;
  if (running >= graph.world.getSwitch('outlook.concurrentRequests', CONCURRENT)) {
    throw new GraphError(
      429,
      'ApplicationThrottled',
      'Application is over its MailboxConcurrency limit.',
      { headers: { 'Retry-After': '1' } },
    );
  }
  inFlight.set(key, running + 1);
}

export function leave(inFlight: InFlight, caller: Caller): void {
  const key = mailboxKey(caller);
  const running = (inFlight.get(key) ?? 1) - 1;
  if (running > 0) inFlight.set(key, running);
  else inFlight.delete(key);
}

export function countUpload(graph: Graph, caller: Caller, bytes: number): void {
  if (bytes > 0) countUse(graph, `upload|${mailboxKey(caller)}`, bytes, UPLOAD);
}

export function countExtensionUse(graph: Graph, { clientId, account }: Caller): void {
  const key = `extensions|${clientId}|${account.tenantId}`;
  countUse(graph, key, 1, EXTENSION_REQUESTS);
}

/** Sliding windows in steps of a sixtieth. */
function countUse({ world, state }: Graph, key: string, amount: number, limit: Limit): void {
  const stepMs = limit.windowMs / 60;
  const step = Math.floor(world.runtime.now() / stepMs);
  let uses = state.usage.get(key);
  if (!uses) state.usage.set(key, (uses = new Map()));
  let total = amount;
  let oldest = step;
  for (const [at, count] of uses) {
    if (at <= step - 60) uses.delete(at);
    else {
      total += count;
      oldest = Math.min(oldest, at);
    }
  }
  uses.set(step, (uses.get(step) ?? 0) + amount);
  if (total <= limit.max) return;
  const waitMs = (oldest + 60) * stepMs - world.runtime.now();
  throw new GraphError(429, 'TooManyRequests', 'Please retry again later.', {
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
}
