import { notifyLifecycle, type LifecycleEvent } from './delivery.ts';
import { findEvent } from './ids.ts';
import type { Graph, Mailbox } from './state.ts';
import { calendarOf, getCalendar, moveEvent, touchEvent } from './store.ts';
import { CUSTOM_ZONE } from './zones.ts';

/** What happens to a mailbox from outside the API. */
export interface OutlookActs {
  /** Somebody drags an event into another calendar. */
  moveEvent(accountId: string, eventId: string, calendarId: string): void;
  /** Somebody takes the event with this iCalUId out of Deleted Items. */
  restoreEvent(accountId: string, iCalUId: string): void;
  /** The event turns into one that an old client made, with a zone that has no name. */
  ageEvent(accountId: string, eventId: string): void;
  /**
   * Microsoft sends a lifecycle notification; `subscriptionRemoved` removes the subscription first.
   */
  sendLifecycle(subscriptionId: string, event: LifecycleEvent): void;
  /** An administrator takes the mailbox away, or gives it back. */
  setMailboxEnabled(accountId: string, isEnabled: boolean): void;
}

export function createActs(graph: Graph): OutlookActs {
  const getMailbox = (accountId: string): Mailbox => {
    const mailbox = graph.state.mailboxes.get(accountId);
    if (!mailbox) throw new Error(`no mailbox for account ${accountId}`);
    return mailbox;
  };
  return {
    moveEvent(accountId, eventId, calendarId) {
      const mailbox = getMailbox(accountId);
      const { event } = findEvent(mailbox, eventId);
      moveEvent(graph, mailbox, event, getCalendar(mailbox, calendarId));
    },
    restoreEvent(accountId, iCalUId) {
      const mailbox = getMailbox(accountId);
      const event = mailbox.events.get(mailbox.byICalUId.get(iCalUId) ?? '');
      if (!event || event.deletedAt === null) throw new Error(`nothing deleted as ${iCalUId}`);
      moveEvent(graph, mailbox, event, calendarOf(mailbox, event));
    },
    ageEvent(accountId, eventId) {
      const mailbox = getMailbox(accountId);
      const { event } = findEvent(mailbox, eventId);
      event.originalStartTimeZone = CUSTOM_ZONE;
      event.originalEndTimeZone = CUSTOM_ZONE;
      touchEvent(graph, mailbox, event);
    },
    sendLifecycle(subscriptionId, event) {
      const subscription = graph.state.subscriptions.get(subscriptionId);
      if (!subscription) throw new Error(`no subscription ${subscriptionId}`);
      if (event === 'subscriptionRemoved') graph.state.subscriptions.delete(subscriptionId);
      notifyLifecycle(graph, subscription, event);
    },
    setMailboxEnabled(accountId, isEnabled) {
      getMailbox(accountId).isEnabled = isEnabled;
    },
  };
}
