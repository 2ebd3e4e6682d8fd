import { wait } from './fault-effects.ts';
import type { CallShape, FaultEffect, Faults } from './faults.ts';
import type { ProviderName, Runtime } from './world.ts';

/** One call of a provider to a webhook of the application, or what a fault made of it. */
export interface NotificationRecord {
  at: number;
  provider: ProviderName;
  /** `notification`, or `validation` for Graph's handshake. */
  operation: string;
  url: string;
  /** Google's channel, Graph's subscription. */
  channelId: string | null;
  /** Google's resource state, Graph's change type or lifecycle event. */
  state: string | null;
  /** Null when nothing was sent or nothing came back. */
  status: number | null;
}

export interface Notifier {
  /** Sends a provider's call to a webhook, unless a fault keeps it, holds it or doubles it. */
  deliver(provider: ProviderName, request: Request): Promise<Response>;
}

export interface NotifierOptions {
  runtime: Runtime;
  faults: Faults;
  note(record: NotificationRecord): void;
}

/** The providers' way out to the application. */
export function createNotifier({ runtime, faults, note }: NotifierOptions): Notifier {
  /** Notifications that wait for the next one to go first. */
  const held: (() => Promise<unknown>)[] = [];

  return {
    async deliver(provider, request) {
      const body = await request.text();
      const seen = readNotification(provider, request, body);
      const send = async () => {
        try {
          const response = await runtime.fetch(repeatRequest(request, body));
          note({ at: runtime.now(), ...seen.record, status: response.status });
          return response;
        } catch (error) {
          note({ at: runtime.now(), ...seen.record, status: null });
          throw error;
        }
      };
      const effect = faults.isEmpty() ? undefined : faults.draw(seen.call);
      const response = await play(effect, send, () =>
        note({ at: runtime.now(), ...seen.record, status: null }),
      );
      if (effect?.kind !== 'reorder') await releaseHeld();
      return response;
    },
  };

  async function play(
    effect: FaultEffect | undefined,
    send: () => Promise<Response>,
    noteLost: () => void,
  ): Promise<Response> {
    switch (effect?.kind) {
      case 'lose':
        noteLost();
        return accepted();
      case 'delay':
        // The provider is not kept waiting: late for the application is not slow for the provider.
        void wait(runtime, effect.delayMs).then(send, () => {});
        return accepted();
      case 'repeat':
        for (let count = 1; count < (effect.count ?? 2); count++) await send();
        return send();
      case 'reorder':
        held.push(send);
        return accepted();
      default:
        return send();
    }
  }

  async function releaseHeld(): Promise<void> {
    for (const send of held.splice(0)) {
      // Its own sender was already told that it arrived.
      await send().catch(() => {});
    }
  }
}

/** What a provider is told of a notification that took another way. */
const accepted = () => new Response(null, { status: 202 });

const repeatRequest = (request: Request, body: string) =>
  new Request(request.url, {
    method: request.method,
    headers: request.headers,
    ...(body === '' ? {} : { body }),
    redirect: request.redirect,
    signal: request.signal,
  });

function readNotification(
  provider: ProviderName,
  request: Request,
  body: string,
): { call: CallShape; record: Omit<NotificationRecord, 'at' | 'status'> } {
  const isValidation = new URL(request.url).searchParams.has('validationToken');
  const { channelId, state, resource } =
    provider === 'google' ? readGoogle(request.headers) : readGraph(body);
  const operation = isValidation ? 'validation' : 'notification';
  const calendarId = /calendars(?:\/|\(')([^/']+)/.exec(resource)?.[1];
  const call: CallShape = {
    provider,
    operation,
    method: request.method,
    url: request.url,
    accountId: null,
    accountEmail: null,
    calendarId: calendarId === undefined ? null : decodeURIComponent(calendarId),
    channelId,
  };
  return { call, record: { provider, operation, url: request.url, channelId, state } };
}

const readGoogle = (headers: Headers) => ({
  channelId: headers.get('x-goog-channel-id'),
  state: headers.get('x-goog-resource-state'),
  resource: headers.get('x-goog-resource-uri') ?? '',
});

function readGraph(body: string) {
  const empty = { channelId: null, state: null, resource: '' };
  if (body === '') return empty;
  const { value } = JSON.parse(body) as { value?: Record<string, string | undefined>[] };
  const first = value?.[0];
  if (!first) return empty;
  return {
    channelId: first.subscriptionId ?? null,
    state: first.changeType ?? first.lifecycleEvent ?? null,
    resource: first.resource ?? '',
  };
}
