import type { CalendarId, ChannelId } from '../calendar/ids.ts';
import { isChannelSecret, readChannelId } from '../jobs/channel-secret.ts';
import { noteRings, type Ring } from '../jobs/note-rings.ts';
import { findChannels, type FoundChannel } from '../store/channels.ts';
import { asSystem } from '../store/tenant.ts';
import { ApiError } from './api-error.ts';
import type { AppContext } from './context.ts';
import { createFold } from './fold.ts';
import { createQueue, QueueFullError } from './queue.ts';

/** Providers count an answer after some seconds as none, and punish slow ones. */
const ANSWER_MAX_MS = 900;
/** Channels that have just rung need no second search; the store looks whether they are still there. */
const REMEMBERED_MS = 60_000;
const REMEMBERED_MAX = 10_000;
/** One calendar is not looked at more often than this on account of its rings. */
const LOOK_EVERY_MS = 1_000;
/** Transactions at a time, so that a storm leaves connections to people; and how many may wait. */
const PARALLEL_MAX = 8;
const WAITING_MAX = 1_000;
/** Notifications of one address that prove nothing, in a minute; then it is searched for no more. */
const FORGED_PER_ADDRESS_MAX = 300;
const FORGED_WINDOW_MS = 60_000;
const ADDRESSES_MAX = 10_000;

/** A notification as it came: nothing of it is believed but what the secret proves. */
export interface Notification {
  kind: Ring['kind'];
  secret: string;
  /** Whether the channel that it names is the one that the secret belongs to. */
  isOf(channel: { id: ChannelId; external_id: string | null }): boolean;
}

export interface Notifications {
  /**
   * Stores what the notifications of one request mean; for each whether it was genuine, in order.
   * Throws `not-ready` when that could not be stored in time, and `too-many-requests`.
   */
  take(notifications: readonly Notification[], address: string): Promise<boolean[]>;
}

/** Takes in what providers ring, checks it, folds it per calendar, stores it. */
export function openNotifications(context: AppContext): Notifications {
  const { runtime, store, log } = context;
  const enqueue = createQueue(PARALLEL_MAX, WAITING_MAX);
  const channels = createMemory<ChannelId, FoundChannel>(REMEMBERED_MAX);
  const looks = createMemory<CalendarId, number>(ADDRESSES_MAX);
  const forgeries = countForgeries(() => runtime.now());

  const storeFolded = createFold<CalendarId, [FoundChannel, Ring], ReadonlySet<ChannelId>>(
    (calendarId, items) => enqueue(() => storeRings(calendarId, items)),
  );

  async function storeRings(
    calendarId: CalendarId,
    items: readonly [FoundChannel, Ring][],
  ): Promise<ReadonlySet<ChannelId>> {
    const [[channel]] = items as [[FoundChannel, Ring]];
    const { tenant_id: tenantId, connection_id: connectionId } = channel;
    const calendar = { tenantId, connectionId, calendarId };
    const at = Math.max(runtime.now(), (looks.get(calendarId) ?? 0) + LOOK_EVERY_MS);
    const rings = items.map(([, ring]) => ring);
    const { live, hasAsked } = await noteRings(context, calendar, rings, new Date(at));
    if (hasAsked) looks.set(calendarId, at);
    return live;
  }

  /** The channels that the secrets name, as far as there are any. */
  async function find(secrets: readonly string[], address: string) {
    const known = new Map<ChannelId, FoundChannel>();
    const unknown = new Set<ChannelId>();
    for (const secret of secrets) {
      const id = readChannelId(secret);
      const channel = id && channels.get(id, runtime.now());
      // A wrong secret takes the same way as one of a channel that never was.
      if (channel && isChannelSecret(secret, channel.secret_hash)) known.set(id, channel);
      else if (id) unknown.add(id);
    }
    if (unknown.size === 0) return known;
    forgeries.check(address);
    const until = runtime.now() + ANSWER_MAX_MS;
    const found = await enqueue(async () => {
      // It was answered already; the provider comes again.
      if (runtime.now() > until) throw new QueueFullError('waited too long');
      return asSystem(store, (tx) => findChannels(tx, [...unknown]), { isAlone: true });
    });
    for (const channel of found) known.set(channel.id, channel);
    return known;
  }

  async function takeAll(notifications: readonly Notification[], address: string) {
    const secrets = notifications.map(({ secret }) => secret);
    const known = await find(secrets, address);
    return Promise.all(
      notifications.map(async (notification) => {
        const id = readChannelId(notification.secret);
        const channel = id && known.get(id);
        const isGenuine =
          isChannelSecret(notification.secret, channel?.secret_hash) &&
          channel !== undefined &&
          notification.isOf(channel);
        if (!isGenuine) {
          forgeries.note(address);
          return false;
        }
        // One whose id is not known yet may be named by any: it is searched again next time.
        if (channel.external_id !== null) {
          channels.set(channel.id, channel, runtime.now() + REMEMBERED_MS);
        }
        const ring: Ring = { channelId: channel.id, kind: notification.kind };
        const live = await storeFolded(channel.calendar_id, [channel, ring]);
        if (!live.has(channel.id)) channels.delete(channel.id);
        return live.has(channel.id);
      }),
    );
  }

  return {
    async take(notifications, address) {
      const ended = new AbortController();
      const tooLate = runtime.sleep(ANSWER_MAX_MS, ended.signal).then(() => null);
      const taken = takeAll(notifications, address);
      try {
        const answer = await Promise.race([taken, tooLate]);
        if (answer) return answer;
      } catch (error) {
        if (error instanceof ApiError) throw error;
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        log.error({ name, error: message }, 'a notification could not be stored');
      } finally {
        ended.abort();
      }
      // Answered without it; what is on its way is stored all the same, and twice is as good as once.
      taken.catch(() => {});
      throw new ApiError('not-ready', 'Send it again later.', { retryAfterSeconds: 5 });
    },
  };
}

/** Remembers the latest `max` values, each until its time. */
function createMemory<Key, Value>(max: number) {
  const entries = new Map<Key, { value: Value; until: number }>();
  return {
    get(key: Key, now = 0): Value | undefined {
      const entry = entries.get(key);
      return entry && entry.until > now ? entry.value : undefined;
    },
    set(key: Key, value: Value, until = Number.POSITIVE_INFINITY) {
      entries.delete(key);
      entries.set(key, { value, until });
      const [oldest] = entries.keys();
      if (entries.size > max && oldest !== undefined) entries.delete(oldest);
    },
    delete: (key: Key) => entries.delete(key),
  };
}

/** Who guesses too often is not listened to for a while, but for channels that are remembered. */
function countForgeries(now: () => number) {
  const counts = createMemory<string, { count: number; until: number }>(ADDRESSES_MAX);
  return {
    note(address: string) {
      const current = counts.get(address, now());
      const until = current?.until ?? now() + FORGED_WINDOW_MS;
      counts.set(address, { count: (current?.count ?? 0) + 1, until }, until);
    },
    check(address: string) {
      const current = counts.get(address, now());
      if (!current || current.count < FORGED_PER_ADDRESS_MAX) return;
      throw new ApiError('too-many-requests', 'Wait before you send more.', {
        retryAfterSeconds: Math.ceil((current.until - now()) / 1000),
      });
    },
  };
}
