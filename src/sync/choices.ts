import type { Conflict } from './link.ts';

/** What a person may decide about one copy of an event. */
export const choices = ['keep', 'take-other', 'put-back', 'delete', 'retry'] as const;
export type Choice = (typeof choices)[number];

/** As much of a link as says what is asked. */
export interface OpenQuestion {
  state: string;
  conflict: readonly Conflict[] | null;
  is_revived: boolean;
  /** Not null where it may show but a part of a series. */
  copy_id: string | null;
}

/** What a person can decide about the copy now; nothing where nothing is asked (SPEC U5). */
export function listChoices({ state, conflict, is_revived, copy_id }: OpenQuestion): Choice[] {
  if (state === 'closed') return [];
  if (is_revived) return ['keep', 'delete'];
  if (state === 'detached') return ['put-back', 'delete'];
  if (state === 'refused') return ['retry'];
  if (!conflict || conflict.length === 0) return [];
  // When one part is says nothing of when the whole series could be.
  const isOfPart = copy_id !== null && conflict.some(({ unit }) => isTime(unit));
  return isOfPart ? ['keep'] : ['keep', 'take-other'];
}

const isTime = (unit: Conflict['unit']) => unit === 'when' || unit === 'recurrence';
