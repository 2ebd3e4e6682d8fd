import {
  type EventFields,
  type MergeUnit,
  mergeUnits,
  unitsWithoutGuests,
  type When,
} from '../calendar/event.ts';
import { toInstants } from '../calendar/instants.ts';
import { startOf } from '../calendar/recurrence.ts';
import type { RemoteEvent, RemoteSlot } from '../providers/provider.ts';
import type { LinkRow } from '../store/database.ts';
import { isSame } from '../sync/same.ts';

type Known = readonly Pick<LinkRow, 'external_id' | 'remote' | 'sent'>[];

/** Whether one of its occurrences was changed there since it was last read: see `listEdited`. Pure. */
export function isEditedThere(
  series: RemoteEvent,
  link: Pick<LinkRow, 'carries_guests'>,
  known: Known,
): boolean {
  return (series.exceptions ?? []).some(
    (one) => one.kind === 'changed' && listEdited(one.event, series.fields, link, known).length > 0,
  );
}

/**
 * What somebody changed of a single occurrence in the calendar since it was last read: what it says is
 * neither known, nor what we wrote and had no answer to, nor what its series says. `known` are the links that it has had there, also closed ones.
 * That one was cancelled is no edit to keep. Pure.
 */
export function listEdited(
  { externalId, fields, slot }: RemoteEvent & { slot: RemoteSlot },
  ofSeries: EventFields,
  { carries_guests }: Pick<LinkRow, 'carries_guests'>,
  known: Known,
): MergeUnit[] {
  const seen = known.filter(({ external_id }) => external_id === externalId);
  return (carries_guests ? mergeUnits : unitsWithoutGuests).filter((unit) => {
    if (unit === 'recurrence') return false;
    const isKnown = (told: Partial<EventFields> | null) =>
      told?.[unit] !== undefined && isSame(fields[unit], told[unit]);
    const isOurs = ({ sent }: Known[number]) => sent?.kind === 'update' && isKnown(sent.fields);
    if (seen.some((one) => isKnown(one.remote) || isOurs(one))) return false;
    if (unit === 'when') return !isUnmoved(fields.when, ofSeries.when, slot);
    return !isSame(fields[unit], ofSeries[unit]);
  });
}

/** Whether it is where its series puts it, and as long. */
function isUnmoved(when: When, ofSeries: When, { originalStart }: RemoteSlot): boolean {
  if (when.kind !== ofSeries.kind || lengthOf(when) !== lengthOf(ofSeries)) return false;
  if (typeof originalStart === 'string') return startOf(when).startsWith(originalStart);
  return toInstants(when).startsAt.getTime() === originalStart.getTime();
}

/** By the clock on the wall, in milliseconds. */
const lengthOf = (when: When) =>
  when.kind === 'all-day'
    ? Date.parse(when.endDate) - Date.parse(when.startDate)
    : Date.parse(`${when.end}Z`) - Date.parse(`${when.start}Z`);
