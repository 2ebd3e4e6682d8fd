import type { Answer, Call } from './call.ts';
import { itemNotFound } from './graph-error.ts';
import { cancelMeeting } from './meetings.ts';
import { findOccurrence, getSeries } from './series.ts';
import type { StoredEvent } from './state.ts';
import { calendarOf, checkCanEdit, checkIfMatch, removeEvent, touchEvent } from './store.ts';

/**
 * An organiser's delete cancels the meeting by mail. A second delete finds nothing. Source:
 * event-delete.
 */
export function deleteEvent(call: Call, event: StoredEvent, slot: string | null): Answer {
  checkCanEdit(calendarOf(call.mailbox, event));
  if (slot !== null && !findOccurrence(event, slot)) throw itemNotFound();
  checkIfMatch(call.mailbox, event, call.ifMatch);
  takeAway(call, event, slot);
  return { status: 204 };
}

/** Removes the event, or one slot of a series, and tells the attendees. */
export function takeAway(call: Call, event: StoredEvent, slot: string | null): void {
  if (slot === null) {
    removeEvent(call, call.mailbox, event);
    cancelMeeting(call, call.mailbox, event, null);
    return;
  }
  if (!findOccurrence(event, slot)) throw itemNotFound();
  const series = getSeries(event);
  delete series.exceptions[slot];
  series.cancelled.push(slot);
  touchEvent(call, call.mailbox, event);
  cancelMeeting(call, call.mailbox, event, slot);
}

/** `/permanentDelete`: the same, past Deleted Items. Source: v1.0 CSDL. */
export function purgeEvent(call: Call, event: StoredEvent, slot: string | null): Answer {
  const answer = deleteEvent(call, event, slot);
  if (slot === null) call.mailbox.events.delete(event.key);
  return answer;
}
