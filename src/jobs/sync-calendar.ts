import { findConnection } from '../store/connections.ts';
import { assertFence, type JobEnd, type JobRow } from '../store/jobs.ts';
import { findNextAttemptAt, listDueLinkIds, markWaitingCopies } from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import type { Engine } from './engine.ts';
import { backOffMs } from './reaction.ts';
import { type Stop, syncLink, type Target } from './sync-link.ts';

/** Links looked at in one run; then others have their turn. */
const LINKS_MAX = 200;
/** Failures of different links in a row after which the provider itself is taken for ill. */
const FAILURES_MAX = 3;
/** How soon a calendar that we may not write to is tried again by itself. */
const PAUSED_RETRY_MS = 60 * 60_000;

const wentWell: Omit<JobEnd, 'now' | 'nextRunAt'> = { notBefore: null, error: null };

/** Looks at one calendar: brings every link that is due to agreement. */
export async function syncCalendar(engine: Engine, job: JobRow): Promise<JobEnd> {
  const target = await inTenant(engine.store, { tenantId: job.tenant_id }, (tx) =>
    findTarget(engine, tx, job),
  );
  const now = () => new Date(engine.runtime.now());
  if (!target) return { now: now(), nextRunAt: null, ...wentWell };

  const due = await inTenant(engine.store, { tenantId: job.tenant_id }, (tx) =>
    listDueLinkIds(tx, job.calendar_id, now(), LINKS_MAX),
  );
  let failures = 0;
  for (const ids of due) {
    const stop = await syncLink(engine, target, ids);
    if (stop && (stop.next !== 'retry-link' || ++failures === FAILURES_MAX)) {
      return endEarly(engine, target, stop);
    }
    if (!stop) failures = 0;
  }
  return inTenant(engine.store, { tenantId: job.tenant_id }, async (tx) => {
    await noteConnectionSynced(tx, job, now());
    return {
      now: now(),
      nextRunAt: await findNextAttemptAt(tx, job.calendar_id),
      ...wentWell,
    };
  });
}

async function findTarget(
  engine: Engine,
  tx: TenantTransaction,
  job: JobRow,
): Promise<Target | undefined> {
  const connection = await findConnection(tx, job.connection_id);
  const calendar = await tx
    .selectFrom('calendars')
    .selectAll()
    .where('id', '=', job.calendar_id)
    .executeTakeFirst();
  if (!connection?.is_active || !connection.sync_enabled || !calendar) return undefined;
  // Pushes wait for the reconnect, which asks for this calendar again.
  if (connection.state === 'needs_reconnect' || calendar.state === 'removed') return undefined;
  const provider = engine.providers.get(connection.provider);
  return provider && { job, provider, externalCalendarId: calendar.external_id };
}

/** The rest of the calendar cannot be served now: says so on every event that waits. */
async function endEarly(engine: Engine, { job }: Target, stop: Stop): Promise<JobEnd> {
  const now = new Date(engine.runtime.now());
  const waitMs =
    stop.next === 'pause-calendar'
      ? PAUSED_RETRY_MS
      : (stop.retryAfterMs ?? backOffMs(job.attempts + 1, engine.runtime.random()));
  const until = new Date(now.getTime() + waitMs);
  await inTenant(engine.store, { tenantId: job.tenant_id }, async (tx) => {
    await markWaitingCopies(tx, job.calendar_id, {
      state: stateOf(stop),
      reason: stop.reason,
      nextAttemptAt: stop.next === 'ask-to-reconnect' ? null : until,
      now,
    });
    await notifyPages(tx, 'activities');
    await assertFence(tx, job, now);
  });
  return {
    now,
    nextRunAt: stop.next === 'ask-to-reconnect' ? null : until,
    notBefore: stop.next === 'hold-connection' ? until : null,
    error: stop.error,
  };
}

function stateOf(stop: Stop) {
  switch (stop.next) {
    case 'ask-to-reconnect':
      return 'needs_reconnect';
    case 'pause-calendar':
      return 'paused';
    case 'hold-connection':
      return stop.error === 'rate-limited' ? 'rate_limited' : 'paused';
    default:
      return 'retrying';
  }
}

async function noteConnectionSynced(tx: TenantTransaction, job: JobRow, now: Date): Promise<void> {
  await tx
    .updateTable('calendar_integrations')
    .set({ last_synced_at: now })
    .where('id', '=', job.connection_id)
    .execute();
  await notifyPages(tx, 'connections');
}
