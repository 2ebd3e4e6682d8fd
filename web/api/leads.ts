import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import type { Lead, LeadList, NewLead } from '../../src/api/schemas/leads.ts';
import { request } from './client.ts';

export const leadsQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: ['leads', 'list', search],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams();
      if (search) query.set('q', search);
      if (pageParam) query.set('cursor', pageParam);
      return request<LeadList>('GET', `/api/leads?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });

export const leadQuery = (id: string) =>
  queryOptions({
    queryKey: ['leads', 'one', id],
    queryFn: () => request<Lead>('GET', `/api/leads/${encodeURIComponent(id)}`),
  });

export function useAddLead() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (lead: NewLead) => request<Lead>('POST', '/api/leads', lead),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['leads'] }),
  });
}
