/** The one place where an event copy is replaced by its next version. */

import type { Change } from '../call.ts';
import { touchTopic } from '../channels.ts';
import { isSame } from '../json.ts';
import { exceptionsOf, nextStamp, putEvent, putQuietly, type CalendarState } from '../state.ts';
import type { EventData, EventMember, Reminders, StoredEvent } from './event.ts';
import { instanceAt, isSlot } from './instances.ts';

/** What a change wants stored; the stamps are given here. */
export interface Draft {
  readonly id: string;
  readonly data: EventData;
  readonly reminders: Readonly<Record<string, Reminders>>;
  readonly createdAt: number;
  readonly ownMembers?: readonly EventMember[] | undefined;
  readonly isBare?: true | undefined;
}

/** Members that say which occurrence it is; they never follow the series. */
const SLOT_MEMBERS: readonly EventMember[] = ['recurringEventId', 'originalStartTime', 'sequence'];
/** One is written with the other: who moves an occurrence means both, also where one stays as it was. */
const TIME_MEMBERS: readonly EventMember[] = ['start', 'end'];
const isTime = (member: EventMember) => TIME_MEMBERS.includes(member);

/**
 * Stores the draft as the event's next version and rings the calendar's channels.
 * An identical draft changes nothing. Changed reminders alone leave `updated` as it was
 * (Event.reminders). A series and its exceptions share their ETag: so it is in every recorded
 * listing, whichever of them was changed.
 */
export function saveEvent(call: Change, calendar: CalendarState, wanted: Draft): StoredEvent {
  const draft = withOwnMembers(calendar, wanted);
  const previous = calendar.events.get(draft.id);
  const isSameData = previous !== undefined && isSame(previous.data, draft.data);
  const isIdentical =
    isSameData && isSame(previous.reminders, draft.reminders) && previous.isBare === draft.isBare;
  if (isIdentical && !call.world.getSwitch('google.noopChangesEtag', false)) return previous;
  const version = nextStamp(call.state, call.now);
  const masterId = draft.data.recurringEventId;
  const master = masterId === undefined ? undefined : calendar.events.get(masterId);
  const isShared = !isSameData && call.world.getSwitch('google.seriesSharesEtag', true);
  if (master && isShared) putAgain(call, calendar, master, version);
  const event: StoredEvent = {
    ...draft,
    calendarId: calendar.id,
    stamp: master && isShared ? nextStamp(call.state, call.now) : version,
    versionStamp: version,
    updatedStamp: isSameData ? previous.updatedStamp : version,
  };
  putEvent(calendar, event);
  if (!isSameData && masterId === undefined) rebaseExceptions(call, calendar, event);
  if (isShared) restampExceptions(call, calendar, masterId ?? event.id, event, version);
  touchTopic(call, `events:${calendar.id}`, event.data.eventType);
  return event;
}

/** Notes in which members an exception differs from its series, beside those it already had. */
function withOwnMembers(calendar: CalendarState, draft: Draft): Draft {
  const { recurringEventId, originalStartTime } = draft.data;
  const master = recurringEventId && calendar.events.get(recurringEventId);
  if (!master || !originalStartTime) return draft;
  const plain = instanceAt(master, originalStartTime).data;
  const members = Object.keys({ ...plain, ...draft.data }) as EventMember[];
  const isOther = (member: EventMember) => !isSame(plain[member], draft.data[member]);
  const isMoved = TIME_MEMBERS.some(isOther);
  const differing = members.filter(
    (member) => !SLOT_MEMBERS.includes(member) && (isOther(member) || (isMoved && isTime(member))),
  );
  return { ...draft, ownMembers: [...new Set([...(draft.ownMembers ?? []), ...differing])] };
}

/**
 * After a change of the series: exceptions keep what is their own and follow it in the rest. Those
 * whose place in the series is gone become cancelled; what Google does with them is not documented.
 */
function rebaseExceptions(call: Change, calendar: CalendarState, master: StoredEvent): void {
  for (const exception of exceptionsOf(calendar, master.id)) {
    const original = exception.data.originalStartTime;
    if (!original) continue;
    const plain = instanceAt(master, original);
    const own = Object.fromEntries(
      [...(exception.ownMembers ?? []), ...SLOT_MEMBERS].map((key) => [key, exception.data[key]]),
    );
    let data: EventData = { ...plain.data, ...own };
    const isLive = master.data.status !== 'cancelled';
    if (isLive && !isSlot(call, master, original)) {
      if (call.world.getSwitch('google.orphanedExceptions', 'cancel') !== 'cancel') continue;
      data = { ...exception.data, status: 'cancelled' };
    }
    if (isSame(data, exception.data)) continue;
    // Quietly, in its place in the log: a deleted series is told as one tombstone.
    const changed = { ...exception, data };
    putQuietly(calendar, changed);
    if (isLive) putAgain(call, calendar, changed, master.versionStamp);
  }
}

function restampExceptions(
  call: Change,
  calendar: CalendarState,
  masterId: string,
  saved: StoredEvent,
  version: number,
): void {
  if (saved.id === masterId && saved.data.status === 'cancelled') return;
  for (const exception of exceptionsOf(calendar, masterId)) {
    if (exception.id === saved.id || exception.versionStamp === version) continue;
    putAgain(call, calendar, exception, version);
  }
}

function putAgain(
  call: Change,
  calendar: CalendarState,
  event: StoredEvent,
  version: number,
): void {
  const stamp = nextStamp(call.state, call.now);
  putEvent(calendar, { ...event, stamp, versionStamp: version, updatedStamp: version });
}
