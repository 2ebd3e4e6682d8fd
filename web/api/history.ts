import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { Activity, ActivityList, Copy } from '../../src/api/schemas/activities.ts';
import type { History, ResolveReply, UndoReply } from '../../src/api/schemas/history.ts';
import { request } from './client.ts';

export const historyQuery = (activityId: string) =>
  queryOptions({
    queryKey: ['activities', 'history', activityId],
    queryFn: () => request<History>('GET', `/api/activities/${activityId}/history`),
    select: (reply) => reply.entries,
  });

export const deletedQuery = (leadId: string) =>
  queryOptions({
    queryKey: ['activities', leadId, 'deleted'],
    queryFn: () =>
      request<ActivityList>(
        'GET',
        `/api/activities?${new URLSearchParams({ lead_id: leadId, deleted: 'true' })}`,
      ),
    select: (reply) => reply.activities,
  });

/** The event that a cancelled date of a series is: it had none before it was, and no answer names it. */
export async function findCancelled(
  leadId: string | null,
  { seriesId, originalStart }: { seriesId: string; originalStart: string },
): Promise<string> {
  const query = { ...(leadId !== null && { lead_id: leadId }), deleted: 'true' };
  const { activities } = await request<ActivityList>(
    'GET',
    `/api/activities?${new URLSearchParams(query)}`,
  );
  const found = activities.find(
    (one) => one.series_id === seriesId && one.original_start === originalStart,
  );
  if (!found) throw new Error(`nothing cancelled at ${originalStart} of ${seriesId}`);
  return found.id;
}

export const undoChange = (activityId: string, entryId: string) =>
  request<UndoReply>('POST', `/api/activities/${activityId}/history/${entryId}/undo`);

/** The entry of the latest change that this person made and can take back. */
export async function findLatestChange(
  activityId: string,
  userName: string,
): Promise<string | undefined> {
  const { entries } = await request<History>('GET', `/api/activities/${activityId}/history`);
  return entries.find(
    ({ change, user, can_undo }) => change === 'updated' && user === userName && can_undo,
  )?.id;
}

export function useUndo(activityId: string) {
  return useActivityMutation((entryId: string) => undoChange(activityId, entryId));
}

export function useRestore() {
  return useActivityMutation((activityId: string) =>
    request<Activity>('POST', `/api/activities/${activityId}/restore`),
  );
}

export function useResolve(activityId: string) {
  return useActivityMutation(({ id, choice }: { id: string; choice: Copy['choices'][number] }) =>
    request<ResolveReply>('POST', `/api/activities/${activityId}/copies/${id}/resolve`, { choice }),
  );
}

function useActivityMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    // Waited for, so that what was asked is gone when the button is.
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ['activities'] });
      void queryClient.invalidateQueries({ queryKey: ['decisions'] });
    },
  });
}
