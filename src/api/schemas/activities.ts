import { type Static, Type } from 'typebox';
import {
  answerValues,
  ATTENDEES_MAX,
  ownAnswers,
  showAsValues,
  visibilities,
} from '../../calendar/event.ts';
import { linkStates } from '../../store/database.ts';
import { heldAsValues } from '../../store/visible-events.ts';
import { choices } from '../../sync/choices.ts';

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

/** When, as it is given back. */
export const whenViewSchema = Type.Object({
  is_all_day: Type.Boolean(),
  start: Type.String(),
  end: Type.String(),
  time_zone: Type.Union([Type.Null(), Type.String()]),
});

/**
 * How a series recurs, by RFC 5545, in the zone of its event; null for a single event. `rules` are
 * values of RRULE (`FREQ=WEEKLY;BYDAY=TU`); starts are written like `start`: `exdates` are left out
 * and `rdates` come besides.
 */
const starts = Type.Array(Type.String({ maxLength: 40 }), { maxItems: 1_000 });
const rules = Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 10 });
const recurrenceSchema = Type.Object(
  {
    rules,
    exrules: Type.Optional(rules),
    rdates: Type.Optional(starts),
    exdates: Type.Optional(starts),
  },
  { additionalProperties: false },
);
export type WrittenRecurrence = Static<typeof recurrenceSchema>;
export const recurrenceViewSchema = Type.Union([
  Type.Null(),
  Type.Object({
    rules: Type.Array(Type.String()),
    exrules: Type.Array(Type.String()),
    rdates: Type.Array(Type.String()),
    exdates: Type.Array(Type.String()),
  }),
]);

/** A guest as one is named; addresses tell them apart, in whatever case. */
const guestSchema = Type.Object(
  {
    email: Type.String({ format: 'email', maxLength: 254 }),
    name: Type.Optional(Type.String({ maxLength: 1024 })),
    is_optional: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type Guest = Static<typeof guestSchema>;

const guestView = { email: Type.String(), name: Type.String(), is_optional: Type.Boolean() };

const details = {
  title: Type.String({ minLength: 1, maxLength: 1024, pattern: '\\S' }),
  description: Type.String({ maxLength: 8192 }),
  location: Type.String({ maxLength: 1024 }),
  visibility: oneOf(visibilities),
  show_as: oneOf(showAsValues),
  /** All of them: who is left out is not invited any more. */
  attendees: Type.Array(guestSchema, { maxItems: ATTENDEES_MAX }),
};

/**
 * Whether guests are mailed of it, which they are unless told otherwise. `false` is refused with
 * `guests-always-told` where the calendar that invites cannot keep silent.
 */
const notifyGuests = Type.Boolean();

/** `POST /api/activities` → 201 activity. */
export const newActivitySchema = Type.Object(
  {
    lead_id: uuid,
    title: details.title,
    ...when,
    recurrence: Type.Optional(Type.Union([Type.Null(), recurrenceSchema])),
    description: Type.Optional(details.description),
    location: Type.Optional(details.location),
    visibility: Type.Optional(details.visibility),
    show_as: Type.Optional(details.show_as),
    attendees: Type.Optional(details.attendees),
    notify_guests: Type.Optional(notifyGuests),
    /**
     * Of the caller's connections those whose write calendar gets a copy; without it every one, with an
     * empty list none. What is connected later gets one in any case.
     */
    connection_ids: Type.Optional(Type.Array(uuid, { maxItems: 100, uniqueItems: true })),
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
    /** Of a series that is moved without it, what its rules plainly take from its start moves along. */
    recurrence: Type.Optional(Type.Union([Type.Null(), recurrenceSchema])),
    notify_guests: Type.Optional(notifyGuests),
  },
  { additionalProperties: false, minProperties: 2 },
);
export type ActivityPatch = Static<typeof activityPatchSchema>;

const scopeSchema = oneOf(['this', 'following'] as const);

/**
 * `PATCH /api/activities/:id/occurrences/:start` → 200 activity: the occurrence, or the new series that
 * begins with it. `:id` is the series, `:start` the occurrence's `original_start`. All at once is the
 * series' own PATCH.
 */
export const occurrencePatchSchema = Type.Object(
  { ...activityPatchSchema.properties, scope: scopeSchema },
  { additionalProperties: false, minProperties: 3 },
);
export type OccurrencePatch = Static<typeof occurrencePatchSchema>;

/** `DELETE /api/activities/:id/occurrences/:start?scope=&notify_guests=` → 204. */
export const occurrenceDeletionSchema = Type.Object(
  {
    scope: Type.Optional(scopeSchema),
    notify_guests: Type.Optional(oneOf(['true', 'false'] as const)),
  },
  { additionalProperties: false },
);

/** `DELETE /api/activities/:id?notify_guests=` → 204. */
export const deletionQuerySchema = Type.Object(
  { notify_guests: Type.Optional(oneOf(['true', 'false'] as const)) },
  { additionalProperties: false },
);

const showsSchema = oneOf(['all', 'busy'] as const);
export type Shows = Static<typeof showsSchema>;

/**
 * `POST /api/activities/:id/mirrors` → 201 activity. `busy` shows nothing but that its owner has no
 * time. Guests are in neither, so nobody is mailed.
 */
export const newMirrorSchema = Type.Object(
  { connection_id: uuid, shows: showsSchema },
  { additionalProperties: false },
);
export type NewMirror = Static<typeof newMirrorSchema>;

/** `POST /api/activities/:id/answer` → 200 activity. Its organizer is told once. */
export const answerSchema = Type.Object(
  { answer: oneOf(ownAnswers) },
  { additionalProperties: false },
);

/** Fields that merge together carry one name; `when` is start, end, all-day and zone. */
export const unitSchema = oneOf([
  'title',
  'description',
  'location',
  'when',
  'recurrence',
  'visibility',
  'show_as',
  'attendees',
] as const);
export type Unit = Static<typeof unitSchema>;

/** Some of an event's fields, in the words of this API. */
export const fieldsViewSchema = Type.Object({
  title: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  location: Type.Optional(Type.String()),
  when: Type.Optional(whenViewSchema),
  recurrence: Type.Optional(recurrenceViewSchema),
  visibility: Type.Optional(oneOf(visibilities)),
  show_as: Type.Optional(oneOf(showAsValues)),
  attendees: Type.Optional(Type.Array(Type.Object(guestView))),
});
export type FieldsView = Static<typeof fieldsViewSchema>;

/** A field that was changed here and in the calendar: the event has the winner's value. */
export const conflictSchema = Type.Object({
  unit: unitSchema,
  winner: Type.Union([Type.Literal('crm'), Type.Literal('calendar')]),
  /** The value that gave way, under the name of its unit. */
  lost: fieldsViewSchema,
});

const providerSchema = Type.Union([Type.Literal('google'), Type.Literal('outlook')]);

/** One copy of the event in one external calendar, as its state stands now. */
export const copySchema = Type.Object({
  id: uuid,
  connection_id: uuid,
  provider: providerSchema,
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
  /** Whether it shows the event, or nothing but that its owner is busy. */
  shows: showsSchema,
  /**
   * What it is there. A series that its calendar cannot hold as one is several series that share its
   * dates out, or a single event for each of its coming dates.
   */
  held_as: oneOf(heldAsValues),
  /** Where the event was made. */
  origin: Type.Union([Type.Literal('crm'), Type.Literal('calendar')]),
  /** Whether we may change it there; else whose meeting it is, where that is known. */
  can_edit: Type.Boolean(),
  organizer: Type.Union([Type.Null(), Type.String()]),
  /** What could not be read exactly, in plain words. */
  warning: Type.Union([Type.Null(), Type.String()]),
  conflict: Type.Array(conflictSchema),
  /** What reads otherwise there, since changes go but one way: its calendar's `direction`, or `can_edit`. */
  differs_in: Type.Array(unitSchema),
  /** Deleted here after it had been changed there, and kept in both. */
  is_revived: Type.Boolean(),
  /** What `POST …/copies/{id}/resolve` takes now; empty where nothing is asked. */
  choices: Type.Array(oneOf(choices)),
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
  /** Of a series, and of its unchanged occurrences; null otherwise. */
  recurrence: recurrenceViewSchema,
  /** Of an occurrence: its series, and the start that names it, whatever became of its own start. */
  series_id: Type.Union([Type.Null(), uuid]),
  original_start: Type.Union([Type.Null(), Type.String()]),
  /**
   * Of a series in a list without `from` and `to`: its next occurrence that is no event of its own, or
   * its last where all are over. Null elsewhere.
   */
  nearest: Type.Union([
    Type.Null(),
    Type.Object({
      ...whenViewSchema.properties,
      original_start: Type.String(),
      starts_at: Type.String({ format: 'date-time' }),
      ends_at: Type.String({ format: 'date-time' }),
    }),
  ]),
  /** The series that this one was split from. */
  split_from: Type.Union([Type.Null(), uuid]),
  /** Derived, for sorting and showing: instants. */
  starts_at: Type.String({ format: 'date-time' }),
  ends_at: Type.String({ format: 'date-time' }),
  visibility: oneOf(visibilities),
  show_as: oneOf(showAsValues),
  attendees: Type.Array(
    Type.Object({
      ...guestView,
      /** As the calendar has it that invites; null where that has not told us, or told only its owner. */
      answer: Type.Union([Type.Null(), oneOf(answerValues)]),
    }),
  ),
  /**
   * What the reader answered to it, as somebody else's meeting, and what they want to answer and is
   * not sent yet; null where there is nothing to be answered.
   */
  own_answer: Type.Union([
    Type.Null(),
    Type.Object({
      answer: oneOf(answerValues),
      wanted: Type.Union([Type.Null(), oneOf(ownAnswers)]),
    }),
  ]),
  /** Where its guests are invited from; null where from nowhere, or to who is not its owner. */
  invitations: Type.Union([
    Type.Null(),
    Type.Object({
      connection_id: uuid,
      account: Type.String(),
      /** Whether guests can be written there without being mailed. */
      can_keep_silent: Type.Boolean(),
    }),
  ]),
  status: Type.Union([Type.Literal('confirmed'), Type.Literal('cancelled')]),
  /** Of a cancelled one, to its owner: in which account's calendar it was deleted, where that is known. */
  cancelled_in: Type.Union([
    Type.Null(),
    Type.Object({ provider: providerSchema, account: Type.String() }),
  ]),
  /** True when the reader may only know that its owner is busy. */
  is_hidden: Type.Boolean(),
  /** Whether the reader may edit and delete it: its owner, unless the meeting is somebody else's. */
  can_edit: Type.Boolean(),
  google_event_id: Type.Union([Type.Null(), Type.String()]),
  outlook_event_id: Type.Union([Type.Null(), Type.String()]),
  last_synced_at: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
  version: Type.Integer(),
  created_at: Type.String({ format: 'date-time' }),
  updated_at: Type.String({ format: 'date-time' }),
  /** Whether `POST …/restore` would do anything. */
  can_restore: Type.Boolean(),
  deleted_at: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
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
    /** Instead: the caller's own that were deleted within the last 30 days, and cancelled dates of series. */
    deleted: Type.Optional(Type.Literal('true')),
  },
  { additionalProperties: false },
);
export const activityListSchema = Type.Object({
  activities: Type.Array(activitySchema),
  has_earlier: Type.Boolean(),
});
export type ActivityList = Static<typeof activityListSchema>;
