import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ProviderConfig } from '../../config.ts';
import type { Runtime } from '../../runtime.ts';
import { createJsonHttp, type JsonHttp } from '../json-http.ts';
import { classifyRefusal } from './errors.ts';

export type OutlookHttp = JsonHttp;

/**
 * Ids that stay when an event moves folder, on every request or they would be of two kinds.
 * Source: outlook-immutable-id.
 */
const IMMUTABLE_IDS = 'IdType="ImmutableId"';
/** Plain text bodies, and times in UTC: the event's own zone is told beside them. */
const preferences = [
  IMMUTABLE_IDS,
  'outlook.body-content-type="text"',
  'outlook.timezone="UTC"',
].join(', ');
/** For a body that is to be written back: as Exchange keeps it. */
export const preferHtml = [
  IMMUTABLE_IDS,
  'outlook.body-content-type="html"',
  'outlook.timezone="UTC"',
].join(', ');

/** For a page of a change feed; a mailbox sends ten entries unless it is asked for more. */
export const preferLongPages = `${preferences}, odata.maxpagesize=500`;

export function createOutlookHttp(config: ProviderConfig, runtime: Runtime): OutlookHttp {
  return createJsonHttp({
    label: 'Microsoft',
    apiUrl: config.apiUrl,
    headers: { prefer: preferences },
    classify: classifyRefusal,
    runtime,
  });
}

const nullable = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

const moment = Type.Object({ dateTime: Type.String(), timeZone: nullable(Type.String()) });

const person = Type.Object({
  emailAddress: nullable(Type.Object({ address: nullable(Type.String()) })),
});

const guest = Type.Object({
  type: nullable(Type.String()),
  emailAddress: nullable(
    Type.Object({ address: nullable(Type.String()), name: nullable(Type.String()) }),
  ),
  status: nullable(Type.Object({ response: nullable(Type.String()) })),
});

/** Source: resources/recurrencepattern, recurrencerange; what a pattern does not use has sentinels. */
const recurrence = Type.Object({
  pattern: Type.Object({
    type: Type.String(),
    interval: nullable(Type.Number()),
    daysOfWeek: nullable(Type.Array(Type.String())),
    dayOfMonth: nullable(Type.Number()),
    month: nullable(Type.Number()),
    index: nullable(Type.String()),
    firstDayOfWeek: nullable(Type.String()),
  }),
  range: Type.Object({
    type: Type.String(),
    startDate: nullable(Type.String()),
    endDate: nullable(Type.String()),
    numberOfOccurrences: nullable(Type.Number()),
    recurrenceTimeZone: nullable(Type.String()),
  }),
});

const event = Type.Object({
  '@odata.etag': Type.String({ minLength: 1 }),
  id: Type.String({ minLength: 1 }),
  iCalUId: nullable(Type.String()),
  transactionId: nullable(Type.String()),
  subject: nullable(Type.String()),
  body: nullable(Type.Object({ contentType: Type.String(), content: nullable(Type.String()) })),
  location: nullable(Type.Object({ displayName: nullable(Type.String()) })),
  start: moment,
  end: moment,
  originalStartTimeZone: nullable(Type.String()),
  originalEndTimeZone: nullable(Type.String()),
  recurrence: nullable(recurrence),
  seriesMasterId: nullable(Type.String()),
  originalStart: nullable(Type.String()),
  isAllDay: nullable(Type.Boolean()),
  showAs: nullable(Type.String()),
  sensitivity: nullable(Type.String()),
  isOnlineMeeting: nullable(Type.Boolean()),
  onlineMeeting: nullable(Type.Object({ joinUrl: nullable(Type.String()) })),
  singleValueExtendedProperties: nullable(
    Type.Array(Type.Object({ id: Type.String(), value: nullable(Type.String()) })),
  ),
  type: nullable(Type.String()),
  isOrganizer: nullable(Type.Boolean()),
  responseStatus: nullable(Type.Object({ response: nullable(Type.String()) })),
  organizer: nullable(person),
  attendees: nullable(Type.Array(guest)),
});
export type OutlookEvent = Type.Static<typeof event>;
export type OutlookMoment = Type.Static<typeof moment>;
export const eventAnswer = Compile(event);
export const eventPageAnswer = Compile(
  Type.Object({ value: Type.Array(event), '@odata.nextLink': Type.Optional(Type.String()) }),
);

/** A series with what is not as it says; mailboxes that do not know the two members leave them out. */
export const seriesAnswer = Compile(
  Type.Intersect([
    event,
    Type.Object({
      cancelledOccurrences: nullable(Type.Array(Type.String())),
      exceptionOccurrences: nullable(
        Type.Array(Type.Object({ id: Type.String({ minLength: 1 }) })),
      ),
    }),
  ]),
);
export const originalStartAnswer = Compile(Type.Object({ originalStart: Type.String() }));

/** One page of a change feed; each of its entries is judged by itself. */
export const feedPageAnswer = Compile(
  Type.Object({
    value: Type.Array(Type.Unknown()),
    '@odata.nextLink': Type.Optional(Type.String()),
    '@odata.deltaLink': Type.Optional(Type.String()),
  }),
);

/** What `event` reads; without it an answer carries thirty members more. */
export const eventMembers = [
  'id',
  'iCalUId',
  'transactionId',
  'subject',
  'body',
  'location',
  'start',
  'end',
  'originalStartTimeZone',
  'originalEndTimeZone',
  'recurrence',
  'seriesMasterId',
  // Told only where it is asked for by name. Source: microsoft-graph-docs#5524.
  'originalStart',
  'isAllDay',
  'showAs',
  'sensitivity',
  'isOnlineMeeting',
  'onlineMeeting',
  'type',
  'isOrganizer',
  'responseStatus',
  'organizer',
  'attendees',
].join(',');

const subscription = Type.Object({
  id: Type.String({ minLength: 1 }),
  resource: Type.String(),
  notificationUrl: nullable(Type.String()),
  expirationDateTime: Type.String(),
});
export type OutlookSubscription = Type.Static<typeof subscription>;
export const subscriptionAnswer = Compile(subscription);
export const subscriptionPageAnswer = Compile(
  Type.Object({
    value: Type.Array(subscription),
    '@odata.nextLink': Type.Optional(Type.String()),
  }),
);

const calendar = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: nullable(Type.String()),
  isDefaultCalendar: nullable(Type.Boolean()),
  canEdit: nullable(Type.Boolean()),
});
export type OutlookCalendar = Type.Static<typeof calendar>;
export const calendarPageAnswer = Compile(
  Type.Object({
    value: Type.Array(calendar),
    '@odata.nextLink': Type.Optional(Type.String()),
  }),
);

/** Who signed in, for accounts whose ID token names no address. Source: user, get. */
export const userAnswer = Compile(
  Type.Object({ mail: nullable(Type.String()), userPrincipalName: nullable(Type.String()) }),
);
