import { createHash, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { RoleUrls } from './pool.ts';

/** Any number of servers may start at once; one migrates, the others wait. */
const MIGRATION_LOCK = 4_700_001;

/**
 * Brings the database up to date and makes the three roles that the server works under.
 * Forward only; each file in one transaction; an already applied file that was changed is refused.
 *
 * `secret` gives the roles' passwords (HMAC), so that they are stored nowhere.
 * The user of `ownerUrl` must be allowed to create roles.
 */
export async function migrate(
  ownerUrl: string,
  roles: RoleSettings,
  migrationsDir: string,
): Promise<RoleUrls> {
  const client = new pg.Client({ connectionString: ownerUrl });
  // Whoever waits for an answer is told when the server goes; unheard, it would end the process as well.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    for (const role of roleNames(roles)) await ensureRole(client, role, passwordOf(role, roles));
    await applyMigrations(client, migrationsDir, roles);
    return getRoleUrls(ownerUrl, roles);
  } finally {
    await client.end();
  }
}

export interface RoleSettings {
  /** The roles are `{prefix}_app`, `{prefix}_system` and `{prefix}_auth`. */
  prefix: string;
  secret: Buffer;
}

/** The addresses under which the three roles reach an already migrated database. */
export function getRoleUrls(ownerUrl: string, roles: RoleSettings): RoleUrls {
  const urlOf = (role: string) => withUser(ownerUrl, role, passwordOf(role, roles));
  const [app, system, auth] = roleNames(roles).map(urlOf) as [string, string, string];
  return { app, system, auth };
}

function roleNames({ prefix }: RoleSettings): [string, string, string] {
  return [`${prefix}_app`, `${prefix}_system`, `${prefix}_auth`];
}

function passwordOf(role: string, { secret }: RoleSettings): string {
  return createHmac('sha256', secret).update(`database role ${role}`).digest('base64url');
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rows } = await client.query<{ is_too_strong: boolean }>(
    'select rolsuper or rolbypassrls as is_too_strong from pg_roles where rolname = $1',
    [role],
  );
  if (rows[0]?.is_too_strong) {
    throw new Error(
      `The database role ${role} bypasses row-level security; drop it and start again.`,
    );
  }
  const name = client.escapeIdentifier(role);
  // Neither statement takes parameters.
  if (!rows[0]) await client.query(`create role ${name} with nosuperuser nobypassrls nocreaterole`);
  await client.query(`alter role ${name} with login password ${client.escapeLiteral(password)}`);
}

async function applyMigrations(
  client: pg.Client,
  migrationsDir: string,
  roles: RoleSettings,
): Promise<void> {
  await client.query(`create table if not exists migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select * from migrations',
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const names = (await readdir(migrationsDir)).filter((name) => name.endsWith('.sql')).sort();

  for (const name of names) {
    const text = await readFile(join(migrationsDir, name), 'utf8');
    const checksum = createHash('sha256').update(text).digest('hex');
    if (applied.get(name) === checksum) continue;
    if (applied.has(name)) {
      throw new Error(`Migration ${name} was changed after it had been applied.`);
    }
    const sql = text.replaceAll(/\{(app|system|auth)\}/g, (_, role: string) =>
      client.escapeIdentifier(`${roles.prefix}_${role}`),
    );
    await client.query('begin');
    try {
      await client.query(sql);
      await client.query('insert into migrations (name, checksum) values ($1, $2)', [
        name,
        checksum,
      ]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw new Error(`Migration ${name} failed.`, { cause: error });
    }
  }
}

function withUser(url: string, user: string, password: string): string {
  const result = new URL(url);
  result.username = encodeURIComponent(user);
  result.password = encodeURIComponent(password);
  return result.href;
}
