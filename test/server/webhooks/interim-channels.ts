import type { Engine } from '../../../src/jobs/engine.ts';
import { ProviderError } from '../../../src/providers/provider-error.ts';
import type { Provider, ProviderName } from '../../../src/providers/provider.ts';
import { type HttpRequest, NetworkError } from '../../../src/runtime.ts';

/* Until the adapters open channels themselves: the least that speaks to the sandbox as they will. */

export function withChannels<E extends Engine>(engine: E, apiUrl: string): E {
  const providers = new Map<ProviderName, Provider>();
  for (const [name, provider] of engine.providers) {
    providers.set(name, { ...provider, ...channelsOf(name, engine, apiUrl) });
  }
  return { ...engine, providers };
}

function channelsOf(
  name: ProviderName,
  { runtime }: Engine,
  apiUrl: string,
): Pick<Provider, 'openChannel' | 'renewChannel' | 'stopChannel'> {
  const send = async (
    token: string,
    method: HttpRequest['method'],
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, string> }> => {
    const answer = await runtime
      .send({
        method,
        url: apiUrl + path,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
      .catch((error: unknown) => {
        if (error instanceof NetworkError) throw new ProviderError('unavailable', error.message);
        throw error;
      });
    const { status } = answer;
    if (status === 429) {
      const retryAfterMs = Number(answer.headers['retry-after'] ?? 60) * 1_000;
      throw new ProviderError('rate-limited', path, { retryAfterMs });
    }
    if (status === 401) throw new ProviderError('token-rejected', path);
    if (status >= 500) throw new ProviderError('unavailable', path);
    if (status === 404) throw new ProviderError('gone', path);
    if (status === 409) return { status, body: JSON.parse(answer.body) };
    if (status >= 400) throw new ProviderError('refused', answer.body, { code: String(status) });
    return { status, body: answer.body === '' ? {} : JSON.parse(answer.body) };
  };

  if (name === 'GOOGLE') {
    return {
      async openChannel({ accessToken, calendarId }, { id, secret, notificationUrl }) {
        const path = `/calendar/v3/calendars/${encodeURIComponent(calendarId)}/events/watch`;
        const { body } = await send(accessToken, 'POST', path, {
          id,
          type: 'web_hook',
          address: notificationUrl,
          token: secret,
        });
        return {
          externalId: id,
          resourceId: body['resourceId'] ?? null,
          expiresAt: new Date(Number(body['expiration'])),
        };
      },
      renewChannel: async () => null,
      async stopChannel(token, { externalId: id, resourceId }) {
        await send(token, 'POST', '/calendar/v3/channels/stop', { id, resourceId });
      },
    };
  }
  const until = () => new Date(runtime.now() + 6 * 86_400_000).toISOString();
  return {
    async openChannel({ accessToken, calendarId }, { secret, notificationUrl }) {
      const subscription = {
        changeType: 'created,updated,deleted',
        notificationUrl,
        lifecycleNotificationUrl: notificationUrl,
        resource: `/me/calendars/${calendarId}/events`,
        clientState: secret,
        expirationDateTime: until(),
      };
      let answer = await send(accessToken, 'POST', '/v1.0/subscriptions', subscription);
      if (answer.status === 409) {
        const [, twin] = /<(.*?)>/.exec(JSON.stringify(answer.body)) ?? [];
        await send(accessToken, 'DELETE', `/v1.0/subscriptions/${twin}`);
        answer = await send(accessToken, 'POST', '/v1.0/subscriptions', subscription);
      }
      const { id: externalId = '', expirationDateTime = '' } = answer.body;
      return { externalId, resourceId: null, expiresAt: new Date(expirationDateTime) };
    },
    async renewChannel(token, { externalId, resourceId }) {
      const path = `/v1.0/subscriptions/${externalId}`;
      const { body } = await send(token, 'PATCH', path, { expirationDateTime: until() });
      return { externalId, resourceId, expiresAt: new Date(body['expirationDateTime'] ?? '') };
    },
    async stopChannel(token, { externalId }) {
      await send(token, 'DELETE', `/v1.0/subscriptions/${externalId}`);
    },
  };
}
