import type { ConnectionId } from '../calendar/ids.ts';
import type { Occasion } from './events.ts';
import { planCopiesForCalendar } from './links.ts';
import { notifyPages } from './notify.ts';
import { requestPull } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/**
 * Lets events come in and coming ones go out, from now on: what a person says after the preview,
 * and what goes on by itself after a reconnect (SPEC U7). Doing it again asks for another look.
 */
export async function beginSync(
  tx: TenantTransaction,
  { connectionId, now, newId }: { connectionId: ConnectionId } & Occasion,
): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set({ first_sync_at: now, updated_at: now })
    .where('id', '=', connectionId)
    .where('first_sync_at', 'is', null)
    .execute();
  const calendars = await tx
    .updateTable('calendars')
    // The page says that it is looked at until the first run has ended.
    .set({ next_full_pull_at: now, asked_at: now })
    .where('connection_id', '=', connectionId)
    .where('direction', '<>', 'none')
    .where('state', '<>', 'removed')
    .returning(['id', 'is_write_target'])
    .execute();
  for (const { id } of calendars.filter(({ is_write_target }) => is_write_target)) {
    await planCopiesForCalendar(tx, { connectionId, calendarId: id, now, newId });
  }
  const targets = calendars.map(({ id }) => ({ connectionId, calendarId: id }));
  await requestPull(tx, targets, { now, newId });
  await notifyPages(tx, 'connections');
  await notifyPages(tx, 'activities');
}
