import type { Engine } from '../../../src/jobs/engine.ts';
import type { HttpRequest, HttpResponse, Runtime } from '../../../src/runtime.ts';
import { createProviders } from '../../../src/serve.ts';
import type { Keys } from '../../../src/store/keys.ts';
import { openStore } from '../../../src/store/pool.ts';
import { quietLog } from '../../support/quiet-log.ts';
import type { Stack } from '../../support/stack.ts';

export interface EngineOptions {
  /** How far its clock is ahead of the real one. */
  aheadMs?: number;
  keys?: Keys;
  /** Stands before the network. */
  send?: (request: HttpRequest, pass: () => Promise<HttpResponse>) => Promise<HttpResponse>;
}

export interface OwnEngine extends Engine {
  close(): Promise<void>;
}

/** An engine with database connections, runtime and adapters of its own, as another process has. */
export function startEngine(stack: Stack, options: EngineOptions = {}): OwnEngine {
  const { aheadMs = 0, keys = stack.context.keys, send } = options;
  const real = stack.context.runtime;
  const runtime: Runtime = {
    ...real,
    now: () => real.now() + aheadMs,
    send: (request) => (send ? send(request, () => real.send(request)) : real.send(request)),
  };
  const store = openStore(stack.database.roleUrls, quietLog, 3);
  return {
    runtime,
    store,
    keys,
    providers: createProviders(stack.context.config, runtime),
    webhookUrl: stack.context.webhookUrl,
    close: () => store.close(),
  };
}

export const isRefresh = ({ url, body }: HttpRequest) =>
  url.includes('/token') && (body ?? '').includes('grant_type=refresh_token');
