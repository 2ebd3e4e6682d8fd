import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { ApiError } from './api-error.ts';
import { answerProblem } from './answer-errors.ts';
import { isHttps } from './auth.ts';
import type { App, AppContext } from './context.ts';

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

  const indexHtml = webDir ? await readFile(join(webDir, 'index.html'), 'utf8') : null;
  if (webDir) await serveFiles(app, webDir);
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('html');
    // The page knows its own addresses; those of the API are never a page.
    if (indexHtml !== null && wantsPage && !request.url.startsWith('/api/')) {
      return reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-cache')
        .send(indexHtml);
    }
    return answerProblem(reply, new ApiError('not-found', 'Check the address and the method.'));
  });
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
