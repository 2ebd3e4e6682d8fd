import { sql } from 'kysely';
import type { TenantTransaction } from './tenant.ts';
import { runWithCommit } from './thrifty-dialect.ts';

/** The PostgreSQL channel that servers listen to for their open pages. */
export const NOTIFY_CHANNEL = 'kalends';

export type Topic = 'connections' | 'activities';

/** What is sent on the channel, as JSON. */
export interface Notice {
  tenant_id: string;
  topic: Topic;
}

/**
 * Tells the tenant's open pages to look again, once this transaction has committed. However often it
 * is told in one transaction, it is told once, with the commit.
 */
export async function notifyPages(tx: TenantTransaction, topic: Topic): Promise<void> {
  await runWithCommit(
    tx,
    sql`select pg_notify(${sql.lit(NOTIFY_CHANNEL)}, json_build_object(
      'tenant_id', current_setting('app.tenant_id'), 'topic', ${sql.lit(topic)})::text)`,
  );
}
