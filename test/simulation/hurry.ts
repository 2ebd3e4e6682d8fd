import type { Socket } from 'node:net';
import pg from 'pg';

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
 * session, and what is sent before anybody waits for an answer goes in one piece. A history is some
 * hundred queries, and nearly all of its time is theirs.
 */
export function hurryQueries(): void {
  if (isHurrying) return;
  isHurrying = true;
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  const names = new Map<string, string>();
  prototype.query = function hurried(this: pg.Client, text: unknown, ...rest: unknown[]) {
    if (typeof text !== 'string') return query.call(this, text, ...rest);
    if (text.startsWith('begin')) gather(this);
    const [values] = rest;
    if (!Array.isArray(values) || values.length === 0) {
      return query.call(this, text.replace(POINTLESS, ''), ...rest);
    }
    const name = names.get(text) ?? `hurried_${names.size}`;
    names.set(text, name);
    return query.call(this, { name, text, values });
  };
}

/** Sends what is said until we wait for an answer in one piece: each one wakes the server. */
function gather(client: pg.Client): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
