/**
 * Out-of-office and focus-time events decline meetings for their owner.
 * Source: EventOutOfOfficeProperties and EventFocusTimeProperties, `autoDeclineMode`.
 */

import type { Change } from '../call.ts';
import { findString, isSame, type JsonObject } from '../json.ts';
import type { CalendarState } from '../state.ts';
import { reportToOrganizer } from './copies.ts';
import type { Attendee, EventData, StoredEvent } from './event.ts';
import { instancesOf, instantOf, spanOf } from './instances.ts';
import { saveEvent } from './save.ts';

/**
 * After the organizer's copy was saved: whoever was invited anew and is away declines; whoever is
 * away from now on declines what is in the way already, if his event says so. Invitations to
 * series are left alone: Google declines their occurrences one by one, which is not documented.
 */
export function declineConflicts(
  call: Change,
  previous: EventData | undefined,
  event: StoredEvent,
): void {
  const { data } = event;
  if (data.status === 'cancelled') return;
  if (modeOf(event) === 'declineAllConflictingInvitations') declineExisting(call, event);
  if (data.recurrence) return;
  const isMoved = !isSame(previous?.start, data.start) || !isSame(previous?.end, data.end);
  const known = new Set(isMoved ? [] : previous?.attendees?.map(({ email }) => email));
  for (const { email, responseStatus } of data.attendees ?? []) {
    const calendar = call.state.calendars.get(email);
    if (!calendar?.isPrimary || known.has(email) || responseStatus !== 'needsAction') continue;
    const copy = calendar.events.get(event.id);
    if (!copy || !isInvitation(copy)) continue;
    const away = [...calendar.events.values()].find(
      (each) => isAway(each) && isInTheWay(call, calendar, each, copy),
    );
    if (away) decline(call, calendar, copy, away);
  }
}

function declineExisting(call: Change, away: StoredEvent): void {
  const calendar = call.state.calendars.get(away.calendarId);
  if (!calendar) return;
  const meetings = [...calendar.events.values()].filter(
    (each) => isInvitation(each) && isInTheWay(call, calendar, away, each),
  );
  for (const meeting of meetings) decline(call, calendar, meeting, away);
}

function decline(
  call: Change,
  calendar: CalendarState,
  meeting: StoredEvent,
  away: StoredEvent,
): void {
  const comment = findString(propertiesOf(away) ?? {}, 'declineMessage');
  const attendees = meeting.data.attendees?.map((each): Attendee => {
    if (each.email !== calendar.id) return each;
    return { ...each, responseStatus: 'declined', comment: comment ?? each.comment };
  });
  const data = { ...meeting.data, attendees };
  reportToOrganizer(call, saveEvent(call, calendar, { ...meeting, data }));
}

/** Somebody else's meeting that its owner has not declined. */
function isInvitation({ data, calendarId }: StoredEvent): boolean {
  const own = data.attendees?.find(({ email }) => email === calendarId);
  return (
    own !== undefined &&
    own.responseStatus !== 'declined' &&
    data.organizer.email !== calendarId &&
    data.status !== 'cancelled' &&
    data.recurrence === undefined
  );
}

function isAway(event: StoredEvent): boolean {
  const { status, recurringEventId } = event.data;
  if (status === 'cancelled' || recurringEventId !== undefined) return false;
  return (modeOf(event) ?? 'declineNone') !== 'declineNone';
}

function isInTheWay(
  call: Change,
  calendar: CalendarState,
  away: StoredEvent,
  meeting: StoredEvent,
): boolean {
  const from = instantOf(meeting.data.start, calendar.timeZone);
  const to = instantOf(meeting.data.end, calendar.timeZone);
  const times = away.data.recurrence
    ? instancesOf(call, calendar, away, spanOf(call, away, { from, to }))
    : [away];
  return times.some(
    ({ data }) =>
      data.status !== 'cancelled' &&
      instantOf(data.start, calendar.timeZone) < to &&
      instantOf(data.end, calendar.timeZone) > from,
  );
}

function modeOf(event: StoredEvent): string | undefined {
  const properties = propertiesOf(event);
  return properties && findString(properties, 'autoDeclineMode');
}

function propertiesOf({ data }: StoredEvent): JsonObject | undefined {
  return data.outOfOfficeProperties ?? data.focusTimeProperties;
}
