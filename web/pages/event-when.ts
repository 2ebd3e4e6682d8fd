import type { Activity } from '../../src/api/schemas/activities.ts';
import { event as texts } from '../texts.ts';
import { dayOf, formatDateRange, formatLeaf, formatTimeRange } from '../time/format.ts';
import { addDays } from '../time/wall-clock.ts';
import { cityOf, offsetOf, usableZone } from '../time/zones.ts';

export interface WhenWords {
  /** The first day, as the viewer sees it: `2026-11-24`. */
  day: string;
  leaf: ReturnType<typeof formatLeaf>;
  text: string;
  /** The same in the event's own zone, where that reads differently. */
  zoneText: string | undefined;
  isToday: boolean;
  isNow: boolean;
  isPast: boolean;
}

/** When an event is, for a viewer in `viewerZone`. An all-day event is the same date everywhere. */
export function describeWhen(activity: Activity, viewerZone: string, now: Date): WhenWords {
  const zone = usableZone(viewerZone);
  const today = dayOf(now, zone);
  if (activity.is_all_day) return describeAllDay(activity, today);

  const [start, end] = [new Date(activity.starts_at), new Date(activity.ends_at)];
  const day = dayOf(start, zone);
  const text = formatTimeRange(start, end, zone);
  return {
    day,
    leaf: formatLeaf(day),
    text,
    zoneText: describeOwnZone(activity, start, end, zone),
    isToday: day === today,
    isNow: start <= now && now < end,
    isPast: end <= now,
  };
}

function describeAllDay(activity: Activity, today: string): WhenWords {
  const last = addDays(activity.end, -1);
  const isOneDay = last <= activity.start;
  return {
    day: activity.start,
    leaf: formatLeaf(activity.start),
    text: isOneDay ? texts.allDay : `${texts.allDay}, ${formatDateRange(activity.start, last)}`,
    zoneText: undefined,
    isToday: activity.start <= today && today <= last,
    isNow: false,
    isPast: last < today,
  };
}

function describeOwnZone(activity: Activity, start: Date, end: Date, viewerZone: string) {
  const ownZone = activity.time_zone;
  if (!ownZone || offsetOf(ownZone, start) === '') return undefined;
  const isSame =
    offsetOf(ownZone, start) === offsetOf(viewerZone, start) &&
    offsetOf(ownZone, end) === offsetOf(viewerZone, end);
  if (isSame) return undefined;
  const isSameDay = dayOf(start, ownZone) === dayOf(start, viewerZone);
  const times = formatTimeRange(start, end, ownZone, isSameDay ? 'times' : 'days');
  return texts.inZone(times, `${cityOf(ownZone)} (${offsetOf(ownZone, start)})`);
}
