import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Config } from '../config.ts';
import type { Provider, ProviderName } from '../providers/provider.ts';
import type { Log, Runtime } from '../runtime.ts';
import type { Keys } from '../store/keys.ts';
import type { Store } from '../store/pool.ts';

/** What a route may reach besides its request. */
export interface AppContext {
  config: Config;
  runtime: Runtime;
  store: Store;
  /** Those that are configured; the others cannot be connected here. */
  providers: ReadonlyMap<ProviderName, Provider>;
  keys: Keys;
  /** Where providers ring, as the engine has it. */
  webhookUrl: string | null;
  /** The built pages (`dist/web`); null serves the API alone. */
  webDir: string | null;
  log: Log;
}

/** The server as routes are added to it: schemas give the handlers their types. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
