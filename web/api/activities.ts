import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  Activity,
  ActivityList,
  ActivityPatch,
  NewActivity,
  NewMirror,
  OccurrencePatch,
} from '../../src/api/schemas/activities.ts';
import type { OwnAnswer } from '../../src/calendar/event.ts';
import { request } from './client.ts';

export const activitiesQuery = (leadId: string) =>
  queryOptions({
    queryKey: ['activities', leadId],
    queryFn: () =>
      request<ActivityList>('GET', `/api/activities?${new URLSearchParams({ lead_id: leadId })}`),
    refetchInterval: ({ state }) => untilNextIsOver(state.data?.activities ?? [], Date.now()),
  });

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * In how many milliseconds a series will be at another of its occurrences, which the server knows;
 * at most a day, for browsers count no longer than 24 of them. `false`: never.
 */
export function untilNextIsOver(activities: readonly Activity[], nowMs: number): number | false {
  const left = activities
    .flatMap(({ nearest }) => (nearest ? [Date.parse(nearest.ends_at) - nowMs] : []))
    .filter((ms) => ms > 0);
  return left.length > 0 && Math.min(...left, DAY_MS) + 1_000;
}

/** How far ahead the dates of a series are listed: about three months. */
export const AHEAD_MS = 92 * DAY_MS;

/** What lies ahead of `from` with a lead, series as their occurrences. */
export const occurrencesQuery = (leadId: string, from: Date) => {
  const to = new Date(from.getTime() + AHEAD_MS);
  const query = { lead_id: leadId, from: from.toISOString(), to: to.toISOString() };
  return queryOptions({
    queryKey: ['activities', leadId, query],
    queryFn: () => request<ActivityList>('GET', `/api/activities?${new URLSearchParams(query)}`),
  });
};

/** What is going on at an instant, series as their occurrences. */
export const placeQuery = (leadId: string | null, at: string) => {
  const to = at && new Date(Date.parse(at) + 1_000).toISOString();
  const query = { ...(leadId !== null && { lead_id: leadId }), from: at, to };
  return queryOptions({
    queryKey: ['activities', 'place', query],
    queryFn: () => request<ActivityList>('GET', `/api/activities?${new URLSearchParams(query)}`),
  });
};

export type ActivityChange =
  | { kind: 'create'; body: NewActivity }
  | { kind: 'update'; id: string; body: ActivityPatch }
  | { kind: 'occurrence'; seriesId: string; originalStart: string; body: OccurrencePatch };

export function useSaveActivity() {
  return useActivityMutation((change: ActivityChange) => {
    switch (change.kind) {
      case 'create':
        return request<Activity>('POST', '/api/activities', change.body);
      case 'update':
        return request<Activity>('PATCH', `/api/activities/${change.id}`, change.body);
      case 'occurrence':
        return request<Activity>(
          'PATCH',
          pathOf(change.seriesId, change.originalStart),
          change.body,
        );
    }
  });
}

const pathOf = (seriesId: string, originalStart: string) =>
  `/api/activities/${seriesId}/occurrences/${encodeURIComponent(originalStart)}`;

export interface Deletion {
  /** The event or the whole series. */
  id: string;
  tellGuests: boolean;
  /** Instead, of the series: one occurrence, or it and what follows. */
  occurrence?: { originalStart: string; scope: 'this' | 'following' } | undefined;
}

export function useDeleteActivity() {
  return useActivityMutation(({ id, tellGuests, occurrence }: Deletion) => {
    const path = occurrence ? pathOf(id, occurrence.originalStart) : `/api/activities/${id}`;
    const query = new URLSearchParams({
      ...(occurrence && { scope: occurrence.scope }),
      ...(!tellGuests && { notify_guests: 'false' }),
    });
    return request<void>('DELETE', query.size > 0 ? `${path}?${query}` : path);
  });
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
      // The first steps hang on it.
      void queryClient.invalidateQueries({ queryKey: ['connections'] });
    },
  });
}
