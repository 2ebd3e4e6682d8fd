import type { Answer, Call } from './call.ts';
import {
  answerCalendar,
  answerGroup,
  answerGroups,
  createCalendar,
  getGroup,
  listCalendars,
} from './calendars.ts';
import { createEvent } from './create-event.ts';
import { deleteEvent, purgeEvent } from './delete-event.ts';
import { trackEvents, trackView } from './delta.ts';
import { answerExtensions } from './extensions.ts';
import { GraphError, unknownSegment } from './graph-error.ts';
import { calendarId, findEvent } from './ids.ts';
import { answerMailboxSettings, getMe, listTimeZones, translateExchangeIds } from './people.ts';
import { getSchedule } from './free-busy.ts';
import { getEvent, listEvents, listInstances, listView } from './read-events.ts';
import { answerReminder, cancelEvent, forwardEvent, respond } from './responses.ts';
import { requireScope } from './scopes.ts';
import type { CalendarGroup, StoredCalendar, StoredEvent } from './state.ts';
import { calendarOf, defaultCalendar, getCalendar } from './store.ts';
import { updateEvent } from './update-event.ts';

/** Answers what lies below one's own mailbox: `segments` follow `/me`. */
export function answerMine(call: Call, segments: string[]): Answer | Promise<Answer> {
  const [first, ...rest] = segments;
  switch (first?.toLowerCase()) {
    case undefined:
      expectMethod(call, 'GET');
      name(call, 'me.get');
      requireScope(call, 'user');
      return getMe(call);
    case 'mailboxsettings':
      expectMethod(call, 'GET', 'PATCH');
      name(call, call.method === 'GET' ? 'mailboxSettings.get' : 'mailboxSettings.update');
      requireScope(call, call.method === 'GET' ? 'readSettings' : 'writeSettings');
      return answerMailboxSettings(call, rest[0]);
    case 'outlook':
      return answerOutlook(call, rest[0] ?? '');
    case 'translateexchangeids':
      expectMethod(call, 'POST');
      name(call, 'translateExchangeIds');
      requireScope(call, 'user');
      return translateExchangeIds(call);
    case 'calendargroups':
      return answerCalendarGroups(call, rest);
    case 'calendars':
      return answerCalendars(call, rest, null);
    case 'calendar':
      return answerInCalendar(call, defaultCalendar(call.mailbox), rest);
    case 'events':
    case 'calendarview':
      return answerInCalendar(call, defaultCalendar(call.mailbox), segments);
    default:
      throw unknownSegment(first ?? '');
  }
}

function answerOutlook(call: Call, segment: string): Answer {
  const match = /^supportedtimezones(?:\((.*)\))?$/i.exec(segment);
  if (!match) throw unknownSegment(segment);
  expectMethod(call, 'GET');
  name(call, 'supportedTimeZones.list');
  requireScope(call, 'user');
  return listTimeZones(call, /iana/i.test(match[1] ?? '') ? 'iana' : 'windows');
}

function answerCalendarGroups(call: Call, [id, what, ...rest]: string[]): Answer | Promise<Answer> {
  if (id === undefined) {
    expectMethod(call, 'GET', 'POST');
    name(call, call.method === 'GET' ? 'calendarGroups.list' : 'calendarGroups.create');
    requireScope(call, call.method === 'GET' ? 'readCalendars' : 'writeCalendars');
    return answerGroups(call);
  }
  const group = getGroup(call, id);
  if (what?.toLowerCase() === 'calendars') return answerCalendars(call, rest, group);
  if (what !== undefined) throw unknownSegment(what);
  expectMethod(call, 'GET', 'PATCH', 'DELETE');
  name(call, `calendarGroups.${verbs[call.method] ?? 'get'}`);
  requireScope(call, call.method === 'GET' ? 'readCalendars' : 'writeCalendars');
  return answerGroup(call, group);
}

const verbs: Record<string, string> = {
  GET: 'get',
  POST: 'create',
  PATCH: 'update',
  DELETE: 'delete',
};

function answerCalendars(
  call: Call,
  [id, ...rest]: string[],
  group: CalendarGroup | null,
): Answer | Promise<Answer> {
  if (id !== undefined) return answerInCalendar(call, getCalendar(call.mailbox, id), rest);
  expectMethod(call, 'GET', 'POST');
  if (call.method === 'GET') {
    name(call, 'calendars.list');
    requireScope(call, 'readCalendars');
    return listCalendars(call, group);
  }
  name(call, 'calendars.create');
  requireScope(call, 'writeCalendars');
  return createCalendar(call, group);
}

function answerInCalendar(
  call: Call,
  calendar: StoredCalendar,
  [what, ...rest]: string[],
): Answer | Promise<Answer> {
  call.log.calendarId = calendarId(call.mailbox, calendar);
  switch (what?.toLowerCase()) {
    case undefined:
      expectMethod(call, 'GET', 'PATCH', 'DELETE');
      name(call, `calendars.${verbs[call.method] ?? 'get'}`);
      requireScope(call, call.method === 'GET' ? 'readCalendars' : 'writeCalendars');
      return answerCalendar(call, calendar);
    case 'events':
      return answerEvents(call, calendar, rest);
    case 'calendarview':
      expectMethod(call, 'GET');
      if (rest.length > 0 && !isDelta(rest[0])) throw unknownSegment(rest[0] ?? '');
      name(call, isDelta(rest[0]) ? 'calendarView.delta' : 'calendarView.list');
      requireScope(call, 'readCalendars');
      return isDelta(rest[0]) ? trackView(call, calendar) : listView(call, calendar);
    case 'getschedule':
    case 'microsoft.graph.getschedule':
      expectMethod(call, 'POST');
      name(call, 'calendar.getSchedule');
      requireScope(call, 'readCalendars');
      return getSchedule(call);
    default:
      throw unknownSegment(what ?? '');
  }
}

/** `delta`, also as `delta()` and with its namespace. */
const isDelta = (segment: string | undefined) =>
  segment !== undefined && /^(microsoft\.graph\.)?delta(\(\))?$/i.test(segment);

function answerEvents(
  call: Call,
  calendar: StoredCalendar,
  [id, ...rest]: string[],
): Answer | Promise<Answer> {
  if (id === undefined) {
    expectMethod(call, 'GET', 'POST');
    name(call, call.method === 'GET' ? 'events.list' : 'events.create');
    requireScope(call, call.method === 'GET' ? 'readCalendars' : 'writeCalendars');
    return call.method === 'GET' ? listEvents(call, calendar) : createEvent(call, calendar);
  }
  if (isDelta(id)) {
    expectMethod(call, 'GET');
    name(call, 'events.delta');
    requireScope(call, 'readCalendars');
    return trackEvents(call, calendar);
  }
  call.log.eventId = id;
  return answerEvent(call, id, rest);
}

function answerEvent(call: Call, id: string, [what, member]: string[]): Answer {
  name(call, `events.${what ?? verbs[call.method] ?? 'get'}`);
  requireScope(call, call.method === 'GET' ? 'readCalendars' : 'writeCalendars');
  const { event, slot } = findEvent(call.mailbox, id);
  call.log.calendarId = calendarId(call.mailbox, calendarOf(call.mailbox, event));
  if (what === undefined) {
    expectMethod(call, 'GET', 'PATCH', 'DELETE');
    if (call.method === 'GET') return getEvent(call, event, slot);
    if (call.method === 'PATCH') return updateEvent(call, event, slot);
    return deleteEvent(call, event, slot);
  }
  const part = eventParts[what.toLowerCase().replace('microsoft.graph.', '')];
  if (part) {
    expectMethod(call, ...part.methods);
    return part.answer(call, event, { slot, member });
  }
  const action = eventActions[what.toLowerCase().replace('microsoft.graph.', '')];
  if (!action) throw unknownSegment(what);
  expectMethod(call, 'POST');
  return action(call, event, slot);
}

interface Part {
  methods: string[];
  answer(
    call: Call,
    event: StoredEvent,
    rest: { slot: string | null; member: string | undefined },
  ): Answer;
}

const eventParts: Record<string, Part> = {
  instances: {
    methods: ['GET'],
    answer: (call, event, { slot }) => listInstances(call, event, slot),
  },
  extensions: {
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    answer: (call, event, { member }) => answerExtensions(call, event, member),
  },
  calendar: {
    methods: ['GET'],
    answer: (call, event) => answerCalendar(call, calendarOf(call.mailbox, event)),
  },
  attachments: { methods: ['GET'], answer: () => ({ status: 200, body: { value: [] } }) },
};

type Action = (call: Call, event: StoredEvent, slot: string | null) => Answer;

const eventActions: Record<string, Action> = {
  accept: (call, event, slot) => respond(call, event, slot, 'accepted'),
  tentativelyaccept: (call, event, slot) => respond(call, event, slot, 'tentativelyAccepted'),
  decline: (call, event, slot) => respond(call, event, slot, 'declined'),
  cancel: cancelEvent,
  forward: (call, event) => forwardEvent(call, event),
  snoozereminder: (call) => answerReminder(call, 'snooze'),
  dismissreminder: (call) => answerReminder(call, 'dismiss'),
  permanentdelete: purgeEvent,
};

function name(call: Call, operation: string): void {
  call.log.operation = operation;
}

function expectMethod(call: Call, ...methods: string[]): void {
  if (methods.includes(call.method)) return;
  throw new GraphError(405, 'BadRequest', `The method '${call.method}' is not allowed here.`);
}
