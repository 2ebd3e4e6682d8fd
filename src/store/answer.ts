import type { OwnAnswer } from '../calendar/event.ts';
import type { EventId } from '../calendar/ids.ts';
import type { EventRow, LinkRow } from './database.ts';
import { lockEvent, type Occasion } from './events.ts';
import { enqueueSync } from './jobs.ts';
import { notifyPages } from './notify.ts';
import { findForeignOrganizer, lockLinksOfEvent } from './own-event.ts';
import type { TenantTransaction } from './tenant.ts';

/** Says what an event's owner answers to somebody else's meeting; the job sends it (SPEC G8). */
export async function wantAnswer(
  tx: TenantTransaction,
  { eventId, answer, now, newId }: { eventId: EventId; answer: OwnAnswer } & Occasion,
): Promise<'done' | 'not-found' | 'not-invited'> {
  const row = await lockEvent(tx, eventId);
  if (!row || row.deleted_at) return 'not-found';
  // Its organizer may be a colleague, whose own copy the event has, too.
  const links = await listOwnLinks(tx, row);
  const link = links.find(({ state, own_answer }) => state !== 'closed' && own_answer !== null);
  if (!link || findForeignOrganizer(links) === null) return 'not-invited';
  if ((link.wanted_answer ?? link.own_answer) === answer) return 'done';
  await tx
    .updateTable('event_links')
    .set((eb) => ({
      wanted_answer: answer,
      next_attempt_at: now,
      attempts: 0,
      state: eb
        .case()
        .when('state', 'in', ['synced', 'refused'])
        .then('pending' as const)
        .else(eb.ref('state'))
        .end(),
      state_since: now,
    }))
    .where('id', '=', link.id)
    .execute();
  const target = { calendarId: link.calendar_id, connectionId: link.connection_id };
  await enqueueSync(tx, [target], { now, newId });
  await notifyPages(tx, 'activities');
  return 'done';
}

async function listOwnLinks(tx: TenantTransaction, row: EventRow): Promise<LinkRow[]> {
  const connections = await tx
    .selectFrom('calendar_integrations')
    .select('id')
    .where('user_id', '=', row.owner_id)
    .execute();
  const own = new Set(connections.map(({ id }) => id));
  return (await lockLinksOfEvent(tx, row.id)).filter((link) => own.has(link.connection_id));
}
