/** The one place where an event copy is replaced by its next version. */

import { touchTopic } from '../channels.ts';
import type { Call } from '../call.ts';
import { isSame } from '../json.ts';
import { nextStamp, putEvent, type CalendarState } from '../state.ts';
import type { EventData, EventMember, Reminders, StoredEvent } from './event.ts';

/** What a change wants stored; the stamps are given here. */
export interface Draft {
  readonly id: string;
  readonly data: EventData;
  readonly reminders: Readonly<Record<string, Reminders>>;
  readonly createdAt: number;
  readonly ownMembers?: readonly EventMember[] | undefined;
  readonly isBare?: true | undefined;
}

/**
 * Stores the draft as the event's next version and rings the calendar's channels.
 * An identical draft changes nothing. Changed reminders alone leave `updated` as it was
 * (Event.reminders).
 */
export function saveEvent(call: Call, calendar: CalendarState, draft: Draft): StoredEvent {
  const previous = calendar.events.get(draft.id);
  const isSameData = previous !== undefined && isSame(previous.data, draft.data);
  const isIdentical =
    isSameData && isSame(previous.reminders, draft.reminders) && previous.isBare === draft.isBare;
  if (isIdentical && !call.world.getSwitch('google.noopChangesEtag', false)) return previous;
  const stamp = nextStamp(call.state, call.now);
  const event: StoredEvent = {
    ...draft,
    calendarId: calendar.id,
    stamp,
    versionStamp: stamp,
    updatedStamp: isSameData ? previous.updatedStamp : stamp,
  };
  putEvent(calendar, event);
  touchTopic(call, `events:${calendar.id}`, event.data.eventType);
  return event;
}
