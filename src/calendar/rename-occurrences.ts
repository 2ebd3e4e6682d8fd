import type { EventFields } from './event.ts';
import { moveSeries } from './move-series.ts';
import { hasOccurrence } from './occurrences.ts';
import type { OriginalStart } from './recurrence.ts';

type Times = Pick<EventFields, 'when' | 'recurrence'>;

/** What an occurrence of the old series is called in the new one; null: it has none like it. */
export function renameBetween(
  old: Times,
  fields: Times,
): (start: OriginalStart) => OriginalStart | null {
  if (!old.recurrence || !fields.recurrence) return () => null;
  const [before, after] = [
    { when: old.when, recurrence: old.recurrence },
    { when: fields.when, recurrence: fields.recurrence },
  ];
  const { renameStart } = moveSeries(before, fields.when);
  // What is left out by name was there before it was left out.
  const bare = { ...after, recurrence: { ...after.recurrence, exdates: [] } };
  return (start) => {
    const moved = renameStart(start);
    if (moved !== null && hasOccurrence(bare, moved)) return moved;
    return hasOccurrence(bare, start) ? start : null;
  };
}
