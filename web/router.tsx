import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { activitiesQuery } from './api/activities.ts';
import { auditQuery } from './api/audit.ts';
import { adminConnectionsQuery, connectionsQuery } from './api/connections.ts';
import { decisionsQuery } from './api/decisions.ts';
import { leadQuery, leadsQuery } from './api/leads.ts';
import { sessionQuery } from './api/session.ts';
import { isDate, isView } from './pages/calendar/span.ts';
import { NotFound, PageError } from './components/page-states.tsx';

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageError,
});

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search) => ({ next: text(search.next) }),
  beforeLoad: async ({ context }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session.user) throw redirect({ to: '/leads', search: { q: undefined } });
  },
  component: lazyRouteComponent(() => import('./pages/sign-in-page.tsx'), 'SignInPage'),
});

/** Everything behind the sign-in. */
const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session.user) throw redirect({ to: '/sign-in', search: { next: location.href } });
  },
  component: lazyRouteComponent(() => import('./components/app-frame.tsx'), 'AppFrame'),
});

const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/leads', search: { q: undefined } });
  },
});

const leadsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/leads',
  validateSearch: (search) => ({ q: text(search.q) }),
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    // Not waited for: the page is there at once and shows its own waiting.
    void context.queryClient.prefetchInfiniteQuery(leadsQuery(deps.q ?? ''));
  },
  component: lazyRouteComponent(() => import('./pages/leads-page.tsx'), 'LeadsPage'),
});

const leadRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/leads/$leadId',
  loader: ({ context, params }) => {
    void context.queryClient.prefetchQuery(leadQuery(params.leadId));
    void context.queryClient.prefetchQuery(activitiesQuery(params.leadId));
  },
  component: lazyRouteComponent(() => import('./pages/lead-page.tsx'), 'LeadPage'),
});

const decisionsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/decisions',
  loader: ({ context }) => {
    void context.queryClient.prefetchInfiniteQuery(decisionsQuery);
  },
  component: lazyRouteComponent(() => import('./pages/decisions-page.tsx'), 'DecisionsPage'),
});

const calendarRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/calendar',
  validateSearch: (search) => ({
    view: isView(search.view) ? search.view : undefined,
    date: isDate(search.date) ? search.date : undefined,
  }),
  component: lazyRouteComponent(() => import('./pages/calendar/calendar-page.tsx'), 'CalendarPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings/calendars',
  validateSearch: (search) => ({
    result: text(search.result),
    provider: text(search.provider),
    missing: text(search.missing),
  }),
  loader: async ({ context }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    void context.queryClient.prefetchQuery(connectionsQuery);
    if (session.user?.role === 'admin') {
      void context.queryClient.prefetchQuery(adminConnectionsQuery);
      void context.queryClient.prefetchInfiniteQuery(auditQuery);
    }
  },
  component: lazyRouteComponent(() => import('./pages/settings-page.tsx'), 'SettingsPage'),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  frameRoute.addChildren([
    homeRoute,
    leadsRoute,
    leadRoute,
    calendarRoute,
    decisionsRoute,
    settingsRoute,
  ]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    // TanStack Query decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
