import type { Answer, Call } from './call.ts';
import { NO_TIME, readAttendee } from './event-input.ts';
import { GraphError, invalidRequest, itemNotFound } from './graph-error.ts';
import {
  foldNames,
  isAbsent,
  readArray,
  readBoolean,
  readObject,
  type JsonObject,
} from './json.ts';
import { findOriginal, giveCopy, mailAttendees, sendMail } from './meetings.ts';
import { contentOf, findOccurrence, getSeries } from './series.ts';
import type { Attendee, Content, Graph, Mailbox, StoredEvent, WireTime } from './state.ts';
import { removeEvent, touchEvent } from './store.ts';
import { takeAway } from './delete-event.ts';
import { formatInstant } from './wall-clock.ts';
import { getZone } from './zones.ts';

export type Reply = 'accepted' | 'tentativelyAccepted' | 'declined';

const ACCEPTED: Answer = { status: 202 };

const readParameters = (call: Call): JsonObject =>
  foldNames(isAbsent(call.body) ? {} : readObject(call.body, 'body'));

/** `/accept`, `/tentativelyAccept`, `/decline`. Source: event-accept and its neighbours. */
export function respond(call: Call, event: StoredEvent, slot: string | null, reply: Reply): Answer {
  if (event.isOrganizer) {
    throw invalidRequest(
      "Your request can't be completed. You can't respond to this meeting because you're the " +
        'meeting organizer.',
    );
  }
  const parameters = readParameters(call);
  const { sendResponse } = parameters;
  const isSent = isAbsent(sendResponse) || readBoolean(sendResponse, 'sendResponse');
  const proposal = reply === 'accepted' ? null : readProposal(parameters, event, isSent);
  keepReply(call, event, slot, reply);
  if (isSent) tellOrganizer(call, event, { slot, reply, proposal });
  return ACCEPTED;
}

function readProposal(
  { proposedNewTime }: JsonObject,
  event: StoredEvent,
  isSent: boolean,
): Attendee['proposedNewTime'] | null {
  if (isAbsent(proposedNewTime)) return null;
  if (!isSent || !event.content.allowNewTimeProposals) {
    throw new GraphError(
      400,
      'ErrorInvalidParameter',
      'A new time can be proposed only in a response that is sent, to a meeting that allows it.',
    );
  }
  const { start, end } = foldNames(readObject(proposedNewTime, 'proposedNewTime'));
  return { start: readTime(start, 'start'), end: readTime(end, 'end') };
}

function readTime(input: unknown, name: string): WireTime {
  const { dateTime, timeZone } = foldNames(readObject(input, name));
  getZone(timeZone);
  return { dateTime: String(dateTime), timeZone: String(timeZone) };
}

/** The own copy remembers the answer; a declined meeting goes to Deleted Items. */
function keepReply(call: Call, event: StoredEvent, slot: string | null, reply: Reply): void {
  const time = formatInstant(call.world.runtime.now());
  const own: Partial<Content> = {
    responseStatus: { response: reply, time },
    showAs: reply === 'accepted' ? 'busy' : 'tentative',
  };
  if (slot === null) {
    Object.assign(event.content, own);
    if (reply === 'declined') removeEvent(call, call.mailbox, event);
    else touchEvent(call, call.mailbox, event);
    return;
  }
  if (!findOccurrence(event, slot)) throw itemNotFound();
  if (reply === 'declined') {
    delete getSeries(event).exceptions[slot];
    getSeries(event).cancelled.push(slot);
  } else overrideSlot(call, event, slot, own);
  touchEvent(call, call.mailbox, event);
}

function overrideSlot(
  { world }: Graph,
  event: StoredEvent,
  slot: string,
  overrides: Partial<Content>,
): void {
  const { exceptions } = getSeries(event);
  const now = world.runtime.now();
  const known = exceptions[slot];
  exceptions[slot] = {
    overrides: { ...known?.overrides, ...overrides },
    createdAt: known?.createdAt ?? now,
    modifiedAt: now,
  };
}

interface Told {
  slot: string | null;
  reply: Reply;
  proposal: Attendee['proposedNewTime'] | null;
}

function tellOrganizer(call: Call, event: StoredEvent, { slot, reply, proposal }: Told): void {
  const to = event.organizer.address;
  if (slot === null || call.mailbox.events.has(event.key)) {
    sendMail(call, call.mailbox, event, { kind: 'response', to, slot });
  }
  const original = findOriginal(call, event);
  if (!original) return;
  const occurrence = slot === null ? null : findOccurrence(original.event, slot);
  if (occurrence === undefined) return;
  const { attendees } = occurrence ? contentOf(original.event, occurrence) : original.event.content;
  const answered = attendees.map((attendee) =>
    isSelf(call.mailbox, attendee)
      ? {
          ...attendee,
          status: { response: reply, time: formatInstant(call.world.runtime.now()) },
          ...(proposal && { proposedNewTime: proposal }),
        }
      : attendee,
  );
  if (slot === null) original.event.content.attendees = answered;
  else overrideSlot(call, original.event, slot, { attendees: answered });
  touchEvent(call, original.mailbox, original.event);
}

const isSelf = ({ account }: Mailbox, { emailAddress }: Attendee) =>
  emailAddress.address.toLowerCase() === account.email.toLowerCase();

/** `/cancel`: the organiser's, for a meeting, a series or one occurrence. Source: event-cancel. */
export function cancelEvent(call: Call, event: StoredEvent, slot: string | null): Answer {
  if (!event.isOrganizer) {
    throw invalidRequest(
      "Your request can't be completed. You need to be an organizer to cancel a meeting.",
    );
  }
  readParameters(call);
  takeAway(call, event, slot);
  return ACCEPTED;
}

/**
 * `/forward`. The organiser hears of it when a Microsoft 365 mailbox forwards. Source:
 * event-forward.
 */
export function forwardEvent(call: Call, event: StoredEvent): Answer {
  const { toRecipients } = readParameters(call);
  const recipients = readArray(toRecipients, 'toRecipients').map((each) => ({
    ...readAttendee(each),
    type: 'optional' as const,
  }));
  if (recipients.length === 0) throw invalidRequest('A forwarded meeting needs recipients.');
  mailAttendees(call, call.mailbox, event, { kind: 'forward', attendees: recipients });
  for (const { emailAddress } of recipients) {
    const account = call.world.findAccount('outlook', emailAddress.address);
    const mailbox = account && call.state.mailboxes.get(account.id);
    if (mailbox && mailbox !== call.mailbox) giveCopy(call, event, mailbox);
  }
  if (event.isOrganizer) addForwarded(call, event, recipients);
  else if (call.mailbox.account.kind === 'work') {
    sendMail(call, call.mailbox, event, {
      kind: 'forward',
      to: event.organizer.address,
      slot: null,
    });
  }
  return ACCEPTED;
}

/** Whom the organiser forwards to is invited from then on. */
function addForwarded(call: Call, event: StoredEvent, recipients: Attendee[]): void {
  const known = new Set(
    event.content.attendees.map((each) => each.emailAddress.address.toLowerCase()),
  );
  const added = recipients.filter((each) => !known.has(each.emailAddress.address.toLowerCase()));
  event.content.attendees = [
    ...event.content.attendees,
    ...added.map((each) => ({ ...each, status: { response: 'none' as const, time: NO_TIME } })),
  ];
  touchEvent(call, call.mailbox, event);
}

/**
 * `/snoozeReminder` and `/dismissReminder`: accepted, and nothing that a client could read changes.
 */
export function answerReminder(call: Call, action: 'snooze' | 'dismiss'): Answer {
  if (action === 'snooze') readTime(readParameters(call).newReminderTime, 'newReminderTime');
  return { status: 200 };
}
