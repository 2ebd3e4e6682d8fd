import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type QueryResult,
  type RawBuilder,
  sql,
} from 'kysely';
import type { TenantTransaction } from './tenant.ts';

const WITH_COMMIT = '-- with the commit\n';

/**
 * A statement whose answer nobody needs, to be run last of all in its transaction, in one message
 * with the commit; the same one twice is run once. It takes no parameters: its values are literals.
 * Should it fail, the commit does, with its error.
 */
export async function runWithCommit(
  tx: TenantTransaction,
  statement: RawBuilder<unknown>,
): Promise<void> {
  await sql`${sql.raw(WITH_COMMIT)}${statement}`.execute(tx);
}

/**
 * PostgreSQL as Kysely speaks to it, but with fewer messages, since each one costs both sides more
 * than most of what they say: `begin` waits for the transaction's first statement, and what was kept for the
 * end goes with `commit`. Several statements without parameters are one message.
 */
export class ThriftyDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ThriftyDriver(this.#config);
  }
}

class ThriftyDriver extends PostgresDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    return new ThriftyConnection(await super.acquireConnection());
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    (connection as ThriftyConnection).begin();
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as ThriftyConnection).commit();
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as ThriftyConnection).rollback();
  }

  override async releaseConnection(connection: DatabaseConnection): Promise<void> {
    // Its own type is private to Kysely.
    await super.releaseConnection((connection as ThriftyConnection).inner as never);
  }
}

/** One loan of a connection. */
class ThriftyConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  #isToBegin = false;
  #kept: string[] = [];

  constructor(inner: DatabaseConnection) {
    this.inner = inner;
  }

  begin(): void {
    this.#isToBegin = true;
    this.#kept = [];
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (query.sql.startsWith(WITH_COMMIT)) {
      const statement = query.sql.slice(WITH_COMMIT.length);
      if (!this.#kept.includes(statement)) this.#kept.push(statement);
      return { rows: [] };
    }
    if (!this.#isToBegin) return this.inner.executeQuery(query);
    this.#isToBegin = false;
    if (query.parameters.length > 0) {
      await this.#run('begin');
      return this.inner.executeQuery(query);
    }
    return this.inner.executeQuery(CompiledQuery.raw(`begin; ${query.sql}`));
  }

  async commit(): Promise<void> {
    // Nothing was said: there is no transaction.
    if (this.#isToBegin && this.#kept.length === 0) return;
    const begin = this.#isToBegin ? ['begin'] : [];
    await this.#run([...begin, ...this.#kept, 'commit'].join('; '));
  }

  async rollback(): Promise<void> {
    if (!this.#isToBegin) await this.#run('rollback');
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery(query, chunkSize);
  }

  async #run(statement: string): Promise<void> {
    await this.inner.executeQuery(CompiledQuery.raw(statement));
  }
}
