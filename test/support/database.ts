import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject } from 'vitest';
import { getRoleUrls } from '../../src/store/migrate.ts';
import type { RoleUrls } from '../../src/store/pool.ts';

export const migrationsDir = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));

/** Roles belong to the whole server, so all tests share them. */
export const testRoles = {
  prefix: 'kalends_test',
  secret: Buffer.from('a secret that only tests know, 32+ bytes long'),
};

export interface TestDatabase {
  /** A superuser's address: sees through row-level security, for assertions only. */
  adminUrl: string;
  roleUrls: RoleUrls;
  drop(): Promise<void>;
}

/** A fresh, migrated, empty database. */
export async function createDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('databaseServerUrl');
  const template = inject('templateDatabase');
  const name = `kalends_${randomBytes(6).toString('hex')}`;
  await runAsAdmin(serverUrl, `create database ${name} template ${template}`);
  const adminUrl = withDatabase(serverUrl, name);
  return {
    adminUrl,
    roleUrls: getRoleUrls(adminUrl, testRoles),
    drop: () => runAsAdmin(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

/** Cloning a template that is just being cloned is refused for a moment. */
const OBJECT_IN_USE = '55006';
const TRIES_MAX = 50;

async function runAsAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let tries = 1; ; tries++) {
      try {
        await client.query(sql);
        return;
      } catch (error) {
        const isBusy = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE;
        if (!isBusy || tries === TRIES_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, database: string): string {
  const result = new URL(url);
  result.pathname = `/${database}`;
  return result.href;
}
