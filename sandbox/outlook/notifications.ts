import { enqueue } from './delivery.ts';
import { endpointOf } from './endpoints.ts';
import { listFollowers } from './followers.ts';
import { etagOf, eventId } from './ids.ts';
import { encryptEvent } from './rich-notifications.ts';
import type { Graph, Mailbox, StoredCalendar, StoredEvent, Subscription } from './state.ts';
import { formatInstant } from './wall-clock.ts';

type ChangeType = 'created' | 'updated' | 'deleted';

/** How long a slow endpoint waits for what is new to it. Source: texts of 2023 and 2026. */
const SLOW_DELAY_MS = 600_000;
const DELAY_MS = 250;

/**
 * Tells the subscriptions of a calendar that one of its events changed: two or three times, as
 * Graph does.
 */
export function noteChange(
  graph: Graph,
  mailbox: Mailbox,
  calendar: StoredCalendar,
  event: StoredEvent,
  change: ChangeType,
): void {
  const followers = listFollowers(graph, mailbox, calendar.key);
  if (followers.length === 0) return;
  const sequence = sequenceOf(graph, change);
  for (const subscription of followers) {
    for (const [index, changeType] of sequence.entries()) {
      if (!subscription.changeTypes.includes(changeType)) continue;
      notify(graph, subscription, { mailbox, event, changeType, index });
    }
  }
}

/** A create is followed by updates, an update by more of them. Source: docs-contrib#3072, #2155. */
function sequenceOf({ world }: Graph, change: ChangeType): ChangeType[] {
  if (change === 'deleted') return ['deleted'];
  const fixed = world.getSwitch('outlook.notificationsPerChange', 0);
  const count = fixed > 0 ? fixed : 2 + Math.floor(world.runtime.random() * 2);
  return [change, ...Array.from({ length: count - 1 }, () => 'updated' as const)];
}

interface Notice {
  mailbox: Mailbox;
  event: StoredEvent;
  changeType: ChangeType;
  index: number;
}

function notify(
  graph: Graph,
  subscription: Subscription,
  { mailbox, event, changeType, index }: Notice,
): void {
  const { world } = graph;
  const { account } = mailbox;
  // The ids are of the kind that was asked for when the subscription was made.
  const id = eventId(mailbox, event, null, subscription.isImmutableId);
  const isSlow = endpointOf(graph, subscription.notificationUrl).slowUntil > world.runtime.now();
  const delayMs =
    world.getSwitch('outlook.notificationDelayMs', DELAY_MS) * (index + 1) +
    (isSlow ? world.getSwitch('outlook.slowEndpointDelayMs', SLOW_DELAY_MS) : 0);
  enqueue(graph, subscription, {
    url: subscription.notificationUrl,
    delayMs,
    isLifecycle: false,
    item: {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: formatInstant(subscription.expiresAt),
      changeType,
      resource: `Users/${account.id}/Events/${id}`,
      resourceData: {
        '@odata.type': '#Microsoft.Graph.Event',
        '@odata.id': `Users/${account.id}/Events/${id}`,
        '@odata.etag': etagOf(mailbox, event.changedSeq),
        id,
      },
      // Of what is gone there is nothing to tell but its id.
      ...(subscription.rich &&
        changeType !== 'deleted' && {
          encryptedContent: encryptEvent(graph, subscription, { mailbox, event }),
        }),
      clientState: subscription.clientState,
      tenantId: account.tenantId,
    },
  });
}
