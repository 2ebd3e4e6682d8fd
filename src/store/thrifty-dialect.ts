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
  type Transaction,
} from 'kysely';
import type { Database } from './database.ts';

const WITH_BEGIN = '-- with the begin\n';
const WITH_COMMIT = '-- with the commit\n';

/**
 * A statement whose answer nobody needs, to be run first of all in its transaction, in one message
 * with `begin`. It takes no parameters. Should it fail, the next one does.
 */
export async function runWithBegin(
  tx: Transaction<Database>,
  statement: RawBuilder<unknown>,
): Promise<void> {
  await sql`${sql.raw(WITH_BEGIN)}${statement}`.execute(tx);
}

/**
 * A statement whose answer nobody needs, to be run last of all in its transaction, in one message
 * with the commit; the same one twice is run once. It takes no parameters: its values are literals.
 * Should it fail, the commit does, with its error.
 */
export async function runWithCommit(
  tx: Transaction<Database>,
  statement: RawBuilder<unknown>,
): Promise<void> {
  await sql`${sql.raw(WITH_COMMIT)}${statement}`.execute(tx);
}

/**
 * PostgreSQL as Kysely speaks to it, but with fewer messages, since each one costs both sides
 * more than most of what they say. `begin` waits for the transaction's first statement, and what was
 * kept for the end goes with `commit`: several statements without parameters are one message. Nobody
 * waits for the answer to the first one. What has parameters is parsed and planned once a session.
 * The pool's clients have to be in `pipeline` mode.
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
  /** The answer to what opened the transaction, as long as nobody has waited for it. */
  #opening: Promise<unknown> | undefined;
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
    const isBegin = this.#isToBegin;
    this.#isToBegin = false;
    const isUnheard = query.sql.startsWith(WITH_BEGIN);
    if (isBegin) {
      const first = isUnheard ? `; ${query.sql.slice(WITH_BEGIN.length)}` : '';
      this.#opening = this.inner.executeQuery(CompiledQuery.raw(`begin${first}`));
      // Whoever comes next waits for it.
      this.#opening.catch(() => {});
    }
    return isUnheard ? { rows: [] } : this.#run(query);
  }

  async commit(): Promise<void> {
    // Nothing was said: there is no transaction.
    if (this.#isToBegin && this.#kept.length === 0) return;
    const begin = this.#isToBegin ? ['begin'] : [];
    await this.#run(CompiledQuery.raw([...begin, ...this.#kept, 'commit'].join('; ')));
  }

  async rollback(): Promise<void> {
    if (!this.#isToBegin) await this.#run(CompiledQuery.raw('rollback'));
  }

  /** Sent at once; an opening that failed is its failure, too. */
  async #run<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (!opening) return this.inner.executeQuery(query);
    const [, answer] = await Promise.all([opening, this.inner.executeQuery<R>(query)]);
    return answer;
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery(query, chunkSize);
  }
}
