import { useQuery } from '@tanstack/react-query';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { activityQuery } from '../api/calendar-events.ts';
import { ApiError } from '../api/client.ts';

export type Elsewhere = 'changed' | 'gone' | undefined;

/**
 * What became, in other hands, of an event that a form was opened on, as soon as the server tells of it.
 * Of an unchanged occurrence: of its series.
 */
export function useElsewhere(activity: Activity | undefined): Elsewhere {
  const { data, error } = useQuery({
    ...activityQuery(activity?.id ?? ''),
    enabled: activity !== undefined,
  });
  if (!activity) return undefined;
  if (error instanceof ApiError && error.status === 404) return 'gone';
  return data && data.version > activity.version ? 'changed' : undefined;
}
