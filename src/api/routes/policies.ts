import { getPolicies, setPolicies } from '../../store/policies.ts';
import { inTenant } from '../../store/tenant.ts';
import { requireAdmin } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { policiesChangeSchema, policiesSchema } from '../schemas/calendars.ts';
import { problemSchema } from '../schemas/problem.ts';

/** What a company takes in from its people's calendars, and what stays there after a disconnect. */
export function registerPolicyRoutes(app: App, { runtime, store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/admin/policies',
    config: { access: 'admin' },
    schema: {
      summary: 'What is taken in from calendars',
      response: { 200: policiesSchema, default: problemSchema },
    },
    async handler(request) {
      return inTenant(store, requireAdmin(request), getPolicies);
    },
  });

  app.route({
    method: 'PUT',
    url: '/api/admin/policies',
    config: { access: 'admin' },
    schema: {
      summary: 'Change what is taken in from calendars',
      body: policiesChangeSchema,
      response: { 200: policiesSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireAdmin(request);
      const occasion = { now: new Date(runtime.now()), newId: () => runtime.newId() };
      return inTenant(store, caller, async (tx) => {
        await setPolicies(tx, request.body, { userId: caller.userId, ...occasion });
        return getPolicies(tx);
      });
    },
  });
}
