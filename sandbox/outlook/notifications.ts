import type { Graph, Mailbox, StoredCalendar, StoredEvent } from './state.ts';

/** Tells the subscriptions of a calendar that one of its events changed. */
export function noteChange(
  _graph: Graph,
  _mailbox: Mailbox,
  _calendar: StoredCalendar,
  _event: StoredEvent,
  _change: 'created' | 'updated' | 'deleted',
): void {}
