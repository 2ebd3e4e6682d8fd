import type { Provider } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { listChannelsOfConnection } from '../store/channels.ts';
import { inTenant } from '../store/tenant.ts';
import { type ConnectionRef, withAccessToken } from './access-token.ts';
import type { Engine } from './engine.ts';

/** A person waits for the answer; what is not stopped by then ends by itself. */
const STOPPING_MAX_MS = 5_000;
/** Microsoft takes four requests at a time for one mailbox. */
const PARALLEL_MAX = 4;

/**
 * Asks the provider to stop all channels of a connection that is about to end, as far as that works
 * within some seconds. The rows are the caller's to delete: without them, a ring finds nothing.
 */
export async function stopChannels(
  engine: Engine,
  ref: ConnectionRef,
  provider: Provider | undefined,
): Promise<void> {
  const channels = await inTenant(engine.store, ref, (tx) =>
    listChannelsOfConnection(tx, ref.connectionId),
  );
  const waiting = channels.filter(({ external_id }) => external_id !== null);
  if (!provider || waiting.length === 0) return;

  const ended = new AbortController();
  const stopNext = async () => {
    for (let row = waiting.shift(); row && !ended.signal.aborted; row = waiting.shift()) {
      const { id, external_id, resource_id: resourceId } = row;
      const channel = { externalId: external_id ?? '', resourceId };
      await withAccessToken(
        engine,
        ref,
        (accessToken) => provider.stopChannel(accessToken, channel),
        { isStopping: true },
      ).catch((error: unknown) => {
        const kind = error instanceof ProviderError ? error.kind : String(error);
        engine.runtime.log.warn({ channelId: id, kind }, 'a channel was not stopped');
      });
    }
  };
  const stopping = Promise.all(Array.from({ length: PARALLEL_MAX }, stopNext));
  const isTooLong = engine.runtime.sleep(STOPPING_MAX_MS, ended.signal);
  await Promise.race([stopping, isTooLong]);
  ended.abort();
}
