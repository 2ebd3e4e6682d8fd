import type { EventInput } from '@fullcalendar/react';
import type {
  Busy,
  CalendarEvent,
  CalendarEvents,
} from '../../../src/api/schemas/calendar-events.ts';
import { calendarPage as texts } from '../../texts.ts';
import { addDays } from '../../time/wall-clock.ts';
import { capDays, type Days, findDays, type Times } from './days.ts';
import { keyOf, type Move } from './moves.ts';
import { HERE } from './shown.ts';

/** As many colours as can be told apart; then they begin again. */
const TONES = 8;

/** The colours of calendars, by their ids: the same for the same calendars. */
export type Tones = ReadonlyMap<string, string>;

export function giveTones(calendars: CalendarEvents['calendars']): Tones {
  return new Map([
    ...calendars.map(({ id }, index) => [id, String(index % TONES)] as const),
    [HERE, HERE] as const,
  ]);
}

/** Colleagues have the colours from the other end, so that they seldom are those of a calendar. */
export function toneOfPerson(people: readonly string[], id: string): string {
  const place = people.indexOf(id);
  return place < 0 ? HERE : String(TONES - 1 - (place % TONES));
}

/** What the component keeps of each event for us. */
export type Drawn =
  | { kind: 'own'; event: CalendarEvent; tone: string; calendar: string; timeZone: string }
  | { kind: 'busy'; name: string; tone: string }
  /** Stands for what a day has no room for. */
  | { kind: 'more'; date: string; tone: string };

/** Something on some of the days that are shown: their places among these. */
export interface Placed {
  input: EventInput;
  from: number;
  to: number;
}

interface OwnEvents {
  data: CalendarEvents;
  hidden: readonly string[];
  tones: Tones;
  days: Days;
  /** Moved, and not yet saved. */
  moving: Move | undefined;
  /** The viewer's. */
  timeZone: string;
}

/** One's own events in calendars that are shown, in the colour of the first of these. */
export function placeOwn(props: OwnEvents): Placed[] {
  const { data, hidden, tones, days, moving, timeZone } = props;
  const order = new Map(data.calendars.map(({ id }, index) => [id, index]));
  const names = new Map(data.calendars.map(({ id, name }) => [id, name]));
  names.set(HERE, texts.here);
  const rank = (id: string) => order.get(id) ?? Number.POSITIVE_INFINITY;
  const movingKey = moving && keyOf(moving.event);
  const here = [HERE];
  return data.events.flatMap((event) => {
    const key = keyOf(event);
    const times = moving && key === movingKey ? timesOfMove(moving) : timesOf(event);
    const place = findDays(times, days);
    if (!place) return [];
    const ids = event.calendar_ids.length > 0 ? event.calendar_ids : here;
    const shown = ids.filter((id) => !hidden.includes(id)).sort((a, b) => rank(a) - rank(b));
    const [first] = shown;
    if (first === undefined) return [];
    const calendar = shown.map((id) => names.get(id) ?? '').join(', ');
    const tone = tones.get(first) ?? HERE;
    const drawn: Drawn = { kind: 'own', event, tone, calendar, timeZone };
    return [{ ...place, input: toInput(key, event.title, times, drawn, event.can_edit) }];
  });
}

/** A colleague's time that is taken: not to be moved, and nothing to open. */
export function placeBusy(
  { busy }: Busy,
  person: { id: string; name: string; tone: string },
  days: Days,
): Placed[] {
  const drawn: Drawn = { kind: 'busy', name: person.name, tone: person.tone };
  return busy.flatMap(({ is_all_day: isAllDay, start, end }) => {
    const times = { isAllDay, start, end };
    const place = findDays(times, days);
    const key = `${person.id} ${start}`;
    return place
      ? [{ ...place, input: toInput(key, texts.busy(person.name), times, drawn, false) }]
      : [];
  });
}

export const isOn = (event: CalendarEvent, days: Days): boolean =>
  findDays(timesOf(event), days) !== undefined;

const timesOf = ({ is_all_day: isAllDay, ...event }: CalendarEvent): Times =>
  isAllDay
    ? { isAllDay, start: event.start, end: event.end }
    : { isAllDay, start: event.starts_at, end: event.ends_at };

const timesOfMove = ({ to }: Move): Times =>
  to.isAllDay ? to : { isAllDay: false, start: to.start.toISOString(), end: to.end.toISOString() };

const toInput = (
  id: string,
  title: string,
  { isAllDay: allDay, start, end }: Times,
  drawn: Drawn,
  editable: boolean,
): EventInput => ({
  id,
  title,
  start,
  end,
  allDay,
  editable,
  interactive: drawn.kind !== 'busy',
  extendedProps: { drawn },
});

const startOf = ({ input }: Placed) => String(input.start);
/** As the component orders them: by start, the longer first. */
const byStart = (a: Placed, b: Placed) =>
  b.to - b.from - (a.to - a.from) || (startOf(a) < startOf(b) ? -1 : 1);

/**
 * A month draws so many of a day, and one entry for the rest that leads to the day. Done here and not
 * by the component, which would lay out every event of a full month to show a few.
 */
export function capMonth(
  placed: readonly Placed[],
  days: Days,
  { max, toMore }: { max: number; toMore: (count: number) => string },
): EventInput[] {
  const sorted = placed.toSorted((a, b) => a.from - b.from || byStart(a, b));
  const { kept, more } = capDays(sorted, days.midnights.length - 1, max);
  const rest = more.flatMap((count, index) => {
    if (count === 0) return [];
    const date = addDays(days.first, index);
    const drawn: Drawn = { kind: 'more', date, tone: HERE };
    const last = new Date((days.midnights[index + 1] ?? 0) - 1).toISOString();
    const times = { isAllDay: false, start: last, end: last };
    return [toInput(`more ${date}`, toMore(count), times, drawn, false)];
  });
  return [...kept.map(({ input }) => input), ...rest];
}
