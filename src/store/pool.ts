import { Kysely } from 'kysely';
import pg from 'pg';
import type { Log } from '../runtime.ts';
import type { Database } from './database.ts';
import type { Databases } from './tenant.ts';
import { ThriftyDialect } from './thrifty-dialect.ts';

const DATE_OID = 1082;
const TIMESTAMP_OID = 1114;

/** Dates and wall-clock times stay text: a `Date` would put them into the server's zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === DATE_OID) return (text: string) => text;
    if (oid === TIMESTAMP_OID) return (text: string) => text.replace(' ', 'T').slice(0, 19);
    return pg.types.getTypeParser(oid, format);
  },
};

export interface Store extends Databases {
  /** For the sign-in library, which sees the schema `auth` and nothing else. */
  authPool: pg.Pool;
  /** Opens one connection of the app's role that outlives statements, for LISTEN. */
  openListener(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** One address per role, as `migrate` returns them. */
export interface RoleUrls {
  app: string;
  system: string;
  auth: string;
}

/** Opens the pools. Nothing connects before the first query. */
export function openStore(urls: RoleUrls, log: Log, connectionsMax = 16): Store {
  const open = (connectionString: string, max: number, options?: string) => {
    const pool = new pg.Pool({
      connectionString,
      max,
      types,
      options,
      idleTimeoutMillis: 30_000,
      // Sent without waiting for what was sent before: see ThriftyDialect.
      pipeline: true,
    });
    // Without these, a server that goes away ends our process: while a connection is idle, and
    // while it is lent out but just between two statements, when nobody else listens.
    pool.on('error', (error) => log.warn({ error: error.message }, 'database connection lost'));
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };
  const kysely = (pool: pg.Pool) => new Kysely<Database>({ dialect: new ThriftyDialect({ pool }) });

  const authPool = open(urls.auth, 4, '-c search_path=auth');
  const app = kysely(open(urls.app, connectionsMax));
  const system = kysely(open(urls.system, 4));
  return {
    app,
    system,
    authPool,
    async openListener() {
      const client = new pg.Client({ connectionString: urls.app });
      client.on('error', (error) => log.warn({ error: error.message }, 'listener lost'));
      await client.connect();
      return client;
    },
    async close() {
      await Promise.all([app.destroy(), system.destroy(), authPool.end()]);
    },
  };
}
