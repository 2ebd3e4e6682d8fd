import { sql } from 'kysely';
import type { CalendarId } from '../calendar/ids.ts';
import type { Brake } from './database.ts';
import { closedReasons } from './pulls.ts';
import type { TenantTransaction } from './tenant.ts';

/** What copies say that the brake holds. Also how they are found again. */
export const BRAKE_REASON =
  'Many events would be deleted at once. Nothing is deleted before you have said so.';

/**
 * Links whose next step is a deletion: of the event here, its copy being gone, or of the copy there,
 * the event being gone. Closed links, and those that a person is asked about, are none.
 */
const isDoomed = sql`l.state not in ('closed', 'detached') and (
  (l.is_remote_gone and e.deleted_at is null and e.status = 'confirmed' and not e.ended_with_series)
  or (not l.is_remote_gone and l.external_id is not null and l.can_edit
    and (e.deleted_at is not null or e.status = 'cancelled' or e.ended_with_series)))`;
/** Which event of a calendar it is about: what goes with its series is none more. */
export const eventOf = sql`case when e.ended_with_series then e.series_id else e.id end`;
const eventsOfLinks = sql`e.tenant_id = l.tenant_id and e.id = l.event_id`;

/** How many events due links would delete something of, of how many that are alive in the calendar. */
export async function countDoomed(
  tx: TenantTransaction,
  calendarId: CalendarId,
  now: Date,
): Promise<{ count: number; total: number }> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct ${eventOf})::int as count from event_links l join calendar_events e on ${eventsOfLinks}
    where l.calendar_id = ${calendarId} and l.next_attempt_at <= ${now} and ${isDoomed}`.execute(
    tx,
  );
  const count = rows[0]?.count ?? 0;
  if (count === 0) return { count: 0, total: 0 };
  const { total } = await tx
    .selectFrom('event_links')
    .select(sql<number>`count(distinct event_id)::int`.as('total'))
    .where('calendar_id', '=', calendarId)
    .where('state', '<>', 'closed')
    .executeTakeFirstOrThrow();
  return { count, total };
}

/** How many events are to be looked at later, and until when: each may turn out to be one more. */
export async function countDoubted(
  tx: TenantTransaction,
  calendarId: CalendarId,
  now: Date,
): Promise<{ count: number; until: Date | null }> {
  return tx
    .selectFrom('event_links')
    .select(sql<number>`count(distinct event_id)::int`.as('count'))
    .select(({ fn }) => fn.max('next_attempt_at').as('until'))
    .where('calendar_id', '=', calendarId)
    .where('is_stale', '=', true)
    .where('next_attempt_at', '>', now)
    .where('state', 'not in', ['closed', 'detached'])
    .executeTakeFirstOrThrow();
}

/** Deletions that are due wait until then; the others go on. */
export async function postponeDoomed(
  tx: TenantTransaction,
  calendarId: CalendarId,
  until: Date,
  now: Date,
): Promise<void> {
  await sql`
    update event_links l set next_attempt_at = ${until} from calendar_events e
    where ${eventsOfLinks} and l.calendar_id = ${calendarId} and l.next_attempt_at <= ${now}
      and ${isDoomed}`.execute(tx);
}

/** Stops before the first deletion: what would delete waits for a person, the others go on. */
export async function pullBrake(
  tx: TenantTransaction,
  calendarId: CalendarId,
  brake: Omit<Brake, 'decision' | 'since'>,
  now: Date,
): Promise<void> {
  await sql`
    update event_links l set state = 'paused', state_reason = ${BRAKE_REASON}, state_since = ${now},
      next_attempt_at = null
    from calendar_events e
    where ${eventsOfLinks} and l.calendar_id = ${calendarId} and l.next_attempt_at <= ${now}
      and ${isDoomed}`.execute(tx);
  await setBrake(tx, calendarId, { ...brake, since: now.toISOString(), decision: null });
}

export async function setBrake(
  tx: TenantTransaction,
  calendarId: CalendarId,
  brake: Brake | null,
): Promise<void> {
  await tx
    .updateTable('calendars')
    .set({ brake: brake === null ? null : JSON.stringify(brake) })
    .where('id', '=', calendarId)
    .execute();
}

/** A person said that all of it is meant: what was held is due again. */
export async function releaseBraked(
  tx: TenantTransaction,
  calendarId: CalendarId,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('event_links')
    .set({ state: 'pending', state_reason: null, state_since: now, next_attempt_at: now })
    .where('calendar_id', '=', calendarId)
    .where('state', '=', 'paused')
    .where('state_reason', '=', BRAKE_REASON)
    .execute();
}

/** A person said that none of it is meant: each side keeps what it has, and they part. */
export async function keepBraked(
  tx: TenantTransaction,
  calendarId: CalendarId,
  reason: string,
  now: Date,
): Promise<void> {
  const isHeld = sql`l.calendar_id = ${calendarId} and l.state = 'paused'
    and l.state_reason = ${BRAKE_REASON}`;
  await sql`
    update event_links l set state = 'detached', state_reason = ${reason}, state_since = ${now}
    where ${isHeld} and l.is_remote_gone`.execute(tx);
  await sql`
    update event_links l set state = 'closed', state_reason = ${closedReasons.kept}, state_since = ${now}
    where ${isHeld} and not l.is_remote_gone`.execute(tx);
}
