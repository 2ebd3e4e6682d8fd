import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Refusal, Subject } from '../json-http.ts';
import type { ProviderErrorKind } from '../provider-error.ts';

/** Limits against abuse (invitations to outsiders, say) last for hours, not for seconds. */
const QUOTA_WAIT_MS = 60 * 60 * 1000;

const apiError = Compile(
  Type.Object({
    error: Type.Object({
      message: Type.Optional(Type.String()),
      errors: Type.Optional(Type.Array(Type.Object({ reason: Type.Optional(Type.String()) }))),
      details: Type.Optional(Type.Array(Type.Object({ reason: Type.Optional(Type.String()) }))),
    }),
  }),
);
const oauthError = Compile(
  Type.Object({
    error: Type.String(),
    error_subtype: Type.Optional(Type.String()),
    error_description: Type.Optional(Type.String()),
  }),
);

/** Reasons that say more than their status. Source: guides/errors. */
const kindsByReason: Record<string, ProviderErrorKind | undefined> = {
  userRateLimitExceeded: 'rate-limited',
  rateLimitExceeded: 'rate-limited',
  quotaExceeded: 'rate-limited',
  dailyLimitExceeded: 'rate-limited',
  calendarUsageLimitsExceeded: 'rate-limited',
  // The operator has not switched on the Calendar API for the client's project.
  accessNotConfigured: 'misconfigured',
  SERVICE_DISABLED: 'misconfigured',
  insufficientPermissions: 'access-lost',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'access-lost',
  requiredAccessLevel: 'access-lost',
  forbidden: 'access-lost',
  notACalendarUser: 'access-lost',
  forbiddenForNonOrganizer: 'refused',
  duplicate: 'already-exists',
  fullSyncRequired: 'sync-token-expired',
  updatedMinTooLongAgo: 'sync-token-expired',
};
/** Where a reason is believed: the word `forbidden` in a 400, say, means nothing known. */
const statusesWithReason = new Set([403, 409, 410, 429]);

/** What an API answer that is no success means. Source: guides/errors, guides/quota. */
export function classifyRefusal(status: number, body: unknown, subject: Subject): Refusal {
  const error = apiError.Check(body) ? body.error : undefined;
  const reason = error?.errors?.[0]?.reason ?? error?.details?.[0]?.reason ?? null;
  const known = statusesWithReason.has(status) && reason ? kindsByReason[reason] : undefined;
  const isEnded = subject === 'feed' && isEndOfToken(status, error?.message);
  const kind = isEnded ? 'sync-token-expired' : (known ?? classifyStatus(status, reason, subject));
  return {
    kind: subject === 'watch' ? classifyWatch(kind, reason) : kind,
    code: reason,
    detail: error?.message ?? null,
    ...(reason && /^(quota|dailyLimit|calendarUsageLimits)Exceeded$/.test(reason)
      ? { waitMs: QUOTA_WAIT_MS }
      : {}),
  };
}

/**
 * A garbled token is no 410 but a 400, and every other 400 is our own mistake: only the message
 * tells them apart. Source: guides/sync, "410"; the 400 is seen in practice.
 */
const isEndOfToken = (status: number, message = '') =>
  status === 410 || (status === 400 && /^invalid (sync|page) ?token value\b/i.test(message));

/** What keeps a calendar from being watched keeps it from nothing else. Source: guides/push. */
function classifyWatch(kind: ProviderErrorKind, reason: string | null): ProviderErrorKind {
  if (reason === 'channelIdNotUnique') return 'already-exists';
  return kind === 'access-lost' || kind === 'gone' || kind === 'changed-meanwhile'
    ? 'refused'
    : kind;
}

function classifyStatus(
  status: number,
  reason: string | null,
  subject: Subject,
): ProviderErrorKind {
  if (status >= 500 || status === 408) return 'unavailable';
  // The API never redirects: something else answered.
  if (status < 400) return 'malformed-answer';
  switch (status) {
    case 401:
      return 'token-rejected';
    case 403:
      // An unknown reason about one event must not stop the whole calendar.
      return subject === 'event' && reason ? 'refused' : 'access-lost';
    case 404:
      return subject === 'event' || subject === 'channel' ? 'gone' : 'access-lost';
    case 410:
      return 'gone';
    case 409:
    case 412:
      return 'changed-meanwhile';
    case 429:
      return 'rate-limited';
    default:
      return 'refused';
  }
}

const revoked = new Set(['invalid_grant', 'admin_policy_enforced', 'access_denied']);
const transient = new Set(['temporarily_unavailable', 'server_error', 'internal_failure']);
const limited = new Set(['rate_limit_exceeded', 'slow_down']);

/**
 * What a refusal of the token endpoint means. Whatever is not known to be the end of the grant is
 * the operator's: a connection must not die of somebody's wrong secret. Source: OAuth web server guide.
 */
export function classifyTokenRefusal(status: number, body: unknown): Refusal {
  const answer = oauthError.Check(body) ? body : undefined;
  return {
    kind: classifyTokenError(status, answer?.error),
    code: answer?.error_subtype ?? answer?.error ?? null,
    detail: answer?.error_description ?? null,
  };
}

function classifyTokenError(status: number, error: string | undefined): ProviderErrorKind {
  if (status === 429 || (error && limited.has(error))) return 'rate-limited';
  if (status >= 500 || status === 408 || (error && transient.has(error))) return 'unavailable';
  if (error && revoked.has(error)) return 'connection-revoked';
  return error ? 'misconfigured' : 'malformed-answer';
}
