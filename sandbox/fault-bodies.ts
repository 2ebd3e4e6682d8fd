import {
  backendErrorBody,
  conditionNotMet,
  conflict,
  fullSyncRequired,
  GoogleError,
  scopeMissingBody,
  unauthenticatedBody,
} from './google/errors.ts';
import type { ProviderName } from './world.ts';

const rateLimit = { domain: 'usageLimits' };

const googleErrors: Record<number, GoogleError> = {
  400: new GoogleError(400, 'badRequest', 'Bad Request'),
  403: new GoogleError(403, 'rateLimitExceeded', 'Rate Limit Exceeded', rateLimit),
  404: new GoogleError(404, 'notFound', 'Not Found'),
  409: conflict(),
  410: fullSyncRequired(),
  412: conditionNotMet(),
  429: new GoogleError(429, 'rateLimitExceeded', 'Rate Limit Exceeded', rateLimit),
};

const googleWords: Record<string, readonly [domain: string, message: string]> = {
  userRateLimitExceeded: ['usageLimits', 'User Rate Limit Exceeded'],
  quotaExceeded: ['usageLimits', 'Calendar usage limits exceeded.'],
  forbiddenForNonOrganizer: [
    'calendar',
    'Shared properties can only be changed by the organizer of the event.',
  ],
  requiredAccessLevel: ['calendar', 'You need to have writer access to this calendar.'],
  duplicate: ['global', 'The requested identifier already exists.'],
  deleted: ['global', 'Resource has been deleted'],
};

const graphErrors: Record<number, readonly [code: string, message: string]> = {
  400: ['ErrorInvalidRequest', 'The request is invalid.'],
  401: ['InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'],
  403: ['ErrorAccessDenied', 'Access is denied. Check credentials and try again.'],
  404: ['ErrorItemNotFound', 'The specified object was not found in the store.'],
  409: ['ErrorIrresolvableConflict', 'The send or update operation could not be performed.'],
  410: ['SyncStateNotFound', 'The sync state generation is not found.'],
  412: ['ErrorIrresolvableConflict', 'The send or update operation could not be performed.'],
  424: ['FailedDependency', 'A request that this one depends on failed.'],
  429: ['ApplicationThrottled', 'Application is over its MailboxConcurrency limit.'],
  500: ['UnknownError', ''],
  502: ['BadGateway', 'Failed to connect to the backend.'],
  503: ['serviceNotAvailable', 'The service is temporarily unavailable.'],
  504: ['UnknownError', ''],
};

const graphWords: Record<string, string> = {
  ErrorInternalServerTransientError: 'An internal server error occurred. Try again later.',
  ErrorMailboxStoreUnavailable: 'The mailbox database is temporarily unavailable.',
  ErrorServerBusy: 'The server cannot service this request right now. Try again later.',
  UnknownError: '',
};

/** What the provider usually says with a status. Source: the error pages of both APIs. */
export function makeErrorBody(
  provider: ProviderName,
  status: number,
  { reason, ids }: { reason?: string | undefined; ids: Record<string, string> },
): unknown {
  return provider === 'google'
    ? makeGoogleBody(status, reason)
    : makeGraphBody(status, reason, ids);
}

function makeGraphBody(status: number, reason: string | undefined, ids: Record<string, string>) {
  const [usual, words] = graphErrors[status] ?? ['UnknownError', ''];
  const code = reason ?? usual;
  const message = graphWords[code] ?? words;
  return { error: { code, message, innerError: ids } };
}

/** 401 and missing scopes are the front end's business, which words them in its own way. */
function makeGoogleBody(status: number, reason: string | undefined): unknown {
  if (status === 401) return unauthenticatedBody();
  if (reason === 'insufficientPermissions') return scopeMissingBody('calendar.v3.Events.List');
  const usual =
    googleErrors[status] ?? new GoogleError(status, 'backendError', 'Backend Error', {});
  if (reason === undefined || reason === usual.reason) return backendErrorBody(usual);
  const [domain, message] = googleWords[reason] ?? [usual.place.domain ?? 'global', usual.message];
  return backendErrorBody(new GoogleError(status, reason, message, { domain }));
}
