import type { Activity } from '../../src/api/schemas/activities.ts';
import { series as texts } from '../texts.ts';
import { formatDate, formatTime } from '../time/format.ts';
import { describeWhen } from './event-when.ts';
import { describeSeries } from './repeat.ts';

/** An event as the timeline shows it: a series is where its next occurrence is, or its last. */
export const asShown = (activity: Activity): Activity =>
  activity.nearest ? { ...activity, ...activity.nearest, original_start: null } : activity;

/** What is to be known of a series, or of an occurrence that is an event of its own. */
export function describeRepeating(
  activity: Activity,
  series: Activity | undefined,
  viewerZone: string,
  now: Date,
): string[] {
  const { recurrence, series_id, nearest } = activity;
  if (recurrence !== null) {
    const sentence = describeSeries(recurrence, activity);
    if (!nearest) return [sentence];
    const { day, isPast } = describeWhen(asShown(activity), viewerZone, now);
    const date = formatDate(day);
    return [sentence, isPast ? texts.last(date) : texts.next(date)];
  }
  return series_id === null ? [] : [describeException(activity, texts.partOf(series?.title ?? ''))];
}

/** `One of “Visit”, instead of Tue, 30 Mar 2027`, by the clock of the series; `what` may be ''. */
export function describeException({ original_start, start }: Activity, what: string): string {
  if (original_start === null || original_start === start) return texts.changed(what);
  const [date, otherDate] = [original_start.slice(0, 10), start.slice(0, 10)];
  const isSameDate = date === otherDate;
  const place = isSameDate ? formatTime(original_start.slice(11, 16)) : formatDate(date);
  return texts.insteadOf(what, place);
}
