import type { Endpoint, Graph } from './state.ts';

/** Source: change-notifications-delivery-webhooks and the texts of 2026. */
const SLOW_SHARE = 0.1;
const DROP_SHARE = 0.15;
const WINDOW_MS = 600_000;
const VERY_SLOW_MS = 10_000;
/** Fewer answers than this say nothing about an endpoint; the figure is ours. */
const ANSWERS_MIN = 10;

export function endpointOf({ state }: Graph, url: string): Endpoint {
  const { host } = new URL(url);
  let endpoint = state.endpoints.get(host);
  if (!endpoint) {
    endpoint = { answers: [], slowUntil: 0, dropUntil: 0 };
    state.endpoints.set(host, endpoint);
  }
  return endpoint;
}

/** Remembers how long an answer took and judges the endpoint by its last ten minutes. */
export function noteAnswer({ world }: Graph, endpoint: Endpoint, tookMs: number): void {
  const now = world.runtime.now();
  const budgetMs = world.getSwitch('outlook.notificationBudgetMs', 3_000);
  endpoint.answers = endpoint.answers.filter(({ at }) => at > now - WINDOW_MS);
  endpoint.answers.push({ at: now, isSlow: tookMs > budgetMs, isVerySlow: tookMs >= VERY_SLOW_MS });
  const { answers } = endpoint;
  if (answers.length < ANSWERS_MIN) return;
  const slow = answers.filter(({ isSlow }) => isSlow).length / answers.length;
  const verySlow = answers.filter(({ isVerySlow }) => isVerySlow).length / answers.length;
  if (slow > SLOW_SHARE) endpoint.slowUntil = now + WINDOW_MS;
  if (verySlow > DROP_SHARE) endpoint.dropUntil = now + WINDOW_MS;
}
