import { sql } from 'kysely';
import type { LeadId, UserId } from '../calendar/ids.ts';
import type { LeadRow } from './database.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

export interface LeadView extends Omit<LeadRow, 'tenant_id'> {
  owner_name: string;
  /** The next event of the lead that the reader may see; of a series, its first. */
  next_event_at: Date | null;
}

/** Where a page begins: after this lead in the order of the list. */
export interface LeadPosition {
  name: string;
  id: LeadId;
}

/** Leads by name, those after `after`, whose name, company, address or number has `search` in it. */
export async function listLeads(
  tx: TenantTransaction,
  query: { search: string; after: LeadPosition | null; limit: number; now: Date },
): Promise<LeadView[]> {
  const { search, after, limit, now } = query;
  return selectLeads(tx, now)
    .$if(search !== '', (leads) =>
      leads.where(({ or }) =>
        or(
          // Not LIKE: what is searched for is text, and has no signs of its own.
          (['name', 'company', 'email', 'phone'] as const).map(
            (column) =>
              sql<boolean>`strpos(lower(${sql.ref(`leads.${column}`)}), lower(${search})) > 0`,
          ),
        ),
      ),
    )
    .$if(after !== null, (leads) =>
      leads.where(
        sql<boolean>`(lower(leads.name), leads.id) > (${after?.name}::text, ${after?.id}::uuid)`,
      ),
    )
    .orderBy(sql`lower(leads.name)`)
    .orderBy('leads.id')
    .limit(limit)
    .execute();
}

export async function findLead(
  tx: TenantTransaction,
  leadId: LeadId,
  now: Date,
): Promise<LeadView | undefined> {
  return selectLeads(tx, now).where('leads.id', '=', leadId).executeTakeFirst();
}

/** Of leads that are known by their ids. */
export async function listLeadNames(
  tx: TenantTransaction,
  leadIds: readonly LeadId[],
): Promise<Map<LeadId, string>> {
  if (leadIds.length === 0) return new Map();
  const leads = await tx
    .selectFrom('leads')
    .select(['id', 'name'])
    .where('id', 'in', leadIds)
    .execute();
  return new Map(leads.map(({ id, name }) => [id, name]));
}

export async function insertLead(
  tx: TenantTransaction,
  lead: {
    leadId: LeadId;
    ownerId: UserId;
    name: string;
    company: string;
    email: string;
    phone: string;
    now: Date;
  },
): Promise<void> {
  const { leadId, ownerId, now, ...columns } = lead;
  await tx
    .insertInto('leads')
    .values({
      tenant_id: currentTenantId,
      id: leadId,
      owner_id: ownerId,
      created_at: now,
      ...columns,
    })
    .execute();
}

/** The name as the list sorts by it: PostgreSQL's idea of lower case, not ours. */
export async function findLeadPosition(
  tx: TenantTransaction,
  leadId: LeadId,
): Promise<LeadPosition | undefined> {
  return tx
    .selectFrom('leads')
    .select(['id', sql<string>`lower(name)`.as('name')])
    .where('id', '=', leadId)
    .executeTakeFirst();
}

function selectLeads(tx: TenantTransaction, now: Date) {
  return tx
    .selectFrom('leads')
    .innerJoin('users', (join) =>
      join
        .onRef('users.tenant_id', '=', 'leads.tenant_id')
        .onRef('users.id', '=', 'leads.owner_id'),
    )
    .select([
      'leads.id',
      'leads.owner_id',
      'leads.name',
      'leads.company',
      'leads.email',
      'leads.phone',
      'leads.created_at',
      'users.name as owner_name',
    ])
    .select((eb) =>
      eb
        // The table is only there for its index; what is read is what the view lets through.
        .selectFrom('calendar_events as e')
        .innerJoin('visible_events as v', (join) =>
          join.onRef('v.tenant_id', '=', 'e.tenant_id').onRef('v.id', '=', 'e.id'),
        )
        .select('v.starts_at')
        .whereRef('e.tenant_id', '=', 'leads.tenant_id')
        .whereRef('e.lead_id', '=', 'leads.id')
        .where('v.lead_id', 'is not', null)
        .where('v.deleted_at', 'is', null)
        .where('v.status', '=', 'confirmed')
        .where('v.starts_at', '>=', now)
        .orderBy('e.starts_at')
        .limit(1)
        .as('next_event_at'),
    );
}
