/** Push channels. Source: guides/push. */

import { getCalendar } from './access.ts';
import { NO_CONTENT, ok, type Answer, type Call, type Change } from './call.ts';
import { GoogleError, invalid, required } from './errors.ts';
import { EVENT_TYPES } from './events/list-query.ts';
import { findObject, findString, type JsonObject } from './json.ts';
import { pushLater, startPush } from './push.ts';
import type { ChannelState } from './state.ts';
import { hashOf } from './sync-token.ts';

const CHANNEL_ID_LENGTH_MAX = 64;
const TOKEN_LENGTH_MAX = 256;
/** Default life. The maximum is not documented. Source: events.watch, params.ttl. */
const LIFE_S = 604_800;

export function watchEvents(call: Call): Answer {
  const calendar = getCalendar(call, 'freeBusyReader');
  const id = encodeURIComponent(calendar.id);
  return watch(call, `events:${calendar.id}`, `calendars/${id}/events`);
}

export function watchCalendarList(call: Call): Answer {
  return watch(call, `calendarList:${call.user.accountId}`, 'users/me/calendarList');
}

export function watchSettings(call: Call): Answer {
  return watch(call, `settings:${call.user.accountId}`, 'users/me/settings');
}

export function watchAcl(call: Call): Answer {
  const calendar = getCalendar(call, 'owner');
  const id = encodeURIComponent(calendar.id);
  return watch(call, `acl:${calendar.id}`, `calendars/${id}/acl`);
}

/** Only the user who made the channel, with the same OAuth client, may stop it. */
export function stopChannel(call: Call): Answer {
  const id = findString(call.body, 'id');
  const resourceId = findString(call.body, 'resourceId');
  if (!id || !resourceId) throw required('Missing channel id or resource id.');
  const channel = call.state.channels.get(id);
  const isOwn =
    channel?.resourceId === resourceId &&
    channel.clientId === call.caller.clientId &&
    channel.accountId === call.user.accountId;
  if (!channel || !isOwn || channel.stoppedAt !== null || channel.expiresAt <= call.now) {
    if (call.world.getSwitch<number>('google.stopUnknownChannel', 404) === 204) return NO_CONTENT;
    throw new GoogleError(404, 'notFound', `Channel '${id}' not found for project`);
  }
  channel.stoppedAt = call.now;
  // What is on its way may still arrive; the push then forgets the channel.
  if (!channel.isPending) call.state.channels.delete(id);
  return NO_CONTENT;
}

/** Rings every live channel on the topic; changes that come close together ring once. */
export function touchTopic(call: Change, topic: string, eventType?: string): void {
  for (const channel of call.state.channels.values()) {
    if (channel.topic !== topic || channel.stoppedAt !== null || channel.isPending) continue;
    if (eventType && channel.eventTypes && !channel.eventTypes.includes(eventType)) continue;
    if (channel.expiresAt <= call.now) {
      call.state.channels.delete(channel.id);
      continue;
    }
    channel.isPending = true;
    pushLater(call, channel.id);
  }
}

function watch(call: Call, topic: string, path: string): Answer {
  const { body, state, now } = call;
  const id = readId(call);
  const address = readAddress(body);
  const token = findString(body, 'token');
  if ((token?.length ?? 0) > TOKEN_LENGTH_MAX || !isHeaderText(token ?? '')) {
    throw invalid('Invalid channel token.');
  }
  const types = call.query.choices('eventTypes', EVENT_TYPES);
  const channel: ChannelState = {
    id,
    accountId: call.user.accountId,
    clientId: call.caller.clientId,
    resourceId: resourceIdOf(topic),
    resourceUri: `${call.origin}/calendar/v3/${path}?alt=json`,
    address,
    token,
    expiresAt: expiryOf(call),
    topic,
    eventTypes: types.length > 0 ? types : null,
    messageNumber: 0,
    stoppedAt: null,
    isPending: false,
  };
  state.usedChannelIds.add(usedKey(call, id));
  state.channels.set(id, channel);
  // The first message is on its way before the answer is, and may arrive before it.
  startPush(call, channel, 'sync', now);
  return ok({
    kind: 'api#channel',
    id,
    resourceId: channel.resourceId,
    resourceUri: channel.resourceUri,
    ...(token !== undefined && { token }),
    expiration: String(channel.expiresAt),
  });
}

/** At most 64 characters and never used before in the project. */
function readId(call: Call): string {
  const id = findString(call.body, 'id');
  if (!id) throw required('Missing channel id.');
  if (id.length > CHANNEL_ID_LENGTH_MAX || !isHeaderText(id)) {
    throw invalid('Invalid channel id.');
  }
  if (call.state.usedChannelIds.has(usedKey(call, id)) || call.state.channels.has(id)) {
    throw new GoogleError(400, 'channelIdNotUnique', `Channel id ${id} not unique`);
  }
  return id;
}

/** HTTPS is mandatory; the sandbox makes an exception for this machine's own addresses. */
function readAddress(body: JsonObject): string {
  const type = findString(body, 'type');
  if (type !== 'web_hook' && type !== 'webhook') throw invalid('Invalid channel type.');
  const address = findString(body, 'address');
  if (!address) throw required('Missing channel address.');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.username || url.password) throw invalid('Invalid channel address.');
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw new GoogleError(400, 'push.webhookUrlNotHttps', 'WebHook callback must be HTTPS');
  }
  return address;
}

/** Id and token come back as headers. */
function isHeaderText(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** The stricter of what was asked for and what Google allows. */
function expiryOf(call: Call): number {
  const { body, now, world } = call;
  const maxS = world.getSwitch('google.channelLifeMaxSeconds', LIFE_S);
  const lives = [maxS * 1000];
  const ttl = Number(findString(findObject(body, 'params') ?? {}, 'ttl') ?? Number.NaN);
  if (ttl > 0) lives.push(ttl * 1000);
  // Typed as a string by the discovery document, printed as a number by the guide.
  const given = typeof body.expiration === 'number' ? body.expiration : Number(body.expiration);
  if (given > 0) lives.push(given - now);
  const life = Math.min(...lives);
  if (life <= 0) throw invalid('Invalid channel expiration.');
  // Google prints whole seconds.
  return Math.floor((now + life) / 1000) * 1000;
}

/** The same for every channel on the resource. */
function resourceIdOf(topic: string): string {
  const parts = ['a', 'b', 'c', 'd'].map((salt) => hashOf(salt + topic).toString(36));
  return parts.join('').slice(0, 27);
}

function usedKey(call: Call, id: string): string {
  return `${call.caller.clientId} ${id}`;
}
