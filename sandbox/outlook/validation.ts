import { GraphError } from './graph-error.ts';
import { randomHex } from './ids.ts';
import type { Graph } from './state.ts';

/** Source: webhooks, change-notifications-lifecycle-events. */
const VALIDATION_TIMEOUT_MS = 10_000;

/**
 * Asks an endpoint to say back a token, as plain text and decoded; otherwise the subscription is
 * refused.
 */
export async function validateEndpoint(graph: Graph, address: string): Promise<void> {
  const { runtime } = graph.world;
  // The blanks and the colon show whether the other side decodes what it was sent.
  const token = `Validation: Testing client application reachability ${randomHex(runtime, 16)}`;
  const url = new URL(address);
  const separator = url.search === '' ? '?' : '&';
  const request = new Request(
    `${url.href}${separator}validationToken=${encodeURIComponent(token)}`,
    {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    },
  );
  const response = await withinTime(graph, runtime.fetch(request), VALIDATION_TIMEOUT_MS);
  const isText = response?.headers.get('content-type')?.toLowerCase().startsWith('text/plain');
  if (response?.status === 200 && isText && (await response.text()) === token) return;
  throw new GraphError(
    400,
    'InvalidRequest',
    'Subscription validation request failed. Notification endpoint must respond with 200 OK to ' +
      'validation request.',
  );
}

/** What a promise brings, or undefined when it fails or takes too long. */
export function withinTime<T>(
  { world }: Graph,
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    world.runtime.schedule(timeoutMs, () => resolve(undefined));
    promise.then(resolve, () => resolve(undefined));
  });
}
