import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ApiError } from '../api-error.ts';
import type { App, AppContext } from '../context.ts';
import { type Notification, openNotifications, type Notifications } from '../notifications.ts';
import { problemSchema } from '../schemas/problem.ts';

/** A thousand items of Microsoft's are well below this; Google sends no body. */
const BODY_BYTES_MAX = 1024 * 1024;
const ITEMS_MAX = 1_000;
const TOKEN_LENGTH_MAX = 2_048;

/**
 * Where providers ring. Nobody is signed in: a notification proves itself with its channel's secret,
 * and means no more than "look". What it says has changed is never read.
 */
export async function registerWebhookRoutes(app: App, context: AppContext): Promise<void> {
  const notifications = openNotifications(context);
  await app.register(async (scope: App) => {
    refuseCompressed(scope);
    // There is none, whatever its type says.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => {
      done(null, null);
    });
    scope.route({
      method: 'POST',
      url: '/webhooks/google',
      bodyLimit: BODY_BYTES_MAX,
      config: { access: 'channel' },
      schema: { hide: true, response: { 204: Type.Null(), default: problemSchema } },
      async handler(request, reply) {
        const [isGenuine] = await notifications.take([readGoogle(request)], addressOf(request));
        if (!isGenuine) throw new ApiError('not-found', 'Check the address and the method.');
        return reply.code(204).send(null);
      },
    });
  });

  await app.register(async (scope: App) => {
    refuseCompressed(scope);
    // The handshake comes as a text, and empty.
    scope.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (_request, _body, done) => {
      done(null, null);
    });
    scope.route({
      method: 'POST',
      url: '/webhooks/outlook',
      bodyLimit: BODY_BYTES_MAX,
      config: { access: 'channel' },
      schema: { hide: true },
      async handler(request, reply) {
        const token = readValidationToken(request);
        if (token !== null) return reply.type('text/plain; charset=utf-8').send(token);
        return answerOutlook(context, notifications, request, reply);
      },
    });
  });
}

/** What unpacks to a thousand times its size is not unpacked. */
function refuseCompressed(scope: App): void {
  scope.addHook('onRequest', async ({ headers }) => {
    if (headers['content-encoding'] === undefined) return;
    throw new ApiError('unsupported-media-type', 'Send the body as it is, not compressed.');
  });
}

/**
 * Google says all in headers. `sync`, the first message, only proves that the channel works.
 * Source: developers.google.com/workspace/calendar/api/guides/push
 */
function readGoogle({ headers }: FastifyRequest): Notification {
  return {
    kind: headers['x-goog-resource-state'] === 'sync' ? 'proof' : 'changed',
    secret: textOf(headers['x-goog-channel-token']),
    isOf: ({ id }) => id === headers['x-goog-channel-id'],
  };
}

/**
 * Microsoft asks whether we are there: the token comes back as it was, decoded, and as nothing but
 * plain text. Null when the request is no such question. Source: webhooks, "notificationUrl
 * validation".
 */
function readValidationToken({ query }: FastifyRequest): string | null {
  const { validationToken: token } = query as Record<string, unknown>;
  if (token === undefined) return null;
  const isPlain = typeof token === 'string' && /^[\x20-\x7e]+$/.test(token);
  if (isPlain && token.length <= TOKEN_LENGTH_MAX) return token;
  throw new ApiError('invalid-request', 'Send one short validation token in plain characters.', {
    pointer: '/validationToken',
  });
}

/** 202 also for forged ones, as Microsoft asks: no more is learnt from an answer than from none. */
async function answerOutlook(
  { log }: AppContext,
  notifications: Notifications,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const taken = await notifications.take(readOutlook(request.body), addressOf(request));
  const forgedCount = taken.filter((isGenuine) => !isGenuine).length;
  if (forgedCount > 0) {
    const fields = { requestId: request.id, address: request.ip, forgedCount };
    log.warn({ ...fields, count: taken.length }, 'forged notifications were dropped');
  }
  return reply.code(202).send();
}

/**
 * One request holds notifications of several channels, and of all tenants. Source:
 * change-notifications-delivery-webhooks, change-notifications-lifecycle-events.
 */
function readOutlook(body: unknown): Notification[] {
  const items = typeof body === 'object' && body !== null && 'value' in body ? body.value : null;
  if (!Array.isArray(items)) {
    throw new ApiError('invalid-request', 'Send notifications in `value`.', { pointer: '/value' });
  }
  if (items.length > ITEMS_MAX) {
    throw new ApiError('invalid-request', `Send at most ${ITEMS_MAX} notifications at a time.`, {
      pointer: '/value',
    });
  }
  return items.map((item: unknown) => {
    const { subscriptionId, clientState, lifecycleEvent } = Object(item) as Record<string, unknown>;
    return {
      kind: kindOf(lifecycleEvent),
      secret: textOf(clientState),
      // The first may come before the answer that tells the id.
      isOf: ({ external_id }) => external_id === null || external_id === subscriptionId,
    };
  });
}

/** `missed`, and whatever comes to be in later years, is a reason to look. */
function kindOf(lifecycleEvent: unknown): Notification['kind'] {
  if (lifecycleEvent === 'reauthorizationRequired') return 'renew';
  return lifecycleEvent === 'subscriptionRemoved' ? 'removed' : 'changed';
}

/** Of IPv6, the network that one customer has. */
function addressOf({ ip }: FastifyRequest): string {
  return normalizeIP(ip, 64);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
