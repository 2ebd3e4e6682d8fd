import type { Graph, Mailbox, Subscription } from './state.ts';

/** A subscription that has run out is as good as gone. */
export function isAlive({ world }: Graph, subscription: Subscription): boolean {
  return subscription.expiresAt > world.runtime.now();
}

/** Whose subscriptions a change in a calendar concerns. */
export function listFollowers(graph: Graph, mailbox: Mailbox, calendarKey: string): Subscription[] {
  return [...graph.state.subscriptions.values()].filter(
    (each) =>
      each.accountId === mailbox.account.id &&
      each.calendarKey === calendarKey &&
      isAlive(graph, each),
  );
}
