import { addDays, countDays, weekdayOf } from './dates.js';

const ROOT = '/calendar/v3';

/** What the person does at Google, in Google's own calls. */
export function createGoogleApi(call, { timeZone }) {
  const eventPath = (calendarId, eventId = '') =>
    `${ROOT}/calendars/${encodeURIComponent(calendarId)}/events${eventId && `/${encodeURIComponent(eventId)}`}`;
  const query = (parameters) => `?${new URLSearchParams(parameters)}`;
  const notifying = query({ sendUpdates: 'all' });
  const getEvent = (calendarId, eventId) =>
    call('GET', eventPath(calendarId, eventId) + query({ timeZone }));

  return {
    async listCalendars() {
      const { items } = await call('GET', `${ROOT}/users/me/calendarList`);
      return items.map((item) => ({
        id: item.id,
        name: item.summaryOverride ?? item.summary,
        canEdit: item.accessRole === 'owner' || item.accessRole === 'writer',
        isDefault: item.primary === true,
      }));
    },

    async listEvents(calendar, from, to) {
      const events = [];
      let pageToken;
      do {
        const page = await call(
          'GET',
          eventPath(calendar.id) +
            query({
              singleEvents: 'true',
              orderBy: 'startTime',
              timeZone,
              timeMin: `${addDays(from, -1)}T00:00:00Z`,
              timeMax: `${addDays(to, 1)}T00:00:00Z`,
              ...(pageToken ? { pageToken } : {}),
            }),
        );
        events.push(...page.items.map((item) => toEvent(item, calendar)));
        pageToken = page.nextPageToken;
      } while (pageToken);
      return events;
    },

    create(calendarId, draft) {
      const recurrence = draft.repeat ? [writeRule(draft)] : undefined;
      return call('POST', eventPath(calendarId) + notifying, {
        body: { ...writeFields(draft), ...withoutNulls(writeTimes(draft)), recurrence },
      });
    },

    async update(event, draft, wished) {
      const scope = await widen(event, wished);
      if (scope === 'following') return split(event, draft);
      const fields = writeChanges(event, draft);
      if (scope === 'one' || !event.seriesId) {
        const recurrence = draft.repeat ? { recurrence: [writeRule(draft)] } : {};
        const times = hasMoved(event, draft) || draft.repeat ? writeTimes(draft) : {};
        return patch(event.calendarId, event.id, { ...fields, ...times, ...recurrence });
      }
      const master = await getEvent(event.calendarId, event.seriesId);
      return patch(event.calendarId, master.id, { ...fields, ...moveSeries(event, draft, master) });
    },

    async remove(event, wished) {
      const scope = await widen(event, wished);
      if (scope === 'following')
        return trim(event, await getEvent(event.calendarId, event.seriesId));
      const id = scope === 'all' && event.seriesId ? event.seriesId : event.id;
      return call('DELETE', eventPath(event.calendarId, id) + notifying);
    },

    async respond(event, answer) {
      const id = event.seriesId ?? event.id;
      const { attendees = [] } = await getEvent(event.calendarId, id);
      const responseStatus = { yes: 'accepted', maybe: 'tentative', no: 'declined' }[answer];
      return patch(event.calendarId, id, {
        attendees: attendees.map((guest) => (guest.self ? { ...guest, responseStatus } : guest)),
      });
    },
  };

  function patch(calendarId, eventId, body) {
    return call('PATCH', eventPath(calendarId, eventId) + notifying, { body });
  }

  /** All that follow the first are all of them: a series cannot end before it begins. */
  async function widen(event, scope) {
    if (scope !== 'following') return scope;
    const { start } = await getEvent(event.calendarId, event.seriesId);
    return slotOf(start) === slotOf(event.raw.originalStartTime) ? 'all' : scope;
  }

  /** Ends the series before `event`; answers the rule that the rest would follow. */
  async function trim(event, master) {
    const lines = master.recurrence ?? [];
    const rule = lines.find((line) => line.startsWith('RRULE:')) ?? '';
    const { originalStartTime: slot } = event.raw;
    const until = slot.date
      ? addDays(slot.date, -1).replaceAll('-', '')
      : `${new Date(Date.parse(slot.dateTime) - 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    const bare = rule.replace(/;(UNTIL|COUNT)=[^;]*/g, '');
    const recurrence = lines.map((line) => (line === rule ? `${bare};UNTIL=${until}` : line));
    const count = Number(/;COUNT=(\d+)/.exec(rule)?.[1] ?? 0);
    const rest = count > 0 ? `${bare};COUNT=${count - (await countBefore(event))}` : rule;
    await patch(event.calendarId, master.id, { recurrence });
    return rest;
  }

  async function countBefore(event) {
    const { items } = await call(
      'GET',
      `${eventPath(event.calendarId, event.seriesId)}/instances${query({ maxResults: '2500', showDeleted: 'true' })}`,
    );
    const slot = slotOf(event.raw.originalStartTime);
    return items.filter((item) => slotOf(item.originalStartTime) < slot).length;
  }

  async function split(event, draft) {
    const master = await getEvent(event.calendarId, event.seriesId);
    const rule = moveRule(await trim(event, master), event, draft);
    return call('POST', eventPath(event.calendarId) + notifying, {
      body: { ...writeFields(draft), ...withoutNulls(writeTimes(draft)), recurrence: [rule] },
    });
  }

  /** Nulls clear what a PATCH would leave; in a new event there is nothing to clear. */
  function withoutNulls({ start, end }) {
    const given = (time) => Object.fromEntries(Object.entries(time).filter(([, v]) => v !== null));
    return { start: given(start), end: given(end) };
  }

  function writeTimes(draft) {
    if (draft.isAllDay) {
      const end = { date: addDays(draft.endDate, 1), dateTime: null, timeZone: null };
      return { start: { date: draft.startDate, dateTime: null, timeZone: null }, end };
    }
    const at = (date, time) => ({ dateTime: `${date}T${time}:00`, timeZone, date: null });
    return {
      start: at(draft.startDate, draft.startTime),
      end: at(draft.endDate, draft.endTime),
    };
  }

  /** The same move for the whole series, from where its first occurrence is. */
  function moveSeries(event, draft, master) {
    if (!hasMoved(event, draft)) return {};
    const first = (master.start.date ?? master.start.dateTime).slice(0, 10);
    const startDate = addDays(first, countDays(event.startDate, draft.startDate));
    const endDate = addDays(startDate, countDays(draft.startDate, draft.endDate));
    const times = writeTimes({ ...draft, startDate, endDate });
    const recurrence = master.recurrence.map((line) => moveRule(line, event, draft));
    return { ...times, recurrence };
  }
}

const slotOf = ({ dateTime, date }) => Date.parse(dateTime ?? date);

const SHORT_DAYS = {
  sunday: 'SU',
  monday: 'MO',
  tuesday: 'TU',
  wednesday: 'WE',
  thursday: 'TH',
  friday: 'FR',
  saturday: 'SA',
};

/** A rule that names the weekday has to move with it; one that names several cannot. */
function moveRule(rule, event, draft) {
  if (event.startDate === draft.startDate || !rule.includes('BYDAY=')) return rule;
  const from = SHORT_DAYS[weekdayOf(event.startDate)];
  if (!new RegExp(`;?BYDAY=${from}(;|$)`).test(rule)) {
    throw new Error('This rule names several days. Move a single occurrence instead.');
  }
  return rule.replace(`BYDAY=${from}`, `BYDAY=${SHORT_DAYS[weekdayOf(draft.startDate)]}`);
}

const writeRule = ({ repeat, count }) =>
  `RRULE:FREQ=${repeat.toUpperCase()}${count ? `;COUNT=${count}` : ''}`;

const writeFields = (draft) => ({
  summary: draft.title,
  location: draft.location,
  description: draft.description,
  ...(draft.guests.length > 0 ? { attendees: draft.guests.map((email) => ({ email })) } : {}),
});

/** Only what the person changed, so that nothing else is touched. */
function writeChanges(event, draft) {
  const changes = {};
  if (draft.title !== event.title) changes.summary = draft.title;
  if (draft.location !== event.location) changes.location = draft.location;
  if (draft.description !== event.description) changes.description = draft.description;
  if (draft.guests.join() !== event.guests.map(({ email }) => email).join()) {
    const known = new Map((event.raw.attendees ?? []).map((guest) => [guest.email, guest]));
    changes.attendees = draft.guests.map((email) => known.get(email) ?? { email });
  }
  return changes;
}

export const hasMoved = (event, draft) =>
  ['isAllDay', 'startDate', 'startTime', 'endDate', 'endTime'].some(
    (name) => event[name] !== draft[name],
  );

const answers = { accepted: 'yes', tentative: 'maybe', declined: 'no' };

function toEvent(item, calendar) {
  const isAllDay = item.start.date !== undefined;
  const own = item.attendees?.find((guest) => guest.self);
  const isOrganizer = item.organizer?.self === true || !item.attendees;
  return {
    raw: item,
    id: item.id,
    calendarId: calendar.id,
    calendarName: calendar.name,
    canEdit: calendar.canEdit && isOrganizer && item.eventType !== 'birthday',
    seriesId: item.recurringEventId ?? null,
    title: item.summary ?? '',
    location: item.location ?? '',
    description: item.description ?? '',
    isAllDay,
    startDate: (item.start.date ?? item.start.dateTime).slice(0, 10),
    startTime: isAllDay ? '' : item.start.dateTime.slice(11, 16),
    endDate: isAllDay ? addDays(item.end.date, -1) : item.end.dateTime.slice(0, 10),
    endTime: isAllDay ? '' : item.end.dateTime.slice(11, 16),
    isFree: item.transparency === 'transparent',
    guests: (item.attendees ?? []).map((guest) => ({
      email: guest.email,
      answer: answers[guest.responseStatus] ?? 'no answer',
    })),
    organizer: item.organizer?.displayName ?? item.organizer?.email ?? '',
    answer: own && !isOrganizer ? (answers[own.responseStatus] ?? 'none') : null,
  };
}
