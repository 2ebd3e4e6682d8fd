import type { When } from '../../calendar/event.ts';
import { toLocalDateTime } from '../../calendar/instants.ts';
import { listOccurrences } from '../../calendar/occurrences.ts';
import type { Runtime } from '../../runtime.ts';
import type { JsonRequest } from '../json-http.ts';
import {
  type CalendarCall,
  type RemoteEvent,
  type RemoteException,
  type RemoteSlot,
  toldDays,
} from '../provider.ts';
import { findMissing, findNoneOfSingle } from '../occurrences.ts';
import { ProviderError } from '../provider-error.ts';
import { readDate } from '../wall-time.ts';
import { eventPath, eventRequest, findEvent, findUnlessGone, withLinkId } from './events.ts';
import {
  eventAnswer,
  eventMembers,
  eventPageAnswer,
  type OutlookEvent,
  type OutlookHttp,
  seriesAnswer,
} from './http.ts';
import { toDate, toRemoteEvent } from './to-remote-event.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Source: event, list instances: ten unless `$top` says otherwise. */
const PAGE_SIZE = 200;
/** More occurrences than this many pages hold is a list that does not end. */
const PAGE_COUNT_MAX = 20;
/** So far may an occurrence have been moved and still be seen to be there. */
const MOVED_DAYS = 40;
/** Exceptions that are told without what we need, and asked for one by one. */
const SINGLES_MAX = 200;

/**
 * The series and what is not as it says. Both members are on a series asked for by its id only, by name.
 * Source: event, `cancelledOccurrences`, `exceptionOccurrences`; event, get.
 *
 * Some mailboxes refuse the names, or leave the members out: there the exceptions are those of
 * `toldDays`. Source: closeio/sync-engine#389; microsoft-graph-docs#9887.
 */
export async function findSeries(
  http: OutlookHttp,
  runtime: Runtime,
  call: CalendarCall,
  externalId: string,
): Promise<RemoteEvent | undefined> {
  const told = await findToldExceptions(http, call, externalId);
  if (told !== 'not-told') return told;
  const series = await findEvent(http, call, externalId);
  if (!series) return undefined;
  if (!series.fields.recurrence) return { ...series, exceptions: [] };
  const compare = () => compareInstances(http, runtime, call, series);
  const exceptions = await findUnlessGone(http, call, compare);
  return exceptions && { ...series, exceptions };
}

async function findToldExceptions(
  http: OutlookHttp,
  call: CalendarCall,
  externalId: string,
): Promise<RemoteEvent | undefined | 'not-told'> {
  const request = eventRequest('GET', call, externalId, {
    $select: `${eventMembers},exceptionOccurrences,cancelledOccurrences`,
    $expand: `exceptionOccurrences,${withLinkId}`,
  });
  const event = await findUnlessGone(http, call, () => http.call(request, seriesAnswer)).catch(
    (error: unknown) => {
      if (error instanceof ProviderError && error.kind === 'refused') return 'not-told' as const;
      throw error;
    },
  );
  if (event === undefined || event === 'not-told') return event;
  const series = toRemoteEvent(event);
  if (!series.fields.recurrence) return { ...series, exceptions: [] };
  const { cancelledOccurrences: cancelled, exceptionOccurrences: changed } = event;
  if (!cancelled || !changed) return 'not-told';
  if (changed.length > SINGLES_MAX)
    throw malformed('A series from Microsoft has no end of exceptions.');
  const exceptions: RemoteException[] = cancelled.map((id) => toCancelled(id, series.externalId));
  for (const entry of changed) {
    const occurrence = await findWhole(http, call, entry);
    if (occurrence) exceptions.push(toChanged(occurrence, series));
  }
  return { ...series, exceptions };
}

/** What is told of an exception beside its id is not promised. Source: event, get; a sample of it. */
async function findWhole(
  http: OutlookHttp,
  call: CalendarCall,
  entry: { id: string },
): Promise<RemoteEvent | undefined> {
  const isWhole = eventAnswer.Check(entry) && entry.type && entry.originalStart;
  return isWhole ? toRemoteEvent(entry) : findEvent(http, call, entry.id);
}

/** `OID.<series>.<date>`, the date in the rule's zone. Source: event, `occurrenceId`. */
function toCancelled(occurrenceId: string, seriesId: string): RemoteException {
  const date = /\.(\d{4}-\d{2}-\d{2})$/.exec(occurrenceId)?.[1];
  if (!date) throw malformed('A cancelled occurrence from Microsoft has no date.');
  return { kind: 'cancelled', slot: { seriesId, originalStart: readDate(date) } };
}

/**
 * The series says whether its places are dates, whatever became of the one. And of which series it is
 * is known from where it was found: there are two kinds of ids. Source: outlook-immutable-id.
 */
function toChanged(occurrence: RemoteEvent, series: RemoteEvent): RemoteException {
  const { slot } = occurrence;
  if (!slot)
    throw malformed('A series from Microsoft has an exception that is none of its occurrences.');
  const at = slot.originalStart;
  const isAllDay = series.fields.when.kind === 'all-day';
  const originalStart = isAllDay && typeof at !== 'string' ? toDate(at) : at;
  return {
    kind: 'changed',
    event: { ...occurrence, slot: { seriesId: series.externalId, originalStart } },
  };
}

/** A cancelled occurrence is merely missing among those that there are. */
async function compareInstances(
  http: OutlookHttp,
  runtime: Runtime,
  call: CalendarCall,
  series: RemoteEvent,
): Promise<RemoteException[]> {
  const { externalId: seriesId, fields } = series;
  const { when, recurrence } = fields;
  if (!recurrence) return [];
  const now = runtime.now();
  const reach = (days: number) => ({
    from: new Date(now - (toldDays.back + days) * DAY_MS),
    until: new Date(now + (toldDays.ahead + days) * DAY_MS),
  });
  const instances = await listInstances(http, call, seriesId, reach(MOVED_DAYS));
  const there = new Set(instances.map((event) => dateOf(toRemoteEvent(event).slot, when)));
  const max = PAGE_SIZE * PAGE_COUNT_MAX;
  const cancelled = listOccurrences({ when, recurrence }, reach(0), max)
    .map(({ originalStart }) => originalStart.slice(0, 10))
    .filter((date) => !there.has(date));
  const changed = instances.filter(({ type }) => type === 'exception');
  return [
    ...cancelled.map((originalStart) => ({
      kind: 'cancelled' as const,
      slot: { seriesId, originalStart },
    })),
    ...changed.map((event) => toChanged(toRemoteEvent(event), series)),
  ];
}

/**
 * Looked for around its original start; one that was moved away from there is among the exceptions of
 * its series. Source: event, list instances.
 */
export async function findOccurrence(
  http: OutlookHttp,
  runtime: Runtime,
  call: CalendarCall,
  slot: RemoteSlot,
): Promise<RemoteEvent | undefined> {
  const series = await findSeriesOfDate(http, call, slot);
  if (series === 'none') return undefined;
  const isIt = (event: RemoteEvent) =>
    event.slot !== null && isAt(event.slot, slot, series?.fields.when);
  const at = Date.parse(toInstantText(slot.originalStart));
  // Places are dates in the series' zone: half a day more or less than in UTC.
  const window = { from: new Date(at - DAY_MS), until: new Date(at + 2 * DAY_MS) };
  const list = () => listInstances(http, call, slot.seriesId, window);
  const instances = await findNoneOfSingle(
    () => findUnlessGone(http, call, list),
    () => findEvent(http, call, slot.seriesId),
  );
  if (!instances) return undefined;
  const found = instances.map(toRemoteEvent).find(isIt);
  if (found?.slot) return { ...found, slot: { ...found.slot, seriesId: slot.seriesId } };
  const whole = await findSeries(http, runtime, call, slot.seriesId);
  return findMissing(whole, slot, (one) => isAt(one, slot, whole?.fields.when));
}

/** Only the series says in which zone a date is meant. */
async function findSeriesOfDate(
  http: OutlookHttp,
  call: CalendarCall,
  { seriesId, originalStart }: RemoteSlot,
): Promise<RemoteEvent | 'none' | undefined> {
  if (typeof originalStart !== 'string') return undefined;
  return (await findEvent(http, call, seriesId)) ?? 'none';
}

function isAt(slot: RemoteSlot, wanted: RemoteSlot, when: When | undefined): boolean {
  if (when) return dateOf(slot, when) === dateOf(wanted, when);
  return toInstantText(slot.originalStart) === toInstantText(wanted.originalStart);
}

/** There is one occurrence a day at most, so its date names it. */
function dateOf(slot: RemoteSlot | null, when: When): string | undefined {
  const at = slot?.originalStart;
  if (at === undefined || typeof at === 'string') return at;
  if (when.kind === 'all-day') return toDate(at);
  return toLocalDateTime(at.getTime(), when.timeZone).slice(0, 10);
}

const toInstantText = (start: RemoteSlot['originalStart']) =>
  typeof start === 'string' ? `${start}T00:00:00.000Z` : start.toISOString();

/** All pages, in no order. */
async function listInstances(
  http: OutlookHttp,
  call: CalendarCall,
  seriesId: string,
  { from, until }: { from: Date; until: Date },
): Promise<OutlookEvent[]> {
  const events: OutlookEvent[] = [];
  let where: JsonRequest['where'] = {
    path: `${eventPath(call, seriesId)}/instances`,
    query: {
      startDateTime: from.toISOString(),
      endDateTime: until.toISOString(),
      $select: eventMembers,
      $top: String(PAGE_SIZE),
    },
  };
  for (let pageCount = 0; pageCount < PAGE_COUNT_MAX; pageCount++) {
    const { accessToken } = call;
    const request: JsonRequest = { method: 'GET', where, accessToken, subject: 'event' };
    const { value, '@odata.nextLink': nextLink } = await http.call(request, eventPageAnswer);
    events.push(...value);
    if (nextLink === undefined) return events;
    where = { nextLink };
  }
  throw malformed(`Microsoft’s list of occurrences did not end in ${PAGE_COUNT_MAX} pages.`);
}

const malformed = (what: string) => new ProviderError('malformed-answer', what);
