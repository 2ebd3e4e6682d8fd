import { requireAdmin } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { problemSchema } from '../schemas/problem.ts';
import { systemSchema } from '../schemas/system.ts';

/** What an admin may want to know of the installation. */
export function registerSystemRoute(app: App, { config }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/admin/system',
    config: { access: 'admin' },
    schema: {
      summary: 'What the installation works with',
      response: { 200: systemSchema, default: problemSchema },
    },
    async handler(request) {
      requireAdmin(request);
      return { zone_data: config.zoneData };
    },
  });
}
