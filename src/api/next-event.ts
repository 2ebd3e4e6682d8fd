import type { LeadId } from '../calendar/ids.ts';
import { toInstants } from '../calendar/instants.ts';
import { listOccurrences } from '../calendar/occurrences.ts';
import { toWhen } from '../store/event-fields.ts';
import type { LeadView } from '../store/leads.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import {
  listExceptionStarts,
  listRunningSeries,
  type VisibleEvent,
} from '../store/visible-events.ts';

/** How far ahead: 29 February comes every eighth year at the latest. */
const AHEAD_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/**
 * The leads with their next events, of which the table knows those that have yet to begin: a series that
 * has begun has a next occurrence all the same.
 */
export async function withNextEvents(
  tx: TenantTransaction,
  leads: readonly LeadView[],
  now: Date,
): Promise<LeadView[]> {
  const ids = leads.map(({ id }) => id);
  const running = await listRunningSeries(tx, ids, now);
  if (running.length === 0) return [...leads];
  const seriesIds = running.map(({ id }) => id);
  const exceptions = await listExceptionStarts(tx, seriesIds);
  const nextOf = new Map<LeadId, Date>();
  for (const series of running) {
    const next = findNextStart(series, exceptions.get(series.id) ?? new Set(), now);
    const known = series.lead_id && nextOf.get(series.lead_id);
    if (series.lead_id && next && (!known || next < known)) nextOf.set(series.lead_id, next);
  }
  return leads.map((lead) => {
    const [next, known] = [nextOf.get(lead.id), lead.next_event_at];
    return next && (!known || next < known) ? { ...lead, next_event_at: next } : lead;
  });
}

function findNextStart(event: VisibleEvent, exceptions: ReadonlySet<string>, now: Date) {
  if (!event.recurrence) return undefined;
  const window = { from: now, until: new Date(now.getTime() + AHEAD_MS) };
  const series = { when: toWhen(event), recurrence: event.recurrence };
  // One may have begun, and each exception may be in front.
  return listOccurrences(series, window, exceptions.size + 2)
    .filter(({ originalStart }) => !exceptions.has(originalStart))
    .map(({ when }) => toInstants(when).startsAt)
    .find((start) => start >= now);
}
