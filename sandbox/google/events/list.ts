/** events.list and events.instances. */

import { getCalendar, isAtLeast, roleOf } from '../access.ts';
import { ok, type Answer, type Call } from '../call.ts';
import { GoogleError, invalid, notFound } from '../errors.ts';
import { printPageToken, readPageToken, type PageToken } from '../page-token.ts';
import { changesAfter, type CalendarState } from '../state.ts';
import { printSyncToken } from '../sync-token.ts';
import type { StoredEvent } from './event.ts';
import { listSingleEvents } from './list-single.ts';
import { findRecord, instancesOf, instantOf, isForgotten, momentOf, spanOf } from './instances.ts';
import { isListed } from './list-filter.ts';
import { readListQuery, readPageSize, readTimestamp, type ListQuery } from './list-query.ts';
import { renderJson } from './render-cache.ts';
import { parseDate, parseTimestamp } from './time.ts';
import { viewOf } from './view.ts';

interface Page {
  readonly events: readonly StoredEvent[];
  readonly next: { readonly after: number; readonly skip: number } | null;
}

const FIRST_PAGE: PageToken = { after: 0, skip: 0, page: 0 };
const ENVELOPE_ONLY = ['pageToken', 'maxResults', 'fields', 'alt', 'prettyPrint', 'key'];

/** Source: events.list, guides/sync. */
export function listEvents(call: Call): Answer {
  const calendar = getCalendar(call, 'freeBusyReader');
  const isFreeBusyOnly = !isAtLeast(roleOf(calendar, call.user), 'reader');
  const asked = readListQuery(call, calendar);
  // Busy times have no series. Source: guides/recurringevents.
  const query = isFreeBusyOnly ? { ...asked, singleEvents: true } : asked;
  const token = call.query.text('pageToken');
  const from = token ? readPageToken(token, query.identity) : FIRST_PAGE;
  const page = pageOf(call, calendar, query, from);
  const view = viewOf(call, calendar, !query.showDeleted);
  const items = page.events.map((event) => renderJson(event, view));
  const next = page.next && printPageToken({ ...page.next, page: from.page + 1 }, query.identity);
  const tail = next ? { nextPageToken: next } : { nextSyncToken: newSyncToken(call, query) };
  return ok(printEnvelope(call, calendar, items, tail));
}

/** Source: events.instances. Here `timeMin` is inclusive. */
export function listInstances(call: Call): Answer {
  const calendar = getCalendar(call, 'freeBusyReader');
  const master = findRecord(call, calendar, call.path.eventId ?? '');
  if (!master) throw notFound();
  if (!master.data.recurrence) throw invalid('The event is not recurring.');
  const timeMin = readTimestamp(call, 'timeMin');
  const timeMax = readTimestamp(call, 'timeMax');
  const original = readOriginalStart(call);
  const showDeleted = call.query.flag('showDeleted') ?? false;
  const span = spanOf(call, master, { from: timeMin, to: timeMax });
  const horizon = span.to;
  const all = instancesOf(call, calendar, master, span).filter(({ data }) => {
    if (data.status === 'cancelled' && !showDeleted) return false;
    const slot = data.originalStartTime;
    if (original !== undefined) return slot !== undefined && momentOf(slot) === original;
    const start = instantOf(data.start, calendar.timeZone);
    const end = instantOf(data.end, calendar.timeZone);
    return start < (timeMax ?? horizon) && end >= (timeMin ?? Number.NEGATIVE_INFINITY);
  });
  const identity = call.query.identity(ENVELOPE_ONLY);
  const token = call.query.text('pageToken');
  const from = token ? readPageToken(token, identity) : FIRST_PAGE;
  const page = slice(all, from.skip, readPageSize(call));
  const view = viewOf(call, calendar);
  const items = page.events.map((event) => renderJson(event, view));
  const next = page.next && printPageToken({ ...page.next, page: from.page + 1 }, identity);
  return ok(printEnvelope(call, calendar, items, next ? { nextPageToken: next } : {}));
}

/** With the switch at n every n-th page in the middle is empty, as Google's may be. */
function pageOf(call: Call, calendar: CalendarState, query: ListQuery, from: PageToken): Page {
  const every = call.world.getSwitch('google.emptyPageEvery', 0);
  const isEmpty = every > 0 && from.page % (every + 1) === every;
  if (isEmpty) return { events: [], next: { after: from.after, skip: from.skip } };
  if (query.singleEvents) {
    return slice(listSingleEvents(call, calendar, query), from.skip, query.maxResults);
  }
  return pageOfChanges(call, calendar, query, Math.max(from.after, query.since));
}

function pageOfChanges(call: Call, calendar: CalendarState, query: ListQuery, after: number): Page {
  const events: StoredEvent[] = [];
  let last = after;
  for (const event of changesAfter(calendar, after)) {
    if (!isListed(call, event, query, calendar)) continue;
    if (isForgotten(call, event)) continue;
    if (events.length === query.maxResults) return { events, next: { after: last, skip: 0 } };
    events.push(event);
    last = event.stamp;
  }
  return { events, next: null };
}

function slice(all: readonly StoredEvent[], skip: number, size: number): Page {
  const events = all.slice(skip, skip + size);
  return { events, next: all.length > skip + size ? { after: 0, skip: skip + size } : null };
}

function newSyncToken(call: Call, query: ListQuery): string {
  const { state, now } = call;
  // Whatever changes from here on must get a later stamp than the token.
  state.lastStamp = Math.max(state.lastStamp, now * 1000);
  const isWindowed = call.world.getSwitch('google.deltasAreWindowed', false);
  const window = isWindowed ? { timeMin: query.timeMin, timeMax: query.timeMax } : {};
  return printSyncToken({ stamp: state.lastStamp, ...window }, query.tokenScope);
}

function readOriginalStart(call: Call): number | undefined {
  const text = call.query.text('originalStart');
  if (text === undefined) return undefined;
  const moment = parseDate(text) ?? parseTimestamp(text);
  if (moment === undefined) throw new GoogleError(400, 'badRequest', 'Bad Request');
  return moment;
}

function printEnvelope(
  call: Call,
  calendar: CalendarState,
  items: readonly string[],
  tail: object,
): string {
  const entry = call.user.entries.get(calendar.id);
  const head = {
    kind: 'calendar#events',
    etag: `"p3${calendar.eventsStamp.toString(32)}o"`,
    summary: calendar.summary,
    description: calendar.description ?? '',
    updated: new Date(Math.floor(calendar.eventsStamp / 1000)).toISOString(),
    timeZone: calendar.timeZone,
    accessRole: roleOf(calendar, call.user),
    defaultReminders: entry?.defaultReminders ?? [],
    ...tail,
  };
  // Added up piece by piece: a page of megabytes is then put together once, where it is sent.
  let text = `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (const [index, item] of items.entries()) text += index === 0 ? item : `,${item}`;
  return `${text}]}`;
}
