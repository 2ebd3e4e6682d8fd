import type { CalendarEvent } from '../../../src/api/schemas/calendar-events.ts';
import { formatDateRange, formatTimeRange } from '../../time/format.ts';
import { addDays } from '../../time/wall-clock.ts';

type Span = Pick<CalendarEvent, 'is_all_day' | 'start' | 'end' | 'starts_at' | 'ends_at'>;

/** `Tue 24 Nov, 9:00 – 10:00`, or the days alone, for a viewer in `zone`. */
export function describeSpan(span: Span, zone: string): string {
  const { is_all_day: isAllDay, start, end, starts_at, ends_at } = span;
  return isAllDay
    ? formatDateRange(start, addDays(end, -1))
    : formatTimeRange(new Date(starts_at), new Date(ends_at), zone, 'days');
}
