import type { TimeZone } from '../calendar/event.ts';
import type { TenantId, UserId } from '../calendar/ids.ts';
import type { UserRow } from './database.ts';
import type { SystemTransaction, TenantTransaction } from './tenant.ts';

/** The user with the name of the tenant, or undefined when there is none in this tenant. */
export async function findUser(
  tx: TenantTransaction,
  userId: UserId,
): Promise<(UserRow & { tenant_name: string }) | undefined> {
  return tx
    .selectFrom('users')
    .innerJoin('tenants', 'tenants.tenant_id', 'users.tenant_id')
    .selectAll('users')
    .select('tenants.name as tenant_name')
    .where('users.id', '=', userId)
    .executeTakeFirst();
}

/** Adds a person to a tenant. An address that somebody has already is refused by the database. */
export async function insertUser(
  tx: SystemTransaction,
  user: {
    tenantId: TenantId;
    userId: UserId;
    name: string;
    email: string;
    role: UserRow['role'];
    timeZone: string;
    now: Date;
  },
): Promise<void> {
  await tx
    .insertInto('users')
    .values({
      tenant_id: user.tenantId,
      id: user.userId,
      name: user.name,
      email: user.email,
      role: user.role,
      time_zone: user.timeZone,
      created_at: user.now,
    })
    .execute();
}

/** Where a person is, an IANA name that was checked. */
export async function setTimeZone(
  tx: TenantTransaction,
  userId: UserId,
  timeZone: TimeZone,
): Promise<void> {
  await tx.updateTable('users').set({ time_zone: timeZone }).where('id', '=', userId).execute();
}

/** Everybody else in the tenant who can sign in, by name; the first `limit`. */
export async function listColleagues(
  tx: TenantTransaction,
  userId: UserId,
  limit: number,
): Promise<Pick<UserRow, 'id' | 'name'>[]> {
  return tx
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', '<>', userId)
    .where('disabled_at', 'is', null)
    .orderBy(({ fn }) => fn('lower', ['name']))
    .orderBy('id')
    .limit(limit)
    .execute();
}
