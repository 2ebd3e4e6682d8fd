/** Named for what we do about it, classified once, in the adapter, from status and code. */
export const providerErrorKinds = [
  'rate-limited',
  'slowed-after-write',
  'unavailable',
  'connection-revoked',
  'token-rejected',
  'misconfigured',
  'access-lost',
  'gone',
  'changed-meanwhile',
  'already-exists',
  'sync-token-expired',
  'refused',
  'malformed-answer',
] as const;
export type ProviderErrorKind = (typeof providerErrorKinds)[number];

/**
 * | kind | reaction |
 * | --- | --- |
 * | `rate-limited` | the call had no effect; wait `retryAfterMs`, else back off with jitter |
 * | `slowed-after-write` | the write had its effect, a call after it was rate-limited: wait as for that, then look |
 * | `unavailable` | look again with back-off; a write's outcome is *unknown* |
 * | `connection-revoked` | `invalid_grant`: the connection needs reconnect; pushes wait |
 * | `token-rejected` | 401: the call had no effect; refresh once and try again |
 * | `misconfigured` | `invalid_client`, redirect mismatch: operator alert; connections stay |
 * | `access-lost` | 403/404 on the calendar, or a missing scope: pause the calendar, say why |
 * | `gone` | 404/410 on an event: look, then plan |
 * | `changed-meanwhile` | 412: look, then plan |
 * | `already-exists` | our own id or transaction id is taken: read back, then plan |
 * | `sync-token-expired` | full pull |
 * | `refused` | other 4xx on a write: set that event aside with its reason |
 * | `malformed-answer` | does not parse: outcome unknown; alert, the contract moved |
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;
  /** From `Retry-After`, for `rate-limited`, `slowed-after-write` and `unavailable`. */
  readonly retryAfterMs: number | null;
  /** The provider's own code or reason word (`userRateLimitExceeded`, `AADSTS50173`), for people. */
  readonly code: string | null;
  /** Whether `message` is what people are to read, in place of what is said of its kind. */
  readonly isForPeople: boolean;

  /** `message` says who, what, which thing; never a secret and never a whole body. */
  constructor(
    kind: ProviderErrorKind,
    message: string,
    options: {
      retryAfterMs?: number | null;
      code?: string | null;
      isForPeople?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.code = options.code ?? null;
    this.isForPeople = options.isForPeople ?? false;
  }
}
