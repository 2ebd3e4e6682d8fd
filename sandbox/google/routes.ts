/** HTTP: from a request to a call and from the answer to a response. */

import type { Caller, World } from '../world.ts';
import { Query, type Answer, type Call, type Core } from './call.ts';
import {
  backendErrorBody,
  conflict,
  GoogleError,
  notFound,
  parseError,
  scopeMissingBody,
  unauthenticatedBody,
} from './errors.ts';
import { selectFields } from './fields.ts';
import { isObject, type JsonObject } from './json.ts';
import { findOperation, type Operation } from './operations.ts';
import { checkQuota } from './quota.ts';

const ROOT = '/calendar/v3/';
const SCOPE_PREFIX = 'https://www.googleapis.com/auth/';
/** No event comes near this; a longer body is a mistake or an attack. */
const BODY_LENGTH_MAX = 4 * 1024 * 1024;

/** One request, whether it came alone or as a part of a batch. */
export interface PlainRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  readonly isInBatch: boolean;
  /** Another part of its batch got in its way. */
  readonly isConflicting?: boolean;
}

export interface PlainResponse {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers and records one request. Never throws for anything a client can send. */
export function answerRequest(
  core: Core,
  world: World,
  request: PlainRequest,
  caller: Caller | null,
): PlainResponse {
  const { method, url } = request;
  const path = url.pathname.startsWith(ROOT) ? url.pathname.slice(ROOT.length) : '';
  const found = findOperation(method, path);
  const answer = decide(core, world, request, caller, found);
  const { calendarId, eventId } = found?.parameters ?? {};
  world.record({
    provider: 'google',
    operation: found?.operation.name ?? 'unknown',
    method,
    url: url.pathname + url.search,
    accountId: caller?.account.id ?? null,
    clientId: caller?.clientId ?? null,
    calendarId: calendarId ?? null,
    eventId: eventId ?? findId(answer.body) ?? null,
    status: answer.status,
    quotaUnits: quotaUnitsOf(method),
  });
  const body = answer.body ?? '';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const isPretty = text !== '' && url.searchParams.get('prettyPrint') === 'true';
  return {
    status: answer.status,
    body: isPretty ? JSON.stringify(JSON.parse(text), null, 1) : text,
    headers: answer.headers ?? {},
  };
}

function decide(
  core: Core,
  world: World,
  request: PlainRequest,
  caller: Caller | null,
  found: ReturnType<typeof findOperation>,
): Answer {
  if (!caller) return { status: 401, body: unauthenticatedBody() };
  const { state } = core;
  const user = state.users.get(caller.account.id);
  if (!user) return { status: 401, body: unauthenticatedBody() };
  try {
    if (!found) throw notFound();
    const { operation, parameters } = found;
    if (!isAllowed(operation, caller.scopes)) {
      return { status: 403, body: scopeMissingBody(rpcNameOf(operation.name)) };
    }
    const call: Call = {
      core,
      state,
      world,
      caller,
      user,
      operation: operation.name,
      path: parameters,
      query: new Query(request.url.searchParams),
      body: readBody(request),
      ifMatch: request.headers.get('if-match'),
      ifNoneMatch: request.headers.get('if-none-match'),
      origin: request.url.origin,
      now: world.runtime.now(),
      isInBatch: request.isInBatch,
    };
    checkQuota(call, quotaUnitsOf(request.method));
    if (request.isConflicting) throw conflict();
    const answer = withEtag(call, request.method, operation.answer(call));
    return withFields(answer, call.query.text('fields'));
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    const isRate = error.place.domain === 'usageLimits';
    const retryAfter = isRate ? world.getSwitch<number>('google.retryAfterSeconds', 0) : 0;
    return {
      status: error.status,
      body: backendErrorBody(error),
      ...(retryAfter > 0 && { headers: { 'retry-after': String(retryAfter) } }),
    };
  }
}

/** The body's ETag as a header; 304 for the version that the caller has. Source: guides/version-resources. */
function withEtag(call: Call, method: string, answer: Answer): Answer {
  const etag = findEtag(answer.body);
  if (etag === undefined) return answer;
  const headers = { ...answer.headers, etag };
  if (method === 'GET' && call.ifNoneMatch === etag) return { status: 304, headers };
  return { ...answer, headers };
}

/** Texts that are kept ready begin with kind and ETag. */
function findEtag(body: Answer['body']): string | undefined {
  if (typeof body === 'string') {
    const quoted = /^\{"kind":"[^"]*","etag":("(?:\\.|[^"\\])*")/.exec(body)?.[1];
    return quoted === undefined ? undefined : (JSON.parse(quoted) as string);
  }
  return isObject(body) && typeof body.etag === 'string' ? body.etag : undefined;
}

function withFields(answer: Answer, fields: string | undefined): Answer {
  if (!fields || answer.body === undefined) return answer;
  const body: unknown = typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body;
  return isObject(body) ? { ...answer, body: selectFields(body, fields) } : answer;
}

function isAllowed(operation: Operation, granted: readonly string[]): boolean {
  return granted.some(
    (scope) =>
      scope.startsWith(SCOPE_PREFIX) && operation.scopes.has(scope.slice(SCOPE_PREFIX.length)),
  );
}

function readBody(request: PlainRequest): JsonObject {
  if (request.body === '') return {};
  if (request.body.length > BODY_LENGTH_MAX) throw parseError();
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    throw parseError();
  }
  if (!isObject(body)) throw parseError();
  return body;
}

/** Source: events.patch: three units instead of one. */
function quotaUnitsOf(method: string): number {
  return method === 'PATCH' ? 3 : 1;
}

/** `events.list` → `calendar.v3.Events.List`. */
function rpcNameOf(operation: string): string {
  const parts = operation.split('.').map((part) => part.charAt(0).toUpperCase() + part.slice(1));
  return `calendar.v3.${parts.join('.')}`;
}

function findId(body: object | string | undefined): string | undefined {
  if (!isObject(body) || body.kind !== 'calendar#event') return undefined;
  return typeof body.id === 'string' ? body.id : undefined;
}
