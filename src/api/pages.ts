import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { ApiError } from './api-error.ts';
import { answerProblem } from './answer-errors.ts';
import { isHttps } from './auth.ts';
import type { App, AppContext } from './context.ts';
import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../config.ts';

/**
 * Nothing but our own files, and no script in a page. Styles in a page are let through: the UI kit
 * writes its variables into a style element and sizes into style attributes. See
 * docs/decisions/0006-browser-walls.md.
 */
const contentSecurityPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  objectSrc: ["'none'"],
};

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The built pages, and the headers that keep browsers from doing what others ask of them. */
export async function servePages(app: App, { config, webDir }: AppContext): Promise<void> {
  const isSecure = isHttps(config.publicUrl);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    hsts: isSecure ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
  });

  app.addHook('onRequest', async (request, reply) => {
    if (wantsPage(request) && isOtherName(request.headers.host ?? '', config.publicUrl)) {
      return reply.redirect(config.publicUrl + request.url);
    }
  });
  const indexHtml = webDir ? await readFile(join(webDir, 'index.html'), 'utf8') : null;
  if (webDir) await serveFiles(app, webDir);
  app.setNotFoundHandler((request, reply) => {
    if (indexHtml !== null && wantsPage(request)) {
      return reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(indexHtml);
    }
    return answerProblem(reply, new ApiError('not-found', 'Check the address and the method.'));
  });
}

/** The page knows its own addresses; those of the API are never a page. */
function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('html') && !url.startsWith('/api/');
}

/** `localhost` for `127.0.0.1`, say: to a browser another origin, at which nobody could sign in. */
function isOtherName(host: string, publicUrl: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const [came, ours] = [new URL(`http://${host}`), new URL(publicUrl)];
  const isSameServer =
    came.port === ours.port && isLoopback(came.hostname) && isLoopback(ours.hostname);
  return isSameServer && came.hostname !== ours.hostname;
}

/** One route per file that is there now, so that no address can reach another file. */
async function serveFiles(app: App, webDir: string): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
      route.schema = { hide: true };
    });
    await scope.register(fastifyStatic, {
      root: webDir,
      wildcard: false,
      cacheControl: false,
      // The build leaves what is packed beside each file.
      preCompressed: true,
      setHeaders(reply, path) {
        // The build puts a hash of the content into these names.
        const isHashed = path.includes(`${join(webDir, 'assets')}`);
        reply.header(
          'cache-control',
          isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
        );
      },
    });
  });
}
