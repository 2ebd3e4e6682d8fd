import { addDays, countDays, weekdayOf } from './dates.js';
import { hasMoved } from './google-api.js';

const ROOT = '/v1.0/me';

/** What the person does at Outlook, in Graph's own calls. */
export function createOutlookApi(call, { timeZone, email }) {
  const headers = {
    prefer: `outlook.timezone="${timeZone}", outlook.body-content-type="text", IdType="ImmutableId"`,
  };
  const get = (path) => call('GET', path, { headers });
  const eventPath = (id) => `${ROOT}/events/${encodeURIComponent(id)}`;
  const patch = (id, body) => call('PATCH', eventPath(id), { body, headers });
  const post = (path, body) => call('POST', path, { body, headers });

  return {
    async listCalendars() {
      const items = await listAll(`${ROOT}/calendars`);
      return items.map((item) => ({
        id: item.id,
        name: item.name,
        canEdit: item.canEdit,
        isDefault: item.isDefaultCalendar === true,
      }));
    },

    async listEvents(calendar, from, to) {
      const query = new URLSearchParams({
        startDateTime: `${addDays(from, -1)}T00:00:00Z`,
        endDateTime: `${addDays(to, 1)}T00:00:00Z`,
        $top: '200',
      });
      const path = `${ROOT}/calendars/${encodeURIComponent(calendar.id)}/calendarView`;
      const items = await listAll(`${path}?${query}`);
      return items
        .filter((item) => !item.isCancelled)
        .map((item) => toEvent(item, calendar, email));
    },

    create(calendarId, draft) {
      const recurrence = draft.repeat ? { recurrence: writeRecurrence(draft) } : {};
      return post(`${ROOT}/calendars/${encodeURIComponent(calendarId)}/events`, {
        ...writeFields(draft),
        ...writeTimes(draft),
        ...recurrence,
      });
    },

    async update(event, draft, wished) {
      const scope = await widen(event, wished);
      if (scope === 'following') return split(event, draft);
      const fields = writeChanges(event, draft);
      if (scope === 'one' || !event.seriesId) {
        const recurrence = draft.repeat ? { recurrence: writeRecurrence(draft) } : {};
        const times = hasMoved(event, draft) || draft.repeat ? writeTimes(draft) : {};
        return patch(event.id, { ...fields, ...times, ...recurrence });
      }
      const master = await get(eventPath(event.seriesId));
      return patch(event.seriesId, { ...fields, ...moveSeries(event, draft, master) });
    },

    async remove(event, wished) {
      const scope = await widen(event, wished);
      if (scope === 'following') return trim(event, await get(eventPath(event.seriesId)));
      const id = scope === 'all' && event.seriesId ? event.seriesId : event.id;
      return call('DELETE', eventPath(id), { headers });
    },

    respond(event, answer) {
      const action = { yes: 'accept', maybe: 'tentativelyAccept', no: 'decline' }[answer];
      return post(`${eventPath(event.seriesId ?? event.id)}/${action}`, { sendResponse: true });
    },
  };

  async function listAll(path) {
    const items = [];
    for (let next = path; next; ) {
      const page = await get(next);
      items.push(...page.value);
      const link = page['@odata.nextLink'];
      next = link && new URL(link).pathname + new URL(link).search;
    }
    return items;
  }

  /** All that follow the first are all of them: a series cannot end before it begins. */
  async function widen(event, scope) {
    if (scope !== 'following') return scope;
    const { recurrence } = await get(eventPath(event.seriesId));
    return event.startDate <= recurrence.range.startDate ? 'all' : scope;
  }

  /** Ends the series before `event`; answers the range that the rest would have. */
  async function trim(event, master) {
    const { pattern, range } = master.recurrence;
    const endDate = addDays(event.startDate, -1);
    const rest = { ...range, startDate: event.startDate };
    if (range.type === 'numbered') {
      rest.numberOfOccurrences -= await countBefore(event, range.startDate);
    }
    await patch(master.id, {
      recurrence: {
        pattern,
        range: {
          type: 'endDate',
          startDate: range.startDate,
          endDate,
          recurrenceTimeZone: range.recurrenceTimeZone,
        },
      },
    });
    return rest;
  }

  async function countBefore(event, startDate) {
    const query = new URLSearchParams({
      startDateTime: `${addDays(startDate, -1)}T00:00:00Z`,
      endDateTime: `${addDays(event.startDate, 1)}T00:00:00Z`,
      $top: '1000',
    });
    const items = await listAll(`${eventPath(event.seriesId)}/instances?${query}`);
    return items.filter((item) => item.start.dateTime.slice(0, 10) < event.startDate).length;
  }

  async function split(event, draft) {
    const master = await get(eventPath(event.seriesId));
    const pattern = movePattern(master.recurrence.pattern, event, draft);
    const range = { ...(await trim(event, master)), startDate: draft.startDate };
    return post(`${ROOT}/calendars/${encodeURIComponent(event.calendarId)}/events`, {
      ...writeFields(draft),
      ...writeTimes(draft),
      recurrence: { pattern, range },
    });
  }

  function writeTimes(draft) {
    const at = (date, time) => ({ dateTime: `${date}T${time}:00`, timeZone });
    return draft.isAllDay
      ? {
          isAllDay: true,
          start: at(draft.startDate, '00:00'),
          end: at(addDays(draft.endDate, 1), '00:00'),
        }
      : {
          isAllDay: false,
          start: at(draft.startDate, draft.startTime),
          end: at(draft.endDate, draft.endTime),
        };
  }

  /** The same move for the whole series, from where its first occurrence is. */
  function moveSeries(event, draft, master) {
    if (!hasMoved(event, draft)) return {};
    const { pattern, range } = master.recurrence;
    const startDate = addDays(range.startDate, countDays(event.startDate, draft.startDate));
    const endDate = addDays(startDate, countDays(draft.startDate, draft.endDate));
    return {
      ...writeTimes({ ...draft, startDate, endDate }),
      recurrence: { pattern: movePattern(pattern, event, draft), range: { ...range, startDate } },
    };
  }
}

/** A pattern that names the day has to move with it; one that names several days cannot. */
function movePattern(pattern, event, draft) {
  if (event.startDate === draft.startDate) return pattern;
  const { type, daysOfWeek = [] } = pattern;
  const day = Number(draft.startDate.slice(8));
  if (type === 'daily') return pattern;
  if (type === 'weekly' && daysOfWeek.length === 1) {
    return { ...pattern, daysOfWeek: [weekdayOf(draft.startDate)] };
  }
  if (type === 'absoluteMonthly') return { ...pattern, dayOfMonth: day };
  if (type === 'absoluteYearly') {
    return { ...pattern, dayOfMonth: day, month: Number(draft.startDate.slice(5, 7)) };
  }
  throw new Error('This rule names several days. Move a single occurrence instead.');
}

function writeRecurrence({ repeat, count, startDate }) {
  const dayOfMonth = Number(startDate.slice(8));
  const patterns = {
    daily: { type: 'daily' },
    weekly: { type: 'weekly', daysOfWeek: [weekdayOf(startDate)] },
    monthly: { type: 'absoluteMonthly', dayOfMonth },
    yearly: { type: 'absoluteYearly', dayOfMonth, month: Number(startDate.slice(5, 7)) },
  };
  const range = count
    ? { type: 'numbered', startDate, numberOfOccurrences: count }
    : { type: 'noEnd', startDate };
  return { pattern: { ...patterns[repeat], interval: 1 }, range };
}

const writeBody = (content) => ({ contentType: 'text', content });
const writeGuest = (address) => ({ type: 'required', emailAddress: { address } });

const writeFields = (draft) => ({
  subject: draft.title,
  location: { displayName: draft.location },
  body: writeBody(draft.description),
  ...(draft.guests.length > 0 ? { attendees: draft.guests.map(writeGuest) } : {}),
});

/** Only what the person changed, so that nothing else is touched. */
function writeChanges(event, draft) {
  const changes = {};
  if (draft.title !== event.title) changes.subject = draft.title;
  if (draft.location !== event.location) changes.location = { displayName: draft.location };
  if (draft.description !== event.description) changes.body = writeBody(draft.description);
  if (draft.guests.join() !== event.guests.map((guest) => guest.email).join()) {
    changes.attendees = draft.guests.map(writeGuest);
  }
  return changes;
}

const answers = { accepted: 'yes', tentativelyAccepted: 'maybe', declined: 'no' };

function toEvent(item, calendar, email) {
  const { isAllDay } = item;
  return {
    raw: item,
    id: item.id,
    calendarId: calendar.id,
    calendarName: calendar.name,
    canEdit: calendar.canEdit && item.isOrganizer !== false,
    seriesId: item.seriesMasterId ?? null,
    title: item.subject ?? '',
    location: item.location?.displayName ?? '',
    description: (item.body?.content ?? '').trim(),
    isAllDay,
    startDate: item.start.dateTime.slice(0, 10),
    startTime: isAllDay ? '' : item.start.dateTime.slice(11, 16),
    endDate: isAllDay
      ? addDays(item.end.dateTime.slice(0, 10), -1)
      : item.end.dateTime.slice(0, 10),
    endTime: isAllDay ? '' : item.end.dateTime.slice(11, 16),
    isFree: item.showAs === 'free',
    guests: (item.attendees ?? [])
      .filter((guest) => guest.emailAddress.address !== item.organizer?.emailAddress?.address)
      .map((guest) => ({
        email: guest.emailAddress.address,
        answer: answers[guest.status?.response] ?? 'no answer',
      })),
    organizer: item.organizer?.emailAddress?.name ?? item.organizer?.emailAddress?.address ?? email,
    answer: item.isOrganizer === false ? (answers[item.responseStatus?.response] ?? 'none') : null,
  };
}
