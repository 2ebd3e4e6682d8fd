import { queryOptions } from '@tanstack/react-query';
import type { SystemView } from '../../src/api/schemas/system.ts';
import { request } from './client.ts';

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => request<SystemView>('GET', '/api/admin/system'),
  staleTime: Number.POSITIVE_INFINITY,
});
