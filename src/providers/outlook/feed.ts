import { readEntries, type FeedEntry } from '../feed-entries.ts';
import { describeFirstError, type JsonRequest } from '../json-http.ts';
import type { CalendarCall, ChangePage, FeedPosition, RemoteChange } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { calendarPath } from './events.ts';
import { eventAnswer, feedPageAnswer, type OutlookHttp, preferLongPages } from './http.ts';
import { isOccurrence, readSeriesId, toRemoteEvent } from './to-remote-event.ts';

/**
 * Both tokens are whole addresses, with the window in them: to move the window, begin again.
 * Source: event, delta; delta-query-events.
 */
export async function listChanges(
  http: OutlookHttp,
  call: CalendarCall,
  position: FeedPosition,
): Promise<ChangePage> {
  const page = await http.call(
    {
      method: 'GET',
      where: findPage(http, call, position),
      headers: { prefer: preferLongPages },
      accessToken: call.accessToken,
      subject: 'feed',
    },
    feedPageAnswer,
  );
  const changes = readEntries(page.value, toChange);
  const { '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink } = page;
  const link = nextLink ?? deltaLink;
  if (link === undefined || !http.isOwnAddress(link)) {
    const what = 'Microsoft’s list of changes neither goes on nor ends where it may.';
    throw new ProviderError('malformed-answer', what);
  }
  return { changes, next: nextLink === undefined ? { syncToken: link } : { pageToken: link } };
}

function findPage(
  http: OutlookHttp,
  call: CalendarCall,
  { syncToken, pageToken, window }: FeedPosition,
): JsonRequest['where'] {
  const link = pageToken ?? syncToken;
  if (link === null) {
    const path = `${calendarPath(call)}/calendarView/delta`;
    const startDateTime = window.start.toISOString();
    return { path, query: { startDateTime, endDateTime: window.end.toISOString() } };
  }
  if (http.isOwnAddress(link)) return { nextLink: link };
  // Kept from before the operator named another address of the API, say.
  throw new ProviderError('sync-token-expired', 'Microsoft: the kept link is of another address.');
}

/**
 * A removal may only be an event outside of the window. Occurrences come with nothing but their times,
 * and one that was cancelled does not come at all: whatever is told of a series, it has to be read whole.
 * Source: event, delta; series as seen in practice (microsoft-graph-docs-contrib#34, #7345).
 */
function toChange(entry: FeedEntry): RemoteChange {
  const externalId = entry.id;
  if (entry['@removed']) return { kind: 'missing', externalId };
  if (entry.type === 'seriesMaster') return { kind: 'series', externalId };
  if (isOccurrence(entry.type))
    return { kind: 'series', externalId: readSeriesId(entry.seriesMasterId) };
  if (!eventAnswer.Check(entry)) {
    const reason = describeFirstError(eventAnswer.Errors(entry));
    throw new ProviderError('malformed-answer', `An event from Microsoft is unusual: ${reason}.`);
  }
  // A feed need not honour the wish for plain text; asked for singly, the event has it.
  if (entry.body?.contentType.toLowerCase() === 'html') return { kind: 'missing', externalId };
  return { kind: 'event', event: toRemoteEvent(entry) };
}
