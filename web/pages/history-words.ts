import type { FieldsView } from '../../src/api/schemas/activities.ts';
import type { HistoryEntry } from '../../src/api/schemas/history.ts';
import { history as texts } from '../texts.ts';
import { listUnits } from './event-fields.ts';

/** Whose value of a field that was changed on both sides was kept. */
export type KeptSide = keyof typeof texts.kept;

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const hasAll = (fields: FieldsView | null, wanted: FieldsView | null) =>
  listUnits(wanted, null).every((unit) => isSame(fields?.[unit], wanted?.[unit]));

/**
 * The entry of a conflict does not say who gave way. What was kept from a calendar was written into the
 * event at that very moment, which is an entry of its own; what is not was kept here.
 */
export function findKeptSide(
  entry: HistoryEntry,
  unit: keyof FieldsView,
  entries: readonly HistoryEntry[],
): KeptSide {
  const besides = entries.filter(
    ({ id, at, account }) => id !== entry.id && at === entry.at && account === entry.account,
  );
  if (besides.some(({ after }) => after?.[unit] && isSame(after[unit], entry.after?.[unit])))
    return 'calendar';
  return besides.some(({ change }) => change === 'restored') ? 'unknown' : 'here';
}

/** Whether a person's change put what had given way in a conflict in the place of what was kept. */
export function tookOther(entry: HistoryEntry, entries: readonly HistoryEntry[]): boolean {
  if (entry.change !== 'updated' || !entry.user || entry.undoes) return false;
  const earlier = entries.slice(entries.findIndex(({ id }) => id === entry.id) + 1);
  const conflict = earlier.find(({ change }) => change === 'conflict');
  if (!conflict || listUnits(conflict.before, null).length === 0) return false;
  return hasAll(entry.after, conflict.before) && hasAll(entry.before, conflict.after);
}

export function describeWho({ change, user, account }: HistoryEntry): string {
  if (user) return texts.byPerson(user);
  if (!account) return texts.byNobody;
  return change === 'conflict' ? texts.byBoth(account) : texts.byCalendar(account);
}
