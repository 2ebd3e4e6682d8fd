import { sql } from 'kysely';
import type { ConnectionId, TenantId } from '../calendar/ids.ts';
import type { ConnectionRow } from './database.ts';
import { currentTenantId, type SystemTransaction, type TenantTransaction } from './tenant.ts';

/** A mail that somebody holds and is about to send. */
export interface ClaimedMail {
  tenant_id: TenantId;
  connection_id: ConnectionId;
  id: string;
  /** Tries, this one included. */
  attempts: number;
}

/** What is to be told, to whom. */
export interface Outage {
  account: string;
  provider: ConnectionRow['provider'];
  user_name: string;
  user_email: string;
}

/**
 * Notes that the owner of a connection that has just come to need a reconnect is to be told. Within one
 * outage only the first note counts.
 */
export async function planOutageMail(
  tx: TenantTransaction,
  { connectionId, now, id }: { connectionId: ConnectionId; now: Date; id: string },
): Promise<void> {
  await sql`
    insert into outage_mails (tenant_id, connection_id, id, since, next_attempt_at)
    select tenant_id, id, ${id}, state_since, ${now} from calendar_integrations
    where tenant_id = ${currentTenantId} and id = ${connectionId} and state = 'needs_reconnect'
    on conflict (tenant_id, connection_id) do update set id = excluded.id, since = excluded.since,
      next_attempt_at = excluded.next_attempt_at, attempts = 0, locked_until = null, outcome = null
    where outage_mails.since <> excluded.since`.execute(tx);
}

/** Takes the longest due mail that nobody holds, and holds it until `until`. The try counts from here on. */
export async function claimOutageMail(
  tx: SystemTransaction,
  { now, until }: { now: Date; until: Date },
): Promise<ClaimedMail | undefined> {
  const { rows } = await sql<ClaimedMail>`
    update outage_mails set locked_until = ${until}, attempts = attempts + 1
    where (tenant_id, connection_id) = (
      select tenant_id, connection_id from outage_mails
      where next_attempt_at <= ${now} and (locked_until is null or locked_until <= ${now})
      order by next_attempt_at limit 1
      for update skip locked)
    returning tenant_id, connection_id, id, attempts`.execute(tx);
  return rows[0];
}

/** What the mail is about; undefined where that is over, or nobody is there to be told. */
export async function findOutage(
  tx: TenantTransaction,
  { connection_id, id }: ClaimedMail,
): Promise<Outage | undefined> {
  return tx
    .selectFrom('outage_mails as m')
    .innerJoin('calendar_integrations as i', (join) =>
      join
        .onRef('i.id', '=', 'm.connection_id')
        .onRef('i.tenant_id', '=', 'm.tenant_id')
        .onRef('i.state_since', '=', 'm.since'),
    )
    .innerJoin('users as u', (join) =>
      join.onRef('u.id', '=', 'i.user_id').onRef('u.tenant_id', '=', 'i.tenant_id'),
    )
    .select(['i.email as account', 'i.provider', 'u.name as user_name', 'u.email as user_email'])
    .where('m.connection_id', '=', connection_id)
    .where('m.id', '=', id)
    .where('i.state', '=', 'needs_reconnect')
    .where('u.disabled_at', 'is', null)
    .executeTakeFirst();
}

/** Ends a try: for good with an outcome, else until `nextAttemptAt`. A newer outage's mail is another one. */
export async function settleOutageMail(
  tx: TenantTransaction,
  { connection_id, id, attempts }: ClaimedMail,
  end: { outcome: 'sent' | 'given-up' | 'over' } | { nextAttemptAt: Date },
): Promise<void> {
  await tx
    .updateTable('outage_mails')
    .set({
      locked_until: null,
      ...('outcome' in end
        ? { outcome: end.outcome, next_attempt_at: null }
        : { next_attempt_at: end.nextAttemptAt }),
    })
    .where('connection_id', '=', connection_id)
    .where('id', '=', id)
    // Whoever held it too long says nothing about what another does with it now, unless it was sent.
    .$if(!('outcome' in end && end.outcome === 'sent'), (query) =>
      query.where('attempts', '=', attempts),
    )
    .execute();
}
