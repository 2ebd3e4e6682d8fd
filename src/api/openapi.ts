import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** The description at /api/openapi.json, made from the routes' own schemas. */
export function describeApi(): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Kalends',
        version: '1',
        description:
          'Sign in with POST /api/session; send its csrf_token in the header X-CSRF-Token with ' +
          'every POST, PATCH, PUT and DELETE. Errors are application/problem+json with a stable code.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'kalends' },
          csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
        },
      },
      security: [{ session: [], csrf: [] }],
    },
  };
}
