import type { AccessToken, Provider } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { findCalendar } from '../store/calendars.ts';
import { listChannels } from '../store/channels.ts';
import { findConnection } from '../store/connections.ts';
import type { CalendarRow, ChannelRow, ConnectionRow } from '../store/database.ts';
import type { JobRow } from '../store/jobs.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { withAccessToken } from './access-token.ts';
import type { Engine } from './engine.ts';
import { createPace, type Pace } from './pace.ts';

/** The calendar that a job looks at, as it was last read in the run, and what the run has done. */
export interface Target {
  job: JobRow;
  provider: Provider;
  /** The provider's id of the calendar. */
  externalCalendarId: string;
  calendar: CalendarRow;
  /** Of the calendar, the oldest first. */
  channels: ChannelRow[];
  connection: ConnectionRow;
  /** What is left of the provider's patience with this account. */
  pace: Pace;
  counts: RunCounts;
}

/** What a run did, for people. */
export interface RunCounts {
  /** To the provider. */
  calls: number;
  changesIn: number;
  changesOut: number;
  conflicts: number;
  errors: number;
}

/** Undefined where nothing may be done for the calendar now; who changes that asks for it again. */
export async function findTarget(
  engine: Engine,
  tx: TenantTransaction,
  job: JobRow,
): Promise<Target | undefined> {
  // Sent together: nobody waits for three answers one after the other.
  const [connection, calendar, channels] = await Promise.all([
    findConnection(tx, job.connection_id),
    findCalendar(tx, job.calendar_id),
    listChannels(tx, job.calendar_id),
  ]);
  if (!connection?.is_active || !connection.sync_enabled || !calendar) return undefined;
  // Pushes wait for the reconnect, which asks for this calendar again.
  if (connection.state === 'needs_reconnect') return undefined;
  if (calendar.state === 'removed') return undefined;
  const provider = engine.providers.get(connection.provider);
  return (
    provider && {
      job,
      provider,
      externalCalendarId: calendar.external_id,
      calendar,
      channels,
      connection,
      pace: createPace(provider.capabilities.quota, connection.pace ?? []),
      counts: { calls: 0, changesIn: 0, changesOut: 0, conflicts: 0, errors: 0 },
    }
  );
}

/**
 * One call to the provider: counted, and held back before the provider would have to refuse it, as
 * `rate-limited`, so that both end in the same wait. Throws `ProviderError`; and what the database
 * throws while the token is fetched, which says nothing of the event and fails the job.
 */
export async function callProvider<T>(
  engine: Engine,
  { job, provider, externalCalendarId, connection, pace, counts }: Target,
  { what, cost }: { what: string; cost: number },
  call: (access: { accessToken: AccessToken; calendarId: string }) => Promise<T>,
): Promise<T> {
  const waitMs = pace.take(cost, engine.runtime.now());
  if (waitMs > 0) {
    throw new ProviderError('rate-limited', `the quota of ${provider.name} is used up for now`, {
      code: 'paced',
      retryAfterMs: waitMs,
    });
  }
  // At the first call the connection was read just now.
  const known = counts.calls++ === 0 ? connection : undefined;
  const ref = { tenantId: job.tenant_id, connectionId: job.connection_id };
  const ask = async (accessToken: AccessToken): Promise<T> => {
    try {
      return await call({ accessToken, calendarId: externalCalendarId });
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      // A bug of ours met this event: it must not stop the others.
      throw new ProviderError('malformed-answer', `${what} failed in us`, { cause: error });
    }
  };
  return withAccessToken(engine, ref, ask, { known });
}
