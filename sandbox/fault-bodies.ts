import type { ProviderName } from './world.ts';

const googleReasons: Record<number, readonly [domain: string, reason: string, message: string]> = {
  400: ['global', 'badRequest', 'Bad Request'],
  401: ['global', 'authError', 'Invalid Credentials'],
  403: ['usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'],
  404: ['global', 'notFound', 'Not Found'],
  409: ['global', 'conflict', 'Conflict'],
  410: ['calendar', 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.'],
  412: ['global', 'conditionNotMet', 'Precondition Failed'],
  429: ['usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'],
};

const googleMessages: Record<string, readonly [domain: string, message: string]> = {
  userRateLimitExceeded: ['usageLimits', 'User Rate Limit Exceeded'],
  quotaExceeded: ['usageLimits', 'Calendar usage limits exceeded.'],
  forbiddenForNonOrganizer: [
    'calendar',
    'Shared properties can only be changed by the organizer of the event.',
  ],
  requiredAccessLevel: ['global', 'You need to have writer access to this calendar.'],
  insufficientPermissions: ['global', 'Insufficient Permission'],
  duplicate: ['global', 'The requested identifier already exists.'],
  deleted: ['global', 'Resource has been deleted'],
};

const graphCodes: Record<number, readonly [code: string, message: string]> = {
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

/** What the provider usually says with a status. Source: the error pages of both APIs */
export function makeErrorBody(provider: ProviderName, status: number, reason?: string): unknown {
  if (provider === 'outlook') {
    const [code, message] = graphCodes[status] ?? ['UnknownError', ''];
    return { error: { code: reason ?? code, message } };
  }
  const [domain, name, message] = findGoogleWords(status, reason);
  return { error: { errors: [{ domain, reason: name, message }], code: status, message } };
}

function findGoogleWords(status: number, reason?: string): readonly [string, string, string] {
  const usual = googleReasons[status] ?? ['global', 'backendError', 'Backend Error'];
  if (reason === undefined) return usual;
  const [domain, message] = googleMessages[reason] ?? [usual[0], usual[2]];
  return [domain, reason, message];
}
