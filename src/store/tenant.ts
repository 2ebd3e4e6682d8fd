import { type Kysely, sql, type Transaction } from 'kysely';
import type { TenantId, UserId } from '../calendar/ids.ts';
import type { Database } from './database.ts';
import { runWithBegin } from './thrifty-dialect.ts';

declare const tenantScope: unique symbol;
declare const systemScope: unique symbol;

/** Proof, checked by the compiler, that row-level security has a tenant to compare with. */
export type TenantTransaction = Transaction<Database> & { readonly [tenantScope]: true };
/** A transaction that may cross tenants, for what the policies of the system role name. */
export type SystemTransaction = Transaction<Database> & { readonly [systemScope]: true };

/** The pools' handles. `app` sees one tenant at a time; `system` crosses them for a few named things. */
export interface Databases {
  app: Kysely<Database>;
  system: Kysely<Database>;
}

/** Whose eyes: without a user, what is private is hidden, and the worker reads the tables themselves. */
export interface Scope {
  tenantId: TenantId;
  userId?: UserId;
}

/**
 * Runs `work` in one transaction that sees only this tenant's rows. The only way to get one.
 * `work` may run again after a deadlock, so it holds no HTTP and no other effect.
 */
export async function inTenant<T>(
  db: Databases,
  scope: Scope,
  work: (tx: TenantTransaction) => Promise<T>,
): Promise<T> {
  return retryConflicts(() =>
    db.app.transaction().execute(async (tx) => {
      // `true`: until commit only. A pooled connection must not carry one tenant into the next.
      await runWithBegin(
        tx,
        sql`select set_config('app.tenant_id', ${sql.lit(scope.tenantId)}, true),
          set_config('app.user_id', ${sql.lit(scope.userId ?? '')}, true)`,
      );
      return work(tx as TenantTransaction);
    }),
  );
}

/**
 * Runs `work` across tenants, in one transaction; `isAlone`: it is one statement, which is one by
 * itself. Its callers are listed by name in test/tidy.test.ts.
 */
export async function asSystem<T>(
  db: Databases,
  work: (tx: SystemTransaction) => Promise<T>,
  { isAlone = false } = {},
): Promise<T> {
  const { system } = db;
  return retryConflicts(() =>
    isAlone
      ? system.connection().execute((connection) => work(connection as SystemTransaction))
      : system.transaction().execute((tx) => work(tx as SystemTransaction)),
  );
}

const TRANSACTION_TRIES_MAX = 4;

async function retryConflicts<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries === TRANSACTION_TRIES_MAX || !isSerializationConflict(error)) throw error;
    }
  }
}

/** 40001 serialization_failure, 40P01 deadlock_detected: the transaction had no effect. */
function isSerializationConflict(error: unknown): boolean {
  const code = getPostgresCode(error);
  return code === '40001' || code === '40P01';
}

/** What was to be stored is at fault (a NUL in a text, say), and would be each time. */
export function isDataError(error: unknown): boolean {
  const sqlState = getPostgresCode(error);
  // Data exception, constraint violation, program limit exceeded.
  return sqlState !== undefined && /^(22|23|54)/.test(sqlState);
}

/** The SQLSTATE of a database error, else undefined. */
export function getPostgresCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The tenant of the running transaction, as a value for inserts: nobody passes it by hand. */
export const currentTenantId = sql<TenantId>`current_setting('app.tenant_id')::uuid`;
