import { type Static, Type } from 'typebox';
import { showAsValues, visibilities } from '../../calendar/event.ts';
import { whenViewSchema } from './activities.ts';

const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))));

/** Instants; `to` is excluded. At most 100 days. */
export const windowQuerySchema = Type.Object(
  { from: instant, to: instant },
  { additionalProperties: false },
);

/** An event of one's own as a calendar draws it: a series as its occurrences. The rest is the activity's. */
export const calendarEventSchema = Type.Object({
  /** The activity to ask for; of an unchanged occurrence the series. */
  id: uuid,
  /** Of occurrences; null for single events. */
  series_id: Type.Union([Type.Null(), uuid]),
  original_start: Type.Union([Type.Null(), Type.String()]),
  /** Of an occurrence that is an event of its own. */
  is_exception: Type.Boolean(),
  version: Type.Integer(),
  title: Type.String(),
  location: Type.String(),
  lead: Type.Union([Type.Null(), Type.Object({ id: uuid, name: Type.String() })]),
  ...whenViewSchema.properties,
  starts_at: instant,
  ends_at: instant,
  visibility: oneOf(visibilities),
  show_as: oneOf(showAsValues),
  has_guests: Type.Boolean(),
  can_edit: Type.Boolean(),
  /** Somebody else's meeting that its owner does not go to. */
  is_declined: Type.Boolean(),
  /** Those it is in, as in `calendars`; empty: nowhere but here. */
  calendar_ids: Type.Array(uuid),
  /** Whether a copy of it waits for a person, or for better times. */
  has_problem: Type.Boolean(),
});
export type CalendarEvent = Static<typeof calendarEventSchema>;

/**
 * `GET /api/calendar/events?from=&to=`: the caller's own, whatever lead they are with, by start. At most
 * 5,000, the first: then what begins at `cut_at` or later is not, or not all, there.
 */
export const calendarEventsSchema = Type.Object({
  events: Type.Array(calendarEventSchema),
  /** In the order of their colours: the oldest connection's first, and in it the main one. */
  calendars: Type.Array(
    Type.Object({
      id: uuid,
      name: Type.String(),
      provider: Type.Union([Type.Literal('google'), Type.Literal('outlook')]),
      account: Type.String(),
    }),
  ),
  cut_at: Type.Union([Type.Null(), instant]),
});
export type CalendarEvents = Static<typeof calendarEventsSchema>;

/** `GET /api/colleagues`: everybody else in the company by name; the first 200. */
export const colleaguesSchema = Type.Object({
  colleagues: Type.Array(Type.Object({ id: uuid, name: Type.String() })),
  has_more: Type.Boolean(),
});
export type Colleagues = Static<typeof colleaguesSchema>;

/**
 * `GET /api/colleagues/:id/busy?from=&to=`: when a colleague has no time, and nothing else of it: no
 * ids, no titles. What overlaps is one. At most 2,000, with `cut_at` as above.
 */
export const busySchema = Type.Object({
  busy: Type.Array(
    Type.Object({
      /** All-day: dates, the end excluded; else instants. */
      is_all_day: Type.Boolean(),
      start: Type.String(),
      end: Type.String(),
    }),
  ),
  cut_at: Type.Union([Type.Null(), instant]),
});
export type Busy = Static<typeof busySchema>;
