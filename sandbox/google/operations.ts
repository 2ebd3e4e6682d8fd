/** Every method of the API: where it is, which scopes it takes, who answers. Source: discovery. */

import type { Answer, Call } from './call.ts';
import * as list from './calendar-list.ts';
import { getColors } from './colors.ts';
import { listEvents } from './events/list.ts';
import { getEvent } from './events/read.ts';
import * as write from './events/write.ts';

export interface Operation {
  readonly name: string;
  readonly method: string;
  /** Segments behind `/calendar/v3/`; a colon starts a parameter. */
  readonly path: readonly string[];
  readonly scopes: ReadonlySet<string>;
  readonly answer: (call: Call) => Answer;
}

const EVENTS = 'calendars/:calendarId/events';
const LIST = 'users/me/calendarList';

const EVENTS_WRITE = 'calendar calendar.app.created calendar.events calendar.events.owned';
const EVENTS_READ = `${EVENTS_WRITE} calendar.events.freebusy calendar.events.owned.readonly
  calendar.events.public.readonly calendar.events.readonly calendar.readonly`;
const LIST_READ = 'calendar calendar.calendarlist calendar.calendarlist.readonly calendar.readonly';
const LIST_WRITE = 'calendar calendar.app.created calendar.calendarlist';
const COLORS_READ = `${LIST_READ} calendar.app.created calendar.events.freebusy
  calendar.events.owned calendar.events.owned.readonly calendar.events.public.readonly`;

export const operations: readonly Operation[] = [
  operation('calendarList.list', 'GET', LIST, LIST_READ, list.listCalendarList),
  operation(
    'calendarList.insert',
    'POST',
    LIST,
    'calendar calendar.calendarlist',
    list.insertCalendarListEntry,
  ),
  operation(
    'calendarList.get',
    'GET',
    `${LIST}/:calendarId`,
    `${LIST_READ} ${LIST_WRITE}`,
    list.getCalendarListEntry,
  ),
  operation(
    'calendarList.update',
    'PUT',
    `${LIST}/:calendarId`,
    LIST_WRITE,
    list.updateCalendarListEntry,
  ),
  operation(
    'calendarList.patch',
    'PATCH',
    `${LIST}/:calendarId`,
    LIST_WRITE,
    list.patchCalendarListEntry,
  ),
  operation(
    'calendarList.delete',
    'DELETE',
    `${LIST}/:calendarId`,
    LIST_WRITE,
    list.deleteCalendarListEntry,
  ),
  operation('colors.get', 'GET', 'colors', COLORS_READ, getColors),
  operation('events.list', 'GET', EVENTS, EVENTS_READ, listEvents),
  operation('events.insert', 'POST', EVENTS, EVENTS_WRITE, write.insertEvent),
  operation('events.get', 'GET', `${EVENTS}/:eventId`, EVENTS_READ, getEvent),
  operation('events.update', 'PUT', `${EVENTS}/:eventId`, EVENTS_WRITE, write.updateEvent),
  operation('events.patch', 'PATCH', `${EVENTS}/:eventId`, EVENTS_WRITE, write.patchEvent),
  operation('events.delete', 'DELETE', `${EVENTS}/:eventId`, EVENTS_WRITE, write.deleteEvent),
];

/** The operation at a path (behind `/calendar/v3/`) and its path parameters. */
export function findOperation(
  method: string,
  path: string,
): { operation: Operation; parameters: Record<string, string> } | undefined {
  const segments = path.split('/').map(decode);
  for (const candidate of operations) {
    if (candidate.method !== method || candidate.path.length !== segments.length) continue;
    const parameters = match(candidate.path, segments);
    if (parameters) return { operation: candidate, parameters };
  }
  return undefined;
}

function match(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':') && segment) parameters[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return parameters;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function operation(
  name: string,
  method: string,
  path: string,
  scopes: string,
  answer: Operation['answer'],
): Operation {
  return { name, method, path: path.split('/'), scopes: new Set(scopes.split(/\s+/)), answer };
}
