import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../runtime.ts';
import { ApiError } from './api-error.ts';
import { type Finding, toInvalidRequest } from './validation.ts';

/** Answers every error as problem+json. What we did not foresee is logged and not told. */
export function answerErrors(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = toApiError(error, request);
    if (!known) logUnexpected(log, error, request);
    return answerProblem(reply, known ?? toInternal(request));
  };
}

export function answerProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds);
  return reply
    .code(error.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(error.toProblem());
}

/** The answer for errors of ours and for what the HTTP library refuses; undefined for the rest. */
function toApiError(error: unknown, request: FastifyRequest): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (!(error instanceof Error)) return undefined;
  if ('validation' in error && Array.isArray(error.validation)) {
    return toInvalidRequest(error.validation as Finding[]);
  }
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('FST_CSRF_')) {
    return new ApiError(
      'wrong-csrf-token',
      'Ask GET /api/session for a token and send it in the header X-CSRF-Token.',
    );
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = Math.floor((request.routeOptions.bodyLimit ?? 0) / 1024);
    return new ApiError('body-too-large', `Send at most ${limit} kB.`);
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new ApiError('unsupported-media-type', 'Send JSON as application/json.');
  }
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 400 || status > 499) return undefined;
  if (error instanceof SyntaxError || code.startsWith('FST_ERR_CTP_')) {
    return new ApiError('invalid-request', 'Send a body that is well-formed JSON.');
  }
  return new ApiError('invalid-request', 'Check the address and the headers of the request.');
}

function toInternal(request: FastifyRequest): ApiError {
  return new ApiError(
    'internal',
    `Try again later; if it stays so, tell whoever runs this server the number ${request.id}.`,
  );
}

/** The address is logged as its pattern: a query can hold a code. */
function logUnexpected(log: Log, error: unknown, request: FastifyRequest): void {
  log.error(
    {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    },
    'request failed',
  );
}
