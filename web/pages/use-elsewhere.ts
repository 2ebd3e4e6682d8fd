import { useQuery } from '@tanstack/react-query';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { placeQuery } from '../api/activities.ts';
import { activityQuery } from '../api/calendar-events.ts';
import { ApiError } from '../api/client.ts';

export type Elsewhere = 'changed' | 'gone' | undefined;

/** What became, in other hands, of an event that a form was opened on, as soon as the server tells of it. */
export function useElsewhere(activity: Activity | undefined): Elsewhere {
  const { data, error } = useQuery({
    ...activityQuery(activity?.id ?? ''),
    enabled: activity !== undefined,
  });
  const isTaken = useIsPlaceTaken(activity);
  if (!activity) return undefined;
  if (error instanceof ApiError && error.status === 404) return 'gone';
  // Of an unchanged occurrence this is its series.
  const isChanged = data !== undefined && data.version > activity.version;
  return isChanged || isTaken ? 'changed' : undefined;
}

/** Whether an unchanged occurrence of a series is none any more: it says something of its own, or is cancelled. */
function useIsPlaceTaken(activity: Activity | undefined): boolean {
  const unchanged = activity?.recurrence && activity.series_id !== null ? activity : undefined;
  const { data } = useQuery({
    ...placeQuery(unchanged?.lead_id ?? null, unchanged?.starts_at ?? ''),
    enabled: unchanged !== undefined,
  });
  if (!unchanged || !data) return false;
  return !data.activities.some(
    ({ id, original_start }) => id === unchanged.id && original_start === unchanged.original_start,
  );
}
