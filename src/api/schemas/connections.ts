import { type Static, Type } from 'typebox';

const instantOrNull = Type.Union([Type.Null(), Type.String({ format: 'date-time' })]);

/** A connection as its owner or an admin sees it: never a token. */
export const connectionSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  provider: Type.Union([Type.Literal('google'), Type.Literal('outlook')]),
  email: Type.String(),
  is_active: Type.Boolean(),
  sync_enabled: Type.Boolean(),
  state: Type.Union([
    Type.Literal('active'),
    Type.Literal('needs_reconnect'),
    Type.Literal('misconfigured'),
    Type.Literal('disconnected'),
  ]),
  /** Why, in plain words, and what to do; null when there is nothing to say. */
  reason: Type.Union([Type.Null(), Type.String()]),
  since: Type.String({ format: 'date-time' }),
  last_synced_at: instantOrNull,
  /** When a person let events come in and older ones go out; null: `POST …/start` is to be called. */
  first_sync_at: instantOrNull,
  /** Copies that wait to be written or removed. */
  waiting_count: Type.Integer(),
  /** The calendar that CRM events go to. */
  write_calendar: Type.Union([Type.Null(), Type.String()]),
  /** Whether the guests of its owner's new events are invited from it: at most one of a user is. */
  is_inviting: Type.Boolean(),
  /** Whether guests can be written there without being mailed. */
  can_keep_silent: Type.Boolean(),
});
export type Connection = Static<typeof connectionSchema>;

/** `GET /api/calendar/connect?action=connect&provider=google|outlook[&connection_id=]` or `action=list`. */
export const connectQuerySchema = Type.Object(
  {
    action: Type.Union([Type.Literal('connect'), Type.Literal('list')]),
    provider: Type.Optional(Type.Union([Type.Literal('google'), Type.Literal('outlook')])),
    /** Reconnect this one: the same account is expected back. */
    connection_id: Type.Optional(Type.String({ format: 'uuid' })),
  },
  { additionalProperties: false },
);
/** One answer shape for both: `url` for connect, `integrations` for list (the user's own). */
export const connectReplySchema = Type.Object({
  url: Type.Optional(Type.String()),
  integrations: Type.Optional(Type.Array(connectionSchema)),
  /** What the company wants to become of copies unless `delete_copies` says otherwise. */
  disconnect_copies: Type.Optional(Type.Union([Type.Literal('keep'), Type.Literal('delete')])),
  /** Whether the user has planned an event on a lead since they first connected a calendar. */
  has_planned: Type.Optional(Type.Boolean()),
});
export type ConnectReply = Static<typeof connectReplySchema>;

/** `POST /api/calendar/connect`, JSON or form. */
export const disconnectSchema = Type.Object(
  {
    action: Type.Literal('disconnect'),
    integration_id: Type.String({ format: 'uuid' }),
    /** Also delete the copies at the provider; default: what the company's policy says. */
    delete_copies: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export const disconnectReplySchema = Type.Object({
  integration: connectionSchema,
  /** Whether the provider was told (Microsoft has no way to), and where the user can do it. */
  is_revoked: Type.Boolean(),
});

/** `GET /api/admin/connections` (admins): everybody's in the tenant, state only. */
export const adminConnectionsSchema = Type.Object({
  connections: Type.Array(
    Type.Object({
      ...connectionSchema.properties,
      user: Type.Object({ id: Type.String(), name: Type.String() }),
      /** Calendars that should be looked at and were not for more than a day. */
      quiet_count: Type.Integer(),
      /** Calendars where many deletions wait for a person's word. */
      brake_count: Type.Integer(),
    }),
  ),
});
export type AdminConnections = Static<typeof adminConnectionsSchema>;

/**
 * The callbacks answer 303 to `/settings/calendars?result=…&provider=…`. The results; all but
 * the first two are failures that the page puts into words.
 */
export const callbackResults = [
  'connected',
  'reconnected',
  'denied',
  'expired',
  'replayed',
  'wrong-session',
  'signed-out',
  'wrong-code',
  'missing-permission',
  'different-account',
  'admin-approval-needed',
  'misconfigured',
  'provider-down',
  'failed',
] as const;
export type CallbackResult = (typeof callbackResults)[number];

/** `GET /api/stream`: server-sent events. Each says "look again", and carries no content. */
export const streamTopics = ['connections', 'activities'] as const;
export type StreamTopic = (typeof streamTopics)[number];
