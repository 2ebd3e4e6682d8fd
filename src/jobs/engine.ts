import type { Provider, ProviderName } from '../providers/provider.ts';
import type { Runtime } from '../runtime.ts';
import type { Keys } from '../store/keys.ts';
import type { Databases } from '../store/tenant.ts';

/** What a job reaches the world through. */
export interface Engine {
  runtime: Runtime;
  store: Databases;
  /** Those that are configured. */
  providers: ReadonlyMap<ProviderName, Provider>;
  keys: Keys;
  /** Where providers ring when a calendar changes, without a slash at the end; null: nowhere. */
  webhookUrl: string | null;
}
