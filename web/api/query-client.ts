import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';
import { sessionQuery } from './session.ts';

/** What is wrong with the request stays wrong; only outages are worth another try. */
function isWorthRetrying(failureCount: number, error: Error): boolean {
  const isOutage = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  return isOutage && failureCount < 2;
}

export function makeQueryClient(): QueryClient {
  const queryClient = new QueryClient({
    queryCache: new QueryCache({
      onError(error) {
        // The session ended under us: look at it, and the frame moves on to the sign-in.
        if (error instanceof ApiError && error.status === 401) {
          void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
        }
      },
    }),
    defaultOptions: { queries: { retry: isWorthRetrying, staleTime: 10_000 } },
  });
  return queryClient;
}
