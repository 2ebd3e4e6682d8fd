import { countTroubles } from '../../store/calendar-views.ts';
import { listConnectionSummaries } from '../../store/connections.ts';
import { inTenant } from '../../store/tenant.ts';
import { requireAdmin } from '../authenticate.ts';
import { viewConnection } from '../connection-view.ts';
import type { App, AppContext } from '../context.ts';
import { adminConnectionsSchema } from '../schemas/connections.ts';
import { problemSchema } from '../schemas/problem.ts';

/** Everybody's connections in the tenant, with their state and without a token. */
export function registerAdminConnectionRoutes(app: App, { runtime, store }: AppContext): void {
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
      const now = new Date(runtime.now());
      return inTenant(store, caller, async (tx) => {
        const rows = await listConnectionSummaries(tx);
        const troubles = await countTroubles(tx, now);
        return {
          connections: rows.map((row) => ({
            ...viewConnection(row),
            user: { id: row.user_id, name: row.user_name },
            quiet_count: troubles.get(row.id)?.quietCount ?? 0,
            brake_count: troubles.get(row.id)?.brakeCount ?? 0,
          })),
        };
      });
    },
  });
}
