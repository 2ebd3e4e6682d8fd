import type { FastifyRequest } from 'fastify';
import type { ConnectionId } from '../../calendar/ids.ts';
import { startConnect } from '../../jobs/connect.ts';
import { disconnect } from '../../jobs/disconnect.ts';
import { listConnectionSummaries } from '../../store/connections.ts';
import { hasPlannedSinceConnecting } from '../../store/first-plan.ts';
import { getPolicies } from '../../store/policies.ts';
import { inTenant } from '../../store/tenant.ts';
import { ApiError } from '../api-error.ts';
import { type Caller, requireUser } from '../authenticate.ts';
import { viewConnection } from '../connection-view.ts';
import type { App, AppContext } from '../context.ts';
import { connectionNotFound, getOwnConnection, getProvider } from '../own-connection.ts';
import {
  connectQuerySchema,
  connectReplySchema,
  disconnectReplySchema,
  disconnectSchema,
} from '../schemas/connections.ts';
import { problemSchema } from '../schemas/problem.ts';

/** A provider as addresses write it. */
export type ProviderSlug = 'google' | 'outlook';
export const providerNames = { google: 'GOOGLE', outlook: 'OUTLOOK' } as const;

/** Only ever from the configuration: what a request says of its host is the sender's word. */
export function redirectUriOf({ config }: AppContext, provider: ProviderSlug): string {
  return `${config.publicUrl}/api/calendar/${provider}/callback`;
}

export function registerConnectRoutes(app: App, context: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/calendar/connect',
    schema: {
      summary: 'Begin a connection (action=connect), or list your own (action=list)',
      querystring: connectQuerySchema,
      response: { 200: connectReplySchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const { action, provider, connection_id } = request.query;
      if (action === 'list') {
        const integrations = await listOwn(context, caller);
        return inTenant(context.store, caller, async (tx) => ({
          integrations,
          disconnect_copies: (await getPolicies(tx)).disconnect_copies,
          has_planned: await hasPlannedSinceConnecting(tx, caller.userId),
        }));
      }
      if (!provider) {
        throw new ApiError('invalid-request', 'Say which: google or outlook.', {
          pointer: '/provider',
        });
      }
      const url = await startConnect(context, {
        ...caller,
        provider: getProvider(context, providerNames[provider]),
        redirectUri: redirectUriOf(context, provider),
        reconnect: connection_id
          ? await inTenant(context.store, caller, (tx) =>
              getOwnConnection(tx, caller, connection_id, providerNames[provider]),
            )
          : null,
      });
      return { url: url.href };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/calendar/connect',
    schema: {
      summary: 'Disconnect one of your connections',
      body: disconnectSchema,
      response: { 200: disconnectReplySchema, default: problemSchema },
    },
    preValidation: readFormSwitch,
    async handler(request) {
      const caller = requireUser(request);
      const { integration_id, delete_copies } = request.body;
      const { tenantId } = caller;
      const { connectionId, policies } = await inTenant(context.store, caller, async (tx) => ({
        connectionId: (await getOwnConnection(tx, caller, integration_id)).id,
        policies: await getPolicies(tx),
      }));
      const ended = await disconnect(context, {
        tenantId,
        connectionId,
        deleteCopies: delete_copies ?? policies.disconnect_copies === 'delete',
      });
      const [integration] = await listOwn(context, caller, connectionId);
      if (!ended || !integration) throw connectionNotFound();
      return { integration, is_revoked: ended.isRevoked };
    },
  });
}

async function listOwn({ store }: AppContext, caller: Caller, connectionId?: ConnectionId) {
  const { userId } = caller;
  const rows = await inTenant(store, caller, (tx) =>
    listConnectionSummaries(tx, { userId, connectionId }),
  );
  return rows.map(viewConnection);
}

const switchTexts: Record<string, boolean> = {
  true: true,
  1: true,
  on: true,
  false: false,
  0: false,
  off: false,
};

/** A form has only texts; what is none of these is left for the schema to refuse. */
async function readFormSwitch(request: FastifyRequest): Promise<void> {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const body = request.body as Record<string, unknown> | null;
  if (!isForm || typeof body?.['delete_copies'] !== 'string') return;
  body['delete_copies'] = switchTexts[body['delete_copies']] ?? body['delete_copies'];
}
