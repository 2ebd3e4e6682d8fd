import { sql } from 'kysely';
import type { Engine } from '../../src/jobs/engine.ts';
import { createProviders } from '../../src/serve.ts';
import { type HttpRequest, NetworkError, type Runtime } from '../../src/runtime.ts';
import type { Databases } from '../../src/store/tenant.ts';
import type { Stack } from './stack.ts';

/** Nothing of a life that ended ever goes on. */
export class Death extends Error {
  override readonly name = 'Death';
}

/** What happens at one step of an engine's life. */
export type Fate =
  /** The process is killed there. */
  | 'killed'
  /** Only for calls: the provider did it, and the answer was lost. The process lives on. */
  | 'answer-lost'
  /** Only for transactions: the database is not to be reached. The process lives on. */
  | 'database-down';

export interface Life {
  engine: Engine;
  /** Every place where it could have ended, in order: `before call POST …`, `after commit`, … */
  steps: string[];
}

/**
 * An engine over the stack's database and sandbox whose every step is counted: before and after each
 * call to a provider, before each transaction, before and after each commit. At step `at` its fate
 * comes true. Its clock is ahead of the real one by `aheadMs`, and jumps where it would only wait.
 * `isCounted`: whether transactions are steps, too, each of which is then asked what it has written.
 */
export function startLife(
  stack: Stack,
  options: {
    at?: number;
    fate?: Fate;
    aheadMs?: number;
    isCounted?: boolean;
    isCall?: (request: HttpRequest) => boolean;
  },
): Life {
  const { at = Number.POSITIVE_INFINITY, fate = 'killed', isCounted = true } = options;
  let { aheadMs = 0 } = options;
  const steps: string[] = [];
  let isDead = false;
  const step = (name: string) => {
    if (isDead) throw new Death(name);
    steps.push(name);
    if (steps.length - 1 === at && fate === 'database-down') {
      throw Object.assign(new Error('the database is down'), { code: '57P01' });
    }
    if (steps.length - 1 !== at || fate !== 'killed') return;
    isDead = true;
    throw new Death(name);
  };
  const real = stack.context.runtime;
  const runtime: Runtime = {
    ...real,
    now: () => real.now() + aheadMs,
    // What can be interrupted runs beside the work, and must not run ahead of it.
    async sleep(ms, signal) {
      if (!signal) aheadMs += ms;
      await real.sleep(signal ? ms : 0, signal);
    },
    async send(request) {
      const name = `${request.method} ${new URL(request.url).pathname}`;
      step(`before call ${name}`);
      const answer = await real.send(request);
      steps.push(`after call ${name}`);
      if (steps.length - 1 === at) {
        if (fate === 'answer-lost') throw new NetworkError('the answer was lost');
        isDead = true;
      }
      if (isDead) throw new Death(name);
      return answer;
    },
  };
  const { app, system } = stack.context.store;
  const count = (db: Databases['app']) => (isCounted ? countTransactions(db, step) : db);
  const engine: Engine = {
    runtime,
    store: { app: count(app), system: count(system) },
    providers: createProviders(stack.context.config, runtime),
    keys: stack.context.keys,
    webhookUrl: stack.context.webhookUrl,
  };
  return { engine, steps };
}

function countTransactions(db: Databases['app'], step: (name: string) => void): Databases['app'] {
  return new Proxy(db, {
    get(target, property) {
      if (property === 'connection') return () => ({ execute: alone });
      if (property !== 'transaction') return Reflect.get(target, property);
      return () => ({
        async execute<T>(work: (tx: never) => Promise<T>): Promise<T> {
          step('before transaction');
          const { value, hasWritten } = await target.transaction().execute(async (tx) => {
            const answer = await work(tx as never);
            const { rows } = await sql<{ hasWritten: boolean }>`
              select pg_current_xact_id_if_assigned() is not null as "hasWritten"`.execute(tx);
            step('before commit');
            return { value: answer, hasWritten: rows[0]?.hasWritten ?? true };
          });
          step(hasWritten ? 'after commit' : 'after reading');
          return value;
        },
      });
    },
  });

  /** One statement, which is a transaction by itself. */
  async function alone<T>(work: (connection: never) => Promise<T>): Promise<T> {
    step('before transaction');
    const value = await db.connection().execute((connection) => work(connection as never));
    step('after commit');
    return value;
  }
}
