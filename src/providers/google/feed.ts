import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { encodePart } from '../json-http.ts';
import type { CalendarCall, ChangePage, FeedPosition, RemoteChange } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { eventAnswer, type GoogleHttp } from './http.ts';
import { toRemoteEvent } from './to-remote-event.ts';

const page = Compile(
  Type.Object({
    items: Type.Optional(Type.Array(Type.Object({ id: Type.String({ minLength: 1 }) }))),
    nextPageToken: Type.Optional(Type.String()),
    nextSyncToken: Type.Optional(Type.String()),
  }),
);

export async function listChanges(
  http: GoogleHttp,
  call: CalendarCall,
  { syncToken, pageToken, window }: FeedPosition,
): Promise<ChangePage> {
  const answer = await http
    .call(
      {
        method: 'GET',
        where: {
          path: `/calendars/${encodePart(call.calendarId)}/events`,
          query: {
            maxResults: '2500',
            showDeleted: 'true',
            ...(syncToken ? { syncToken } : { timeMin: window.start.toISOString() }),
            ...(pageToken && { pageToken }),
          },
        },
        accessToken: call.accessToken,
        subject: 'calendar',
      },
      page,
    )
    .catch((error: unknown) => {
      if (error instanceof ProviderError && error.kind === 'refused' && (syncToken || pageToken)) {
        throw new ProviderError('sync-token-expired', error.message, { cause: error });
      }
      throw error;
    });
  const changes = (answer.items ?? []).map(toChange);
  return {
    changes,
    next: answer.nextPageToken
      ? { pageToken: answer.nextPageToken }
      : { syncToken: answer.nextSyncToken ?? '' },
  };
}

function toChange(item: { id: string } & Record<string, unknown>): RemoteChange {
  const externalId = item.id;
  if (item['recurrence'] || item['recurringEventId']) return { kind: 'series', externalId };
  try {
    if (!eventAnswer.Check(item)) throw new Error('shape');
    const event = toRemoteEvent(item);
    return event ? { kind: 'event', event } : { kind: 'removed', externalId };
  } catch (error) {
    return { kind: 'unreadable', externalId, reason: String(error) };
  }
}
