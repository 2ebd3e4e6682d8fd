import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, { type RouteOptions } from 'fastify';
import { answerErrors } from './answer-errors.ts';
import { authenticateRequests } from './authenticate.ts';
import { closeConnections } from './close-connections.ts';
import type { App, AppContext } from './context.ts';
import { refuseForgeries } from './forgery.ts';
import { openNotices } from './notices.ts';
import { describeApi } from './openapi.ts';
import { servePages } from './pages.ts';
import { registerActivityRoutes } from './routes/activities.ts';
import { registerOccurrenceRoutes } from './routes/occurrences.ts';
import { registerAdminConnectionRoutes } from './routes/admin-connections.ts';
import { registerAnswerRoute } from './routes/answer.ts';
import { registerAuditRoute } from './routes/audit.ts';
import { registerCalendarEventsRoute } from './routes/calendar-events.ts';
import { registerCallbackRoutes } from './routes/callback.ts';
import { registerCalendarRoutes } from './routes/calendars.ts';
import { registerColleagueRoutes } from './routes/colleagues.ts';
import { registerConnectRoutes } from './routes/connect.ts';
import { registerDecisionRoutes } from './routes/decisions.ts';
import { registerHealthRoutes } from './routes/health.ts';
import { registerHistoryRoutes } from './routes/history.ts';
import { registerLeadRoutes } from './routes/leads.ts';
import { registerMirrorRoutes } from './routes/mirrors.ts';
import { registerPolicyRoutes } from './routes/policies.ts';
import { registerSessionRoutes } from './routes/session.ts';
import { registerStreamRoute } from './routes/stream.ts';
import { registerSyncRoute } from './routes/sync.ts';
import { registerSystemRoute } from './routes/system.ts';
import { registerWebhookRoutes } from './routes/webhooks.ts';
import { openSessions } from './sessions.ts';
import { ajvOptions, checkPlain } from './validation.ts';

const BODY_BYTES_MAX = 256 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks for requests that do not arrive. */
const REQUEST_CHECKED_MS = 5_000;
/** Clients whose attempts are remembered; the oldest are forgotten first. */
const RATE_LIMIT_CLIENTS_MAX = 50_000;

export interface AppOptions {
  /** Is told of every route as it is added: the attack matrix of the tests is made from it. */
  onRoute?: (route: RouteOptions) => void;
  /** How often an open stream is proved alive and its session looked at; default 20 000. */
  heartbeatMs?: number;
  /** For a whole request to arrive; default 30 000. */
  requestTimeoutMs?: number;
}

/** The HTTP server, ready to listen. */
export async function createApp(context: AppContext, options: AppOptions = {}): Promise<App> {
  const { log, runtime } = context;
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const app: App = fastify({
    logger: false,
    genReqId: () => runtime.newId(),
    // Unset, nobody's `X-Forwarded-For` is believed: anybody can write it.
    trustProxy: context.config.trustedProxies.length > 0 ? context.config.trustedProxies : false,
    rewriteUrl: ({ url = '/' }) => withoutPhp(url),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: requestTimeoutMs,
    http: { connectionsCheckingInterval: Math.min(REQUEST_CHECKED_MS, requestTimeoutMs) },
    routerOptions: { maxParamLength: 100 },
    exposeHeadRoutes: false,
    // `__proto__` and `constructor.prototype` in a body are refused, not dropped.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    ajv: ajvOptions,
    frameworkErrors: answerErrors(log),
  });
  // Node gives a request the longer of the two times: unset, a whole minute.
  app.server.headersTimeout = requestTimeoutMs;
  // Only JSON, and forms where a route asks for them.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(answerErrors(log));
  if (options.onRoute) app.addHook('onRoute', options.onRoute);
  logRequests(app, context);
  closeConnections(app);

  const sessions = openSessions(context);
  await app.register(cookie);
  await app.register(rateLimit, { global: false, cache: RATE_LIMIT_CLIENTS_MAX });
  await app.register(swagger, describeApi());
  await servePages(app, context);
  authenticateRequests(app, sessions);
  await refuseForgeries(app, context);
  app.addHook('preValidation', async ({ body, query, params }) => {
    for (const part of [body, query, params]) checkPlain(part);
  });

  registerHealthRoutes(app, context);
  registerSessionRoutes(app, context, sessions);
  registerLeadRoutes(app, context);
  registerActivityRoutes(app, context);
  registerOccurrenceRoutes(app, context);
  registerHistoryRoutes(app, context);
  registerDecisionRoutes(app, context);
  registerMirrorRoutes(app, context);
  registerAnswerRoute(app, context);
  registerCalendarRoutes(app, context);
  registerCalendarEventsRoute(app, context);
  registerColleagueRoutes(app, context);
  registerSyncRoute(app, context);
  registerStreamRoute(app, context, {
    sessions,
    notices: openNotices(app, context),
    heartbeatMs: options.heartbeatMs,
  });
  registerCallbackRoutes(app, context);
  registerAdminConnectionRoutes(app, context);
  registerPolicyRoutes(app, context);
  registerAuditRoute(app, context);
  registerSystemRoute(app, context);
  await registerWebhookRoutes(app, context);
  // The one address that the older system's pages send forms to.
  await app.register(async (scope: App) => {
    await scope.register(formbody);
    registerConnectRoutes(scope, context);
  });
  app.route({
    method: 'GET',
    url: '/api/openapi.json',
    config: { access: 'public' },
    schema: { hide: true },
    handler: async () => app.swagger(),
  });
  await app.ready();
  return app;
}

/**
 * Addresses of the older system end in `.php`, and some are registered with Google and Microsoft:
 * each means the same without. This rule is all there is to it.
 */
function withoutPhp(url: string): string {
  return url.replace(/^(\/api\/[^?#]*)\.php(?=\?|$)/, '$1');
}

/** The address is logged as its pattern: a query can hold a code. */
function logRequests(app: App, { log }: AppContext): void {
  app.addHook('onResponse', async (request, reply) => {
    log.debug(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
}
