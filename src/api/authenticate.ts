import type { FastifyRequest } from 'fastify';
import type { TenantId, UserId } from '../calendar/ids.ts';
import { ApiError } from './api-error.ts';
import type { App } from './context.ts';
import type { Sessions } from './sessions.ts';

/** Who asks, as the database said when this request began. */
export interface Caller {
  userId: UserId;
  tenantId: TenantId;
  role: 'member' | 'admin';
  /** SHA-256 of the session token, in hex: binds an OAuth state or a CSRF token to the session. */
  sessionHash: string;
}

/**
 * Who may call a route, as `config: { access }` of the route. A route that says nothing needs a
 * signed-in user, so that forgetting it refuses too much rather than too little.
 * `optional` reads the session and lets everybody in; `public` does not look at it. `channel` is for
 * providers: the route itself checks the secret of the channel that rings, which stands in the place
 * of session and CSRF token.
 */
export type Access = 'public' | 'optional' | 'channel' | 'user' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Set before any handler runs, by the route's `access`. Read it through the functions below. */
    caller: Caller | null;
  }
}

/** The signed-in caller. Throws `signed-out`. */
export function requireUser(request: FastifyRequest): Caller {
  if (!request.caller) throw new ApiError('signed-out', 'Sign in, then try again.');
  return request.caller;
}

/** The signed-in admin. Throws `signed-out` or `admin-only`. */
export function requireAdmin(request: FastifyRequest): Caller {
  const caller = requireUser(request);
  if (caller.role !== 'admin') {
    throw new ApiError('admin-only', 'Ask an admin of your company to do this.');
  }
  return caller;
}

/** The caller, or null when signed out (or disabled). For routes with `access: 'optional'`. */
export function optionalUser(request: FastifyRequest): Caller | null {
  return request.caller;
}

/** Reads who asks before anything else looks at a request, and refuses by the route's `access`. */
export function authenticateRequests(app: App, sessions: Sessions): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request, reply) => {
    // Where there is no route, there is nothing to protect.
    if (request.is404) return;
    const { access = 'user' } = request.routeOptions.config;
    if (access === 'public' || access === 'channel') return;
    const { caller, setCookies } = await sessions.read(request.headers.cookie);
    request.caller = caller;
    if (setCookies.length > 0) reply.header('set-cookie', setCookies);
    if (access === 'user') requireUser(request);
    if (access === 'admin') requireAdmin(request);
  });
}
