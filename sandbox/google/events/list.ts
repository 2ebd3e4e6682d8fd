/** events.list, full and incremental. */

import { getCalendar, roleOf } from '../access.ts';
import { ok, type Answer, type Call } from '../call.ts';
import type { CalendarState } from '../state.ts';
import { changesAfter } from '../state.ts';
import { printPageToken, readPageToken } from '../page-token.ts';
import { printSyncToken } from '../sync-token.ts';
import { readListQuery, type ListQuery } from './list-query.ts';
import { isListed } from './list-filter.ts';
import { renderJson } from './render-cache.ts';
import type { StoredEvent } from './event.ts';
import { viewOf } from './view.ts';

interface Page {
  readonly events: readonly StoredEvent[];
  readonly next: { readonly after: number; readonly skip: number } | null;
}

/** Source: events.list, guides/sync. */
export function listEvents(call: Call): Answer {
  const calendar = getCalendar(call, 'freeBusyReader');
  const query = readListQuery(call, calendar);
  const view = viewOf(call, calendar, !query.showDeleted);
  const token = call.query.text('pageToken');
  const from = token ? readPageToken(token, query.identity) : { after: 0, skip: 0, page: 0 };
  const isEmpty = isEmptyPage(call, from.page);
  const page = isEmpty
    ? { events: [], next: { after: from.after, skip: from.skip } }
    : pageOfChanges(calendar, query, Math.max(from.after, query.since));
  const next = page.next && printPageToken({ ...page.next, page: from.page + 1 }, query.identity);
  const items = page.events.map((event) => renderJson(event, view));
  const tail = next ? { nextPageToken: next } : { nextSyncToken: newSyncToken(call, query) };
  return ok(printEnvelope(call, calendar, items, tail));
}

function pageOfChanges(calendar: CalendarState, query: ListQuery, after: number): Page {
  const events: StoredEvent[] = [];
  let last = after;
  for (const event of changesAfter(calendar, after)) {
    if (!isListed(event, query, calendar)) continue;
    if (events.length === query.maxResults) return { events, next: { after: last, skip: 0 } };
    events.push(event);
    last = event.stamp;
  }
  return { events, next: null };
}

/** Google may give empty pages in the middle; with the switch at n every n-th page is one. */
function isEmptyPage(call: Call, page: number): boolean {
  const every = call.world.getSwitch('google.emptyPageEvery', 0);
  return every > 0 && page % (every + 1) === every;
}

function newSyncToken(call: Call, query: ListQuery): string {
  const { state, now } = call;
  // Whatever changes from here on must get a later stamp than the token.
  state.lastStamp = Math.max(state.lastStamp, now * 1000);
  const isWindowed = call.world.getSwitch('google.deltasAreWindowed', false);
  const window = isWindowed ? { timeMin: query.timeMin, timeMax: query.timeMax } : {};
  return printSyncToken({ stamp: state.lastStamp, ...window }, query.tokenScope);
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
  return `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}]}`;
}
