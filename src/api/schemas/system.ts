import { type Static, Type } from 'typebox';

/** `GET /api/admin/system` (admins). */
export const systemSchema = Type.Object({
  /** The edition of the time zone database that clocks are told by: `2025c`. */
  zone_data: Type.String(),
});
export type SystemView = Static<typeof systemSchema>;
