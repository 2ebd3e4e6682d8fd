import type { EventId } from '../../calendar/ids.ts';
import {
  listOwnCalendars,
  listOwnEvents,
  listPlaces,
  type OwnEventRow,
  type Place,
} from '../../store/calendar-events.ts';
import { findForeignOrganizer } from '../../store/own-event.ts';
import { inTenant } from '../../store/tenant.ts';
import { listExceptionStarts } from '../../store/visible-events.ts';
import { requireUser } from '../authenticate.ts';
import { readWindow, type Shown, takeFirst } from '../calendar-window.ts';
import type { App, AppContext } from '../context.ts';
import { toWhenView } from '../event-words.ts';
import {
  type CalendarEvent,
  calendarEventsSchema,
  windowQuerySchema,
} from '../schemas/calendar-events.ts';
import { problemSchema } from '../schemas/problem.ts';

const EVENTS_MAX = 5_000;

/** What the calendar page draws of one's own. */
export function registerCalendarEventsRoute(app: App, { store }: AppContext): void {
  app.route({
    method: 'GET',
    url: '/api/calendar/events',
    schema: {
      summary: 'One’s own events in a window of time, and the calendars they are in',
      querystring: windowQuerySchema,
      response: { 200: calendarEventsSchema, default: problemSchema },
    },
    async handler(request) {
      const caller = requireUser(request);
      const window = readWindow(request.query);
      return inTenant(store, caller, async (tx) => {
        const ownerId = caller.userId;
        const rows = await listOwnEvents(tx, { ...window, ownerId, limit: EVENTS_MAX + 1 });
        const series = rows.filter(({ recurrence }) => recurrence !== null);
        const starts = await listExceptionStarts(
          tx,
          series.map(({ id }) => id),
        );
        const { shown, cutAt } = takeFirst(rows, starts, window, EVENTS_MAX);
        const ids = [...new Set(shown.map(({ row }) => row.id))];
        const found = await listPlaces(tx, ids, ownerId);
        const used = [...new Set(found.map(({ calendar_id }) => calendar_id))];
        const calendars = await listOwnCalendars(tx, ownerId, used);
        const places = new Map<EventId, Place[]>(ids.map((id) => [id, []]));
        for (const place of found) places.get(place.event_id)?.push(place);
        return {
          events: shown.map((one) => toCalendarEvent(one, places.get(one.row.id) ?? [])),
          calendars: calendars.map((calendar) => ({
            ...calendar,
            provider: calendar.provider.toLowerCase() as Lowercase<typeof calendar.provider>,
          })),
          cut_at: cutAt?.toISOString() ?? null,
        };
      });
    },
  });
}

/** States of a copy that a person should know of before they open the event. */
const problems: readonly Place['state'][] = [
  'conflict',
  'detached',
  'needs_reconnect',
  'retrying',
  'refused',
];

function toCalendarEvent(one: Shown<OwnEventRow>, places: readonly Place[]): CalendarEvent {
  const { row, when, startsAt, endsAt, originalStart } = one;
  const isForeign = findForeignOrganizer(places) !== null;
  return {
    id: row.id,
    series_id: originalStart === null ? row.series_id : (row.id as EventId),
    original_start: originalStart ?? row.original_start,
    is_exception: row.series_id !== null,
    version: row.version,
    title: row.title,
    location: row.location,
    lead: row.lead_id && row.lead_name !== null ? { id: row.lead_id, name: row.lead_name } : null,
    ...toWhenView(when),
    starts_at: startsAt.toISOString(),
    ends_at: endsAt.toISOString(),
    visibility: row.visibility,
    show_as: row.show_as,
    has_guests: row.has_guests,
    can_edit: !isForeign,
    is_declined: isForeign && places.some(({ own_answer }) => own_answer === 'declined'),
    calendar_ids: places.map(({ calendar_id }) => calendar_id),
    has_problem: places.some(({ state }) => problems.includes(state)),
  };
}
