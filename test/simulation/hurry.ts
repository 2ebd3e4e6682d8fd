import type { Socket } from 'node:net';
import pg from 'pg';

/** The beginning of a transaction, whose answer nobody looks at: what follows goes with it. */
const BEGIN = /^begin\b/;
/** Nobody listens. */
const POINTLESS = /select pg_notify\([^;]*; /g;

/**
 * Settings of a session whose histories are forgotten anyway. Tables that fill up while plans are
 * kept would else be read whole, since they were empty when the plan was made.
 */
export const hastyOptions = [
  'synchronous_commit=off',
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** The same for a server that nobody else uses and that is thrown away. */
export async function hurryServer(admin: pg.Client): Promise<void> {
  for (const setting of ['fsync', 'full_page_writes', 'autovacuum']) {
    await admin.query(`alter system set ${setting} = off`);
  }
  await admin.query('select pg_reload_conf()');
}

let isHurrying = false;

/**
 * Makes every query of this process cheaper, and no different: each text is prepared once for each
 * session, and what opens a transaction is sent together with its first statement. A history is
 * some thousand queries, and nearly all of its time is theirs.
 */
export function hurryQueries(): void {
  if (isHurrying) return;
  isHurrying = true;
  const { connect, query } = pg.Client.prototype as unknown as Record<
    'connect' | 'query',
    (...args: unknown[]) => unknown
  >;
  const names = new Map<string, string>();
  Object.assign(pg.Client.prototype, {
    connect(this: pg.Client, ...args: unknown[]) {
      Object.assign(this, { pipeline: true });
      return connect?.apply(this, args);
    },
    query(this: pg.Client, text: unknown, values?: unknown, ...rest: unknown[]) {
      if (typeof text !== 'string' || rest.length > 0) {
        return query?.call(this, text, values, ...rest);
      }
      if (BEGIN.test(text)) {
        gather(this);
        return unheard(query?.call(this, text) as Promise<unknown>);
      }
      if (!Array.isArray(values) || values.length === 0) {
        return query?.call(this, text.replace(POINTLESS, ''));
      }
      const name = names.get(text) ?? `hurried_${names.size}`;
      names.set(text, name);
      return query?.call(this, { name, text, values });
    },
  });
}

const noAnswer = { command: 'BEGIN', rowCount: null, rows: [], fields: [] };

/** Should it fail, so does what follows in its transaction. */
function unheard(done: Promise<unknown>): Promise<object> {
  done.catch(() => {});
  return Promise.resolve(noAnswer);
}

/** Sends what is said until we wait for an answer in one piece: each one wakes the server. */
function gather(client: pg.Client): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
