import type { HeldCalendar } from '../store/open-decisions.ts';
import type { BrakeDecision } from './schemas/decisions.ts';

/** A calendar in which many deletions wait, as its owner sees it. */
export function viewHeldCalendar(held: HeldCalendar): BrakeDecision {
  const { id, name, provider, ...rest } = held;
  return {
    ...rest,
    provider: provider.toLowerCase() as Lowercase<typeof provider>,
    calendar_id: id,
    calendar: name,
  };
}
