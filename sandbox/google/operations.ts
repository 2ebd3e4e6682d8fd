/** Every method of the API: where it is, which scopes it takes, who answers. Source: discovery. */

import * as acl from './acl.ts';
import * as list from './calendar-list.ts';
import * as calendars from './calendars.ts';
import type { Answer, Call } from './call.ts';
import * as channels from './channels.ts';
import { getColors } from './colors.ts';
import { listEvents, listInstances } from './events/list.ts';
import { getEvent } from './events/read.ts';
import * as write from './events/write.ts';
import { queryFreeBusy } from './free-busy.ts';
import * as settings from './settings.ts';

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

const CALENDAR = 'calendars/:calendarId';
const CALENDARS_WRITE = 'calendar calendar.app.created calendar.calendars';
const CALENDARS_READ = `${CALENDARS_WRITE} calendar.calendars.readonly calendar.readonly`;
const ACL = `${CALENDAR}/acl`;
const ACL_WRITE = 'calendar calendar.acls';
const ACL_LIST = `${ACL_WRITE} calendar.acls.readonly`;
const SETTINGS = 'users/me/settings';
const SETTINGS_READ = 'calendar calendar.readonly calendar.settings.readonly';
const STOP = `${EVENTS_READ} ${ACL_LIST} ${LIST_READ} calendar.settings.readonly`;
const FREE_BUSY = 'calendar calendar.events.freebusy calendar.freebusy calendar.readonly';
const MOVE = 'calendar calendar.events calendar.events.owned';

/** Name, HTTP method, path, scopes, handler. */
const TABLE: readonly [string, string, string, string, Operation['answer']][] = [
  ['calendarList.list', 'GET', LIST, LIST_READ, list.listCalendarList],
  [
    'calendarList.insert',
    'POST',
    LIST,
    'calendar calendar.calendarlist',
    list.insertCalendarListEntry,
  ],
  ['calendarList.watch', 'POST', `${LIST}/watch`, LIST_READ, channels.watchCalendarList],
  [
    'calendarList.get',
    'GET',
    `${LIST}/:calendarId`,
    `${LIST_READ} ${LIST_WRITE}`,
    list.getCalendarListEntry,
  ],
  ['calendarList.update', 'PUT', `${LIST}/:calendarId`, LIST_WRITE, list.updateCalendarListEntry],
  ['calendarList.patch', 'PATCH', `${LIST}/:calendarId`, LIST_WRITE, list.patchCalendarListEntry],
  [
    'calendarList.delete',
    'DELETE',
    `${LIST}/:calendarId`,
    LIST_WRITE,
    list.deleteCalendarListEntry,
  ],
  ['calendars.insert', 'POST', 'calendars', CALENDARS_WRITE, calendars.insertCalendar],
  ['calendars.get', 'GET', CALENDAR, CALENDARS_READ, calendars.getOneCalendar],
  ['calendars.update', 'PUT', CALENDAR, CALENDARS_WRITE, calendars.updateCalendar],
  ['calendars.patch', 'PATCH', CALENDAR, CALENDARS_WRITE, calendars.patchCalendar],
  ['calendars.delete', 'DELETE', CALENDAR, CALENDARS_WRITE, calendars.deleteCalendar],
  [
    'calendars.clear',
    'POST',
    `${CALENDAR}/clear`,
    'calendar calendar.calendars',
    calendars.clearCalendar,
  ],
  ['acl.list', 'GET', ACL, ACL_LIST, acl.listAcl],
  ['acl.insert', 'POST', ACL, ACL_WRITE, acl.insertAclRule],
  ['acl.watch', 'POST', `${ACL}/watch`, ACL_LIST, channels.watchAcl],
  ['acl.get', 'GET', `${ACL}/:ruleId`, `${ACL_LIST} calendar.readonly`, acl.getAclRule],
  ['acl.update', 'PUT', `${ACL}/:ruleId`, ACL_WRITE, acl.updateAclRule],
  ['acl.patch', 'PATCH', `${ACL}/:ruleId`, ACL_WRITE, acl.updateAclRule],
  ['acl.delete', 'DELETE', `${ACL}/:ruleId`, ACL_WRITE, acl.deleteAclRule],
  ['colors.get', 'GET', 'colors', COLORS_READ, getColors],
  ['freeBusy.query', 'POST', 'freeBusy', FREE_BUSY, queryFreeBusy],
  ['settings.list', 'GET', SETTINGS, SETTINGS_READ, settings.listSettings],
  ['settings.watch', 'POST', `${SETTINGS}/watch`, SETTINGS_READ, channels.watchSettings],
  ['settings.get', 'GET', `${SETTINGS}/:setting`, SETTINGS_READ, settings.getSetting],
  ['channels.stop', 'POST', 'channels/stop', STOP, channels.stopChannel],
  ['events.list', 'GET', EVENTS, EVENTS_READ, listEvents],
  ['events.insert', 'POST', EVENTS, EVENTS_WRITE, write.insertEvent],
  ['events.import', 'POST', `${EVENTS}/import`, EVENTS_WRITE, write.importEvent],
  ['events.quickAdd', 'POST', `${EVENTS}/quickAdd`, EVENTS_WRITE, write.quickAddEvent],
  ['events.watch', 'POST', `${EVENTS}/watch`, EVENTS_READ, channels.watchEvents],
  ['events.get', 'GET', `${EVENTS}/:eventId`, EVENTS_READ, getEvent],
  ['events.update', 'PUT', `${EVENTS}/:eventId`, EVENTS_WRITE, write.updateEvent],
  ['events.patch', 'PATCH', `${EVENTS}/:eventId`, EVENTS_WRITE, write.patchEvent],
  ['events.delete', 'DELETE', `${EVENTS}/:eventId`, EVENTS_WRITE, write.deleteEvent],
  ['events.move', 'POST', `${EVENTS}/:eventId/move`, MOVE, write.moveEvent],
  ['events.instances', 'GET', `${EVENTS}/:eventId/instances`, EVENTS_READ, listInstances],
];

const operations: readonly Operation[] = TABLE.map(([name, method, path, scopes, answer]) => ({
  name,
  method,
  path: path.split('/'),
  scopes: new Set(scopes.split(/\s+/)),
  answer,
}));

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
