import type { Mail } from '../world.ts';
import { NO_TIME } from './event-input.ts';
import { calendarId, eventId } from './ids.ts';
import { listExceptions } from './series.ts';
import type { Attendee, Content, Exception, Graph, Mailbox, StoredEvent } from './state.ts';
import {
  calendarOf,
  defaultCalendar,
  insertEvent,
  newEventKey,
  removeEvent,
  touchEvent,
} from './store.ts';

/**
 * Invitations, updates and cancellations leave with the write that causes them and cannot be
 * suppressed.
 * Source: event-update, event-delete; docs#2309.
 */

/** Members that stay with whoever owns the copy; writing only these mails nobody. */
const ownMembers = [
  'categories',
  'isReminderOn',
  'reminderMinutesBeforeStart',
  'showAs',
  'responseStatus',
] as const satisfies (keyof Content)[];

const isOwnMember = (name: string) => ownMembers.some((own) => own === name);

export function inviteAttendees(graph: Graph, mailbox: Mailbox, event: StoredEvent): void {
  invite(graph, mailbox, event, event.content.attendees);
}

function invite(graph: Graph, mailbox: Mailbox, event: StoredEvent, attendees: Attendee[]): void {
  if (!event.isOrganizer) return;
  mailAttendees(graph, mailbox, event, { kind: 'invitation', attendees });
  for (const other of mailboxesOf(graph, mailbox, attendees)) giveCopy(graph, event, other);
}

/** What a change of an organiser's event means for the attendees. */
interface MeetingChange {
  before: Attendee[];
  after: Attendee[];
  members: string[];
  /** A changed occurrence; null when the change is to the event or the whole series. */
  slot: string | null;
}

export function updateMeeting(
  graph: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  { before, after, members, slot }: MeetingChange,
): void {
  if (!event.isOrganizer || (before.length === 0 && after.length === 0)) return;
  const shared = members.filter((name) => !isOwnMember(name));
  if (shared.length === 0) return;
  const { added, kept, removed } = compareAttendees(before, after);
  mailAttendees(graph, mailbox, event, { kind: 'invitation', attendees: added, slot });
  mailAttendees(graph, mailbox, event, { kind: 'cancellation', attendees: removed, slot });
  const isOnlyAttendees = shared.every((name) => name === 'attendees');
  if (!isOnlyAttendees) {
    mailAttendees(graph, mailbox, event, { kind: 'update', attendees: kept, slot });
    mailExceptions(graph, mailbox, event, kept, slot);
  }
  for (const other of mailboxesOf(graph, mailbox, kept)) updateCopy(graph, event, other);
  for (const other of mailboxesOf(graph, mailbox, added)) giveCopy(graph, event, other);
  if (slot === null) {
    for (const other of mailboxesOf(graph, mailbox, removed)) cancelCopy(graph, event, other);
  }
}

/** A series with separately edited occurrences sends one more update for each of them. */
function mailExceptions(
  graph: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  attendees: Attendee[],
  slot: string | null,
): void {
  if (!event.series || slot !== null) return;
  for (const exception of listExceptions(event)) {
    mailAttendees(graph, mailbox, event, { kind: 'update', attendees, slot: exception.slot });
  }
}

function compareAttendees(before: Attendee[], after: Attendee[]) {
  const had = new Set(before.map(addressOf));
  const has = new Set(after.map(addressOf));
  return {
    added: after.filter((each) => !had.has(addressOf(each))),
    kept: after.filter((each) => had.has(addressOf(each))),
    removed: before.filter((each) => !has.has(addressOf(each))),
  };
}

export const addressOf = ({ emailAddress }: Attendee) => emailAddress.address.toLowerCase();

/**
 * The organiser takes back the whole meeting (its copies stay behind as cancelled) or one
 * occurrence.
 */
export function cancelMeeting(
  graph: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  slot: string | null,
): void {
  const { attendees } = event.content;
  if (!event.isOrganizer || attendees.length === 0) return;
  mailAttendees(graph, mailbox, event, { kind: 'cancellation', attendees, slot });
  for (const other of mailboxesOf(graph, mailbox, attendees)) {
    if (slot === null) cancelCopy(graph, event, other);
    else updateCopy(graph, event, other);
  }
}

interface MailOrder {
  kind: Mail['kind'];
  attendees: Attendee[];
  slot?: string | null;
}

export function mailAttendees(
  graph: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  { kind, attendees, slot = null }: MailOrder,
): void {
  for (const { emailAddress } of attendees) {
    if (emailAddress.address.toLowerCase() === mailbox.account.email.toLowerCase()) continue;
    sendMail(graph, mailbox, event, { kind, to: emailAddress.address, slot });
  }
}

export function sendMail(
  { world }: Graph,
  mailbox: Mailbox,
  event: StoredEvent,
  { kind, to, slot }: { kind: Mail['kind']; to: string; slot: string | null },
): void {
  const prefix = kind === 'cancellation' ? 'Canceled: ' : '';
  world.sendMail({
    provider: 'outlook',
    kind,
    from: mailbox.account.email,
    to,
    subject: prefix + (event.content.subject ?? ''),
    calendarId: calendarId(mailbox, calendarOf(mailbox, event)),
    eventId: eventId(mailbox, event, slot, false),
  });
}

function mailboxesOf({ world, state }: Graph, own: Mailbox, attendees: Attendee[]): Mailbox[] {
  return attendees.flatMap(({ emailAddress }) => {
    const account = world.findAccount('outlook', emailAddress.address);
    const mailbox = account && state.mailboxes.get(account.id);
    return mailbox && mailbox !== own ? [mailbox] : [];
  });
}

function findCopy({ iCalUId }: StoredEvent, mailbox: Mailbox): StoredEvent | undefined {
  const event = mailbox.events.get(mailbox.byICalUId.get(iCalUId) ?? '');
  return event && event.deletedAt === null ? event : undefined;
}

/** The organiser's own event behind a copy, when the organiser is of this sandbox. */
export function findOriginal(
  { world, state }: Graph,
  event: StoredEvent,
): { mailbox: Mailbox; event: StoredEvent } | undefined {
  const account = world.findAccount('outlook', event.organizer.address);
  const mailbox = account && state.mailboxes.get(account.id);
  if (!mailbox) return undefined;
  const original = findCopy(event, mailbox);
  return original?.isOrganizer ? { mailbox, event: original } : undefined;
}

export function giveCopy(graph: Graph, event: StoredEvent, to: Mailbox): void {
  if (findCopy(event, to)) {
    updateCopy(graph, event, to);
    return;
  }
  const now = graph.world.runtime.now();
  insertEvent(graph, to, {
    ...structuredClone(event),
    key: newEventKey(graph),
    calendarKey: defaultCalendar(to).key,
    version: 1,
    transactionId: null,
    createdAt: now,
    modifiedAt: now,
    deletedAt: null,
    isOrganizer: false,
    content: {
      ...structuredClone(event.content),
      categories: [],
      showAs: 'tentative',
      responseStatus: { response: 'notResponded', time: NO_TIME },
    },
    extendedProperties: [],
    multiValueProperties: [],
    extensions: [],
  });
}

/** Overwrites a copy with the organiser's event, but for what is the attendee's own. */
function updateCopy(graph: Graph, event: StoredEvent, mailbox: Mailbox): void {
  const copy = findCopy(event, mailbox);
  if (!copy) return;
  const isMoved =
    copy.content.start.at !== event.content.start.at ||
    copy.content.end.at !== event.content.end.at;
  copy.content = { ...structuredClone(event.content), ...ownOf(copy.content) };
  const ownSeries = copy.series;
  copy.series = structuredClone(event.series);
  for (const [slot, exception] of Object.entries(ownSeries?.exceptions ?? {})) {
    keepOwnException(copy, slot, exception);
  }
  copy.originalStartTimeZone = event.originalStartTimeZone;
  copy.originalEndTimeZone = event.originalEndTimeZone;
  if (isMoved && graph.world.getSwitch('outlook.timeChangeResetsResponses', true)) {
    copy.content.responseStatus = { response: 'notResponded', time: NO_TIME };
    copy.content.showAs = 'tentative';
  }
  touchEvent(graph, mailbox, copy);
}

function keepOwnException(copy: StoredEvent, slot: string, { overrides }: Exception): void {
  const exception = copy.series?.exceptions[slot];
  if (exception) exception.overrides = { ...exception.overrides, ...ownOf(overrides) };
}

function ownOf(content: Partial<Content>): Partial<Content> {
  return Object.fromEntries(Object.entries(content).filter(([name]) => isOwnMember(name)));
}

/** A copy whose meeting was cancelled stays in the calendar, marked, until its owner removes it. */
function cancelCopy(graph: Graph, event: StoredEvent, mailbox: Mailbox): void {
  const copy = findCopy(event, mailbox);
  if (!copy) return;
  if (!graph.world.getSwitch('outlook.cancelledCopiesStay', true)) {
    removeEvent(graph, mailbox, copy);
    return;
  }
  copy.content.isCancelled = true;
  copy.content.showAs = 'free';
  copy.content.subject = `Canceled: ${copy.content.subject ?? ''}`;
  touchEvent(graph, mailbox, copy);
}
