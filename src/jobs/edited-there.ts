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
import type { KnownEntry } from '../store/exception-links.ts';
import { lateOf } from '../sync/absorb.ts';
import { type Holds, toHeldForm } from '../sync/hold.ts';
import { isEchoOf, isSame } from '../sync/same.ts';

/** What is known of a calendar's occurrences. */
interface Known {
  /** The entries that they have had there. */
  links: readonly KnownEntry[];
  series: Pick<LinkRow, 'carries_guests'>;
  /** What the calendar makes of what we write. */
  holds: Holds;
}

/** Whether one of its occurrences was changed there since it was last agreed on: see `listEdited`. Pure. */
export function isEditedThere(series: RemoteEvent, known: Known): boolean {
  return (series.exceptions ?? []).some(
    (one) => one.kind === 'changed' && listEdited(one.event, series.fields, known).length > 0,
  );
}

/**
 * What somebody changed of a single occurrence in the calendar since it was last agreed on, also where that
 * was read and not decided: what it says is neither known, nor what we wrote and had no answer to, nor what
 * its series says. That one was cancelled is no edit to keep. Pure.
 */
export function listEdited(
  { externalId, fields, slot }: RemoteEvent & { slot: RemoteSlot },
  ofSeries: EventFields,
  { links, series, holds }: Known,
): MergeUnit[] {
  const seen = links.filter(({ external_id }) => external_id === externalId);
  const written = seen.flatMap(({ base, sent }) =>
    [lateOf(base), sent?.kind === 'update' ? sent.fields : {}].map((wrote) =>
      toHeldForm(wrote, holds),
    ),
  );
  return (series.carries_guests ? mergeUnits : unitsWithoutGuests).filter((unit) => {
    if (unit === 'recurrence') return false;
    if (seen.some((link) => isKnown(link, fields, unit))) return false;
    if (written.some((sent) => isEcho(fields, sent, unit))) return false;
    if (unit === 'when') return !isUnmoved(fields.when, ofSeries.when, slot);
    return !isSame(fields[unit], ofSeries[unit]);
  });
}

/** Of what was never agreed on, what was read of it is all that is known. */
function isKnown({ base, remote }: KnownEntry, fields: EventFields, unit: MergeUnit): boolean {
  const pair = base?.[unit];
  const known = pair ? [pair.remote, pair.news] : [remote?.[unit]];
  return known.some((value) => value !== undefined && isSame(fields[unit], value));
}

function isEcho(read: EventFields, written: Partial<EventFields>, unit: MergeUnit): boolean {
  const value = written[unit];
  return value !== undefined && isEchoOf(read[unit], value);
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
