import type {
  AccessToken,
  CalendarCall,
  ChannelRequest,
  RemoteChannel,
  Provider,
} from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { eventsPath } from './events.ts';
import { channelAnswer, type GoogleHttp } from './http.ts';

/** Seven days, which is the default too; Google may give less. Source: events.watch, `params.ttl`. */
const LIFE_SECONDS = 604_800;

/** Google takes our id for its own; one that was used before is refused. Source: guides/push. */
export async function openChannel(
  http: GoogleHttp,
  call: CalendarCall,
  request: ChannelRequest,
): Promise<RemoteChannel> {
  const channel = await http.call(
    {
      method: 'POST',
      where: { path: `${eventsPath(call)}/watch` },
      body: {
        id: request.id,
        type: 'web_hook',
        address: request.notificationUrl,
        token: request.secret,
        params: { ttl: String(LIFE_SECONDS) },
      },
      accessToken: call.accessToken,
      subject: 'watch',
    },
    channelAnswer,
  );
  return {
    externalId: channel.id,
    resourceId: channel.resourceId,
    expiresAt: readExpiry(channel.expiration),
  };
}

/** Channels are not renewed: a new one is opened before the old one ends. Source: guides/push. */
export const renewChannel: Provider['renewChannel'] = () => Promise.resolve(null);

/** Source: channels.stop. A channel whose resource was never told cannot be stopped, and ends. */
export async function stopChannel(
  http: GoogleHttp,
  accessToken: AccessToken,
  { externalId, resourceId }: Omit<RemoteChannel, 'expiresAt'>,
): Promise<void> {
  if (resourceId === null) return;
  try {
    await http.send({
      method: 'POST',
      where: { path: '/channels/stop' },
      body: { id: externalId, resourceId },
      accessToken,
      subject: 'channel',
    });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'gone') throw error;
  }
}

/** Milliseconds; the reference types them as a string, the guide prints a number. */
function readExpiry(expiration: string | number): Date {
  const expiresAt = new Date(Number(expiration));
  if (expiresAt.getTime() > 0) return expiresAt;
  throw new ProviderError('malformed-answer', 'Google did not say when the channel ends.');
}
