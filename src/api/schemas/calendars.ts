import { type Static, Type } from 'typebox';
import { linkStates } from '../../store/database.ts';

const uuid = Type.String({ format: 'uuid' });
const instant = Type.String({ format: 'date-time' });
const instantOrNull = Type.Union([Type.Null(), instant]);
const textOrNull = Type.Union([Type.Null(), Type.String()]);
const count = Type.Integer();

/** Which way events go: not at all, both ways, only in from the calendar, only out to it. */
export const directionSchema = Type.Union([
  Type.Literal('none'),
  Type.Literal('both'),
  Type.Literal('in'),
  Type.Literal('out'),
]);
export type CalendarDirection = Static<typeof directionSchema>;

/** A run that would have deleted too much has stopped. */
export const brakeSchema = Type.Object({
  count,
  total: count,
  since: instant,
  /** What a person said; null while nobody has. */
  decision: Type.Union([Type.Null(), Type.Literal('delete'), Type.Literal('keep')]),
});

/** One external calendar of a connection, and how it does. */
export const calendarSchema = Type.Object({
  id: uuid,
  connection_id: uuid,
  name: Type.String(),
  is_primary: Type.Boolean(),
  can_write: Type.Boolean(),
  direction: directionSchema,
  /** Whether new events of the CRM go there; at most one of a connection. */
  is_write_target: Type.Boolean(),
  state: Type.Union([Type.Literal('active'), Type.Literal('paused'), Type.Literal('removed')]),
  /** What is wrong and what to do, in plain words; null when all is well. */
  problem: textOrNull,
  /** It should be looked at and was not for more than a day. */
  is_quiet: Type.Boolean(),
  last_pulled_at: instantOrNull,
  last_change_at: instantOrNull,
  /** When it is looked at by itself; null when nobody will. */
  next_look_at: instantOrNull,
  /** A person asked for a look then, and it is not over yet. */
  asked_at: instantOrNull,
  watch: Type.Object({
    /** Whether the provider rings when it changes, or it is asked every so often, or neither. */
    kind: Type.Union([Type.Literal('channel'), Type.Literal('polled'), Type.Literal('off')]),
    /** Why it does not ring, in plain words. */
    reason: textOrNull,
    channel_count: count,
    expires_at: instantOrNull,
  }),
  brake: Type.Union([Type.Null(), brakeSchema]),
  /** How many of its copies are in which state; those that are in none are left out. */
  links: Type.Partial(
    Type.Object(
      Object.fromEntries(linkStates.map((state) => [state, count])) as Record<
        (typeof linkStates)[number],
        typeof count
      >,
    ),
  ),
  /** Entries that could not be read and were set aside: all are counted, the latest are named. */
  unreadable: Type.Object({
    count,
    items: Type.Array(Type.Object({ reason: Type.String(), since: instant })),
  }),
});
export type Calendar = Static<typeof calendarSchema>;

/** `GET /api/calendar/connections/:id/calendars`. */
export const calendarListSchema = Type.Object({ calendars: Type.Array(calendarSchema) });
export type CalendarList = Static<typeof calendarListSchema>;

/** `PATCH /api/calendar/connections/:id/calendars/:calendarId` → 200 calendar list. */
export const calendarPatchSchema = Type.Object(
  {
    direction: Type.Optional(directionSchema),
    is_write_target: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type CalendarPatch = Static<typeof calendarPatchSchema>;

/** `POST /api/calendar/connections/:id/calendars/:calendarId/brake` → 200 calendar list. */
export const brakeChoiceSchema = Type.Object(
  { choice: Type.Union([Type.Literal('delete'), Type.Literal('keep')]) },
  { additionalProperties: false },
);

/** `POST /api/calendar/sync`: all of one's own, or what one of these names. */
export const syncSchema = Type.Object(
  {
    connection_id: Type.Optional(uuid),
    calendar_id: Type.Optional(uuid),
    activity_id: Type.Optional(uuid),
  },
  { additionalProperties: false, maxProperties: 1 },
);
/** → 202: what was asked for. Each calendar's `asked_at` says so until the run has ended. */
export const syncReplySchema = Type.Object({
  /** When, by the server's clock: runs that ended since then are what became of it. */
  asked_at: instant,
  asked: Type.Array(Type.Object({ id: uuid, connection_id: uuid, name: Type.String() })),
});
export type SyncReply = Static<typeof syncReplySchema>;

/** `GET /api/calendar/connections/:id/runs`: the latest 50 that did anything or were asked for. */
export const runListSchema = Type.Object({
  runs: Type.Array(
    Type.Object({
      id: uuid,
      calendar: Type.String(),
      started_at: instant,
      ended_at: instant,
      /** Calls to the provider. */
      calls: count,
      changes_in: count,
      changes_out: count,
      conflicts: count,
      errors: count,
      /** Why it ended early, in plain words; null when it ran to its end. */
      error: textOrNull,
    }),
  ),
});
export type RunList = Static<typeof runListSchema>;

/** `GET /api/calendar/connections/:id/preview`: what a first sync would do. It changes nothing. */
export const previewSchema = Type.Object({
  calendars: Type.Array(
    Type.Object({
      id: uuid,
      name: Type.String(),
      /** Entries that would become events here, and events that would become entries there. */
      in_count: count,
      out_count: count,
      /** Entries that are copies of ours already: nothing is made twice. */
      ours_count: count,
      /** Repeating events among what comes in. */
      series_count: count,
      unreadable_count: count,
      /** What the company's rules leave out. */
      left_out_count: count,
      /** False when there is more than was read: the counts are lower bounds. */
      is_whole: Type.Boolean(),
    }),
  ),
  /** How many people a first sync would notify: nobody, ever. */
  notified_count: Type.Literal(0),
  import_days_back: count,
});
export type Preview = Static<typeof previewSchema>;

/**
 * `GET`, `PUT /api/admin/policies` (admins): what is taken in from people's calendars, and whether the
 * copies in them stay when they are disconnected, unless the person says otherwise.
 */
export const policiesSchema = Type.Object(
  {
    import_days_back: Type.Integer({ minimum: 0, maximum: 3650 }),
    import_days_ahead: Type.Integer({ minimum: 30, maximum: 1825 }),
    ingest: Type.Union([Type.Literal('all'), Type.Literal('with-lead')]),
    disconnect_copies: Type.Union([Type.Literal('keep'), Type.Literal('delete')]),
  },
  { additionalProperties: false },
);
/** What `PUT` leaves out of the newer ones stays as it is. */
export const policiesChangeSchema = Type.Object(
  {
    ...policiesSchema.properties,
    disconnect_copies: Type.Optional(policiesSchema.properties.disconnect_copies),
  },
  { additionalProperties: false },
);
export type PoliciesView = Static<typeof policiesSchema>;
