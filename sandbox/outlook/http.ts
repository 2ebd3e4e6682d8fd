import type { Answer } from './call.ts';
import type { GraphRequest } from './answer.ts';

/** Source: the general write limit, 4 MB. */
export const BODY_MAX_BYTES = 4 * 1024 * 1024;

/** The request as the core wants it: no streams, no classes of the platform. */
export async function readRequest(request: Request): Promise<GraphRequest> {
  const { origin, pathname, search } = new URL(request.url);
  const hasBody = request.method !== 'GET' && request.method !== 'DELETE';
  return {
    method: request.method,
    origin,
    pathname,
    search,
    header: (name) => request.headers.get(name),
    text: hasBody ? await request.text() : '',
  };
}

export function toResponse({ status, body, headers }: Answer): Response {
  if (body === undefined) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type':
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
      ...headers,
    },
  });
}
