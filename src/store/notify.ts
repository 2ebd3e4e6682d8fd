import { sql } from 'kysely';
import { beforeCommit, type TenantTransaction } from './tenant.ts';

/** The PostgreSQL channel that servers listen to for their open pages. */
export const NOTIFY_CHANNEL = 'kalends';

export type Topic = 'connections' | 'activities';

/** What is sent on the channel, as JSON. */
export interface Notice {
  tenant_id: string;
  topic: Topic;
}

const topicsOf = new WeakMap<TenantTransaction, Set<Topic>>();

/**
 * Tells the tenant's open pages to look again, once this transaction has committed. However often it
 * is told in one transaction, it is one statement at its end.
 */
export async function notifyPages(tx: TenantTransaction, topic: Topic): Promise<void> {
  const known = topicsOf.get(tx);
  if (known) {
    known.add(topic);
    return;
  }
  const topics = new Set([topic]);
  topicsOf.set(tx, topics);
  beforeCommit(tx, () => send(tx, [...topics]));
}

async function send(tx: TenantTransaction, topics: readonly Topic[]): Promise<void> {
  await sql`select pg_notify(${NOTIFY_CHANNEL}, json_build_object(
    'tenant_id', current_setting('app.tenant_id'), 'topic', topic)::text)
    from unnest(${topics}::text[]) as topic`.execute(tx);
}
