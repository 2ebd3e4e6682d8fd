import type { FaultEffect } from './faults.ts';
import { makeErrorBody } from './fault-bodies.ts';
import type { ProviderName, Runtime } from './world.ts';

/** How long a server holds a connection that will get no answer, in milliseconds. */
const HOLD_MS = 30_000;

/**
 * The connection ends without an answer. In process this is what `fetch` rejects with, at once; a
 * server holds the socket for `holdMs` and then destroys it.
 */
export class ConnectionFault extends TypeError {
  readonly holdMs: number;

  constructor(code: 'ECONNRESET' | 'UND_ERR_HEADERS_TIMEOUT', holdMs: number) {
    super('fetch failed', { cause: Object.assign(new Error(code), { code }) });
    this.holdMs = holdMs;
  }
}

/** Answers that break off: what a server still sends of the body before it drops the connection. */
export const cutBodies = new WeakMap<Response, Uint8Array>();

/** A call as the effects see it. */
export interface FaultyCall {
  provider: ProviderName;
  runtime: Runtime;
  /** Lets the provider answer. */
  serve(): Promise<Response>;
  /** Ends the access token that the call came with. */
  expireToken(): void;
  /** Notes a call that the provider never saw; status 0 when there was no answer. */
  note(status: number): void;
}

/**
 * Plays one effect around a call. Rejects with a `ConnectionFault` where the connection is lost.
 */
export async function playFault(effect: FaultEffect, call: FaultyCall): Promise<Response> {
  switch (effect.kind) {
    case 'status':
      return playStatus(effect, call);
    case 'time-out':
      await serveIfAfter(effect.when, call, 0);
      throw new ConnectionFault('UND_ERR_HEADERS_TIMEOUT', effect.holdMs ?? HOLD_MS);
    case 'reset':
      await serveIfAfter(effect.when, call, 0);
      throw new ConnectionFault('ECONNRESET', 0);
    case 'html-page':
      await serveIfAfter(effect.when ?? 'before', call, effect.status ?? 502);
      return makeHtmlPage(effect.status ?? 502);
    case 'delay':
      return playDelay(effect, call);
    case 'expire-token':
      call.expireToken();
      return call.serve();
    case 'cut-body':
      return cutBody(await call.serve(), effect.part ?? 0.5);
    case 'malformed-json':
      return changeBody(await call.serve(), (text) => text.slice(0, Math.ceil(text.length / 2)));
    case 'wrong-content-type':
      return changeBody(await call.serve(), (text) => text, effect.contentType ?? 'text/plain');
    case 'truncate-listing':
      return changeBody(await call.serve(), (text) => truncateListing(text, effect.keep ?? 0));
    case 'repeat-entries':
      return changeBody(await call.serve(), repeatEntries);
    default:
      // The rest is about notifications, which do not come this way.
      return call.serve();
  }
}

async function serveIfAfter(
  when: 'before' | 'after',
  call: FaultyCall,
  status: number,
): Promise<void> {
  if (when === 'after') await call.serve();
  else call.note(status);
}

async function playStatus(
  effect: FaultEffect & { kind: 'status' },
  call: FaultyCall,
): Promise<Response> {
  await serveIfAfter(effect.when ?? 'before', call, effect.status);
  const { status, headers, body } = makeFaultStatus(effect, call.provider, call.runtime.now());
  const hasBody = status !== 204 && status !== 304;
  return new Response(hasBody ? body : null, { status, headers });
}

/** The answer that a `status` effect stands for, in the provider's own words. */
export function makeFaultStatus(
  { status, retryAfterS, retryAfterDateS, body, reason }: FaultEffect & { kind: 'status' },
  provider: ProviderName,
  now: number,
): { status: number; headers: Headers; body: string } {
  const headers = new Headers({ 'content-type': 'application/json; charset=UTF-8' });
  if (retryAfterS !== undefined) headers.set('retry-after', String(retryAfterS));
  if (retryAfterDateS !== undefined) {
    headers.set('retry-after', new Date(now + retryAfterDateS * 1000).toUTCString());
  }
  const ids = provider === 'outlook' ? makeRequestIds(now) : {};
  for (const name of ['request-id', 'client-request-id']) {
    if (ids[name] !== undefined) headers.set(name, ids[name]);
  }
  const content = body ?? makeErrorBody(provider, status, { reason, ids });
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return { status, headers, body: text };
}

/** What Graph names in every error. Ids need not be unique here, only well formed. */
function makeRequestIds(now: number): Record<string, string> {
  const id = `00000000-0000-4000-8000-${now.toString(16).padStart(12, '0')}`;
  const date = new Date(now).toISOString().slice(0, 19);
  return { date, 'request-id': id, 'client-request-id': id };
}

async function playDelay(
  { delayMs, when = 'before' }: FaultEffect & { kind: 'delay' },
  call: FaultyCall,
): Promise<Response> {
  const pause = () => wait(call.runtime, delayMs);
  if (when === 'before') await pause();
  const response = await call.serve();
  if (when === 'after') await pause();
  return response;
}

export const wait = (runtime: Runtime, delayMs: number) =>
  new Promise<void>((resolve) => {
    runtime.schedule(delayMs, resolve);
  });

const makeHtmlPage = (status: number) =>
  new Response(`<!DOCTYPE html><html><title>Error ${status}</title><h1>${status}</h1></html>`, {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
  });

async function changeBody(
  response: Response,
  change: (text: string) => string,
  contentType?: string,
): Promise<Response> {
  const headers = new Headers(response.headers);
  if (contentType !== undefined) headers.set('content-type', contentType);
  const text = change(await response.text());
  const hasBody = response.status !== 204 && response.status !== 304;
  return new Response(hasBody ? text : null, { status: response.status, headers });
}

/** Keeps the first entries and takes away the way to the rest, so that nothing shows. */
function truncateListing(text: string, keep: number): string {
  return changeListing(text, (entries, listing) => {
    delete listing.nextPageToken;
    delete listing['@odata.nextLink'];
    return entries.slice(0, keep);
  });
}

const repeatEntries = (text: string) =>
  changeListing(text, (entries) => [...entries.slice(0, 1), ...entries]);

function changeListing(
  text: string,
  change: (entries: unknown[], listing: Record<string, unknown>) => unknown[],
): string {
  const listing = JSON.parse(text) as Record<string, unknown>;
  const name = Array.isArray(listing.items) ? 'items' : 'value';
  const entries = listing[name];
  if (!Array.isArray(entries)) return text;
  listing[name] = change(entries, listing);
  return JSON.stringify(listing);
}

async function cutBody(response: Response, part: number): Promise<Response> {
  const whole = new Uint8Array(await response.arrayBuffer());
  const kept = whole.slice(0, Math.floor(whole.length * part));
  const headers = new Headers(response.headers);
  headers.set('content-length', String(whole.length));
  const stream = new ReadableStream({
    pull(controller) {
      if (kept.length > 0 && !isSent) {
        isSent = true;
        controller.enqueue(kept);
        return;
      }
      controller.error(new ConnectionFault('ECONNRESET', 0));
    },
  });
  let isSent = false;
  const answer = new Response(stream, { status: response.status, headers });
  cutBodies.set(answer, kept);
  return answer;
}
