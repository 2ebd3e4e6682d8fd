import { type Static, Type } from 'typebox';
import { auditActions } from '../../store/database.ts';

const uuid = Type.String({ format: 'uuid' });
const textOrNull = Type.Union([Type.Null(), Type.String()]);
const value = Type.Union([Type.Null(), Type.String(), Type.Integer()]);

export const auditQuerySchema = Type.Object(
  { cursor: Type.Optional(Type.String({ maxLength: 400 })) },
  { additionalProperties: false },
);

/** One thing that somebody did. */
export const auditEntrySchema = Type.Object({
  id: uuid,
  at: Type.String({ format: 'date-time' }),
  user: Type.Object({ id: uuid, name: Type.String() }),
  action: Type.Unsafe<(typeof auditActions)[number]>(
    Type.Union(auditActions.map((action) => Type.Literal(action))),
  ),
  /** The account that it was about. */
  account: textOrNull,
  provider: Type.Union([Type.Null(), Type.Literal('google'), Type.Literal('outlook')]),
  /** Which of the account's calendars; its name only where it is the reader's own. */
  calendar: Type.Union([
    Type.Null(),
    Type.Object({ name: textOrNull, is_primary: Type.Boolean() }),
  ]),
  /** What was chosen, of how many it was said, and what became what. */
  choice: textOrNull,
  count: Type.Union([Type.Null(), Type.Integer()]),
  changes: Type.Array(Type.Object({ what: Type.String(), from: value, to: value })),
});
export type AuditEntry = Static<typeof auditEntrySchema>;

/** `GET /api/admin/audit` (admins): who did what, the latest first, 50 a page. */
export const auditListSchema = Type.Object({
  entries: Type.Array(auditEntrySchema),
  next_cursor: textOrNull,
});
export type AuditList = Static<typeof auditListSchema>;
