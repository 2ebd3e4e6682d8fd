import { type Static, Type } from 'typebox';
import { showAsValues, visibilities } from '../../calendar/event.ts';
import { linkStates } from '../../store/database.ts';

const uuid = Type.String({ format: 'uuid' });
const oneOf = <T extends string>(values: readonly T[]) =>
  // The compiler cannot follow a union built from a list, so it is told.
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))));

/**
 * When, in two forms. All-day: `start` and `end` are dates (`2026-11-24`), `end` is the first date
 * after the event, `time_zone` is absent. Timed: both are wall-clock times in `time_zone`
 * (`2026-11-24T09:00` or `…T09:00:00`), without an offset; `time_zone` is an IANA name.
 */
const when = {
  start: Type.String({ maxLength: 40 }),
  end: Type.String({ maxLength: 40 }),
  time_zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
};

const details = {
  title: Type.String({ minLength: 1, maxLength: 1024, pattern: '\\S' }),
  description: Type.String({ maxLength: 8192 }),
  location: Type.String({ maxLength: 1024 }),
  visibility: oneOf(visibilities),
  show_as: oneOf(showAsValues),
};

/** `POST /api/activities` → 201 activity. */
export const newActivitySchema = Type.Object(
  {
    lead_id: uuid,
    title: details.title,
    ...when,
    description: Type.Optional(details.description),
    location: Type.Optional(details.location),
    visibility: Type.Optional(details.visibility),
    show_as: Type.Optional(details.show_as),
  },
  { additionalProperties: false },
);
export type NewActivity = Static<typeof newActivitySchema>;

/**
 * `PATCH /api/activities/:id` → 200 activity. `version` is the one that was edited: an older one is
 * refused with `activity-changed-meanwhile`. `start` and `end` come together, with `time_zone` when timed.
 */
export const activityPatchSchema = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    ...Type.Partial(Type.Object({ ...details, ...when })).properties,
  },
  { additionalProperties: false, minProperties: 2 },
);
export type ActivityPatch = Static<typeof activityPatchSchema>;

/** One copy of the event in one external calendar, as its state stands now. */
export const copySchema = Type.Object({
  id: uuid,
  connection_id: uuid,
  provider: Type.Union([Type.Literal('google'), Type.Literal('outlook')]),
  /** The account's address. */
  account: Type.String(),
  calendar: Type.String(),
  state: oneOf(linkStates),
  /** Why, in plain words; null when there is nothing to say. */
  reason: Type.Union([Type.Null(), Type.String()]),
  since: Type.String({ format: 'date-time' }),
  next_attempt_at: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
  last_synced_at: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
  external_id: Type.Union([Type.Null(), Type.String()]),
});
export type Copy = Static<typeof copySchema>;

export const activitySchema = Type.Object({
  id: uuid,
  lead_id: Type.Union([Type.Null(), uuid]),
  owner: Type.Object({ id: uuid, name: Type.String() }),
  title: Type.String(),
  description: Type.String(),
  location: Type.String(),
  is_all_day: Type.Boolean(),
  /** In the same form as it is written: date or wall-clock time. */
  start: Type.String(),
  end: Type.String(),
  time_zone: Type.Union([Type.Null(), Type.String()]),
  /** Derived, for sorting and showing: instants. */
  starts_at: Type.String({ format: 'date-time' }),
  ends_at: Type.String({ format: 'date-time' }),
  visibility: oneOf(visibilities),
  show_as: oneOf(showAsValues),
  status: Type.Union([Type.Literal('confirmed'), Type.Literal('cancelled')]),
  /** True when the reader may only know that its owner is busy. */
  is_hidden: Type.Boolean(),
  /** Whether the reader may edit and delete it (its owner). */
  can_edit: Type.Boolean(),
  google_event_id: Type.Union([Type.Null(), Type.String()]),
  outlook_event_id: Type.Union([Type.Null(), Type.String()]),
  last_synced_at: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
  version: Type.Integer(),
  created_at: Type.String({ format: 'date-time' }),
  updated_at: Type.String({ format: 'date-time' }),
  copies: Type.Array(copySchema),
});
export type Activity = Static<typeof activitySchema>;

/**
 * `GET /api/activities?lead_id=&from=&to=`: by start; `from` and `to` are instants. At most 500, the
 * latest; `has_earlier` says that there are more, to be had with an earlier `to`.
 */
export const activityListQuerySchema = Type.Object(
  {
    lead_id: Type.Optional(uuid),
    from: Type.Optional(Type.String({ format: 'date-time' })),
    to: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { additionalProperties: false },
);
export const activityListSchema = Type.Object({
  activities: Type.Array(activitySchema),
  has_earlier: Type.Boolean(),
});
export type ActivityList = Static<typeof activityListSchema>;
