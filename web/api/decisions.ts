import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import type { CalendarList } from '../../src/api/schemas/calendars.ts';
import type {
  BrakeDecision,
  DecisionCount,
  DecisionList,
  ResolveMany,
  ResolveManyReply,
} from '../../src/api/schemas/decisions.ts';
import { request } from './client.ts';

export const decisionCountQuery = queryOptions({
  queryKey: ['decisions', 'count'],
  queryFn: () => request<DecisionCount>('GET', '/api/decisions/count'),
  select: ({ count }) => count,
});

export const decisionsQuery = infiniteQueryOptions({
  queryKey: ['decisions', 'list'],
  queryFn: ({ pageParam }) => {
    const query = new URLSearchParams(pageParam ? { cursor: pageParam } : {});
    return request<DecisionList>('GET', `/api/decisions?${query}`);
  },
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
});

/** As many as the server takes in one call. */
const RESOLVE_MAX = 100;

/** Settles copies by one choice; answers what came of each, in their order. */
export function useResolveMany() {
  return useDecisionMutation(async ({ choice, copy_ids }: ResolveMany) => {
    const results: ResolveManyReply['results'] = [];
    for (let from = 0; from < copy_ids.length; from += RESOLVE_MAX) {
      const body = { choice, copy_ids: copy_ids.slice(from, from + RESOLVE_MAX) };
      const reply = await request<ResolveManyReply>('POST', '/api/decisions/resolve', body);
      results.push(...reply.results);
    }
    return results;
  });
}

export function useAnswerBrake({ connection_id, calendar_id }: BrakeDecision) {
  return useDecisionMutation((choice: 'delete' | 'keep') =>
    request<CalendarList>(
      'POST',
      `/api/calendar/connections/${connection_id}/calendars/${calendar_id}/brake`,
      { choice },
    ),
  );
}

function useDecisionMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    // Waited for, so that what was asked is gone when the button is; after a refusal, too.
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ['decisions'] });
      for (const key of ['activities', 'connections']) {
        void queryClient.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}
