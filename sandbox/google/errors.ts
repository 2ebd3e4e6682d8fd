/** Google's refusals, in both of the shapes its clients meet. */

export interface GoogleErrorPlace {
  domain?: string;
  locationType?: 'parameter' | 'header';
  location?: string;
}

/** A refusal as the Calendar backend words it. Source: guides/errors. */
export class GoogleError extends Error {
  override readonly name = 'GoogleError';
  readonly status: number;
  readonly reason: string;
  readonly place: GoogleErrorPlace;

  constructor(status: number, reason: string, message: string, place: GoogleErrorPlace = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.place = place;
  }
}

/** The backend's error body. */
export function backendErrorBody(error: GoogleError): object {
  const { domain = 'global', locationType, location } = error.place;
  const where = locationType && location ? { locationType, location } : {};
  const detail = { domain, reason: error.reason, message: error.message, ...where };
  return { error: { errors: [detail], code: error.status, message: error.message } };
}

/** 401 of the front end, which never reaches the Calendar backend. */
export function unauthenticatedBody(): object {
  return {
    error: {
      code: 401,
      message:
        'Request had invalid authentication credentials. Expected OAuth 2 access token, login ' +
        'cookie or other valid authentication credential. See ' +
        'https://developers.google.com/identity/sign-in/web/devconsole-project.',
      errors: [
        {
          message: 'Invalid Credentials',
          domain: 'global',
          reason: 'authError',
          location: 'Authorization',
          locationType: 'header',
        },
      ],
      status: 'UNAUTHENTICATED',
    },
  };
}

/** 403 of the front end for a token without any scope that the method accepts. */
export function scopeMissingBody(rpcMethod: string): object {
  return {
    error: {
      code: 403,
      message: 'Request had insufficient authentication scopes.',
      errors: [
        { message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' },
      ],
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
          metadata: { service: 'calendar-json.googleapis.com', method: rpcMethod },
        },
      ],
    },
  };
}

export function badRequest(message = 'Bad Request'): GoogleError {
  return new GoogleError(400, 'badRequest', message);
}

export function invalid(message = 'Invalid Value', location?: string): GoogleError {
  return new GoogleError(400, 'invalid', message, location ? atParameter(location) : {});
}

export function invalidParameter(name: string, value: string): GoogleError {
  return new GoogleError(400, 'invalidParameter', `Invalid value '${value}'.`, atParameter(name));
}

export function required(message: string, location?: string): GoogleError {
  return new GoogleError(400, 'required', message, location ? atParameter(location) : {});
}

export function parseError(): GoogleError {
  return new GoogleError(400, 'parseError', 'Parse Error');
}

export function timeRangeEmpty(): GoogleError {
  return new GoogleError(400, 'timeRangeEmpty', 'The specified time range is empty.', {
    domain: 'calendar',
    ...atParameter('timeMax'),
  });
}

export function notFound(): GoogleError {
  return new GoogleError(404, 'notFound', 'Not Found');
}

export function alreadyDeleted(): GoogleError {
  return new GoogleError(410, 'deleted', 'Resource has been deleted');
}

export function duplicate(): GoogleError {
  return new GoogleError(409, 'duplicate', 'The requested identifier already exists.');
}

/** For one part of a batch that another part got in the way of. */
export function conflict(): GoogleError {
  return new GoogleError(409, 'conflict', 'Conflict');
}

export function conditionNotMet(): GoogleError {
  return new GoogleError(412, 'conditionNotMet', 'Precondition Failed', {
    locationType: 'header',
    location: 'If-Match',
  });
}

export function fullSyncRequired(): GoogleError {
  const message = 'Sync token is no longer valid, a full sync is required.';
  return new GoogleError(410, 'fullSyncRequired', message, {
    domain: 'calendar',
    ...atParameter('syncToken'),
  });
}

/** The caller's role on the calendar is too low. */
export function accessLevelRequired(level: string): GoogleError {
  return new GoogleError(
    403,
    'requiredAccessLevel',
    `You need to have ${level} access to this calendar.`,
    { domain: 'calendar' },
  );
}

export function forbidden(message = 'Forbidden'): GoogleError {
  return new GoogleError(403, 'forbidden', message);
}

export function organizerOnly(): GoogleError {
  return new GoogleError(
    403,
    'forbiddenForNonOrganizer',
    'Shared properties can only be changed by the organizer of the event.',
    { domain: 'calendar' },
  );
}

function atParameter(location: string): GoogleErrorPlace {
  return { locationType: 'parameter', location };
}
