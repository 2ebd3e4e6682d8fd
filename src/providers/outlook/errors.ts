import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Refusal, Subject } from '../json-http.ts';
import type { ProviderErrorKind } from '../provider-error.ts';

const apiError = Compile(
  Type.Object({
    error: Type.Object({
      code: Type.String(),
      message: Type.Optional(Type.String()),
    }),
  }),
);
const oauthError = Compile(
  Type.Object({
    error: Type.String(),
    error_description: Type.Optional(Type.String()),
    error_codes: Type.Optional(Type.Array(Type.Number())),
  }),
);

/** Codes that say more than their status, in lower case. Source: Graph errors; EWS ResponseCode. */
const kindsByCode: Record<string, ProviderErrorKind | undefined> = {
  errorduplicatetransactionid: 'already-exists',
  errorirresolvableconflict: 'changed-meanwhile',
  // No mailbox behind the account: nothing in it can be reached, and nothing was deleted.
  mailboxnotenabledforrestapi: 'access-lost',
  mailboxnotsupportedforrestapi: 'access-lost',
  errorinvaliduser: 'access-lost',
};
/** The end of a delta link, with whatever 4xx it comes. Source: delta-query-overview. */
const endOfTokenCodes = new Set(['syncstatenotfound', 'syncstateinvalid', 'resyncrequired']);
/** An id that the mailbox does not know; the calendar is looked at before it is believed. */
const unknownIdCodes = new Set(['errorinvalididmalformed', 'erroritemnotfound']);

/** What an API answer that is no success means. Source: Graph errors, throttling. */
export function classifyRefusal(status: number, body: unknown, subject: Subject): Refusal {
  const error = apiError.Check(body) ? body.error : undefined;
  const code = error?.code.toLowerCase() ?? '';
  const isClientError = status >= 400 && status < 500 && status !== 401 && status !== 429;
  const known = isClientError ? kindsByCode[code] : undefined;
  const isEnded =
    (status === 410 && subject === 'feed') ||
    (status >= 400 && status < 500 && endOfTokenCodes.has(code));
  const kind = isEnded ? 'sync-token-expired' : (known ?? classifyStatus(status, code, subject));
  return {
    kind: subject === 'watch' ? classifyWatch(kind, status) : kind,
    code: error?.code ?? null,
    detail: error?.message ?? null,
  };
}

/** What keeps a calendar from being watched keeps it from nothing else. 409: there is one already. */
function classifyWatch(kind: ProviderErrorKind, status: number): ProviderErrorKind {
  if (status === 409) return 'already-exists';
  return kind === 'access-lost' || kind === 'gone' || kind === 'changed-meanwhile'
    ? 'refused'
    : kind;
}

function classifyStatus(status: number, code: string, subject: Subject): ProviderErrorKind {
  if (status >= 500) return 'unavailable';
  // The API never redirects: something else answered.
  if (status < 400) return 'malformed-answer';
  const isMissing = status === 404 || (status === 400 && unknownIdCodes.has(code));
  const isOne = subject === 'event' || subject === 'channel';
  if (isMissing) return isOne ? 'gone' : 'access-lost';
  switch (status) {
    case 401:
      return 'token-rejected';
    case 403:
      return 'access-lost';
    case 408:
    case 423:
    case 424:
      return 'unavailable';
    case 409:
    case 412:
      return 'changed-meanwhile';
    case 410:
      return 'gone';
    case 429:
      return 'rate-limited';
    default:
      return 'refused';
  }
}

const revoked = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
  'access_denied',
]);
const transient = new Set(['temporarily_unavailable', 'server_error']);
/** Trouble of Microsoft's own, whatever word comes with it. Source: AADSTS error codes. */
const transientCodes = new Set([90024, 90033, 50033, 90055, 50196]);

/**
 * What a refusal of the token endpoint means. Whatever is not known to be the end of the grant is
 * the operator's: a connection must not die of an expired secret. Source: v2.0 authorization code flow.
 */
export function classifyTokenRefusal(status: number, body: unknown): Refusal {
  const answer = oauthError.Check(body) ? body : undefined;
  const number = answer?.error_codes?.[0];
  return {
    kind: classifyTokenError(status, answer?.error, number),
    code: number ? `AADSTS${number}` : (answer?.error ?? null),
    // The first line; trace ids and the time follow it.
    detail: answer?.error_description?.split('\r\n')[0] ?? null,
  };
}

function classifyTokenError(
  status: number,
  error: string | undefined,
  number: number | undefined,
): ProviderErrorKind {
  if (status === 429) return 'rate-limited';
  if (number && transientCodes.has(number)) return 'unavailable';
  if (status >= 500 || status === 408 || (error && transient.has(error))) return 'unavailable';
  if (error && revoked.has(error)) return 'connection-revoked';
  return error ? 'misconfigured' : 'malformed-answer';
}
