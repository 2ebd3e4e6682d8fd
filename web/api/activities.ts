import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  Activity,
  ActivityList,
  ActivityPatch,
  NewActivity,
  NewMirror,
} from '../../src/api/schemas/activities.ts';
import type { OwnAnswer } from '../../src/calendar/event.ts';
import { request } from './client.ts';

export const activitiesQuery = (leadId: string) =>
  queryOptions({
    queryKey: ['activities', leadId],
    queryFn: () =>
      request<ActivityList>('GET', `/api/activities?${new URLSearchParams({ lead_id: leadId })}`),
  });

export type ActivityChange =
  | { kind: 'create'; body: NewActivity }
  | { kind: 'update'; id: string; body: ActivityPatch };

export function useSaveActivity() {
  return useActivityMutation((change: ActivityChange) =>
    change.kind === 'create'
      ? request<Activity>('POST', '/api/activities', change.body)
      : request<Activity>('PATCH', `/api/activities/${change.id}`, change.body),
  );
}

export function useDeleteActivity() {
  return useActivityMutation(({ id, tellGuests }: { id: string; tellGuests: boolean }) =>
    request<void>('DELETE', `/api/activities/${id}${tellGuests ? '' : '?notify_guests=false'}`),
  );
}

export function useAddMirror(activityId: string) {
  return useActivityMutation((body: NewMirror) =>
    request<Activity>('POST', `/api/activities/${activityId}/mirrors`, body),
  );
}

export function useAnswer(activityId: string) {
  return useActivityMutation((answer: OwnAnswer) =>
    request<Activity>('POST', `/api/activities/${activityId}/answer`, { answer }),
  );
}

function useActivityMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    // Waited for, so that the form closes on a timeline that already shows the change.
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['activities'] });
      void queryClient.invalidateQueries({ queryKey: ['leads'] });
    },
  });
}
