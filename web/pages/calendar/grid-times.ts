import type { CalendarOptions } from '@fullcalendar/react';
import { formatTime, formatTimeRange } from '../../time/format.ts';

type TimeFormat = Extract<CalendarOptions['eventTimeFormat'], (info: never) => string>;

/**
 * The grid's times as they are everywhere: the component's own way leaves the space out of `9:00 AM`. Its
 * markers are the viewer's clock, as if that went by UTC. What goes on into the night is told by times alone.
 */
export const formatGridTime: TimeFormat = ({ start, end }) => {
  const [day, from] = readClock(start.marker);
  if (!end) return formatTime(from);
  const [lastDay, to] = readClock(end.marker);
  return day === lastDay
    ? formatTimeRange(start.marker, end.marker, 'UTC')
    : `${formatTime(from)} – ${formatTime(to)}`;
};

const readClock = (marker: Date): [day: string, time: string] => {
  const text = marker.toISOString();
  return [text.slice(0, 10), text.slice(11, 16)];
};
