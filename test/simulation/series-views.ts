import type { TimeZone, When } from '../../src/calendar/event.ts';
import { toWall } from '../../sandbox/google/zones.ts';
import { units, type Values } from './memory.ts';
import {
  type GraphRule,
  goesOn,
  linesOf,
  listSlots,
  printDay,
  type Slot,
  whenOn,
  window,
} from './series-rules.ts';
import { wordsOfWhen } from './typing.ts';
import {
  isOfSeries,
  readGoogle,
  readGraph,
  type Seen,
  type SeenHere,
  type SeenLink,
} from './views.ts';
import { callAs, type Side, type World } from './world.ts';

/** An occurrence as it stands somewhere. */
export interface SeenSlot {
  /** Of the occurrence, for its calendar; here that of its own event, or '' where it has none. */
  id: string;
  values: Values;
}
export type Slots = ReadonlyMap<Slot, SeenSlot>;

/** A series as it stands somewhere, with what a person sees of it; or one date of one, by itself. */
export interface SeenSeries extends Seen {
  when: When;
  /** None where it is one date. */
  lines: readonly string[];
  /** In Graph's own words, if it is there. */
  graph: GraphRule | null;
  slots: Slots;
}

/** What a series says of one of its days, unless the occurrence says otherwise. */
export const valuesOn = (
  { values, when }: Pick<SeenSeries, 'values' | 'when'>,
  slot: Slot,
): Values => ({
  ...values,
  when: wordsOfWhen(whenOn(when, slot)),
});

/** All days that the rule gives, whether or not they were cancelled. */
export const ruleSlots = ({ when, lines }: Pick<SeenSeries, 'when' | 'lines'>): Slot[] =>
  listSlots(when, lines);

/**
 * The live series of the tenant's, with exceptions in the place of what they replace; and what became an
 * event of its own of one.
 */
export function seeSeriesHere(here: readonly SeenHere[]): SeenSeriesHere[] {
  return here.flatMap((row): SeenSeriesHere[] => {
    if (!row.isLive || row.seriesId !== null || !isOfSeries(row.mark)) return [];
    const { when, lines, values, id, mark } = row;
    if (!lines) {
      const slots: Slots = new Map([[slotOf(when), { id, values }]]);
      return [{ id, mark, values, when, lines: [], graph: null, slots, row }];
    }
    const slots = new Map<Slot, SeenSlot>();
    for (const slot of listSlots(when, lines)) {
      slots.set(slot, { id: '', values: valuesOn(row, slot) });
    }
    for (const one of here) {
      if (one.seriesId !== id || one.isDeleted || one.originalStart === null) continue;
      const slot = one.originalStart.slice(0, 10);
      if (!one.isLive) slots.delete(slot);
      else slots.set(slot, { id: one.id, values: one.values });
    }
    return [{ id, mark, values, when, lines, graph: null, slots, row }];
  });
}

type SeenSeriesHere = SeenSeries & { row: SeenHere };

type Raw = Record<string, unknown>;

/** The series of a provider's calendar, as its own view of single occurrences shows them. */
export async function seeSeriesThere(world: World, side: Side): Promise<SeenSeries[]> {
  const { email } = world.places.find((place) => place.side === side) ?? { email: '' };
  const list = async (path: string) => {
    const answer = await callAs(world.sandbox, side, email, 'GET', path);
    return (answer['items'] ?? answer['value'] ?? []) as Raw[];
  };
  const { from, until } = window;
  const isGoogle = side === 'google';
  const all = isGoogle
    ? await list('/calendar/v3/calendars/primary/events?maxResults=2500')
    : await list('/v1.0/me/events?$top=999');
  const masters = all.filter(({ recurrence, status }) => recurrence && status !== 'cancelled');
  const singles = all
    .filter((item) => (isGoogle ? isSingleAtGoogle(item) : item['type'] === 'singleInstance'))
    .flatMap((item) =>
      isGoogle
        ? seeDate(readGoogle(item), whenAtGoogle(item))
        : seeDate(readGraph(item), whenAtGraph(item)),
    );
  if (masters.length === 0) return singles;
  const shown = isGoogle
    ? await list(
        `/calendar/v3/calendars/primary/events?singleEvents=true&maxResults=2500&timeMin=${from}&timeMax=${until}`,
      )
    : await list(
        `/v1.0/me/calendarView?$top=999&$select=*,originalStart&startDateTime=${from}&endDateTime=${until}`,
      );
  const series = masters.map((master) => {
    const seen = isGoogle ? readGoogle(master) : readGraph(master);
    const when = isGoogle ? whenAtGoogle(master) : whenAtGraph(master);
    const graph = isGoogle ? null : (master['recurrence'] as GraphRule);
    const lines = graph ? linesOf(graph, when) : (master['recurrence'] as string[]);
    const slots = new Map<Slot, SeenSlot>();
    for (const item of shown) {
      if ((item['recurringEventId'] ?? item['seriesMasterId']) !== seen.id) continue;
      const { id, values } = isGoogle ? readGoogle(item) : readGraph(item);
      slots.set(isGoogle ? slotAtGoogle(item) : slotAtGraph(item), { id, values });
    }
    return { ...seen, when, lines, graph, slots };
  });
  return [...series, ...singles];
}

const isSingleAtGoogle = ({ recurrence, recurringEventId, status }: Raw) =>
  !recurrence && !recurringEventId && status !== 'cancelled';

/**
 * What Graph cannot hold as series is single events there, each of which is one of its days; and a day that
 * was put back is an event by itself everywhere.
 */
function seeDate(seen: Seen, when: When): SeenSeries[] {
  if (!isOfSeries(seen.mark)) return [];
  const slot = slotOf(when);
  const isShown = slot >= window.from.slice(0, 10) && slot < window.until.slice(0, 10);
  const slots: Slots = new Map(isShown ? [[slot, { id: seen.id, values: seen.values }]] : []);
  return [{ ...seen, when, lines: [], graph: null, slots }];
}

export const slotOf = (when: When): Slot =>
  (when.kind === 'all-day' ? when.startDate : when.start).slice(0, 10);

export const isOneDate = ({ lines }: Pick<SeenSeries, 'lines'>): boolean => lines.length === 0;

/** How a series here is followed there: as a whole, in parts, or date by date. */
export const linksAt = (here: readonly SeenHere[], seriesId: string, side: Side): SeenLink[] =>
  here
    .filter(({ id, seriesId: of }) => id === seriesId || of === seriesId)
    .flatMap(({ id, links }) =>
      links.filter(
        (link) =>
          link.side === side && link.state !== 'closed' && (id === seriesId || link.isByItself),
      ),
    );

/** It stands for all of the dates that are there by themselves, and is none. */
export const isAnchor = ({ externalId, state, sent }: SeenLink): boolean =>
  externalId === null && !sent && ['synced', 'conflict'].includes(state);

/**
 * All days that it has at Outlook were cancelled before anybody here heard of it: Graph's feed tells only of series
 * that have an occurrence in its window, and in the calendar nobody finds it either.
 */
export const isUnseen = (
  here: readonly SeenHere[],
  { id, slots, graph, when, lines }: SeenSeries,
): boolean =>
  graph !== null &&
  slots.size === 0 &&
  !goesOn(when, lines) &&
  here.every(({ links }) => links.every(({ externalId }) => externalId !== id));

/** Without dates that are nobody's, of a series that had a date and has it no more, say; nor what nobody sees. */
export const withOwnDates = (
  here: readonly SeenHere[],
  there: readonly SeenSeries[],
  side: Side,
): SeenSeries[] => {
  const own = seeSeriesHere(here).flatMap(({ id }) => linksAt(here, id, side));
  return there.filter((one) =>
    isOneDate(one) ? own.some(({ externalId }) => externalId === one.id) : !isUnseen(here, one),
  );
};

function whenAtGoogle({ start, end }: Raw): When {
  const [from, to] = [start, end] as Record<string, string>[];
  if (from?.['date']) {
    return { kind: 'all-day', startDate: from['date'], endDate: to?.['date'] ?? '' };
  }
  return timed(from?.['dateTime'], to?.['dateTime'], from?.['timeZone'] ?? 'UTC');
}

/** The zones that people plan in, by Microsoft's names. */
const windowsZones: Record<string, string> = {
  'W. Europe Standard Time': 'Europe/Berlin',
  'Eastern Standard Time': 'America/New_York',
  'India Standard Time': 'Asia/Kolkata',
};

function whenAtGraph({ start, end, isAllDay, originalStartTimeZone: zone }: Raw): When {
  const [from, to] = [start, end].map((one) => (one as Record<string, string>)['dateTime'] ?? '');
  if (isAllDay) {
    return {
      kind: 'all-day',
      startDate: (from ?? '').slice(0, 10),
      endDate: (to ?? '').slice(0, 10),
    };
  }
  const utc = (time = '') => `${time.slice(0, 19)}Z`;
  return timed(utc(from), utc(to), windowsZones[String(zone)] ?? String(zone));
}

function timed(start = '', end = '', timeZone: string): When {
  const local = (instant: string) =>
    new Date(toWall(timeZone, Date.parse(instant))).toISOString().slice(0, 19);
  return {
    kind: 'timed',
    start: local(start),
    end: local(end),
    timeZone: timeZone as TimeZone,
  };
}

function slotAtGoogle({ originalStartTime }: Raw): Slot {
  const { date, dateTime } = originalStartTime as { date?: string; dateTime?: string };
  return date ?? printDay(Date.parse(dateTime ?? ''));
}

const slotAtGraph = ({ originalStart }: Raw): Slot => printDay(Date.parse(String(originalStart)));

/** What a calendar has of a series here: Graph's may be several that share its days out. */
export const partsOf = (links: readonly SeenLink[], there: readonly SeenSeries[]): SeenSeries[] => {
  const ids = links.map(({ externalId }) => externalId);
  return there.filter(({ id }) => ids.includes(id));
};

/** All occurrences of one mark at a place, whichever series they are of. */
export function slotsOf(all: readonly SeenSeries[], mark: string): Slots {
  const own = all.filter((series) => series.mark === mark);
  return new Map(own.flatMap(({ slots }) => [...slots]));
}

/** Whether two places show an occurrence alike; what one cannot hold may look like no change. */
export const isAlike = (a: SeenSlot, b: SeenSlot): boolean =>
  units.every((unit) => unit === 'showAs' || a.values[unit] === b.values[unit]);
