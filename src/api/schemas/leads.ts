import { type Static, Type } from 'typebox';

const shortText = (maxLength: number) => Type.String({ maxLength });

export const newLeadSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
    company: Type.Optional(shortText(200)),
    email: Type.Optional(
      Type.Union([Type.Literal(''), Type.String({ format: 'email', maxLength: 320 })]),
    ),
    phone: Type.Optional(shortText(60)),
  },
  { additionalProperties: false },
);
export type NewLead = Static<typeof newLeadSchema>;

export const leadSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  company: Type.String(),
  email: Type.String(),
  phone: Type.String(),
  owner: Type.Object({ id: Type.String(), name: Type.String() }),
  created_at: Type.String({ format: 'date-time' }),
  /** The next event that the caller may see, if any: an instant. */
  next_event_at: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
});
export type Lead = Static<typeof leadSchema>;

/** `GET /api/leads?q=&cursor=`: by name, at most 50 a page. */
export const leadListQuerySchema = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 200 })),
    cursor: Type.Optional(Type.String({ maxLength: 600 })),
  },
  { additionalProperties: false },
);
export const leadListSchema = Type.Object({
  leads: Type.Array(leadSchema),
  next_cursor: Type.Union([Type.Null(), Type.String()]),
});
export type LeadList = Static<typeof leadListSchema>;
