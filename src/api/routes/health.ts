import { sql } from 'kysely';
import { Type } from 'typebox';
import { ApiError } from '../api-error.ts';
import type { App, AppContext } from '../context.ts';

const statusSchema = Type.Object({ status: Type.Literal('ok') });

/** For whoever watches over the server: nothing about it is told but that it lives. */
export function registerHealthRoutes(app: App, { store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    config: { access: 'public' },
    schema: { summary: 'Whether the process answers', response: { 200: statusSchema } },
    handler: async () => ({ status: 'ok' as const }),
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    config: { access: 'public' },
    schema: { summary: 'Whether the database answers', response: { 200: statusSchema } },
    async handler() {
      try {
        await sql`select 1`.execute(store.app);
      } catch (error) {
        throw new ApiError('not-ready', 'Wait until the database answers.', { cause: error });
      }
      return { status: 'ok' as const };
    },
  });
}
