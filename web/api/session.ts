import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import type { Session, SessionPatch, SignIn } from '../../src/api/schemas/session.ts';
import { fetchSession, request } from './client.ts';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: fetchSession,
  staleTime: 5 * 60_000,
});

type User = NonNullable<Session['user']>;

/** The session of the pages behind the sign-in; their frame provides it. */
export const SessionContext = createContext<SignedIn | null>(null);

export type SignedIn = Session & { user: User };

export function useSession(): SignedIn {
  const session = use(SessionContext);
  if (!session) throw new Error('useSession outside the pages behind the sign-in');
  return session;
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (credentials: SignIn) => {
      await request('POST', '/api/session', credentials);
      // Signing in makes a new session, with a new CSRF token: ask for both again.
      queryClient.clear();
      return queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    },
  });
}

/** Tells the server where the viewer is. Pages do not wait for it: a failure is tried again by the next. */
export function useTellTimeZone() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (timeZone: string) =>
      request('PATCH', '/api/session', { time_zone: timeZone } satisfies SessionPatch),
    onSuccess: (_, timeZone) =>
      queryClient.setQueryData(sessionQuery.queryKey, (session) =>
        session?.user ? { ...session, user: { ...session.user, time_zone: timeZone } } : session,
      ),
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => request('DELETE', '/api/session'),
    // A full load leaves nothing of this person's in memory for the next one.
    onSettled: () => window.location.assign('/sign-in'),
  });
}
