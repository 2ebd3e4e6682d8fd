import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TenantId, UserId } from '../../../src/calendar/ids.ts';
import { openStore, type Store } from '../../../src/store/pool.ts';
import { asSystem, inTenant } from '../../../src/store/tenant.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { quietLog } from '../../support/quiet-log.ts';

const north = '11111111-1111-4111-8111-111111111111' as TenantId;
const south = '22222222-2222-4222-8222-222222222222' as TenantId;
const anna = '33333333-3333-4333-8333-333333333333' as UserId;
const now = new Date('2026-11-22T09:00:00Z');

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase();
  store = openStore(database.roleUrls, quietLog);
  await asSystem(store, async (tx) => {
    for (const [tenantId, name] of [
      [north, 'Northwind'],
      [south, 'Southwind'],
    ] as const) {
      await tx
        .insertInto('tenants')
        .values({ tenant_id: tenantId, name, created_at: now })
        .execute();
    }
    await tx
      .insertInto('users')
      .values({
        tenant_id: north,
        id: anna,
        email: 'anna@northwind.example',
        name: 'Anna',
        role: 'member',
        created_at: now,
      })
      .execute();
  });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test('[attack 26] a statement without a tenant sees no row of any tenant-owned table', async () => {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'migrations'`.execute(
    store.app,
  );
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const { name } of rows) {
    const result = await sql`select 1 from ${sql.table(name)}`.execute(store.app);
    expect([name, result.rows.length]).toEqual([name, 0]);
  }
});

test('every tenant-owned table has row-level security enabled and forced', async () => {
  const { rows } = await sql<{ name: string; ok: boolean }>`
    select relname as name, relrowsecurity and relforcerowsecurity as ok from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'migrations'`.execute(
    store.app,
  );
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});

test('the app role owns no table and cannot bypass row-level security', async () => {
  const { rows } = await sql<{ strong: boolean; owned: number }>`
    select rolsuper or rolbypassrls or rolcreaterole as strong,
      (select count(*)::int from pg_class where relowner = r.oid) as owned
    from pg_roles r where rolname = current_user`.execute(store.app);
  expect(rows).toEqual([{ strong: false, owned: 0 }]);
});

test('a tenant sees its own rows and none of another', async () => {
  const count = (tenantId: TenantId) =>
    inTenant(store, { tenantId }, (tx) => tx.selectFrom('users').select('id').execute());
  expect(await count(north)).toEqual([{ id: anna }]);
  expect(await count(south)).toEqual([]);
});

test('a row cannot be written into another tenant', async () => {
  const lead = (tenantId: TenantId) => ({
    tenant_id: tenantId,
    id: anna as never,
    owner_id: anna,
    name: 'Lead',
    created_at: now,
  });
  await expect(
    inTenant(store, { tenantId: south }, (tx) =>
      tx.insertInto('leads').values(lead(north)).execute(),
    ),
  ).rejects.toThrow(/row-level security/);
});

test('[attack 27] a pooled connection carries no tenant into its next transaction', async () => {
  const single = openStore(database.roleUrls, quietLog, 1);
  await inTenant(single, { tenantId: north, userId: anna }, (tx) =>
    tx.selectFrom('users').select('id').execute(),
  );
  await inTenant(single, { tenantId: north }, async () => {
    throw new Error('fails after the tenant was set');
  }).catch(() => {});
  const { rows } = await sql<{ tenant: string; user: string }>`
    select current_setting('app.tenant_id', true) as tenant,
      current_setting('app.user_id', true) as user`.execute(single.app);
  expect(rows).toEqual([{ tenant: '', user: '' }]);
  await single.close();
});

test('the system role reads no events, leads or history', async () => {
  for (const table of ['calendar_events', 'leads', 'event_history', 'event_links'] as const) {
    await expect(
      asSystem(store, (tx) => tx.selectFrom(table).select('id').execute()),
    ).rejects.toThrow(/permission denied/);
  }
});

test('history cannot be rewritten by the app', async () => {
  await expect(
    inTenant(store, { tenantId: north }, (tx) => tx.deleteFrom('event_history').execute()),
  ).rejects.toThrow(/permission denied/);
});
