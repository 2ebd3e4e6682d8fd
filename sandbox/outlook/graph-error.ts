/** An answer that is an error, thrown from anywhere below the router and worded once there. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  /** Further members of the error object, such as `@event.existingEventId`. */
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { extra?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = 'GraphError';
    this.status = status;
    this.code = code;
    this.extra = more.extra ?? {};
    this.headers = more.headers ?? {};
  }
}

export const itemNotFound = () =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

export const accessDenied = () =>
  new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const invalidRequest = (message: string) =>
  new GraphError(400, 'ErrorInvalidRequest', message);

export const invalidProperty = (message: string) =>
  new GraphError(400, 'ErrorPropertyValidationFailure', message);

/** The body is JSON of the wrong shape. */
export const unreadableBody = (message: string) => new GraphError(400, 'RequestBodyRead', message);

export const badQuery = (message: string) => new GraphError(400, 'BadRequest', message);

export const conflictingChange = () =>
  new GraphError(
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the ' +
      'request does not match the current change key for the item.',
  );

export const unknownSegment = (segment: string) =>
  badQuery(`Resource not found for the segment '${segment}'.`);
