import type { LeadId } from '../calendar/ids.ts';
import { toInstants } from '../calendar/instants.ts';
import { listOccurrences } from '../calendar/occurrences.ts';
import { toWhen } from '../store/event-fields.ts';
import type { LeadView } from '../store/leads.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import {
  listExceptionStarts,
  listSeriesOfLeads,
  type VisibleEvent,
} from '../store/visible-events.ts';
import { AHEAD_MS } from './activity-view.ts';

/**
 * The leads with the next event that the reader may see, also where that is one of a series: the database
 * knows only when a series began.
 */
export async function withNextOccurrences(
  tx: TenantTransaction,
  leads: readonly LeadView[],
  now: Date,
): Promise<LeadView[]> {
  const series = await listSeriesOfLeads(
    tx,
    leads.map(({ id }) => id),
    now,
  );
  const exceptions = await listExceptionStarts(
    tx,
    series.map(({ id }) => id),
  );
  const nextOf = new Map<LeadId, Date>();
  for (const event of series) {
    const next = findNextStart(event, exceptions.get(event.id) ?? new Set(), now);
    const known = event.lead_id && nextOf.get(event.lead_id);
    if (!event.lead_id || !next || (known && known <= next)) continue;
    nextOf.set(event.lead_id, next);
  }
  return leads.map((lead) => {
    const ofSeries = nextOf.get(lead.id) ?? null;
    const { next_event_at: single } = lead;
    const isSooner = ofSeries !== null && (single === null || ofSeries < single);
    return isSooner ? { ...lead, next_event_at: ofSeries } : lead;
  });
}

/** Of one series so many may go on at once, and still the next is found. */
const RUNNING_MAX = 50;

function findNextStart(
  event: VisibleEvent,
  exceptions: ReadonlySet<string>,
  now: Date,
): Date | undefined {
  const { recurrence } = event;
  if (recurrence === null) return undefined;
  const window = { from: now, until: new Date(now.getTime() + AHEAD_MS) };
  const series = { when: toWhen(event), recurrence };
  return listOccurrences(series, window, exceptions.size + RUNNING_MAX)
    .filter(({ originalStart }) => !exceptions.has(originalStart))
    .map(({ when }) => toInstants(when).startsAt)
    .find((startsAt) => startsAt >= now);
}
