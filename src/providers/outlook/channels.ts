import type { Runtime } from '../../runtime.ts';
import { encodePart, type JsonRequest } from '../json-http.ts';
import type { AccessToken, CalendarCall, ChannelRequest, RemoteChannel } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import {
  type OutlookHttp,
  type OutlookSubscription,
  subscriptionAnswer,
  subscriptionPageAnswer,
} from './http.ts';

/** Ten minutes less than the maximum: clocks differ. Source: change-notifications-overview. */
const LIFE_MS = 10_070 * 60 * 1000;
/** A mailbox has a thousand subscriptions at most. */
const PAGE_COUNT_MAX = 20;

/**
 * Watches this calendar only: `me/events` would be the default calendar. Microsoft asks the address
 * for an answer before it answers here. Source: subscription, post; microsoft-graph-docs#21978.
 */
export async function openChannel(
  http: OutlookHttp,
  runtime: Runtime,
  call: CalendarCall,
  request: ChannelRequest,
): Promise<RemoteChannel> {
  const resource = `me/calendars/${encodePart(call.calendarId).replaceAll('%3D', '=')}/events`;
  const wish: JsonRequest = {
    method: 'POST',
    where: { path: '/subscriptions' },
    body: {
      changeType: 'created,updated,deleted',
      resource,
      notificationUrl: request.notificationUrl,
      lifecycleNotificationUrl: request.notificationUrl,
      clientState: request.secret,
      expirationDateTime: getExpiry(runtime),
    },
    accessToken: call.accessToken,
    subject: 'watch',
  };
  try {
    return toRemoteChannel(await http.call(wish, subscriptionAnswer));
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'already-exists') throw error;
  }
  // One of ours whose answer was lost, or whose row was: its secret is not known any more.
  const twin = await findTwin(http, call.accessToken, resource, request.notificationUrl);
  if (!twin) {
    throw new ProviderError(
      'refused',
      'Microsoft: this calendar is watched for another address already.',
    );
  }
  await stopChannel(http, call.accessToken, { externalId: twin.id, resourceId: null });
  return toRemoteChannel(await http.call(wish, subscriptionAnswer));
}

/** Source: subscription, update. */
export async function renewChannel(
  http: OutlookHttp,
  runtime: Runtime,
  accessToken: AccessToken,
  channel: RemoteChannel,
): Promise<RemoteChannel> {
  const subscription = await http.call(
    {
      ...channelRequest('PATCH', accessToken, channel),
      body: { expirationDateTime: getExpiry(runtime) },
    },
    subscriptionAnswer,
  );
  return toRemoteChannel(subscription);
}

/** Source: subscription, delete. */
export async function stopChannel(
  http: OutlookHttp,
  accessToken: AccessToken,
  channel: Omit<RemoteChannel, 'expiresAt'>,
): Promise<void> {
  try {
    await http.send(channelRequest('DELETE', accessToken, channel));
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'gone') throw error;
  }
}

const channelRequest = (
  method: JsonRequest['method'],
  accessToken: AccessToken,
  { externalId }: Pick<RemoteChannel, 'externalId'>,
): JsonRequest => ({
  method,
  where: { path: `/subscriptions/${encodePart(externalId)}` },
  accessToken,
  subject: 'channel',
});

/** The one that stands in the way, if it rings where we are. Source: subscription, list. */
async function findTwin(
  http: OutlookHttp,
  accessToken: AccessToken,
  resource: string,
  notificationUrl: string,
): Promise<OutlookSubscription | undefined> {
  let where: JsonRequest['where'] = { path: '/subscriptions' };
  for (let pageCount = 0; pageCount < PAGE_COUNT_MAX; pageCount++) {
    const request: JsonRequest = { method: 'GET', where, accessToken, subject: 'watch' };
    const page = await http.call(request, subscriptionPageAnswer);
    const twin = page.value.find(
      (one) =>
        toPlainPath(one.resource) === toPlainPath(resource) &&
        toPlace(one.notificationUrl) === toPlace(notificationUrl),
    );
    if (twin || !page['@odata.nextLink']) return twin;
    where = { nextLink: page['@odata.nextLink'] };
  }
  return undefined;
}

/** As it may come back: with a slash before it, or encoded. */
function toPlainPath(resource: string): string {
  try {
    return decodeURIComponent(resource).replace(/^\//, '');
  } catch {
    return resource;
  }
}

/** What of an address says whose it is: a query may tell one channel from another. */
const toPlace = (address: string | null | undefined) => address?.split('?')[0];

const getExpiry = (runtime: Runtime) => new Date(runtime.now() + LIFE_MS).toISOString();

function toRemoteChannel({ id, expirationDateTime }: OutlookSubscription): RemoteChannel {
  const expiresAt = new Date(expirationDateTime);
  if (expiresAt.getTime() > 0) return { externalId: id, resourceId: null, expiresAt };
  throw new ProviderError('malformed-answer', 'Microsoft did not say when the channel ends.');
}
