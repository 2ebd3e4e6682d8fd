import type { Attendee, EventFields } from '../calendar/event.ts';

/** A write of a copy, as far as it matters to the event's guests. */
export type Write =
  | { kind: 'create'; fields: EventFields }
  | { kind: 'update'; changes: Partial<EventFields> }
  | { kind: 'delete' };

interface Copy {
  /** Who is on its list there. */
  guests: readonly Attendee[];
  carriesGuests: boolean;
  /** Whether nobody is to be mailed of what waits. */
  isSilent: boolean;
  /** Whether the provider can be asked not to mail. */
  canKeepSilent: boolean;
}

/**
 * What a write says to the guests: they are told, or nobody is. `would-tell`: nobody is to be told,
 * and this provider would (SPEC G4, G5).
 */
export function planMailing(write: Write, copy: Copy): 'tell' | 'silent' | 'would-tell' {
  if (!copy.carriesGuests || !concernsGuests(write, copy.guests)) return 'silent';
  if (!copy.isSilent) return 'tell';
  return copy.canKeepSilent ? 'silent' : 'would-tell';
}

function concernsGuests(write: Write, before: readonly Attendee[]): boolean {
  switch (write.kind) {
    case 'create':
      return write.fields.attendees.length > 0;
    case 'update': {
      // Whether its owner is free or busy meanwhile is nobody else's business.
      const isOwn = Object.keys(write.changes).every((unit) => unit === 'showAs');
      const after = write.changes.attendees ?? before;
      return !isOwn && before.length + after.length > 0;
    }
    case 'delete':
      return before.length > 0;
  }
}
