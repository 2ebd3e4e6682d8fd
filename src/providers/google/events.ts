import type { EventFields, MergeUnit, OwnAnswer } from '../../calendar/event.ts';
import type { LinkId } from '../../calendar/ids.ts';
import { encodePart, type JsonRequest } from '../json-http.ts';
import type { CalendarCall, Mailing, RemoteEvent } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { fromEventFields } from './from-event-fields.ts';
import { findOwnEntry, readAnswer, writeGuests } from './guests.ts';
import { eventAnswer, type GoogleEvent, type GoogleHttp } from './http.ts';
import { LINK_ID_PROPERTY, toRemoteEvent } from './to-remote-event.ts';

/** Source: events.insert, events.patch and events.delete, `sendUpdates`. */
const tell = ({ notify }: Mailing) => ({ sendUpdates: notify ? 'all' : 'none' });

/** The version of an event that is written over. */
interface Version {
  externalId: string;
  etag: string;
}

/** A UUID's hex digits are legal: base32hex is `0`–`9` and `a`–`v`. Source: Event, `id`. */
const toEventId = (linkId: LinkId) => linkId.replaceAll('-', '').toLowerCase();

/** Source: events.insert; a used id is answered 409, also when its event was deleted. */
export async function createEvent(
  http: GoogleHttp,
  call: CalendarCall,
  linkId: LinkId,
  fields: EventFields,
  mailing: Mailing,
): Promise<RemoteEvent> {
  const event = await http.call(
    {
      method: 'POST',
      where: { path: eventsPath(call), query: tell(mailing) },
      body: {
        id: toEventId(linkId),
        ...fromEventFields(fields, 'insert'),
        extendedProperties: { private: { [LINK_ID_PROPERTY]: linkId } },
      },
      accessToken: call.accessToken,
      subject: 'calendar',
    },
    eventAnswer,
  );
  return toLiveEvent(event, call);
}

/** Source: events.get, which also answers deleted events, as `cancelled`. */
export async function findEvent(
  http: GoogleHttp,
  call: CalendarCall,
  externalId: string,
): Promise<RemoteEvent | undefined> {
  const request = eventRequest('GET', call, externalId);
  const event = await findUnlessGone(http, call, () => http.call(request, eventAnswer));
  return event && toRemoteEvent(event, call.calendarId);
}

export const findEventOfLink = (http: GoogleHttp, call: CalendarCall, linkId: LinkId) =>
  findEvent(http, call, toEventId(linkId));

/** Source: events.patch; costs three quota units and leaves what is not named as it is. */
export async function updateEvent(
  http: GoogleHttp,
  call: CalendarCall,
  { externalId, etag }: Version,
  changes: Partial<Pick<EventFields, MergeUnit>>,
  mailing: Mailing,
): Promise<RemoteEvent> {
  const event = await findUnlessGone(http, call, async () => {
    const body = fromEventFields(changes, 'patch');
    if (changes.attendees !== undefined) {
      // Should it be of another version than the one that is written over, the write is refused.
      const current = await http.call(eventRequest('GET', call, externalId), eventAnswer);
      body.attendees = writeGuests(current, changes.attendees);
    }
    const request = eventRequest('PATCH', call, externalId, tell(mailing));
    return http.call({ ...request, headers: { 'if-match': etag }, body }, eventAnswer);
  });
  if (!event) throw gone();
  return toLiveEvent(event, call);
}

/** Source: events.delete; a second one is answered 410. */
export async function deleteEvent(
  http: GoogleHttp,
  call: CalendarCall,
  { externalId, etag }: Version,
  mailing: Mailing,
): Promise<boolean> {
  const request = {
    ...eventRequest('DELETE', call, externalId, tell(mailing)),
    headers: { 'if-match': etag },
  };
  const done = await findUnlessGone(http, call, async () => {
    await http.send(request);
    return true;
  });
  return done === true;
}

/**
 * Only the own entry is sent: the others are left as they are. Source: Event, `attendeesOmitted`.
 */
export async function answerInvitation(
  http: GoogleHttp,
  call: CalendarCall,
  externalId: string,
  answer: OwnAnswer,
): Promise<void> {
  const done = await findUnlessGone(http, call, async () => {
    const event = await http.call(eventRequest('GET', call, externalId), eventAnswer);
    const own = findOwnEntry(event);
    if (!own) throw new ProviderError('refused', 'Google: the account is not invited to it.');
    if (readAnswer(own) === answer) return true;
    await http.send({
      ...eventRequest('PATCH', call, externalId, tell({ notify: true })),
      headers: { 'if-match': event.etag ?? '' },
      body: { attendeesOmitted: true, attendees: [{ ...own, responseStatus: answer }] },
    });
    return true;
  });
  if (!done) throw gone();
}

/**
 * Undefined when the event is gone. A 404 is also the answer when the whole calendar is out of
 * reach, and must not pass for a deletion of every event in it: then `access-lost` is thrown.
 */
export async function findUnlessGone<T>(
  http: GoogleHttp,
  call: CalendarCall,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'gone') throw error;
    // Google knows the event and says that it was deleted: the calendar is there. (410)
    if (error.code === 'deleted') return undefined;
  }
  await http.send({
    method: 'GET',
    where: { path: eventsPath(call), query: { maxResults: '1' } },
    accessToken: call.accessToken,
    subject: 'calendar',
  });
  return undefined;
}

function toLiveEvent(event: GoogleEvent, { calendarId }: CalendarCall): RemoteEvent {
  const remote = toRemoteEvent(event, calendarId);
  if (!remote) throw gone();
  return remote;
}

const gone = () => new ProviderError('gone', 'Google: the event does not exist any more.');

export const eventsPath = ({ calendarId }: CalendarCall) =>
  `/calendars/${encodePart(calendarId)}/events`;

export const eventPath = (call: CalendarCall, externalId: string) =>
  `${eventsPath(call)}/${encodePart(externalId)}`;

const eventRequest = (
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
