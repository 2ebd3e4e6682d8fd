import type { EventFields, MergeUnit, OwnAnswer } from '../../calendar/event.ts';
import type { LinkId } from '../../calendar/ids.ts';
import { encodePart, type JsonRequest } from '../json-http.ts';
import type { CalendarCall, RemoteEvent } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { fromEventFields, type OutlookEventBody } from './from-event-fields.ts';
import { readOwnAnswer, writeGuests } from './guests.ts';
import {
  eventAnswer,
  eventMembers,
  eventPageAnswer,
  type OutlookEvent,
  type OutlookHttp,
  originalStartAnswer,
  preferHtml,
} from './http.ts';
import { hasJoinLink, replaceBeforeJoinBlock } from './join-block.ts';
import { isOccurrence, LINK_ID_PROPERTY, toRemoteEvent } from './to-remote-event.ts';

export const withLinkId = `singleValueExtendedProperties($filter=id eq '${LINK_ID_PROPERTY}')`;

/**
 * The transaction id makes a repetition harmless: the same body is answered with the first event,
 * another one with `already-exists`. Source: event, `transactionId`; user, post events.
 */
export async function createEvent(
  http: OutlookHttp,
  call: CalendarCall,
  linkId: LinkId,
  fields: EventFields,
): Promise<RemoteEvent> {
  const event = await http.call(
    {
      method: 'POST',
      where: { path: eventsPath(call) },
      body: {
        ...fromNewFields(fields),
        transactionId: linkId,
        singleValueExtendedProperties: [{ id: LINK_ID_PROPERTY, value: linkId }],
      },
      accessToken: call.accessToken,
      subject: 'calendar',
    },
    eventAnswer,
  );
  return toRemoteEvent(event);
}

/** Nothing is a series unless it is said to be one. */
const fromNewFields = ({ recurrence, ...others }: EventFields) =>
  fromEventFields(recurrence ? { ...others, recurrence } : others);

/** Source: event, get. */
export async function findEvent(
  http: OutlookHttp,
  call: CalendarCall,
  externalId: string,
): Promise<RemoteEvent | undefined> {
  const query = { $select: eventMembers, $expand: withLinkId };
  const request = eventRequest('GET', call, externalId, query);
  const event = await findUnlessGone(http, call, () => http.call(request, eventAnswer));
  return event && toRemoteEvent(event);
}

/** Source: singleValueLegacyExtendedProperty, get; finding items by value. */
export async function findEventOfLink(
  http: OutlookHttp,
  call: CalendarCall,
  linkId: LinkId,
): Promise<RemoteEvent | undefined> {
  const isOfLink = `ep/id eq '${LINK_ID_PROPERTY}' and ep/value eq '${linkId}'`;
  const page = await http.call(
    {
      method: 'GET',
      where: {
        path: eventsPath(call),
        query: {
          $filter: `singleValueExtendedProperties/Any(ep: ${isOfLink})`,
          $select: eventMembers,
          $expand: withLinkId,
          $top: '2',
        },
      },
      accessToken: call.accessToken,
      subject: 'calendar',
    },
    eventPageAnswer,
  );
  // A copy that a person made carries the property too, but never the transaction id.
  const event = page.value.find((one) => one.transactionId === linkId) ?? page.value[0];
  return event && toRemoteEvent(event);
}

/** Source: event, update. */
export async function updateEvent(
  http: OutlookHttp,
  call: CalendarCall,
  externalId: string,
  etag: string,
  changes: Partial<Pick<EventFields, MergeUnit>>,
): Promise<RemoteEvent> {
  const event = await findUnlessGone(http, call, async () => {
    const { description, attendees } = changes;
    const body: OutlookEventBody = fromEventFields(changes);
    if (description !== undefined || attendees !== undefined) {
      const current = await readAsKept(http, call, externalId);
      if (description !== undefined) {
        body.body = keepJoinBlock(current, description) ?? body.body;
      }
      if (attendees !== undefined) body.attendees = writeGuests(current, attendees);
    }
    const request = eventRequest('PATCH', call, externalId);
    const answer = await http.call(
      { ...request, headers: { 'if-match': etag }, body },
      eventAnswer,
    );
    return withOriginalStart(http, call, answer);
  });
  if (!event) throw new ProviderError('gone', 'Microsoft: the event does not exist any more.');
  return toRemoteEvent(event);
}

/**
 * Answers to writes do not say which occurrence was written; what it is never changes.
 *
 * @throws ProviderError `gone`, `slowed-after-write`, or `unavailable` whatever the reason: it has been
 * written.
 */
async function withOriginalStart(
  http: OutlookHttp,
  call: CalendarCall,
  event: OutlookEvent,
): Promise<OutlookEvent> {
  if (!isOccurrence(event.type) || event.originalStart) return event;
  const request = eventRequest('GET', call, event.id, { $select: 'originalStart' });
  try {
    const { originalStart } = await http.call(request, originalStartAnswer);
    // Nothing else is taken over: it may have been changed since.
    return { ...event, originalStart };
  } catch (cause) {
    if (!(cause instanceof ProviderError) || cause.kind === 'gone') throw cause;
    const { retryAfterMs } = cause;
    const message = 'Microsoft: which occurrence was written could not be read.';
    const kind = cause.kind === 'rate-limited' ? 'slowed-after-write' : 'unavailable';
    throw new ProviderError(kind, message, { retryAfterMs, cause });
  }
}

/** Source: event, delete; a second one is answered 404. */
export async function deleteEvent(
  http: OutlookHttp,
  call: CalendarCall,
  externalId: string,
  etag: string,
): Promise<boolean> {
  const request = { ...eventRequest('DELETE', call, externalId), headers: { 'if-match': etag } };
  const done = await findUnlessGone(http, call, async () => {
    await http.send(request);
    return true;
  });
  return done === true;
}

/** Source: event, accept, tentativelyAccept, decline: a declined one goes to Deleted Items. */
const answerActions = {
  accepted: 'accept',
  tentative: 'tentativelyAccept',
  declined: 'decline',
} as const satisfies Record<OwnAnswer, string>;

export async function answerInvitation(
  http: OutlookHttp,
  call: CalendarCall,
  externalId: string,
  answer: OwnAnswer,
): Promise<void> {
  const done = await findUnlessGone(http, call, async () => {
    const request = eventRequest('GET', call, externalId, { $select: eventMembers });
    const own = readOwnAnswer(await http.call(request, eventAnswer));
    if (own === null) throw new ProviderError('refused', 'Microsoft: the meeting is one’s own.');
    if (own === answer) return true;
    const path = `${eventPath(call, externalId)}/${answerActions[answer]}`;
    const { accessToken } = call;
    const body = { sendResponse: true };
    await http.send({ method: 'POST', where: { path }, body, accessToken, subject: 'event' });
    return true;
  });
  if (!done) throw new ProviderError('gone', 'Microsoft: the event does not exist any more.');
}

/**
 * The event as it is kept: whether it is an online meeting, and what is known of its guests, only
 * the mailbox knows. Should it be of another version than the one that is written over, the write is
 * refused.
 */
function readAsKept(
  http: OutlookHttp,
  call: CalendarCall,
  externalId: string,
): Promise<OutlookEvent> {
  const request = eventRequest('GET', call, externalId, { $select: eventMembers });
  return http.call({ ...request, headers: { prefer: preferHtml } }, eventAnswer);
}

/** Undefined where the body is only text. Throws `refused` when the join link would be lost. */
function keepJoinBlock(event: OutlookEvent, description: string): OutlookEventBody['body'] {
  const joinUrl = event.onlineMeeting?.joinUrl;
  const body = event.body?.content ?? '';
  if (!event.isOnlineMeeting || !joinUrl || !hasJoinLink(body, joinUrl)) return undefined;
  const html = replaceBeforeJoinBlock(body, description, joinUrl);
  if (html !== undefined) return { contentType: 'html', content: html };
  throw new ProviderError(
    'refused',
    'The description of this online meeting cannot be changed without losing its join link.',
    { isForPeople: true },
  );
}

/**
 * Undefined when the event is gone. A 404 is also the answer when the whole calendar is out of
 * reach, and must not pass for a deletion of every event in it: then `access-lost` is thrown.
 */
export async function findUnlessGone<T>(
  http: OutlookHttp,
  call: CalendarCall,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'gone') throw error;
  }
  await http.send({
    method: 'GET',
    where: { path: calendarPath(call), query: { $select: 'id' } },
    accessToken: call.accessToken,
    subject: 'calendar',
  });
  return undefined;
}

export const calendarPath = ({ calendarId }: CalendarCall) =>
  `/me/calendars/${encodePart(calendarId)}`;
const eventsPath = (call: CalendarCall) => `${calendarPath(call)}/events`;

export const eventPath = (call: CalendarCall, externalId: string) =>
  `${eventsPath(call)}/${encodePart(externalId)}`;

export const eventRequest = (
  method: JsonRequest['method'],
  call: CalendarCall,
  externalId: string,
  query: Record<string, string> = {},
): JsonRequest => ({
  method,
  where: { path: eventPath(call, externalId), query },
  accessToken: call.accessToken,
  subject: 'event',
});
