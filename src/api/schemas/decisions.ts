import { type Static, Type } from 'typebox';
import { choices } from '../../sync/choices.ts';
import { activitySchema } from './activities.ts';
import { brakeSchema } from './calendars.ts';

const uuid = Type.String({ format: 'uuid' });
const count = Type.Integer();

/** At most so many copies are settled by one call. */
export const RESOLVE_MAX = 100;

export const decisionListQuerySchema = Type.Object(
  { cursor: Type.Optional(Type.String({ maxLength: 400 })) },
  { additionalProperties: false },
);

/** A copy that its owner is asked about: the one of the activity's `copies` with this id. */
const copyDecisionSchema = Type.Object({
  copy_id: uuid,
  activity: activitySchema,
  lead: Type.Union([Type.Null(), Type.Object({ id: uuid, name: Type.String() })]),
});
export type CopyDecision = Static<typeof copyDecisionSchema>;

/** A calendar in which many deletions wait: `POST …/calendars/{calendar_id}/brake` answers. */
const brakeDecisionSchema = Type.Object({
  connection_id: uuid,
  provider: Type.Union([Type.Literal('google'), Type.Literal('outlook')]),
  account: Type.String(),
  calendar_id: uuid,
  calendar: Type.String(),
  brake: brakeSchema,
  /** How many events are gone in the calendar and still here, and the other way round. */
  gone_there_count: count,
  gone_here_count: count,
  /** The titles of at most five of them. */
  titles: Type.Array(Type.String()),
});
export type BrakeDecision = Static<typeof brakeDecisionSchema>;

/**
 * `GET /api/decisions`: what waits for the caller's word, the latest question first; 25 copies a page,
 * and calendars that are held all on the first.
 */
export const decisionListSchema = Type.Object({
  /** Of all pages together. */
  count,
  brakes: Type.Array(brakeDecisionSchema),
  copies: Type.Array(copyDecisionSchema),
  next_cursor: Type.Union([Type.Null(), Type.String()]),
});
export type DecisionList = Static<typeof decisionListSchema>;

/** `GET /api/decisions/count`. */
export const decisionCountSchema = Type.Object({ count });
export type DecisionCount = Static<typeof decisionCountSchema>;

/** `POST /api/decisions/resolve`: the same choice for several copies, each for itself. */
export const resolveManySchema = Type.Object(
  {
    choice: Type.Unsafe<(typeof choices)[number]>(
      Type.Union(choices.map((value) => Type.Literal(value))),
    ),
    copy_ids: Type.Array(uuid, { minItems: 1, maxItems: RESOLVE_MAX, uniqueItems: true }),
  },
  { additionalProperties: false },
);
export type ResolveMany = Static<typeof resolveManySchema>;

/** What came of each, in the order that they were named. */
export const resolveManyReplySchema = Type.Object({
  results: Type.Array(
    Type.Union([
      Type.Literal('done'),
      Type.Literal('not-found'),
      /** Settled meanwhile, or the choice is none of the copy's. */
      Type.Literal('not-open'),
      Type.Literal('not-organizer'),
      /** Its calendar gives events and takes none. */
      Type.Literal('not-usable'),
    ]),
  ),
});
export type ResolveManyReply = Static<typeof resolveManyReplySchema>;
