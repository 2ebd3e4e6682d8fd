import { answerText } from '../text-response.ts';
import type { GraphRequest } from './answer.ts';
import type { Answer } from './call.ts';
import { Printed } from './printed.ts';

/** The request as the core wants it: no streams, no classes of the platform. */
export function readRequest(request: Request): GraphRequest {
  const { origin, pathname, search } = new URL(request.url);
  const hasBody = request.method !== 'GET' && request.method !== 'DELETE';
  return {
    method: request.method,
    origin,
    pathname,
    search,
    header: (name) => request.headers.get(name),
    text: async () => (hasBody ? request.text() : ''),
  };
}

const JSON_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;' +
  'charset=utf-8';

export function toResponse({ status, body, headers }: Answer): Response {
  if (body === undefined) return new Response(null, { status, headers });
  return answerText(body instanceof Printed ? body.text : JSON.stringify(body), {
    status,
    headers: { 'content-type': JSON_TYPE, ...headers },
  });
}
