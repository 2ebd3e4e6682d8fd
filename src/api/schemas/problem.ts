import { type Static, Type } from 'typebox';

/** RFC 9457 `application/problem+json`; `code` is stable and listed in docs/errors.md. */
export const problemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  /** What to do about it, in a sentence for people. */
  detail: Type.String(),
  /** Which member of the request was wrong, where one was: `/start`. */
  pointer: Type.Optional(Type.String()),
});
export type Problem = Static<typeof problemSchema>;
