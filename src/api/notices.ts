import { NOTIFY_CHANNEL, type Notice, type Topic } from '../store/notify.ts';
import type { App, AppContext } from './context.ts';
import { streamTopics } from './schemas/connections.ts';

/** What the database tells open pages, by tenant. */
export interface Notices {
  /** Calls `listener` for each notice of the tenant until the returned function is called. */
  subscribe(tenantId: string, listener: (topic: Topic) => void): () => void;
}

type Listener = (topic: Topic) => void;
type ListeningClient = Awaited<ReturnType<AppContext['store']['openListener']>>;

const RECONNECT_MS_MIN = 250;
const RECONNECT_MS_MAX = 10_000;

/**
 * Listens to the database on one connection for the whole server, and opens it again when it is
 * lost. Whoever is subscribed then is told to look again at everything: notices were missed.
 */
export function openNotices(app: App, { log, runtime, store }: AppContext): Notices {
  const listeners = new Map<string, Set<Listener>>();
  const closing = new AbortController();

  function tell({ tenant_id, topic }: Notice): void {
    for (const listener of listeners.get(tenant_id) ?? []) listener(topic);
  }
  function tellAll(): void {
    for (const tenantId of listeners.keys()) {
      for (const topic of streamTopics) tell({ tenant_id: tenantId, topic });
    }
  }

  async function listen(): Promise<void> {
    for (let pauseMs = RECONNECT_MS_MIN; !closing.signal.aborted; ) {
      try {
        const client = await store.openListener();
        const lost = whenLost(client, closing.signal);
        client.on('notification', ({ payload = '' }) => tell(JSON.parse(payload) as Notice));
        await client.query(`listen ${NOTIFY_CHANNEL}`);
        pauseMs = RECONNECT_MS_MIN;
        tellAll();
        await lost;
        await client.end().catch(() => {});
      } catch (error) {
        log.warn({ error: String(error) }, 'cannot listen to the database');
      }
      await runtime.sleep(pauseMs, closing.signal);
      pauseMs = Math.min(pauseMs * 2, RECONNECT_MS_MAX);
    }
  }

  let listening: Promise<void> | undefined;
  app.addHook('onReady', async () => {
    listening = listen();
  });
  app.addHook('onClose', async () => {
    closing.abort();
    await listening;
  });

  return {
    subscribe(tenantId, listener) {
      const ofTenant = listeners.get(tenantId) ?? new Set();
      listeners.set(tenantId, ofTenant.add(listener));
      return () => {
        ofTenant.delete(listener);
        if (ofTenant.size === 0) listeners.delete(tenantId);
      };
    },
  };
}

function whenLost(client: ListeningClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.once('end', () => resolve());
    client.once('error', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
