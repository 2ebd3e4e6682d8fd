import { endpointOf, noteAnswer } from './endpoints.ts';
import { randomUuid } from './ids.ts';
import { signFor } from './rich-notifications.ts';
import type { Delivery, Graph, Subscription } from './state.ts';
import { withinTime } from './validation.ts';
import { formatInstant } from './wall-clock.ts';

/** Source: change-notifications-delivery-webhooks: tried again for four hours, then dropped. */
const GIVE_UP_MS = 4 * 3_600_000;
const FIRST_RETRY_MS = 10_000;
/** No answer after this is none. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface Order {
  url: string;
  delayMs: number;
  isLifecycle: boolean;
  item: Record<string, unknown>;
}

export function enqueue(graph: Graph, { id }: Subscription, order: Order): void {
  const now = graph.world.runtime.now();
  const dueAt = now + order.delayMs;
  const delivery: Delivery = {
    id: randomUuid(graph.world.runtime),
    subscriptionId: id,
    url: order.url,
    item: order.item,
    isLifecycle: order.isLifecycle,
    dueAt,
    giveUpAt: dueAt + GIVE_UP_MS,
    attempts: 0,
  };
  graph.state.deliveries.set(delivery.id, delivery);
  scheduleDelivery(graph, delivery);
}

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** A lifecycle notification goes to its own address, when the subscription has one. */
export function notifyLifecycle(
  graph: Graph,
  subscription: Subscription,
  lifecycleEvent: LifecycleEvent,
): void {
  const url = subscription.lifecycleNotificationUrl;
  if (url === null) return;
  enqueue(graph, subscription, {
    url,
    delayMs: 0,
    isLifecycle: true,
    item: {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: formatInstant(subscription.expiresAt),
      tenantId: graph.state.mailboxes.get(subscription.accountId)?.account.tenantId,
      clientState: subscription.clientState,
      lifecycleEvent,
    },
  });
}

/** Timers do not survive a snapshot; deliveries do, and are scheduled anew. */
export function scheduleDelivery(graph: Graph, { id, dueAt }: Delivery): void {
  const { runtime } = graph.world;
  runtime.schedule(Math.max(0, dueAt - runtime.now()), () => deliver(graph, id));
}

async function deliver(graph: Graph, id: string): Promise<void> {
  const { runtime } = graph.world;
  const first = graph.state.deliveries.get(id);
  if (!first) return;
  if (first.dueAt > runtime.now()) {
    // A timer may go off a moment before its time by the clock, which may have been set back, too.
    scheduleDelivery(graph, first);
    return;
  }
  const endpoint = endpointOf(graph, first.url);
  if (!first.isLifecycle && endpoint.dropUntil > runtime.now()) {
    giveUp(graph, first);
    return;
  }
  const together = takeTogether(graph, first);
  const startedAt = runtime.now();
  const response = await withinTime(
    graph,
    runtime.fetch(requestOf(graph, together)),
    ANSWER_TIMEOUT_MS,
  );
  noteAnswer(graph, endpoint, runtime.now() - startedAt);
  // Any 2xx is a delivery.
  if (response?.ok) return;
  for (const delivery of together) retryLater(graph, delivery);
}

/** One POST holds what is due at the same address, of several subscriptions too. */
function takeTogether({ world, state }: Graph, first: Delivery): Delivery[] {
  const now = world.runtime.now();
  const due = [...state.deliveries.values()].filter(
    ({ url, dueAt, isLifecycle }) =>
      url === first.url && dueAt <= now && isLifecycle === first.isLifecycle,
  );
  for (const { id } of due) state.deliveries.delete(id);
  return due;
}

function requestOf(graph: Graph, deliveries: Delivery[]): Request {
  const validationTokens = signFor(graph, deliveries);
  return new Request(deliveries[0]?.url ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ value: deliveries.map(({ item }) => item), validationTokens }),
  });
}

/** Waits twice as long each time; what could not be delivered in time is gone. */
function retryLater(graph: Graph, delivery: Delivery): void {
  const now = graph.world.runtime.now();
  const dueAt = now + FIRST_RETRY_MS * 2 ** delivery.attempts;
  if (dueAt > delivery.giveUpAt || !graph.state.subscriptions.has(delivery.subscriptionId)) {
    giveUp(graph, delivery);
    return;
  }
  const again = { ...delivery, dueAt, attempts: delivery.attempts + 1 };
  graph.state.deliveries.set(again.id, again);
  scheduleDelivery(graph, again);
}

function giveUp(graph: Graph, delivery: Delivery): void {
  graph.state.deliveries.delete(delivery.id);
  const subscription = graph.state.subscriptions.get(delivery.subscriptionId);
  if (subscription && !delivery.isLifecycle) notifyLifecycle(graph, subscription, 'missed');
}
