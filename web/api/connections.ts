import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  AdminConnections,
  Connection,
  ConnectReply,
} from '../../src/api/schemas/connections.ts';
import type { Provider } from '../texts.ts';
import { request } from './client.ts';

export const connectionsQuery = queryOptions({
  queryKey: ['connections', 'own'],
  queryFn: () => request<ConnectReply>('GET', '/api/calendar/connect?action=list'),
  select: (reply) => reply.integrations ?? [],
});

/** Whether the company wants copies deleted with a connection, unless the person says otherwise. */
export const disconnectRuleQuery = queryOptions({
  ...connectionsQuery,
  select: (reply: ConnectReply) => reply.disconnect_copies === 'delete',
});

/** Whether the user has planned an event on a lead since they first connected a calendar. */
export const hasPlannedQuery = queryOptions({
  ...connectionsQuery,
  select: (reply: ConnectReply) => reply.has_planned ?? false,
});

export const adminConnectionsQuery = queryOptions({
  queryKey: ['connections', 'everybody'],
  queryFn: () => request<AdminConnections>('GET', '/api/admin/connections'),
  select: (reply) => reply.connections,
});

/** Sends the browser to the provider's consent page. The page is left, so this never settles well. */
export function useConnect() {
  return useMutation({
    mutationFn: async ({
      provider,
      connectionId,
    }: {
      provider: Provider;
      connectionId?: string;
    }) => {
      const query = new URLSearchParams({ action: 'connect', provider });
      if (connectionId) query.set('connection_id', connectionId);
      const { url } = await request<ConnectReply>('GET', `/api/calendar/connect?${query}`);
      if (url && /^https?:\/\//.test(url)) window.location.assign(url);
    },
  });
}

interface DisconnectReply {
  integration: Connection;
  is_revoked: boolean;
}

export function useDisconnect() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, deleteCopies }: { id: string; deleteCopies: boolean }) =>
      request<DisconnectReply>('POST', '/api/calendar/connect', {
        action: 'disconnect',
        integration_id: id,
        delete_copies: deleteCopies,
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['connections'] }),
  });
}
