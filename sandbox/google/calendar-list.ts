/** The user's list of calendars. */

import { findCalendar, isAtLeast, roleOf } from './access.ts';
import { newListEntry } from './accounts.ts';
import { NO_CONTENT, ok, type Answer, type Call } from './call.ts';
import { touchTopic } from './channels.ts';
import { conditionNotMet, fullSyncRequired, invalid, notFound, required } from './errors.ts';
import { etagOf } from './events/event.ts';
import { findBoolean, findObject, findObjects, findString, mergePatch } from './json.ts';
import type { JsonObject } from './json.ts';
import { printPageToken, readPageToken } from './page-token.ts';
import { nextStamp, type CalendarState, type ListEntry } from './state.ts';
import { printSyncToken, readSyncToken } from './sync-token.ts';
import { colorOf } from './colors.ts';
import { readOverrides } from './events/read-body.ts';

/** Source: calendarList.list, maxResults. */
const PAGE_SIZE = 100;
const PAGE_SIZE_MAX = 250;
const TOKEN_DAYS = 30;
const DAY_MS = 86_400_000;

export function listCalendarList(call: Call): Answer {
  const { query, user, state } = call;
  const scope = `calendarList ${user.accountId}`;
  const identity = query.identity(['pageToken', 'maxResults', 'fields', 'alt', 'prettyPrint']);
  const since = readSince(call, scope);
  const isIncremental = since !== undefined;
  const minAccessRole = query.choice('minAccessRole', [
    'freeBusyReader',
    'reader',
    'writerWithoutPrivateAccess',
    'writer',
    'owner',
  ]);
  const showDeleted = isIncremental || (query.flag('showDeleted') ?? false);
  const showHidden = isIncremental || (query.flag('showHidden') ?? false);
  const size = Math.min(query.integer('maxResults', 1) ?? PAGE_SIZE, PAGE_SIZE_MAX);
  const token = query.text('pageToken');
  const from = token ? readPageToken(token, identity).after : 0;
  const entries = [...user.entries.values()]
    .filter((entry) => entry.stamp > Math.max(from, since ?? 0))
    .filter((entry) => (showDeleted || !entry.isDeleted) && (showHidden || !entry.isHidden))
    .filter((entry) => {
      const calendar = state.calendars.get(entry.calendarId);
      if (minAccessRole === undefined) return true;
      return calendar !== undefined && isAtLeast(roleOf(calendar, user), minAccessRole);
    })
    .sort((left, right) => left.stamp - right.stamp);
  const page = entries.slice(0, size);
  const last = page.at(-1);
  const isMore = entries.length > size && last !== undefined;
  state.lastStamp = Math.max(state.lastStamp, call.now * 1000);
  const latest = Math.max(0, ...[...user.entries.values()].map(({ stamp }) => stamp));
  return ok({
    kind: 'calendar#calendarList',
    etag: `"p3${latest.toString(32)}o"`,
    ...(isMore
      ? { nextPageToken: printPageToken({ after: last.stamp, skip: 0, page: 0 }, identity) }
      : { nextSyncToken: printSyncToken({ stamp: state.lastStamp }, scope) }),
    items: page.map((entry) => renderEntry(call, entry)),
  });
}

export function getCalendarListEntry(call: Call): Answer {
  return ok(renderEntry(call, getEntry(call)));
}

/** Puts an existing calendar on the list. Source: calendarList.insert. */
export function insertCalendarListEntry(call: Call): Answer {
  const id = findString(call.body, 'id');
  if (!id) throw required('Missing calendar id.');
  const calendar = findCalendar(call, id);
  if (!calendar || roleOf(calendar, call.user) === 'none') throw notFound();
  const old = call.user.entries.get(calendar.id);
  const entry = old ?? newListEntry(calendar, 0);
  return ok(saveEntry(call, { ...entry, isDeleted: false, isHidden: false }, call.body));
}

export function updateCalendarListEntry(call: Call): Answer {
  const entry = getEntry(call);
  checkIfMatch(call, entry);
  const fresh = newListEntry(getEntryCalendar(call, entry), entry.stamp);
  return ok(saveEntry(call, { ...fresh, isSelected: false, defaultReminders: [] }, call.body));
}

export function patchCalendarListEntry(call: Call): Answer {
  const entry = getEntry(call);
  checkIfMatch(call, entry);
  const merged = mergePatch(renderEntry(call, entry), call.body);
  return ok(saveEntry(call, entry, merged as JsonObject));
}

/** Leaves the list; the calendar itself stays. The primary and owned ones cannot be left. */
export function deleteCalendarListEntry(call: Call): Answer {
  const entry = getEntry(call);
  const calendar = getEntryCalendar(call, entry);
  if (calendar.isPrimary && calendar.ownerEmail === call.user.email) {
    throw invalid('The primary calendar cannot be removed from the list.');
  }
  putEntry(call, { ...entry, isDeleted: true });
  return NO_CONTENT;
}

/** Stores a changed entry and rings the user's calendarList channels. */
export function putEntry(call: Call, entry: ListEntry): ListEntry {
  const stored = { ...entry, stamp: nextStamp(call.state, call.now) };
  call.user.entries.set(entry.calendarId, stored);
  touchTopic(call, `calendarList:${call.user.accountId}`);
  return stored;
}

export function renderEntry(call: Call, entry: ListEntry): JsonObject {
  const calendar = call.state.calendars.get(entry.calendarId);
  const head = {
    kind: 'calendar#calendarListEntry',
    etag: etagOf(entry.stamp),
    id: entry.calendarId,
  };
  if (!calendar) return { ...head, deleted: true };
  const isOwnPrimary = calendar.isPrimary && calendar.ownerEmail === call.user.email;
  const role = roleOf(calendar, call.user);
  return {
    ...head,
    summary: calendar.summary,
    description: calendar.description,
    location: calendar.location,
    timeZone: calendar.timeZone,
    summaryOverride: entry.summaryOverride,
    colorId: entry.colorId,
    backgroundColor: entry.backgroundColor,
    foregroundColor: entry.foregroundColor,
    ...(entry.isHidden && { hidden: true }),
    ...(entry.isSelected && { selected: true }),
    ...(role !== 'none' && { accessRole: role }),
    defaultReminders: entry.defaultReminders,
    ...(entry.notifications.length > 0 && {
      notificationSettings: { notifications: entry.notifications },
    }),
    ...(isOwnPrimary && { primary: true }),
    ...(entry.isDeleted && { deleted: true }),
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    ...(!calendar.isPrimary && { dataOwner: calendar.ownerEmail }),
  };
}

function saveEntry(call: Call, base: ListEntry, body: JsonObject): JsonObject {
  const stored = putEntry(call, {
    ...base,
    isHidden: findBoolean(body, 'hidden') ?? base.isHidden,
    isSelected: findBoolean(body, 'selected') ?? base.isSelected,
    summaryOverride: findString(body, 'summaryOverride') || undefined,
    ...readColor(call, base, body),
    defaultReminders: body.defaultReminders
      ? readOverrides(body, 'defaultReminders')
      : base.defaultReminders,
    notifications:
      findObjects(findObject(body, 'notificationSettings') ?? {}, 'notifications') ??
      base.notifications,
  });
  return renderEntry(call, stored);
}

/** RGB colours count only with `colorRgbFormat=true`, the index otherwise. */
function readColor(call: Call, base: ListEntry, body: JsonObject): Partial<ListEntry> {
  if (call.query.flag('colorRgbFormat')) {
    return {
      backgroundColor: findString(body, 'backgroundColor') ?? base.backgroundColor,
      foregroundColor: findString(body, 'foregroundColor') ?? base.foregroundColor,
    };
  }
  const colorId = findString(body, 'colorId');
  if (colorId === undefined || colorId === base.colorId) return {};
  const color = colorOf('calendar', colorId);
  if (!color) throw invalid('Invalid color id.');
  return { colorId, backgroundColor: color.background, foregroundColor: color.foreground };
}

function readSince(call: Call, scope: string): number | undefined {
  const { query } = call;
  const text = query.text('syncToken');
  if (text === undefined) return undefined;
  const isRestricted =
    query.has('minAccessRole') ||
    query.has('showOwnOrganizationOnly') ||
    query.flag('showDeleted') === false ||
    query.flag('showHidden') === false;
  if (isRestricted) {
    throw invalid('Sync token cannot be used with other request restrictions.', 'syncToken');
  }
  const token = readSyncToken(text, scope);
  if (token === 'garbled') throw invalid('Invalid sync token value.', 'syncToken');
  const days = call.world.getSwitch('google.syncTokenDays', TOKEN_DAYS);
  const oldest = (call.now - days * DAY_MS) * 1000;
  if (token === 'foreign' || token.stamp < oldest) throw fullSyncRequired();
  return token.stamp;
}

function getEntry(call: Call): ListEntry {
  const given = call.path.calendarId ?? '';
  const id = given === 'primary' ? call.user.email : given;
  const entry = call.user.entries.get(id);
  if (!entry || entry.isDeleted || !call.state.calendars.has(id)) throw notFound();
  return entry;
}

function getEntryCalendar(call: Call, entry: ListEntry): CalendarState {
  const calendar = call.state.calendars.get(entry.calendarId);
  if (!calendar) throw notFound();
  return calendar;
}

function checkIfMatch(call: Call, entry: ListEntry): void {
  const { ifMatch } = call;
  if (ifMatch !== null && ifMatch !== '*' && ifMatch !== etagOf(entry.stamp)) {
    throw conditionNotMet();
  }
}
