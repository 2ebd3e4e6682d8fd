import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrationsDir, testRoles, withDatabase } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's address at the server that all tests of this run share. */
    databaseServerUrl: string;
    templateDatabase: string;
  }
}

/**
 * One PostgreSQL for the whole run: TEST_DATABASE_URL's, else an embedded one in a new folder.
 * One migrated template in it, which every test clones (test/support/database.ts).
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const dataDir = given ? null : await mkdtemp(join(tmpdir(), 'kalends-test-'));
  const embedded = dataDir ? await startEmbeddedPostgres(dataDir) : null;
  const serverUrl = given ?? embedded?.url ?? '';
  const template = `kalends_template_${process.pid}_${Date.now()}`;

  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  if (embedded) await forgetDurability(admin);
  await admin.query(`create database ${template}`);
  await migrate(withDatabase(serverUrl, template), testRoles, migrationsDir);
  project.provide('databaseServerUrl', serverUrl);
  project.provide('templateDatabase', template);

  return async () => {
    await admin.query(`drop database ${template}`).catch(() => {});
    await admin.end();
    await embedded?.stop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  };
}

/** This database is thrown away: no test waits for a disk. */
async function forgetDurability(admin: pg.Client): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    await admin.query(`alter system set ${setting} = off`);
  }
  await admin.query('select pg_reload_conf()');
}
