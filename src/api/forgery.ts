import csrfProtection from '@fastify/csrf-protection';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { deriveSecret, isHttps } from './auth.ts';
import { ApiError } from './api-error.ts';
import type { App, AppContext } from './context.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses unsafe requests that other sites make browsers send. Two walls: a token that only our
 * page can read (double submit, bound to the session), and the browser's word on where the request
 * came from, when it gives one.
 */
export async function refuseForgeries(app: App, { config, keys }: AppContext): Promise<void> {
  const isSecure = isHttps(config.publicUrl);
  await app.register(csrfProtection, {
    cookieKey: isSecure ? '__Host-kalends-csrf' : 'kalends-csrf',
    cookieOpts: { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure },
    // Nowhere but the header: a form cannot set one.
    getToken: (request) => String(request.headers['x-csrf-token'] ?? ''),
    getUserInfo: holderOf,
    csrfOpts: { hmacKey: deriveSecret(keys.secret, 'csrf'), userInfo: true },
  });

  app.addHook('onRequest', async (request) => {
    if (!isUnsafe(request)) return;
    const { origin, 'sec-fetch-site': site } = request.headers;
    const isForeign = origin !== undefined && origin !== config.publicUrl;
    if (isForeign || (site !== undefined && site !== 'same-origin')) {
      throw new ApiError('foreign-origin', `Open ${config.publicUrl} and do it there.`);
    }
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (isUnsafe(request)) app.csrfProtection(request, reply, done);
    else done();
  });
}

/** A token for the caller's unsafe requests; changes when somebody signs in or out. */
export function newCsrfToken(reply: FastifyReply): string {
  return reply.generateCsrf({ userInfo: holderOf(reply.request) });
}

function holderOf(request: FastifyRequest): string {
  return request.caller?.sessionHash ?? 'signed out';
}

/** What a browser could be made to send with its user's cookies, to a route that looks at them. */
function isUnsafe(request: FastifyRequest): boolean {
  const { access } = request.routeOptions.config;
  return !request.is404 && access !== 'channel' && !safeMethods.has(request.method);
}
