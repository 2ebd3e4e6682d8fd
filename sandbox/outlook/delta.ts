import { ok, type Answer, type Call } from './call.ts';
import { readToken, writeToken, type DeltaToken } from './delta-token.ts';
import { renderEvent, renderMoment, typeOf, type Wire } from './event-output.ts';
import { badQuery, GraphError, itemNotFound } from './graph-error.ts';
import { etagOf, eventId, eventIdOf } from './ids.ts';
import { printOnce, viewOfPrefer } from './print-cache.ts';
import { printList } from './printed.ts';
import { readWindow } from './query.ts';
import { isInWindow, listOccurrences } from './series.ts';
import type { Change, StoredCalendar, StoredEvent } from './state.ts';
import { parseInstant } from './wall-clock.ts';

/** Items of a page unless `odata.maxpagesize` says otherwise; seen once, never published. */
const PAGE_SIZE = 50;
const unsupported = ['select', 'expand', 'filter', 'orderby', 'search', 'top'];
/** Years that no calendar leaves: the bounds of a feed without a window. */
const FIRST = Date.UTC(1601, 0, 1);
const LAST = Date.UTC(4500, 8, 1);

type Feed = 'view' | 'events';

/** `GET …/calendarView/delta`. Source: event-delta; the behaviour of series is observed. */
export function trackView(call: Call, calendar: StoredCalendar): Answer {
  const refused = unsupported.filter((name) => call.query.get(name) !== undefined);
  if (refused.length > 0) {
    throw new GraphError(
      400,
      'ErrorInvalidUrlQuery',
      'The following parameters are not supported with change tracking over the ' +
        `'CalendarView' resource: '${refused.map((name) => `$${name}`).join(', ')}'.`,
    );
  }
  return track(call, calendar, 'view');
}

/**
 * `GET …/events/delta`: beta only; single events and masters, few members. Source: beta
 * event-delta.
 */
export function trackEvents(call: Call, calendar: StoredCalendar): Answer {
  if (call.version !== 'beta' && !call.world.getSwitch('outlook.eventsDeltaInV1', false)) {
    throw badQuery('Change tracking over events needs a calendar view in this version.');
  }
  return track(call, calendar, 'events');
}

function track(call: Call, pathCalendar: StoredCalendar, feed: Feed): Answer {
  const given = call.query.get('skiptoken') || call.query.get('deltatoken');
  const token = given ? startRound(call, given) : firstToken(call, pathCalendar, feed);
  const calendar = call.mailbox.calendars.get(token.calendarKey);
  if (!calendar) throw itemNotFound();
  failOnEndlessSeries(call, calendar, token);
  call.prefer.applied.push('odata.track-changes');
  const page = token.isEmptyPage
    ? { value: [], next: { ...token, isEmptyPage: false } }
    : readPage(call, calendar, { token, feed });
  const link = page.next
    ? { '@odata.nextLink': linkOf(call, '$skiptoken', page.next) }
    : { '@odata.deltaLink': linkOf(call, '$deltatoken', endOf(call, token)) };
  const context = `${call.origin}/${call.version}/$metadata#Collection(event)`;
  return ok(printList({ '@odata.context': context, ...link, value: page.value }));
}

function firstToken(call: Call, calendar: StoredCalendar, feed: Feed): DeltaToken {
  const { from, to } = feed === 'view' ? readWindow(call.query) : openWindow(call);
  return {
    calendarKey: calendar.key,
    from,
    to,
    since: 0,
    after: 0,
    until: calendar.changedSeq,
    isEmptyPage: false,
    issuedAt: call.world.runtime.now(),
  };
}

function openWindow({ query }: Call): { from: number; to: number } {
  const text = query.get('startDateTime');
  const from = text === undefined ? FIRST : parseInstant(text);
  if (from === undefined) throw badQuery("The value of 'startDateTime' is invalid.");
  return { from, to: LAST };
}

/** A delta link's token begins a round up to now; a next link's goes on with its own. */
function startRound(call: Call, given: string): DeltaToken {
  const token = readToken(call, given);
  if (call.query.get('skiptoken')) return token;
  const calendar = call.mailbox.calendars.get(token.calendarKey);
  return { ...token, until: calendar?.changedSeq ?? token.until };
}

const endOf = ({ world }: Call, token: DeltaToken): DeltaToken => ({
  ...token,
  since: token.until,
  after: token.until,
  issuedAt: world.runtime.now(),
});

const linkOf = (call: Call, name: string, token: DeltaToken) =>
  `${call.origin}${call.pathname}?${name}=${writeToken(token)}`;

interface Page {
  /** Printed. */
  value: string[];
  next: DeltaToken | null;
}

/** One page in order of change. A series is never split, whatever the page size. */
function readPage(
  call: Call,
  calendar: StoredCalendar,
  { token, feed }: { token: DeltaToken; feed: Feed },
): Page {
  const size = call.prefer.maxPageSize ?? call.world.getSwitch('outlook.deltaPageSize', PAGE_SIZE);
  const value: string[] = [];
  const answered: number[] = [];
  if (calendar.changedSeq <= token.after) return { value, next: null };
  for (const [key, change] of calendar.changes) {
    if (change.seq <= token.after || change.seq > token.until) continue;
    const items = itemsOf(call, key, { change, token, feed });
    if (items.length === 0) continue;
    if (value.length >= size) return { value, next: nextToken(call, token, answered) };
    value.push(...items);
    answered.push(change.seq);
  }
  return { value, next: null };
}

/**
 * Pages overlap by one change and an empty one follows the first: both happen, and clients must
 * stand them.
 */
function nextToken({ world }: Call, token: DeltaToken, answered: number[]): DeltaToken {
  const isReplayed = answered.length > 1 && world.getSwitch('outlook.deltaReplays', true);
  return {
    ...token,
    after: answered.at(isReplayed ? -2 : -1) ?? token.after,
    isEmptyPage: token.after === token.since && world.getSwitch('outlook.deltaEmptyPages', true),
  };
}

interface Asked {
  change: Change;
  token: DeltaToken;
  feed: Feed;
}

/** What the feed says about one changed event, printed. */
function itemsOf(call: Call, key: string, { change, token, feed }: Asked): string[] {
  const event = call.mailbox.events.get(key);
  const isFirstRound = token.since === 0;
  if (change.goneVersion !== null || !event) {
    return isFirstRound ? [] : [print(removed(call, key, change.goneVersion))];
  }
  if (feed === 'events') return isAfter(event, token) ? [print(renderSparse(call, event))] : [];
  if (!isInWindow(event, token.from, token.to)) {
    return isFirstRound ? [] : [print(removed(call, key, event.version))];
  }
  return event.series ? printSeries(call, event, token) : [printWhole(call, event)];
}

const print = (wire: Wire): string => JSON.stringify(wire);

/** A change feed shows one change to many readers. */
const printWhole = (call: Call, event: StoredEvent): string =>
  printOnce(event, `feed${viewOfPrefer(call.prefer)}`, () =>
    print(typed(renderEvent(call, event, null, call.prefer))),
  );

const isAfter = (event: StoredEvent, { from }: DeltaToken) =>
  event.series !== null || event.content.end.at >= from;

function removed(call: Call, key: string, version: number | null): Wire {
  const id = eventIdOf(call.mailbox, key, call.prefer.isImmutableId ? null : version, null);
  return { '@odata.type': '#microsoft.graph.event', id, '@removed': { reason: 'deleted' } };
}

const typed = (wire: Wire): Wire => ({ '@odata.type': '#microsoft.graph.event', ...wire });

/**
 * A changed series comes whole: bare occurrences, full exceptions, and the master though a view has
 * none. A cancelled occurrence is merely missing.
 */
function printSeries(call: Call, event: StoredEvent, { from, to }: DeltaToken): string[] {
  const occurrences = listOccurrences(event, from, to).map((occurrence) =>
    occurrence.exception
      ? print(typed(renderEvent(call, event, occurrence, call.prefer)))
      : print(renderBare(call, event, occurrence)),
  );
  return [...occurrences, printWhole(call, event)];
}

function renderBare(
  { mailbox, prefer }: Call,
  event: StoredEvent,
  occurrence: ReturnType<typeof listOccurrences>[number],
): Wire {
  return typed({
    '@odata.etag': etagOf(mailbox, event.changedSeq),
    id: eventId(mailbox, event, occurrence.slot, prefer.isImmutableId),
    seriesMasterId: eventId(mailbox, event, null, prefer.isImmutableId),
    type: 'occurrence',
    start: renderMoment(occurrence.start, event.content.isAllDay, prefer),
    end: renderMoment(occurrence.end, event.content.isAllDay, prefer),
  });
}

function renderSparse({ mailbox, prefer }: Call, event: StoredEvent): Wire {
  return {
    id: eventId(mailbox, event, null, prefer.isImmutableId),
    type: typeOf(event, null),
    start: renderMoment(event.content.start, event.content.isAllDay, prefer),
    end: renderMoment(event.content.end, event.content.isAllDay, prefer),
  };
}

/** Seen now and then with series that never end and windows of years. Source: docs#6499, #9912. */
function failOnEndlessSeries(call: Call, calendar: StoredCalendar, token: DeltaToken): void {
  const maxDays = call.world.getSwitch('outlook.deltaEndlessSeriesMaxDays', 0);
  if (maxDays === 0 || token.to - token.from <= maxDays * 86_400_000) return;
  for (const { series } of calendar.events.values()) {
    if (series && series.lastDay === null) throw new GraphError(503, 'UnknownError', '');
  }
}
