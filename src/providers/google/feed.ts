import { readEntries, type FeedEntry } from '../feed-entries.ts';
import { describeFirstError } from '../json-http.ts';
import type { CalendarCall, ChangePage, FeedPosition, RemoteChange } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { eventsPath } from './events.ts';
import { eventAnswer, feedPageAnswer, type GoogleHttp, slotAnswer } from './http.ts';
import { readSlot, toRemoteEvent } from './to-remote-event.ts';

/** Events per page; Google's default is 250, maximum 2500. Source: events.list, `maxResults`. */
const PAGE_SIZE = 2_500;
/**
 * The same with and without a token, or the two would not go together. Deleted events are in the
 * full list too, so that it tells a deletion from a gap. Source: guides/sync; events.list.
 */
const sameForAll = {
  singleEvents: 'false',
  showDeleted: 'true',
  maxResults: String(PAGE_SIZE),
};

/**
 * The window bounds the first listing only: with a token no bound is allowed, and what changed is
 * told wherever in time it is. Source: guides/sync; events.list, `syncToken`.
 */
export async function listChanges(
  http: GoogleHttp,
  call: CalendarCall,
  { syncToken, pageToken, window }: FeedPosition,
): Promise<ChangePage> {
  const page = await http.call(
    {
      method: 'GET',
      where: {
        path: eventsPath(call),
        query: {
          ...sameForAll,
          ...(syncToken === null ? { timeMin: window.start.toISOString() } : { syncToken }),
          ...(pageToken !== null && { pageToken }),
        },
      },
      accessToken: call.accessToken,
      subject: 'feed',
    },
    feedPageAnswer,
  );
  const translate = (entry: FeedEntry) => toChange(entry, call.calendarId);
  const changes = readEntries(page.items ?? [], translate);
  if (page.nextPageToken) return { changes, next: { pageToken: page.nextPageToken } };
  if (page.nextSyncToken) return { changes, next: { syncToken: page.nextSyncToken } };
  throw new ProviderError('malformed-answer', 'Google’s list of events neither goes on nor ends.');
}

/**
 * Of a tombstone nothing is sure but its id; of an occurrence that was cancelled, its series and its
 * place in it, too. Source: Event, `status`.
 */
function toChange(entry: FeedEntry, calendarId: string): RemoteChange {
  if (entry.status === 'cancelled') return toCancelled(entry);
  if (!eventAnswer.Check(entry)) {
    const reason = describeFirstError(eventAnswer.Errors(entry));
    throw new ProviderError('malformed-answer', `An event from Google is unusual: ${reason}.`);
  }
  const event = toRemoteEvent(entry, calendarId);
  return event ? { kind: 'event', event } : { kind: 'removed', externalId: entry.id };
}

/** Where the place is not said, the series is to be read whole. */
function toCancelled({ id, recurringEventId, originalStartTime }: FeedEntry): RemoteChange {
  if (typeof recurringEventId !== 'string') return { kind: 'removed', externalId: id };
  const named = { recurringEventId, originalStartTime };
  if (!slotAnswer.Check(named)) return { kind: 'series', externalId: recurringEventId };
  return { kind: 'cancelled-occurrence', externalId: id, slot: readSlot(named) };
}
