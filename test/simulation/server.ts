import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { getRoleUrls, migrate } from '../../src/store/migrate.ts';
import { migrationsDir, testRoles, withDatabase } from '../support/database.ts';
import { type Base, openBase } from './base.ts';
import { hurryServer } from './hurry.ts';

/** A PostgreSQL for simulations, thrown away at their end. */
export interface Server {
  /** A new database of its own for those who play at the same time: jobs are claimed from all of it. */
  addDatabase(name: string): Promise<string>;
  /** Once nobody plays in it. */
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

const TEMPLATE = 'simulation';

export async function startServer(): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kalends-simulation-'));
  const postgres = await startEmbeddedPostgres(dataDir);
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await hurryServer(admin);
  await admin.query(`create database ${TEMPLATE}`);
  await migrate(withDatabase(postgres.url, TEMPLATE), testRoles, migrationsDir);
  return {
    async addDatabase(name) {
      await admin.query(`create database ${name} template ${TEMPLATE}`);
      return withDatabase(postgres.url, name);
    },
    async dropDatabase(name) {
      await admin.query(`drop database ${name} with (force)`);
    },
    async stop() {
      await admin.end();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** `adminUrl`: of a migrated database that nobody else uses now. */
export const openDatabase = (adminUrl: string): Promise<Base> =>
  openBase(adminUrl, getRoleUrls(adminUrl, testRoles));
