import type { CalendarId, ChannelId, ConnectionId, TenantId } from '../calendar/ids.ts';
import { askForRenewal, deleteChannels, noteNotified } from '../store/channels.ts';
import { enqueueSyncLater } from '../store/jobs.ts';
import { requestPull } from '../store/pulls.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import type { Engine } from './engine.ts';

/** What a notification that proved its channel means; what changed is never read from it. */
export interface Ring {
  channelId: ChannelId;
  /** `proof`: only that the channel works. `renew`: it wants to be renewed. `removed`: it is gone. */
  kind: 'proof' | 'changed' | 'renew' | 'removed';
}

export interface RungCalendar {
  tenantId: TenantId;
  connectionId: ConnectionId;
  calendarId: CalendarId;
}

/**
 * Stores that a calendar was rung for: once this has returned, a look that begins later than the
 * rings came is certain, whatever dies. It begins at `at`, or at once when that is past. Where such
 * a look waits already, nothing is written. Answers which of the channels there (still) were, and
 * whether a look was asked for.
 */
export async function noteRings(
  { store, runtime }: Pick<Engine, 'store' | 'runtime'>,
  calendar: RungCalendar,
  rings: readonly Ring[],
  at: Date,
): Promise<{ live: ReadonlySet<ChannelId>; hasAsked: boolean }> {
  const now = new Date(runtime.now());
  const idsOf = (kind: Ring['kind']) =>
    rings.filter((ring) => ring.kind === kind).map(({ channelId }) => channelId);
  return inTenant(store, calendar, async (tx) => {
    const ids = [...new Set(rings.map(({ channelId }) => channelId))];
    const live = new Set(await noteNotified(tx, ids, now));
    const counted = rings.filter(({ channelId, kind }) => kind !== 'proof' && live.has(channelId));
    if (counted.length === 0) return { live, hasAsked: false };

    await askForRenewal(tx, idsOf('renew'), now);
    await deleteChannels(tx, idsOf('removed'));
    const isLater = at > now;
    if (await isLookWaiting(tx, calendar.calendarId, isLater ? at : now)) {
      return { live, hasAsked: false };
    }
    const occasion = { now, newId: runtime.newId };
    if (isLater) await requestPullLater(tx, calendar, { ...occasion, at });
    else await requestPull(tx, [calendar], occasion);
    return { live, hasAsked: true };
  });
}

/** Whether a look that nobody has begun is due by `at`: it will see all that has happened so far. */
async function isLookWaiting(
  tx: TenantTransaction,
  calendarId: CalendarId,
  at: Date,
): Promise<boolean> {
  const row = await tx
    .selectFrom('calendars as c')
    .innerJoin('jobs as j', (join) =>
      join.onRef('j.tenant_id', '=', 'c.tenant_id').onRef('j.calendar_id', '=', 'c.id'),
    )
    .select('j.id')
    .where('c.id', '=', calendarId)
    .whereRef('c.pull_requested', '>', 'c.pull_done')
    .where('j.kind', '=', 'sync-calendar')
    .where('j.locked_by', 'is', null)
    .where('j.run_at', '<=', at)
    .executeTakeFirst();
  return row !== undefined;
}

async function requestPullLater(
  tx: TenantTransaction,
  { connectionId, calendarId }: RungCalendar,
  { at, newId }: { at: Date; newId: () => string },
): Promise<void> {
  await tx
    .updateTable('calendars')
    .set((eb) => ({ pull_requested: eb('pull_requested', '+', 1) }))
    .where('id', '=', calendarId)
    .execute();
  await enqueueSyncLater(tx, { connectionId, calendarId }, { at, newId });
}
