import { type Static, Type } from 'typebox';

export const signInSchema = Type.Object(
  {
    email: Type.String({ format: 'email', maxLength: 320 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
);
export type SignIn = Static<typeof signInSchema>;

/** `PATCH /api/session`: what of oneself can be changed. */
export const sessionPatchSchema = Type.Object(
  {
    /** Where one is, an IANA name. */
    time_zone: Type.String({ minLength: 1, maxLength: 64 }),
  },
  { additionalProperties: false },
);
export type SessionPatch = Static<typeof sessionPatchSchema>;

/** `GET /api/session`. Signed out: `user` and `tenant` are null; the CSRF token is there either way. */
export const sessionSchema = Type.Object({
  /** Goes into the header `X-CSRF-Token` of every POST, PATCH, PUT and DELETE. */
  csrf_token: Type.String(),
  user: Type.Union([
    Type.Null(),
    Type.Object({
      id: Type.String({ format: 'uuid' }),
      name: Type.String(),
      email: Type.String(),
      role: Type.Union([Type.Literal('member'), Type.Literal('admin')]),
      /** Where one's browser was last; a page knows better (docs/decisions/0018-viewers-zone.md). */
      time_zone: Type.String(),
    }),
  ]),
  tenant: Type.Union([
    Type.Null(),
    Type.Object({ id: Type.String({ format: 'uuid' }), name: Type.String() }),
  ]),
  /** Whether the sandbox plays the providers, and where a person can watch it. */
  sandbox_url: Type.Union([Type.Null(), Type.String()]),
  /** What can be connected here; the others are not configured. */
  providers: Type.Array(Type.Union([Type.Literal('google'), Type.Literal('outlook')])),
});
export type Session = Static<typeof sessionSchema>;
