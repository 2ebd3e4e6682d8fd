import { type AuditPosition, type AuditView, listAudit } from '../../store/audit.ts';
import { inTenant } from '../../store/tenant.ts';
import { requireAdmin } from '../authenticate.ts';
import type { App, AppContext } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { type AuditEntry, auditListSchema, auditQuerySchema } from '../schemas/audit.ts';
import { problemSchema } from '../schemas/problem.ts';

const PAGE_SIZE = 50;

/** The company's record: who connected, disconnected, decided and changed the rules. */
export function registerAuditRoute(app: App, { keys, store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/admin/audit',
    config: { access: 'admin' },
    schema: {
      summary: 'Who connected, disconnected, decided and changed what',
      querystring: auditQuerySchema,
      response: { 200: auditListSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireAdmin(request);
      const { cursor } = request.query;
      const context = ['audit', caller.tenantId];
      const after = cursor ? parsePosition(readCursor(keys.secret, context, cursor)) : null;
      const found = await inTenant(store, caller, (tx) =>
        listAudit(tx, { readerId: caller.userId, after, limit: PAGE_SIZE + 1 }),
      );
      const page = found.slice(0, PAGE_SIZE);
      const last = page.at(-1);
      return {
        entries: page.map(viewEntry),
        next_cursor:
          found.length > PAGE_SIZE && last
            ? writeCursor(keys.secret, context, JSON.stringify([last.at.toISOString(), last.id]))
            : null,
      };
    },
  });
}

function viewEntry(entry: AuditView): AuditEntry {
  const { id, at, user_id, user_name, action, account, provider, details } = entry;
  return {
    id,
    at: at.toISOString(),
    user: { id: user_id, name: user_name },
    action,
    account,
    provider: provider && (provider.toLowerCase() as Lowercase<typeof provider>),
    calendar:
      entry.calendar_is_primary === null
        ? null
        : { name: entry.calendar_name, is_primary: entry.calendar_is_primary },
    choice: details.choice ?? null,
    count: details.count ?? null,
    changes: details.changes ?? [],
  };
}

/** Signed by us, so it is what we wrote. */
function parsePosition(value: string): AuditPosition {
  const [at, id] = JSON.parse(value) as [string, string];
  return { at, id };
}
