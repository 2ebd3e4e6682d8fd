import { isLoopback } from '../config.ts';
import { type HttpRequest, type HttpResponse, NetworkError, type Runtime } from '../runtime.ts';
import { ProviderError, type ProviderErrorKind } from './provider-error.ts';
import type { AccessToken } from './provider.ts';
import { readRetryAfter } from './retry-after.ts';

/**
 * What a call is about: a 404 on an event and one on a calendar ask for different reactions. A
 * `channel` is one that was made; a `watch` is the wish for one.
 */
export type Subject = 'calendar' | 'event' | 'feed' | 'channel' | 'watch';

export interface JsonRequest {
  method: HttpRequest['method'];
  where:
    | { /** Below the API root, its parts encoded. */ path: string; query?: Record<string, string> }
    | { /** Absolute, as the provider gave it. */ nextLink: string };
  headers?: Record<string, string>;
  body?: unknown;
  accessToken: AccessToken;
  subject: Subject;
}

/** What an answer that is no success means. `detail` is the provider's sentence, for people. */
export interface Refusal {
  kind: ProviderErrorKind;
  code: string | null;
  detail: string | null;
  /** Where the provider has no `Retry-After` for it but a short wait would be pointless. */
  waitMs?: number;
}

export interface JsonHttpOptions {
  /** As people call it: `Google`. */
  label: string;
  apiUrl: string;
  headers: Record<string, string>;
  classify(status: number, body: unknown, subject: Subject): Refusal;
  runtime: Runtime;
}

/** What an answer must look like: a compiled typebox schema. Unknown members are let through. */
export interface AnswerSchema<T> {
  Check(value: unknown): value is T;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

/** The code of a `malformed-answer` that is no JSON at all. */
export const NOT_JSON = 'not-json';

export interface JsonHttp {
  /** Throws `ProviderError`: classified, or `malformed-answer` when `schema` does not fit. */
  call<T>(request: JsonRequest, schema: AnswerSchema<T>): Promise<T>;
  /** For answers without a body worth reading. A page of a proxy or a portal is none: `malformed-answer`. */
  send(request: JsonRequest): Promise<void>;
  /** Whether an absolute address may be given as a `nextLink`. */
  isOwnAddress(address: string): boolean;
}

export function createJsonHttp(options: JsonHttpOptions): JsonHttp {
  return {
    async call(request, schema) {
      const { body } = await sendRequest(options, request);
      const json = parseJson(body);
      if (schema.Check(json)) return json;
      const where = json === undefined ? 'not JSON' : describeFirstError(schema.Errors(json));
      throw new ProviderError(
        'malformed-answer',
        `${options.label} answered ${describe(request)} with something unexpected: ${where}.`,
        // A page of somebody in between says nothing of what was asked for.
        { code: json === undefined ? NOT_JSON : null },
      );
    },
    async send(request) {
      const { body } = await sendRequest(options, request);
      if (body === '' || parseJson(body) !== undefined) return;
      throw new ProviderError(
        'malformed-answer',
        `${options.label} answered ${describe(request)} with something that is not JSON.`,
      );
    },
    isOwnAddress: (address) => isOwnAddress(options.apiUrl, address),
  };
}

/** An id as one part of a path. Dots alone would climb out of it, and nothing would name the list. */
export function encodePart(id: string): string {
  if (!/^\.{0,2}$/.test(id)) return encodeURIComponent(id);
  throw new ProviderError('malformed-answer', `"${id}" cannot be an id.`);
}

/** The body as JSON, or undefined when it is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Sends once; a missing answer becomes `unavailable`. Shared with the token endpoints, so that
 * neither a token nor a secret leaves the machine over plain http.
 */
export async function sendOnce(
  runtime: Runtime,
  label: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { protocol, hostname, origin } = new URL(request.url);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    throw new ProviderError('misconfigured', `${label}: ${origin} is not an https address.`);
  }
  try {
    return await runtime.send(request);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new ProviderError('unavailable', `${label} gave no whole answer: ${cause.message}`, {
      cause,
    });
  }
}

/** The one place where a refusal becomes an error. */
export function toProviderError(
  { kind, code, detail, waitMs }: Refusal,
  what: string,
  response: HttpResponse,
  runtime: Runtime,
): ProviderError {
  const reason = [code, detail?.slice(0, 200)].filter(Boolean).join(': ');
  return new ProviderError(
    kind,
    `${what} was answered ${response.status}${reason && ` (${reason})`}.`,
    {
      code,
      retryAfterMs: readRetryAfter(response.headers['retry-after'], runtime.now()) ?? waitMs,
    },
  );
}

async function sendRequest(options: JsonHttpOptions, request: JsonRequest): Promise<HttpResponse> {
  const { runtime, label } = options;
  const response = await sendOnce(runtime, label, {
    method: request.method,
    url: buildUrl(options, request),
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${request.accessToken}`,
      ...options.headers,
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  });
  if (response.status >= 200 && response.status < 300) return response;
  const refusal = options.classify(response.status, parseJson(response.body), request.subject);
  throw toProviderError(refusal, `${label}: ${describe(request)}`, response, runtime);
}

function buildUrl({ apiUrl, label }: JsonHttpOptions, { where }: JsonRequest): string {
  if ('nextLink' in where) return getOwnAddress(apiUrl, label, where.nextLink);
  const url = new URL(apiUrl + where.path);
  if (!where.query) return url.href;
  for (const [name, value] of Object.entries(where.query)) url.searchParams.set(name, value);
  // Graph wants spaces as %20, not as +. Source: singleValueLegacyExtendedProperty, get.
  return url.href.replaceAll('+', '%20');
}

/** The token goes to the configured origin only, whatever a next-page address says. */
function getOwnAddress(apiUrl: string, label: string, nextLink: string): string {
  if (isOwnAddress(apiUrl, nextLink)) return new URL(nextLink).href;
  const there = URL.canParse(nextLink) ? new URL(nextLink).origin : 'something that is no address';
  throw new ProviderError('malformed-answer', `${label} pointed to ${there}; not followed.`);
}

function isOwnAddress(apiUrl: string, address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, username, password } = new URL(address);
  return origin === new URL(apiUrl).origin && !username && !password;
}

const describe = ({ method, subject }: JsonRequest) => `${method} of the ${subject}`;

export function describeFirstError(errors: { instancePath: string; message: string }[]): string {
  const first = errors[0];
  return first ? `${first.instancePath || 'the answer'} ${first.message}` : 'an unknown shape';
}
