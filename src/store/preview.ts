import type { ConnectionId } from '../calendar/ids.ts';
import type { CalendarRow } from './database.ts';
import { listEventsWithoutCopy } from './links.ts';
import { getPolicies, type Policies } from './policies.ts';
import type { TenantTransaction } from './tenant.ts';

/** What a preview is made from. */
export interface PreviewPlan {
  calendars: { calendar: CalendarRow; outCount: number }[];
  policies: Policies;
}

/** The calendars in use, and how many coming events would go to each. */
export async function planPreview(
  tx: TenantTransaction,
  { connectionId, now }: { connectionId: ConnectionId; now: Date },
): Promise<PreviewPlan> {
  const rows = await tx
    .selectFrom('calendars')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('direction', '<>', 'none')
    .where('state', '<>', 'removed')
    .orderBy('is_write_target', 'desc')
    .orderBy('id')
    .execute();
  const calendars: PreviewPlan['calendars'] = [];
  for (const calendar of rows) {
    const target = { connectionId, calendarId: calendar.id, now };
    const out = calendar.is_write_target ? await listEventsWithoutCopy(tx, target) : [];
    calendars.push({ calendar, outCount: out.length });
  }
  return { calendars, policies: await getPolicies(tx) };
}
