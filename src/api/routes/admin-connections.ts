import { listConnectionSummaries } from '../../store/connections.ts';
import { inTenant } from '../../store/tenant.ts';
import { requireAdmin } from '../authenticate.ts';
import { viewConnection } from '../connection-view.ts';
import type { App, AppContext } from '../context.ts';
import { adminConnectionsSchema } from '../schemas/connections.ts';
import { problemSchema } from '../schemas/problem.ts';

/** Everybody's connections in the tenant, with their state and without a token. */
export function registerAdminConnectionRoutes(app: App, { store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/admin/connections',
    config: { access: 'admin' },
    schema: {
      summary: 'The connections of the whole company',
      response: { 200: adminConnectionsSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireAdmin(request);
      const rows = await inTenant(store, caller, (tx) => listConnectionSummaries(tx));
      return {
        connections: rows.map((row) => ({
          ...viewConnection(row),
          user: { id: row.user_id, name: row.user_name },
        })),
      };
    },
  });
}
