import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { findUser, setTimeZone } from '../../store/users.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { optionalUser, requireUser } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { newCsrfToken } from '../forgery.ts';
import { readTimeZone } from '../read-activity.ts';
import { problemSchema } from '../schemas/problem.ts';
import {
  type Session,
  sessionPatchSchema,
  sessionSchema,
  signInSchema,
} from '../schemas/session.ts';
import type { Sessions } from '../sessions.ts';

/** Attempts within the window: of one address (an office shares one), and there for one e-mail. */
const SIGN_INS_PER_ADDRESS_MAX = 100;
const SIGN_INS_PER_EMAIL_MAX = 10;
const SIGN_IN_WINDOW_MS = 5 * 60_000;

export function registerSessionRoutes(app: App, context: AppContext, sessions: Sessions): void {
  app.route({
    method: 'GET',
    url: '/api/session',
    config: { access: 'optional' },
    schema: {
      summary: 'Who is signed in, and the token for unsafe requests',
      response: { 200: sessionSchema, default: problemSchema },
    },
    handler: (request, reply) => describeSession(context, request, reply),
  });

  const checkRate = limitSignIns(app);
  const noteRefused = (request: FastifyRequest, why: string) =>
    context.log.info({ requestId: request.id, address: request.ip, why }, 'sign-in refused');
  app.route({
    method: 'POST',
    url: '/api/session',
    config: { access: 'optional' },
    schema: {
      summary: 'Sign in',
      body: signInSchema,
      response: { 200: sessionSchema, default: problemSchema },
    },
    async handler(request, reply) {
      await checkRate(request).catch((error: unknown) => {
        noteRefused(request, 'too many');
        throw error;
      });
      const signedIn = await sessions.signIn(request.body);
      if (!signedIn) {
        noteRefused(request, 'wrong');
        throw new ApiError('wrong-credentials', 'Check the address and the password.');
      }
      // The session that was there ends: no browser is two people, and no session is carried over.
      await sessions.signOut(request.headers.cookie);
      request.caller = signedIn.caller;
      reply.header('set-cookie', signedIn.setCookies);
      return describeSession(context, request, reply);
    },
  });

  app.route({
    method: 'PATCH',
    url: '/api/session',
    schema: {
      summary: 'Say in which time zone one is',
      body: sessionPatchSchema,
      response: { 204: Type.Null(), default: problemSchema },
    },
    async handler(request, reply) {
      const caller = requireUser(request);
      const timeZone = readTimeZone(request.body.time_zone);
      await inTenant(context.store, caller, (tx) => setTimeZone(tx, caller.userId, timeZone));
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/session',
    config: { access: 'optional' },
    schema: {
      summary: 'Sign out',
      response: { 204: Type.Null(), default: problemSchema },
    },
    async handler(request, reply) {
      reply.header('set-cookie', await sessions.signOut(request.headers.cookie));
      return reply.code(204).send(null);
    },
  });
}

async function describeSession(
  { config, providers, store }: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Session> {
  const caller = optionalUser(request);
  const user = caller && (await inTenant(store, caller, (tx) => findUser(tx, caller.userId)));
  return {
    csrf_token: newCsrfToken(reply),
    user: user
      ? {
          id: user.id,
          name: user.name,
          email: user.email,
          role: user.role,
          time_zone: user.time_zone,
        }
      : null,
    tenant: user ? { id: user.tenant_id, name: user.tenant_name } : null,
    sandbox_url: config.sandbox ? `http://127.0.0.1:${config.sandbox.port}` : null,
    providers: [...providers.keys()].map((name) => (name === 'GOOGLE' ? 'google' : 'outlook')),
  };
}

/** One customer of a provider has a whole /64 of IPv6 addresses to try from. */
function networkOf({ ip }: FastifyRequest): string {
  return normalizeIP(ip, 64);
}

/**
 * Counted in this process: with several, each counts for itself. Every attempt counts, also a good
 * one, so that attempts sent all at once cannot pass before the first is known to be wrong.
 */
function limitSignIns(
  app: App,
): (request: FastifyRequest<{ Body: { email: string } }>) => Promise<void> {
  const window = { timeWindow: SIGN_IN_WINDOW_MS };
  const limits = [
    app.createRateLimit({
      ...window,
      max: SIGN_INS_PER_EMAIL_MAX,
      keyGenerator: (request) => {
        const { email } = request.body as { email: string };
        return `${networkOf(request)} ${email.toLowerCase()}`;
      },
    }),
    app.createRateLimit({
      ...window,
      max: SIGN_INS_PER_ADDRESS_MAX,
      keyGenerator: networkOf,
    }),
  ];
  const check = async (request: FastifyRequest): Promise<void> => {
    for (const count of limits) {
      const limit = await count(request);
      if (limit.isAllowed || !limit.isExceeded) continue;
      throw new ApiError(
        'too-many-requests',
        `Wait ${limit.ttlInSeconds} seconds, then try again.`,
        {
          retryAfterSeconds: limit.ttlInSeconds,
        },
      );
    }
  };
  // In turn: the library gives attempts that are counted side by side the count of the last of them.
  let last: Promise<void> = Promise.resolve();
  return (request) => {
    last = last.catch(() => {}).then(() => check(request));
    return last;
  };
}
