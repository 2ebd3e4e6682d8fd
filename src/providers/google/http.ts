import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ProviderConfig } from '../../config.ts';
import type { Runtime } from '../../runtime.ts';
import { createJsonHttp, type JsonHttp } from '../json-http.ts';
import { classifyRefusal } from './errors.ts';

export type GoogleHttp = JsonHttp;

export function createGoogleHttp(config: ProviderConfig, runtime: Runtime): GoogleHttp {
  return createJsonHttp({
    label: 'Google',
    apiUrl: config.apiUrl,
    headers: {},
    classify: classifyRefusal,
    runtime,
  });
}

const DATE = '^\\d{4}-\\d{2}-\\d{2}$';

const eventTime = Type.Object({
  date: Type.Optional(Type.String({ pattern: DATE })),
  dateTime: Type.Optional(Type.String()),
  timeZone: Type.Optional(Type.String()),
});

/** Defaults are left out of real answers; a tombstone may have nothing but its id and status. */
const event = Type.Object({
  id: Type.String({ minLength: 1 }),
  etag: Type.Optional(Type.String({ minLength: 1 })),
  status: Type.Optional(Type.String()),
  iCalUID: Type.Optional(Type.String()),
  summary: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  location: Type.Optional(Type.String()),
  start: Type.Optional(eventTime),
  end: Type.Optional(eventTime),
  visibility: Type.Optional(Type.String()),
  transparency: Type.Optional(Type.String()),
  extendedProperties: Type.Optional(
    Type.Object({ private: Type.Optional(Type.Record(Type.String(), Type.String())) }),
  ),
  eventType: Type.Optional(Type.String()),
  locked: Type.Optional(Type.Boolean()),
  guestsCanModify: Type.Optional(Type.Boolean()),
  organizer: Type.Optional(
    Type.Object({ email: Type.Optional(Type.String()), self: Type.Optional(Type.Boolean()) }),
  ),
  attendees: Type.Optional(
    Type.Array(
      Type.Object({
        email: Type.Optional(Type.String()),
        displayName: Type.Optional(Type.String()),
        optional: Type.Optional(Type.Boolean()),
        organizer: Type.Optional(Type.Boolean()),
        resource: Type.Optional(Type.Boolean()),
        self: Type.Optional(Type.Boolean()),
        responseStatus: Type.Optional(Type.String()),
      }),
    ),
  ),
  attendeesOmitted: Type.Optional(Type.Boolean()),
  recurrence: Type.Optional(Type.Array(Type.String())),
  recurringEventId: Type.Optional(Type.String()),
  originalStartTime: Type.Optional(eventTime),
});
export type GoogleEvent = Type.Static<typeof event>;
export type GoogleEventTime = Type.Static<typeof eventTime>;
export const eventAnswer = Compile(event);

/** Which occurrence of which series something is. */
export const slotAnswer = Compile(
  Type.Object({
    recurringEventId: Type.String({ minLength: 1 }),
    originalStartTime: Type.Union([
      Type.Object({ date: Type.String({ pattern: DATE }) }),
      Type.Object({ dateTime: Type.String() }),
    ]),
  }),
);

/** One page of a list of which every item has to be understood. */
export const eventPageAnswer = Compile(
  Type.Object({
    items: Type.Optional(Type.Array(event)),
    nextPageToken: Type.Optional(Type.String({ minLength: 1 })),
  }),
);

/** One page of a change feed; each of its items is judged by itself. */
export const feedPageAnswer = Compile(
  Type.Object({
    items: Type.Optional(Type.Array(Type.Unknown())),
    nextPageToken: Type.Optional(Type.String({ minLength: 1 })),
    nextSyncToken: Type.Optional(Type.String({ minLength: 1 })),
  }),
);

/** Source: events.watch. */
export const channelAnswer = Compile(
  Type.Object({
    id: Type.String({ minLength: 1 }),
    resourceId: Type.String({ minLength: 1 }),
    expiration: Type.Union([Type.String(), Type.Number()]),
  }),
);

const calendarPage = Type.Object({
  nextPageToken: Type.Optional(Type.String()),
  items: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String({ minLength: 1 }),
        summary: Type.Optional(Type.String()),
        summaryOverride: Type.Optional(Type.String()),
        timeZone: Type.Optional(Type.String()),
        primary: Type.Optional(Type.Boolean()),
        deleted: Type.Optional(Type.Boolean()),
        accessRole: Type.String(),
      }),
    ),
  ),
});
export type GoogleCalendar = NonNullable<Type.Static<typeof calendarPage>['items']>[number];
export const calendarPageAnswer = Compile(calendarPage);
