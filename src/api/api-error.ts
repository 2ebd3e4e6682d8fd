import type { Problem } from './schemas/problem.ts';

/**
 * Every error this API answers with: code → status and title. Codes are stable: programs act on
 * them. docs/errors.md says the same for people, and a test keeps both equal.
 */
export const apiErrors = {
  'invalid-request': { status: 400, title: 'The request is not as it should be' },
  'wrong-credentials': { status: 401, title: 'Address or password is wrong' },
  'signed-out': { status: 401, title: 'You are not signed in' },
  'admin-only': { status: 403, title: 'Only admins may do this' },
  'wrong-csrf-token': {
    status: 403,
    title: 'The request does not prove that it came from our page',
  },
  'foreign-origin': { status: 403, title: 'The request came from another site' },
  'not-your-activity': { status: 403, title: 'The activity belongs to a colleague' },
  'not-organizer': { status: 403, title: 'The meeting is somebody else’s' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'lead-not-found': { status: 404, title: 'There is no such lead' },
  'activity-not-found': { status: 404, title: 'There is no such activity' },
  'connection-not-found': { status: 404, title: 'There is no such connection' },
  'calendar-not-found': { status: 404, title: 'There is no such calendar' },
  'colleague-not-found': { status: 404, title: 'There is no such colleague' },
  'copy-not-found': { status: 404, title: 'There is no such copy' },
  'history-entry-not-found': { status: 404, title: 'There is no such change' },
  'activity-changed-meanwhile': { status: 409, title: 'The activity was changed meanwhile' },
  'provider-not-configured': { status: 409, title: 'This provider is not set up here' },
  'connection-not-ready': { status: 409, title: 'The connection cannot sync now' },
  'calendar-not-usable': { status: 409, title: 'The calendar cannot be used this way' },
  'choice-not-open': { status: 409, title: 'This is not asked any more' },
  'not-invited': { status: 409, title: 'There is no invitation to answer' },
  'copy-there-already': { status: 409, title: 'It is in this calendar already' },
  'guests-always-told': { status: 409, title: 'This calendar mails guests whatever is asked' },
  'undo-not-possible': { status: 409, title: 'The change cannot be taken back' },
  'nothing-to-restore': { status: 409, title: 'There is nothing to restore' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body has a type that is not read here' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'too-many-streams': { status: 429, title: 'Too many open streams' },
  internal: { status: 500, title: 'Something went wrong here' },
  'calendar-unavailable': { status: 502, title: 'The calendar service did not answer' },
  'not-ready': { status: 503, title: 'The server is not ready' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ApiErrorCode = keyof typeof apiErrors;

/** Refuses a request. `detail` is shown to people: it says what to do, and holds nothing secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly detail: string;
  /** JSON pointer to the member of the request that was wrong. */
  readonly pointer: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ApiErrorCode,
    detail: string,
    options: { pointer?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.pointer = options.pointer;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return apiErrors[this.code].status;
  }

  toProblem(): Problem {
    const { status, title } = apiErrors[this.code];
    return {
      type: `urn:kalends:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.detail,
      ...(this.pointer === undefined ? {} : { pointer: this.pointer }),
    };
  }
}
