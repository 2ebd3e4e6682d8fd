import { type Static, Type } from 'typebox';
import { choices } from '../../sync/choices.ts';
import { activitySchema, fieldsViewSchema, unitSchema } from './activities.ts';

const uuid = Type.String({ format: 'uuid' });
const literals = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))));

/** One change of an activity. */
export const historyEntrySchema = Type.Object({
  id: uuid,
  at: Type.String({ format: 'date-time' }),
  /** A person, or a calendar by its account; both null where neither is known any more. */
  user: Type.Union([Type.Null(), Type.String()]),
  account: Type.Union([Type.Null(), Type.String()]),
  /** `settled`: the person answered that it stays as it is, and `before` gave way for good. */
  change: literals([
    'created',
    'updated',
    'deleted',
    'cancelled',
    'restored',
    'conflict',
    'settled',
  ] as const),
  before: Type.Union([Type.Null(), fieldsViewSchema]),
  after: Type.Union([Type.Null(), fieldsViewSchema]),
  /** The entry that this one took back. */
  undoes: Type.Union([Type.Null(), uuid]),
  can_undo: Type.Boolean(),
});
export type HistoryEntry = Static<typeof historyEntrySchema>;

/** `GET /api/activities/:id/history`: its owner's; the latest first, at most 200. */
export const historySchema = Type.Object({ entries: Type.Array(historyEntrySchema) });
export type History = Static<typeof historySchema>;

/** `POST …/history/:entryId/undo` → the activity; null when it is deleted now. */
export const undoReplySchema = Type.Object({
  activity: Type.Union([Type.Null(), activitySchema]),
  /** What had been changed again since, and has lost that now. */
  overwritten: Type.Array(unitSchema),
});
export type UndoReply = Static<typeof undoReplySchema>;

/** `POST /api/activities/:id/copies/:linkId/resolve`: one of the copy's `choices`. */
export const resolveSchema = Type.Object(
  { choice: literals(choices) },
  { additionalProperties: false },
);
/** The activity; null when it is deleted now. */
export const resolveReplySchema = Type.Object({
  activity: Type.Union([Type.Null(), activitySchema]),
});
export type ResolveReply = Static<typeof resolveReplySchema>;
