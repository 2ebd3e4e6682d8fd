import {
  type MutationState,
  queryOptions,
  useMutation,
  useMutationState,
  useQueryClient,
} from '@tanstack/react-query';
import type {
  CalendarList,
  CalendarPatch,
  PoliciesView,
  Preview,
  RunList,
  SyncReply,
} from '../../src/api/schemas/calendars.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { request } from './client.ts';

const pathOf = (connectionId: string) => `/api/calendar/connections/${connectionId}`;

export const calendarsQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'calendars'],
    queryFn: () => request<CalendarList>('GET', `${pathOf(connectionId)}/calendars`),
    select: (reply) => reply.calendars,
  });

export const runsQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'runs'],
    queryFn: () => request<RunList>('GET', `${pathOf(connectionId)}/runs`),
    select: (reply) => reply.runs,
  });

/** Asks the provider, so it is made when it is wanted and not with every change. */
export const previewQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['preview', connectionId],
    queryFn: () => request<Preview>('GET', `${pathOf(connectionId)}/preview`),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });

export const policiesQuery = queryOptions({
  queryKey: ['policies'],
  queryFn: () => request<PoliciesView>('GET', '/api/admin/policies'),
});

export function useChangeCalendar(connectionId: string) {
  return useConnectionMutation(({ id, patch }: { id: string; patch: CalendarPatch }) =>
    request<CalendarList>('PATCH', `${pathOf(connectionId)}/calendars/${id}`, patch),
  );
}

export function useSyncNow() {
  return useConnectionMutation((connectionId: string) =>
    request<SyncReply>('POST', '/api/calendar/sync', { connection_id: connectionId }),
  );
}

const syncEventKey = (activityId: string) => ['sync-event', activityId];

/** At the calendars that the event is in. */
export function useSyncEvent(activityId: string) {
  return useConnectionMutation(
    () => request<SyncReply>('POST', '/api/calendar/sync', { activity_id: activityId }),
    syncEventKey(activityId),
  );
}

/** What became of it when it was last asked for, wherever on the page that was. */
export function useEventSync(activityId: string) {
  const states = useMutationState<MutationState<SyncReply>>({
    filters: { mutationKey: syncEventKey(activityId) },
    select: ({ state }) => state as MutationState<SyncReply>,
  });
  return states.at(-1);
}

export function useStart() {
  return useConnectionMutation((connectionId: string) =>
    request<Connection>('POST', `${pathOf(connectionId)}/start`),
  );
}

export function useSavePolicies() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: PoliciesView) => request<PoliciesView>('PUT', '/api/admin/policies', body),
    onSuccess: (saved) => {
      queryClient.setQueryData(policiesQuery.queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: ['connections'] });
    },
  });
}

function useConnectionMutation<Input, Output>(
  mutationFn: (input: Input) => Promise<Output>,
  mutationKey?: readonly string[],
) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey,
    mutationFn,
    // After a refusal, too: what is shown may be out of date.
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['connections'] }),
  });
}
