import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { migrate } from '../../../src/store/migrate.ts';
import { startProxy } from '../../support/cuttable-proxy.ts';
import { migrationsDir, withDatabase } from '../../support/database.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function query(url: string, sql: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** A database whose owner may make roles and is no superuser, as an operator would have it. */
async function createOwned() {
  const serverUrl = inject('databaseServerUrl');
  const name = `kalends_${randomBytes(6).toString('hex')}`;
  const admin = (sql: string) => query(serverUrl, sql);
  await admin(`create role ${name} login createrole password 'owner'`);
  cleanUps.push(() => admin(`drop role ${name}`));
  await admin(`create database ${name} owner ${name}`);
  for (const role of ['app', 'system', 'auth']) {
    cleanUps.push(() => admin(`drop role if exists ${name}_${role}`));
  }
  cleanUps.push(() => admin(`drop database ${name} with (force)`));
  const ownerUrl = new URL(withDatabase(serverUrl, name));
  ownerUrl.username = name;
  ownerUrl.password = 'owner';
  const roles = { prefix: name, secret: randomBytes(32) };
  return { adminUrl: withDatabase(serverUrl, name), ownerUrl: ownerUrl.href, roles };
}

/** The migrations before `first`, as they were when there was no other. */
async function copyBefore(first: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  for (const name of await readdir(migrationsDir)) {
    if (name < first) await copyFile(join(migrationsDir, name), join(folder, name));
  }
  return folder;
}

test('a server that goes while it is migrated is an error, and does not end the process', async () => {
  const { adminUrl, ownerUrl, roles } = await createOwned();
  const door = await startProxy();
  await door.open(Number(new URL(ownerUrl).port));
  cleanUps.push(() => door.cut());
  const throughDoor = new URL(ownerUrl);
  throughDoor.port = new URL(door.url).port;
  const holder = new pg.Client({ connectionString: adminUrl });
  await holder.connect();
  cleanUps.push(() => holder.end());
  // The migration waits for its turn.
  await holder.query('select pg_advisory_lock(4700001)');
  const migrated = expect(migrate(throughDoor.href, roles, migrationsDir)).rejects.toThrow(
    /terminated/,
  );
  const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  await expect.poll(() => query(adminUrl, waiting)).toHaveLength(1);
  await door.cut();
  await migrated;
});

test('0004: guests of events that were there before are agreed on, and nothing is written for them', async () => {
  const { adminUrl, ownerUrl, roles } = await createOwned();
  await migrate(ownerUrl, roles, await copyBefore('0004'));
  const [tenant, user] = [randomUUID(), randomUUID()];
  await query(adminUrl, `insert into tenants values ($1, 'Northwind', now())`, [tenant]);
  await query(
    adminUrl,
    `insert into users (tenant_id, id, email, name, role, created_at)
     values ($1, $2, 'anna@northwind.example', 'Anna', 'member', now())`,
    [tenant, user],
  );
  const places: { connection: string; calendar: string }[] = [];
  for (const age of ['2 days', '1 day']) {
    const [connection, calendar] = [randomUUID(), randomUUID()];
    await query(
      adminUrl,
      `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email, state,
         state_since, created_at, updated_at)
       values ($1, $2::uuid, $3, 'GOOGLE', $2::text, 'a@example.com', 'active', now(),
         now() - $4::interval, now())`,
      [tenant, connection, user, age],
    );
    await query(
      adminUrl,
      `insert into calendars (tenant_id, id, connection_id, external_id, name, is_primary, can_write,
         created_at) values ($1, $2::uuid, $3, $2::text, 'Work', true, true, now())`,
      [tenant, calendar, connection],
    );
    places.push({ connection, calendar });
  }
  const addEvent = async (attendees: string[] | null, origin: string, at: typeof places) => {
    const event = randomUUID();
    await query(
      adminUrl,
      `insert into calendar_events (tenant_id, id, owner_id, title, is_all_day, start_date, end_date,
         starts_at, ends_at, visibility, show_as, attendees, created_at, updated_at)
       values ($1, $2, $3, 'Visit', true, '2030-01-01', '2030-01-02', now(), now(), 'default', 'busy',
         $4, now(), now())`,
      [tenant, event, user, attendees && JSON.stringify(attendees)],
    );
    for (const { connection, calendar } of at) {
      await query(
        adminUrl,
        `insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, external_id,
           remote, base, sent, state, state_since, created_at, origin)
         values ($1, gen_random_uuid(), $2::uuid, $3, $4, $2::text, '{"title": "Visit"}',
           '{"title": {"local": "Visit", "remote": "Visit"}}',
           '{"kind": "create", "fields": {"title": "Visit"}}', 'synced', now(), now(), $5)`,
        [tenant, event, connection, calendar, origin],
      );
    }
    return event;
  };
  const imported = await addEvent(['Zoe@X.example', 'ada@x.example'], 'remote', places.slice(1));
  const made = await addEvent(null, 'local', [...places].reverse());

  await migrate(ownerUrl, roles, migrationsDir);

  const guest = (email: string) => ({ email, name: '', isOptional: false });
  const guests = [guest('ada@x.example'), guest('zoe@x.example')];
  const linksOf = (event: string) =>
    query(adminUrl, 'select * from event_links where event_id = $1', [event]);
  const [row] = await query(adminUrl, 'select * from calendar_events where id = $1', [imported]);
  expect(row).toMatchObject({ attendees: guests });
  expect(await linksOf(imported)).toMatchObject([
    {
      carries_guests: true,
      remote: { title: 'Visit', attendees: guests },
      base: { title: {}, attendees: { local: guests, remote: guests } },
      sent: { fields: { attendees: [] } },
    },
  ]);
  const links = await linksOf(made);
  for (const { carries_guests, connection_id, remote } of links) {
    expect(carries_guests).toBe(connection_id === places[0]?.connection);
    expect(remote).toMatchObject({ attendees: [] });
  }
  expect(links).toHaveLength(2);
  const open = await query(
    adminUrl,
    `select relname from pg_class where relkind = 'r' and not relforcerowsecurity
       and relname in ('calendar_events', 'event_links', 'calendar_integrations')`,
  );
  expect(open).toEqual([]);
});
