import '@fullcalendar/react/skeleton.css';
import FullCalendar, {
  type CalendarOptions,
  type CalendarRef,
  type DateSpanApi,
  type EventChangeInfo,
  type EventInput,
} from '@fullcalendar/react';
import dayGridPlugin from '@fullcalendar/react/daygrid';
import interactionPlugin from '@fullcalendar/react/interaction';
import listPlugin from '@fullcalendar/react/list';
import timeGridPlugin from '@fullcalendar/react/timegrid';
import { CloseIcon, Skeleton } from '@mantine/core';
import { memo, startTransition, useEffect, useMemo, useRef, useState } from 'react';
import type { CalendarEvent } from '../../../src/api/schemas/calendar-events.ts';
import { calendarPage as texts } from '../../texts.ts';
import { dayOf, formatLeaf, isolate } from '../../time/format.ts';
import { readLanguage } from '../../time/language.ts';
import { addDays } from '../../time/wall-clock.ts';
import type { Drawn } from './event-inputs.ts';
import { EventLabel } from './event-label.tsx';
import { gridLook } from './grid-look.ts';
import { formatGridTime } from './grid-times.ts';
import type { Move, Place } from './moves.ts';
import grid from './calendar-grid.module.css';
import { AGENDA_DAYS, SHORT_WEEK, type View } from './span.ts';

interface CalendarGridProps {
  view: View;
  date: string;
  firstDay: number;
  /** The viewer's, one that this browser knows. */
  timeZone: string;
  inputs: EventInput[];
  isNarrow: boolean;
  isWide: boolean;
  isLoading: boolean;
  /** What an agenda without events says. */
  emptyText: string;
  onOpen: (event: CalendarEvent) => void;
  onMove: (move: Move) => void;
  onNew: (place: Place) => void;
  onDay: (date: string) => void;
}

const types: Record<View, string> = {
  month: 'dayGridMonth',
  week: 'timeGridWeek',
  day: 'timeGridDay',
  agenda: 'agenda',
};
const plugins = [dayGridPlugin, timeGridPlugin, listPlugin, interactionPlugin];

/** A week with more than this is drawn one beside the other no more: nobody could read it. */
const FULL_WEEK = { wide: 400, else: 100 };

const HOUR_MS = 60 * 60 * 1000;

/** What is the same in every view and for everybody. */
const fixed = {
  locale: readLanguage(),
  plugins,
  headerToolbar: false,
  editable: true,
  selectable: true,
  // Less is a click: it begins an event of an hour, by `dateClick`.
  selectMinDistance: 6,
  selectMirror: true,
  nowIndicator: true,
  navLinks: true,
  forceEventDuration: true,
  eventDragMinDistance: 6,
  fixedWeekCount: false,
  expandRows: true,
  slotEventOverlap: false,
  dayHeaderAlign: ({ inPopover }) => (inPopover ? 'start' : 'center'),
  popoverCloseContent: <CloseIcon size="18px" />,
  scrollTime: '07:30',
  slotDuration: '00:30',
  snapDuration: '00:15',
  eventShortHeight: 34,
  eventMinHeight: 20,
  // What goes on into the night is of the evening's day.
  nextDayThreshold: '05:00',
  allDayText: texts.allDay,
  moreLinkText: (count) => isolate(texts.moreEvents(count)),
  moreLinkHint: texts.moreHint,
  navLinkHint: texts.openDay,
  closeHint: texts.closeDay,
  eventsHint: texts.events,
  eventOrder: 'start,-duration,allDay,title',
  eventTimeFormat: formatGridTime,
  slotHeaderFormat: formatGridTime,
} satisfies CalendarOptions;

/** How much is drawn at once is bounded in every view; the rest is behind "more". */
function viewsFor(
  isNarrow: boolean,
  isFull: boolean,
  timeZone: string,
): NonNullable<CalendarOptions['views']> {
  return {
    dayGridMonth: {
      dayHeaderFormat: { weekday: isNarrow ? 'narrow' : 'short' },
    },
    timeGridWeek: {
      // A phone has room for three days that can be read.
      ...(isNarrow && { type: 'timeGrid', duration: { days: SHORT_WEEK } }),
      dayHeaderContent: ({ date }) => {
        const { weekday, day } = formatLeaf(dayOf(date, timeZone));
        // The component names the day by its date; words beside that would not be part of the name.
        return <span data-weekday={weekday}>{day}</span>;
      },
      eventMaxStack: isFull ? 1 : 2,
      dayMaxEvents: 3,
    },
    timeGridDay: { eventMaxStack: isNarrow ? 3 : 6, dayMaxEvents: 6, dayHeaders: false },
    agenda: {
      type: 'list',
      duration: { days: AGENDA_DAYS },
      listDayFormat: { weekday: 'long' },
      listDayAltFormat: { day: 'numeric', month: 'long' },
    },
  };
}

/** The calendar component, told what to show by its properties alone. */
export const CalendarGrid = memo(function CalendarGrid(props: CalendarGridProps) {
  const { view, date, timeZone, isNarrow } = props;
  const calendar = useRef<CalendarRef>(null);
  const [first] = useState({ view, date });
  const fullFrom = FULL_WEEK[props.isWide ? 'wide' : 'else'];
  const isFull = view === 'week' && props.inputs.length > fullFrom;
  const views = useMemo(() => viewsFor(isNarrow, isFull, timeZone), [isNarrow, isFull, timeZone]);
  const inputs = useSettled(props, () => {
    const api = calendar.current?.getApi();
    if (!api) return;
    if (api.view.type !== types[view]) api.changeView(types[view], date);
    else if (dayOf(api.getDate(), timeZone) !== date) api.gotoDate(date);
  });

  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Hours without an event have nothing to focus: from a day's cell the keyboard scrolls them.
    const cell = root.current?.querySelector<HTMLElement>(`.${grid.hours}`);
    if (cell) cell.tabIndex = 0;
  });

  const begin = (place: Place) => {
    calendar.current?.getApi().unselect();
    props.onNew(place);
  };
  return (
    <div ref={root} style={{ height: '100%' }}>
      <FullCalendar
        ref={calendar}
        {...gridLook}
        {...fixed}
        views={views}
        height={view === 'agenda' ? 'auto' : '100%'}
        initialView={types[first.view]}
        initialDate={first.date}
        firstDay={props.firstDay}
        timeZone={timeZone}
        direction={document.dir === 'rtl' ? 'rtl' : 'ltr'}
        events={inputs}
        eventContent={EventLabel}
        noEventsContent={props.isLoading ? <Waiting /> : props.emptyText}
        eventClick={({ event }) => {
          const drawn = drawnOf(event);
          if (drawn?.kind === 'own') props.onOpen(drawn.event);
          if (drawn?.kind === 'more') props.onDay(drawn.date);
        }}
        eventDrop={(info) => tellMove(info, 'drag', props.onMove)}
        eventResize={(info) => tellMove(info, 'stretch', props.onMove)}
        select={(info) => begin(toPlace(info))}
        dateClick={({ date: at, dateStr, allDay }) =>
          begin(
            allDay
              ? { isAllDay: true, start: dateStr, end: addDays(dateStr, 1) }
              : { isAllDay: false, start: at, end: new Date(at.getTime() + HOUR_MS) },
          )
        }
        navLinkDayClick={(at) => props.onDay(dayOf(at, timeZone))}
      />
    </div>
  );
});

/**
 * Goes to another place first, which is quick, and draws what is there after that, in pieces that leave
 * room for the next click. The events to be drawn: another view begins with none, since it would lay out
 * those of the last one by its own rules.
 */
function useSettled({ view, date, inputs }: CalendarGridProps, go: () => void): EventInput[] {
  const [settled, setSettled] = useState({ view, date, inputs });
  useEffect(() => {
    const isElsewhere = settled.view !== view || settled.date !== date;
    if (isElsewhere) go();
    if (isElsewhere || settled.inputs !== inputs) {
      startTransition(() => setSettled({ view, date, inputs }));
    }
  });
  return settled.view === view ? settled.inputs : none;
}

const none: EventInput[] = [];

/** In the shape of what is coming; the note above says that it is. */
const Waiting = () => (
  <div className={grid.waiting} aria-hidden="true">
    {[0, 1, 2, 3].map((place) => (
      <Skeleton key={place} height={44} radius="md" />
    ))}
  </div>
);

const drawnOf = ({ extendedProps }: { extendedProps: object }) =>
  (extendedProps as { drawn?: Drawn }).drawn;

function tellMove(
  { event }: EventChangeInfo,
  kind: Move['kind'],
  onMove: CalendarGridProps['onMove'],
): void {
  const drawn = drawnOf(event);
  const { start, end, startStr, endStr, allDay } = event;
  if (drawn?.kind !== 'own' || !start || !end) return;
  onMove({ event: drawn.event, kind, to: toPlace({ start, end, startStr, endStr, allDay }) });
}

type Span = Pick<DateSpanApi, 'start' | 'end' | 'startStr' | 'endStr' | 'allDay'>;

const toPlace = ({ start, end, startStr, endStr, allDay }: Span): Place =>
  allDay
    ? { isAllDay: true, start: startStr.slice(0, 10), end: endStr.slice(0, 10) }
    : { isAllDay: false, start, end };
