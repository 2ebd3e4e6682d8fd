import { conflictingChange, GraphError, itemNotFound } from './graph-error.ts';
import { etagOf, parseId, randomHex } from './ids.ts';
import { noteChange } from './notifications.ts';
import {
  nextSeq,
  type Graph,
  type Mailbox,
  type State,
  type StoredCalendar,
  type StoredEvent,
} from './state.ts';
import type { Account } from '../world.ts';
import { windowsNameOf } from './zones.ts';

/** Class of the group "My Calendars". Source: user-list-calendargroups sample. */
const MY_CALENDARS = '0006f0b7-0000-0000-c000-000000000046';

/** A mailbox as it comes: one group with the default calendar and two that nobody may write. */
export function addMailbox({ world, state }: Graph, account: Account): void {
  if (state.mailboxes.has(account.id)) return;
  const mailbox: Mailbox = {
    account,
    tag: randomHex(world.runtime, 12),
    timeZone: windowsNameOf(account.timeZone),
    isEnabled: true,
    groups: new Map(),
    calendars: new Map(),
    events: new Map(),
    transactions: new Map(),
    byICalUId: new Map(),
  };
  state.mailboxes.set(account.id, mailbox);
  mailbox.groups.set('g1', {
    key: 'g1',
    name: 'My Calendars',
    classId: MY_CALENDARS,
    changedSeq: nextSeq(state),
  });
  addCalendar(state, mailbox, { name: 'Calendar', isDefault: true, isRemovable: false });
  addCalendar(state, mailbox, { name: 'United States holidays', canEdit: false });
  addCalendar(state, mailbox, { name: 'Birthdays', canEdit: false });
}

export function addCalendar(
  state: State,
  mailbox: Mailbox,
  given: Partial<StoredCalendar> & { name: string },
): StoredCalendar {
  const seq = nextSeq(state);
  const calendar: StoredCalendar = {
    groupKey: 'g1',
    color: 'auto',
    hexColor: '',
    isDefault: false,
    canEdit: true,
    isRemovable: true,
    ...given,
    key: `c${seq.toString(36)}`,
    changedSeq: seq,
    events: new Map(),
    changes: new Map(),
  };
  mailbox.calendars.set(calendar.key, calendar);
  return calendar;
}

export function defaultCalendar(mailbox: Mailbox): StoredCalendar {
  for (const calendar of mailbox.calendars.values()) if (calendar.isDefault) return calendar;
  throw new Error(`mailbox ${mailbox.account.id} has no default calendar`);
}

export function getCalendar(mailbox: Mailbox, id: string): StoredCalendar {
  const parsed = parseId(mailbox, id);
  const calendar = mailbox.calendars.get(parsed.key);
  if (parsed.kind !== 'calendar' || !calendar) throw itemNotFound();
  return calendar;
}

export function calendarOf(mailbox: Mailbox, event: StoredEvent): StoredCalendar {
  const calendar = mailbox.calendars.get(event.calendarKey);
  if (!calendar) throw itemNotFound();
  return calendar;
}

export function insertEvent(graph: Graph, mailbox: Mailbox, event: StoredEvent): void {
  mailbox.events.set(event.key, event);
  mailbox.byICalUId.set(event.iCalUId, event.key);
  calendarOf(mailbox, event).events.set(event.key, event);
  markChanged(graph, mailbox, event, 'created');
}

/** Every change gives the whole family of a series a new change key. Source: event, changeKey. */
export function touchEvent(graph: Graph, mailbox: Mailbox, event: StoredEvent): void {
  event.modifiedAt = graph.world.runtime.now();
  markChanged(graph, mailbox, event, 'updated');
}

/** Moves the item to Deleted Items, where the calendar's paths no longer find it. */
export function removeEvent(graph: Graph, mailbox: Mailbox, event: StoredEvent): void {
  event.deletedAt = graph.world.runtime.now();
  if (event.transactionId !== null) mailbox.transactions.delete(event.transactionId);
  leaveCalendar(graph, mailbox, event);
}

/** What a person does in Outlook; no API call moves an event. Source: docs-contrib#6026. */
export function moveEvent(
  graph: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  target: StoredCalendar,
): void {
  leaveCalendar(graph, mailbox, event);
  event.version++;
  event.deletedAt = null;
  event.calendarKey = target.key;
  target.events.set(event.key, event);
  markChanged(graph, mailbox, event, 'created');
}

function leaveCalendar(graph: Graph, mailbox: Mailbox, event: StoredEvent): void {
  const calendar = calendarOf(mailbox, event);
  if (!calendar.events.delete(event.key)) return;
  const seq = nextSeq(graph.state);
  event.changedSeq = seq;
  calendar.changedSeq = seq;
  calendar.changes.delete(event.key);
  calendar.changes.set(event.key, { seq, goneVersion: event.version });
  noteChange(graph, mailbox, calendar, event, 'deleted');
}

function markChanged(
  graph: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  change: 'created' | 'updated',
): void {
  const calendar = calendarOf(mailbox, event);
  const seq = nextSeq(graph.state);
  event.changedSeq = seq;
  calendar.changedSeq = seq;
  calendar.changes.delete(event.key);
  calendar.changes.set(event.key, { seq, goneVersion: null });
  noteChange(graph, mailbox, calendar, event, change);
}

export function newEventKey(graph: Graph): string {
  return `e${nextSeq(graph.state).toString(36)}`;
}

/** A stale `If-Match` is 412; without one the last write wins. */
export function checkIfMatch(mailbox: Mailbox, event: StoredEvent, ifMatch: string | null): void {
  if (ifMatch === null || ifMatch === '*') return;
  if (ifMatch !== etagOf(mailbox, event.changedSeq)) throw conflictingChange();
}

export function checkCanEdit(calendar: StoredCalendar): void {
  if (calendar.canEdit) return;
  throw new GraphError(
    403,
    'ErrorAccessDenied',
    'Access is denied. Check credentials and try again.',
  );
}
