import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { encodePart } from '../json-http.ts';
import type { CalendarCall, ChangePage, FeedPosition, RemoteChange } from '../provider.ts';
import { eventAnswer, type OutlookHttp } from './http.ts';
import { toRemoteEvent } from './to-remote-event.ts';

const page = Compile(
  Type.Object({
    value: Type.Array(Type.Object({ id: Type.String({ minLength: 1 }) })),
    '@odata.nextLink': Type.Optional(Type.String()),
    '@odata.deltaLink': Type.Optional(Type.String()),
  }),
);

export async function listChanges(
  http: OutlookHttp,
  call: CalendarCall,
  { syncToken, pageToken, window }: FeedPosition,
): Promise<ChangePage> {
  const link = pageToken ?? syncToken;
  const answer = await http.call(
    {
      method: 'GET',
      where: link
        ? { nextLink: link }
        : {
            path: `/me/calendars/${encodePart(call.calendarId)}/calendarView/delta`,
            query: {
              startDateTime: window.start.toISOString(),
              endDateTime: window.end.toISOString(),
            },
          },
      headers: {
        prefer:
          'IdType="ImmutableId", outlook.body-content-type="text", outlook.timezone="UTC", odata.maxpagesize=500',
      },
      accessToken: call.accessToken,
      subject: 'calendar',
    },
    page,
  );
  const byId = new Map(answer.value.map((item) => [item.id, toChange(item)]));
  return {
    changes: [...byId.values()],
    next: answer['@odata.nextLink']
      ? { pageToken: answer['@odata.nextLink'] }
      : { syncToken: answer['@odata.deltaLink'] ?? '' },
  };
}

function toChange(item: { id: string } & Record<string, unknown>): RemoteChange {
  const externalId = item.id;
  if (item['@removed']) return { kind: 'missing', externalId };
  if (item['type'] !== undefined && item['type'] !== 'singleInstance')
    return { kind: 'series', externalId };
  try {
    if (!eventAnswer.Check(item)) throw new Error('shape');
    return { kind: 'event', event: toRemoteEvent(item) };
  } catch (error) {
    return { kind: 'unreadable', externalId, reason: String(error) };
  }
}
