import pg from 'pg';
import { openStore, type Store } from '../../src/store/pool.ts';
import { hastyOptions, hurryQueries } from './hurry.ts';
import { quietLog } from '../support/quiet-log.ts';
import type { RoleUrls } from '../../src/store/pool.ts';

/** A database that histories share: each is a tenant of its own. */
export interface Base {
  store: Store;
  admin: pg.Client;
  close(): Promise<void>;
}

export async function openBase(adminUrl: string, roleUrls: RoleUrls): Promise<Base> {
  hurryQueries();
  const withOptions = (url: string) => {
    const result = new URL(url);
    result.searchParams.set('options', hastyOptions);
    return result.href;
  };
  const urls = {
    app: withOptions(roleUrls.app),
    system: withOptions(roleUrls.system),
    auth: roleUrls.auth,
  };
  const store = openStore(urls, quietLog, 4);
  const admin = new pg.Client({ connectionString: withOptions(adminUrl), pipeline: true });
  // Said by whoever stops the server while we are at it; the query that fails then says more.
  admin.on('error', () => {});
  await admin.connect();
  return {
    store,
    admin,
    async close() {
      await admin.end();
      await store.close();
    },
  };
}
