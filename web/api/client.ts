import type { Problem } from '../../src/api/schemas/problem.ts';
import type { Session } from '../../src/api/schemas/session.ts';
import { common } from '../texts.ts';

/** An answer that was not 2xx, or none at all (`status` 0). `message` is fit to be shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** The member that was wrong, such as `start`; '' where none was named. */
  readonly field: string;

  constructor(status: number, problem: Partial<Problem>) {
    super(describeProblem(problem));
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.field = problem.pointer?.replace(/^\//, '') ?? '';
  }
}

/** What happened, then what to do; what is wrong with a field says enough by itself. */
function describeProblem({ code, title = '', detail = '' }: Partial<Problem>): string {
  if (detail && (!title || code === 'invalid-request')) return detail;
  return [title, detail].filter(Boolean).join('. ') || common.unexpected;
}

/** Long enough for a slow network, short enough that a page never hangs for good. */
const TIMEOUT_MS = 20_000;

let csrfToken: string | undefined;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Talks JSON to our own origin. Unsafe requests carry the CSRF token; when the server no longer
 * takes it (the session was renewed meanwhile) it is fetched anew, once. Throws `ApiError`.
 */
export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  if (method === 'GET') return send<T>(method, path);
  csrfToken ??= (await fetchSession()).csrf_token;
  try {
    return await send<T>(method, path, body);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.code.includes('csrf')) throw error;
    await fetchSession();
    return send<T>(method, path, body);
  }
}

/** Who is signed in, and the token for unsafe requests, which is remembered here. */
export async function fetchSession(): Promise<Session> {
  const session = await send<Session>('GET', '/api/session');
  csrfToken = session.csrf_token;
  return session;
}

async function send<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrfToken) headers['x-csrf-token'] = csrfToken;

  const response = await fetch(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new ApiError(0, { code: 'unreachable', detail: common.unreachable });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiError(response.status, (answer ?? {}) as Partial<Problem>);
  return answer as T;
}

/** What to tell a person about anything that was thrown. */
export function describeError(error: unknown): string {
  return error instanceof ApiError ? error.message : common.unexpected;
}
