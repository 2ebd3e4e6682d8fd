import { notifyLifecycle } from './delivery.ts';
import type { Graph, Subscription } from './state.ts';

/** The last eighth of a life is "near its end"; Microsoft names no figure. */
const NEAR_END_SHARE = 1 / 8;

/** Asks for renewal before the end, unless somebody renewed meanwhile. */
export function scheduleReauthorization(graph: Graph, subscription: Subscription): void {
  if (subscription.lifecycleNotificationUrl === null) return;
  const { runtime } = graph.world;
  const { id, expiresAt } = subscription;
  const lifeMs = expiresAt - runtime.now();
  runtime.schedule(lifeMs * (1 - NEAR_END_SHARE), () => {
    const current = graph.state.subscriptions.get(id);
    if (current?.expiresAt !== expiresAt) return;
    notifyLifecycle(graph, current, 'reauthorizationRequired');
  });
}
