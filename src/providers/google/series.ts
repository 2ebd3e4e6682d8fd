import type { Subject } from '../json-http.ts';
import type { CalendarCall, RemoteEvent, RemoteException, RemoteSlot } from '../provider.ts';
import { findMissing, findNoneOfSingle } from '../occurrences.ts';
import { ProviderError } from '../provider-error.ts';
import { eventPath, eventsPath, findEvent, findUnlessGone } from './events.ts';
import { eventPageAnswer, type GoogleEvent, type GoogleHttp } from './http.ts';
import { readSlot, toRemoteEvent } from './to-remote-event.ts';

/** Events per page. Source: events.list, `maxResults`. */
const PAGE_SIZE = 2_500;
/** More exceptions than this many pages hold is a list that does not end, not a series. */
const PAGE_COUNT_MAX = 20;

/**
 * The series and what is not as it says. Exceptions carry the iCalendar id of their series, and so do
 * cancelled ones; a list by it has no occurrences that are as they were. Source: events.list, `iCalUID`.
 */
export async function findSeries(
  http: GoogleHttp,
  call: CalendarCall,
  externalId: string,
): Promise<RemoteEvent | undefined> {
  const series = await findEvent(http, call, externalId);
  if (!series) return undefined;
  if (!series.fields.recurrence) return { ...series, exceptions: [] };
  if (series.iCalUid === null) throw malformed('A series from Google lacks its iCalendar id.');
  const query = { iCalUID: series.iCalUid, singleEvents: 'false', showDeleted: 'true' };
  const events = await listEvents(http, call, { path: eventsPath(call), query }, 'calendar');
  const own = events.filter(({ recurringEventId }) => recurringEventId === externalId);
  return { ...series, exceptions: own.map((event) => toException(event, call.calendarId)) };
}

function toException(event: GoogleEvent, calendarId: string): RemoteException {
  const slot = readSlot(event);
  const changed = toRemoteEvent(event, calendarId);
  return changed ? { kind: 'changed', event: { ...changed, slot } } : { kind: 'cancelled', slot };
}

/** Source: events.instances, `originalStart`; guides/recurringevents. */
export async function findOccurrence(
  http: GoogleHttp,
  call: CalendarCall,
  slot: RemoteSlot,
): Promise<RemoteEvent | undefined> {
  const { seriesId, originalStart } = slot;
  const path = `${eventPath(call, seriesId)}/instances`;
  // One that was cancelled says so itself.
  const query = { originalStart: printStart(originalStart), showDeleted: 'true' };
  const list = () => listEvents(http, call, { path, query }, 'event');
  const events = await findNoneOfSingle(
    () => findUnlessGone(http, call, list),
    () => findEvent(http, call, seriesId),
  );
  if (!events) return undefined;
  for (const event of events) {
    if (isAt(readSlot(event), originalStart)) return toRemoteEvent(event, call.calendarId);
  }
  const series = await findSeries(http, call, seriesId);
  return findMissing(series, slot, (one) => isAt(one, originalStart));
}

const isAt = (slot: RemoteSlot, start: RemoteSlot['originalStart']) =>
  printStart(slot.originalStart) === printStart(start);

const printStart = (start: RemoteSlot['originalStart']) =>
  typeof start === 'string' ? start : start.toISOString();

/** All pages; one may be short or empty and have another behind it. Source: events.list. */
async function listEvents(
  http: GoogleHttp,
  call: CalendarCall,
  { path, query }: { path: string; query: Record<string, string> },
  subject: Subject,
): Promise<GoogleEvent[]> {
  const events: GoogleEvent[] = [];
  let pageToken: string | undefined;
  for (let pageCount = 0; pageCount < PAGE_COUNT_MAX; pageCount++) {
    const page = await http.call(
      {
        method: 'GET',
        where: {
          path,
          query: { ...query, maxResults: String(PAGE_SIZE), ...(pageToken && { pageToken }) },
        },
        accessToken: call.accessToken,
        subject,
      },
      eventPageAnswer,
    );
    events.push(...(page.items ?? []));
    if (!page.nextPageToken) return events;
    pageToken = page.nextPageToken;
  }
  throw malformed(`Google’s list of a series did not end in ${PAGE_COUNT_MAX} pages.`);
}

const malformed = (what: string) => new ProviderError('malformed-answer', what);
