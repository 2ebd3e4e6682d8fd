import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { Busy, CalendarEvents, Colleagues } from '../../src/api/schemas/calendar-events.ts';
import { request } from './client.ts';

/** Instants as the API writes them; `to` is excluded. */
export interface TimeWindow {
  from: string;
  to: string;
}

/** Another week or month is drawn over the last one, so that nothing flickers. */
export const calendarEventsQuery = (window: TimeWindow) =>
  queryOptions({
    queryKey: ['activities', 'calendar', window],
    queryFn: () =>
      request<CalendarEvents>('GET', `/api/calendar/events?${new URLSearchParams({ ...window })}`),
    placeholderData: keepPreviousData,
  });

export const colleaguesQuery = queryOptions({
  queryKey: ['colleagues'],
  queryFn: () => request<Colleagues>('GET', '/api/colleagues'),
  staleTime: 5 * 60_000,
});

export const busyQuery = (userId: string, window: TimeWindow) =>
  queryOptions({
    queryKey: ['activities', 'busy', userId, window],
    queryFn: () =>
      request<Busy>('GET', `/api/colleagues/${userId}/busy?${new URLSearchParams({ ...window })}`),
    placeholderData: keepPreviousData,
  });

export const activityQuery = (id: string) =>
  queryOptions({
    queryKey: ['activities', 'one', id],
    queryFn: () => request<Activity>('GET', `/api/activities/${id}`),
  });
