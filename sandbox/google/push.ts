/** Sends a channel's messages, late, folded, and again where the receiver was not well. */

import type { World } from '../world.ts';
import type { Core } from './call.ts';
import type { ChannelState } from './state.ts';

/** What a push needs of a call; it outlives the call. */
export interface PushContext {
  readonly core: Core;
  readonly world: World;
}

const DELAY_MS = 1_000;
/** A stopped channel may still ring for a little while. */
const TRICKLE_MS = 5_000;
/** The real schedule of retries is not documented. */
const RETRY_BASE_MS = 1_000;
const RETRIES_MAX = 5;
const RETRIED = [500, 502, 503, 504];

/** Changes within the delay become one message. */
export function pushLater(context: PushContext, channelId: string): void {
  const { core, world } = context;
  const delayMs = world.getSwitch('google.pushDelayMs', DELAY_MS);
  world.runtime.schedule(delayMs, () => {
    const channel = core.state.channels.get(channelId);
    if (!channel) return undefined;
    channel.isPending = false;
    const now = world.runtime.now();
    const trickleMs = world.getSwitch('google.pushTrickleMs', TRICKLE_MS);
    if (channel.stoppedAt !== null) core.state.channels.delete(channelId);
    if (channel.expiresAt <= now) return undefined;
    if (channel.stoppedAt !== null && channel.stoppedAt + trickleMs <= now) return undefined;
    return startPush(context, channel, 'exists', now);
  });
}

/** Sends one message with the next number. Numbers grow but are not consecutive. */
export function startPush(
  context: PushContext,
  channel: ChannelState,
  resourceState: 'sync' | 'exists',
  now: number,
): Promise<void> {
  const step = resourceState === 'sync' ? 1 : 1 + Math.floor(context.world.runtime.random() * 3);
  channel.messageNumber += step;
  const message = { channel, resourceState, number: channel.messageNumber };
  const lost = context.world.getSwitch('google.pushLossRate', 0);
  if (lost > 0 && context.world.runtime.random() < lost) return Promise.resolve();
  return send(context, message, now, 0);
}

interface Message {
  readonly channel: ChannelState;
  readonly resourceState: string;
  readonly number: number;
}

async function send(
  context: PushContext,
  message: Message,
  now: number,
  attempt: number,
): Promise<void> {
  const { world } = context;
  const status = await world.runtime
    .fetch(toRequest(message))
    .then(async (response) => {
      await response.body?.cancel();
      return response.status;
    })
    // A receiver that cannot be reached is like one that is overloaded.
    .catch(() => 503);
  if (!RETRIED.includes(status) || attempt >= RETRIES_MAX) return;
  const delayMs = world.getSwitch('google.pushRetryMs', RETRY_BASE_MS) * 2 ** attempt;
  world.runtime.schedule(delayMs, () => {
    if (message.channel.expiresAt <= now + delayMs) return undefined;
    return send(context, message, now + delayMs, attempt + 1);
  });
}

function toRequest({ channel, resourceState, number }: Message): Request {
  const headers = new Headers({
    'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    'content-length': '0',
    'x-goog-channel-id': channel.id,
    'x-goog-message-number': String(number),
    'x-goog-resource-id': channel.resourceId,
    'x-goog-resource-state': resourceState,
    'x-goog-resource-uri': channel.resourceUri,
    'x-goog-channel-expiration': new Date(channel.expiresAt).toUTCString(),
  });
  if (channel.token !== undefined) headers.set('x-goog-channel-token', channel.token);
  return new Request(channel.address, { method: 'POST', headers });
}
