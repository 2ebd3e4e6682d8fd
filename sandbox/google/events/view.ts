/** How the caller sees a calendar's events. */

import { isAtLeast, roleOf } from '../access.ts';
import type { Call } from '../call.ts';
import { invalid } from '../errors.ts';
import type { CalendarState } from '../state.ts';
import { isZone } from '../zones.ts';
import type { View } from './render.ts';

export function viewOf(call: Call, calendar: CalendarState, hidesDeleted = false): View {
  const role = roleOf(calendar, call.user);
  const zone = call.query.text('timeZone');
  if (zone !== undefined && !isZone(zone)) throw invalid('Invalid time zone.', 'timeZone');
  return {
    calendarId: calendar.id,
    accountId: call.user.accountId,
    email: call.user.email,
    zone: zone ?? calendar.timeZone,
    maxAttendees: call.query.integer('maxAttendees', 1),
    hidesPrivate: !isAtLeast(role, 'writer'),
    isFreeBusyOnly: !isAtLeast(role, 'reader'),
    hidesDeleted,
    showsAll: false,
  };
}

/** The resource as stored, for merging a PATCH into it. */
export function wholeView(call: Call, calendar: CalendarState): View {
  return { ...viewOf(call, calendar), hidesPrivate: false, isFreeBusyOnly: false, showsAll: true };
}
