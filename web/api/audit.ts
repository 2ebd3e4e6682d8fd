import { infiniteQueryOptions } from '@tanstack/react-query';
import type { AuditList } from '../../src/api/schemas/audit.ts';
import { request } from './client.ts';

export const auditQuery = infiniteQueryOptions({
  queryKey: ['connections', 'audit'],
  queryFn: ({ pageParam }) => {
    const query = new URLSearchParams(pageParam ? { cursor: pageParam } : {});
    return request<AuditList>('GET', `/api/admin/audit?${query}`);
  },
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
});
