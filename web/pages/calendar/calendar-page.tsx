import type { EventInput } from '@fullcalendar/react';
import { Button, Drawer } from '@mantine/core';
import { useCallbackRef, useDisclosure, useDocumentTitle, useMediaQuery } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { startTransition, useMemo, useRef, useState } from 'react';
import type {
  Busy,
  CalendarEvent,
  CalendarEvents,
} from '../../../src/api/schemas/calendar-events.ts';
import {
  busyQuery,
  calendarEventsQuery,
  colleaguesQuery,
  type TimeWindow,
} from '../../api/calendar-events.ts';
import { useSession } from '../../api/session.ts';
import { QueryError } from '../../components/page-states.tsx';
import { calendarPage as texts, common } from '../../texts.ts';
import { dayOf, isolate } from '../../time/format.ts';
import { findFirstDay } from '../../time/language.ts';
import { useNow } from '../../time/use-now.ts';
import { useViewerZone } from '../../time/viewer-zone.ts';
import { ConnectionHint } from '../connection-hint.tsx';
import { CalendarChoice } from './calendar-choice.tsx';
import { CalendarDialogs, type Opened } from './calendar-dialogs.tsx';
import { CalendarGrid } from './calendar-grid.tsx';
import { CalendarNotes } from './calendar-notes.tsx';
import classes from './calendar-page.module.css';
import { CalendarToolbar } from './calendar-toolbar.tsx';
import { type Days, listDays } from './days.ts';
import { describeEmptiness } from './describe-emptiness.ts';
import {
  capMonth,
  giveTones,
  isOn,
  type Placed,
  placeBusy,
  placeOwn,
  toneOfPerson,
} from './event-inputs.ts';
import { newValues, type Place } from './moves.ts';
import { useShown } from './shown.ts';
import { daysOf, type View, windowOf } from './span.ts';
import { useMove } from './use-move.tsx';

/** An agenda is read from its top: so many events first, and as many more when asked for. */
const AGENDA_STEP = 100;
const nothing: CalendarEvents = { events: [], calendars: [], cut_at: null };
const firstDay = findFirstDay();

export function CalendarPage() {
  const { user } = useSession();
  const timeZone = useViewerZone();
  const today = dayOf(useNow(), timeZone);
  const isNarrow = useMediaQuery('(max-width: 600px)', undefined, atOnce);
  const isWide = useMediaQuery('(min-width: 1200px)', undefined, atOnce);
  const { view, date, go } = usePlace(isNarrow, today);
  const isRoomy = useMediaQuery('(min-width: 1600px)', undefined, atOnce);
  const shown = useShown(user.id);
  const isBeside = isWide && (shown.isBeside ?? isRoomy);
  const [areCalendarsOpen, calendars] = useDisclosure(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const [opened, setOpened] = useState<Opened>();
  const keepFocusNear = () => {
    if (document.activeElement === document.body) heading.current?.focus();
  };
  const { moving, onMove, dialog } = useMove(keepFocusNear);
  useDocumentTitle(`${texts.title} · ${common.product}`);

  const weeks = { firstDay, isShort: isNarrow };
  const window = windowOf(view, date, weeks);
  const events = useQuery(calendarEventsQuery(window));
  const data = events.data ?? nothing;
  const tones = useMemo(() => giveTones(data.calendars), [data.calendars]);
  const { first, last } = daysOf(view, date, weeks);
  const days = useMemo(() => listDays(first, last, timeZone), [first, last, timeZone]);
  const busy = useBusy(shown.people, window, days);
  const own = useMemo(
    () => placeOwn({ data, hidden: shown.hidden, tones, days, moving, timeZone }),
    [data, shown.hidden, tones, days, moving, timeZone],
  );
  const placed = useMemo(() => [...own, ...busy.placed], [own, busy.placed]);
  const { inputs, rest, showMore } = useInputs(placed, view, days, isNarrow);
  const isLoading = events.isPending || events.isPlaceholderData;
  const emptyText = describeEmptiness({
    view,
    isShort: isNarrow,
    isKnown: events.isSuccess && !isLoading,
    isEmpty: placed.length === 0,
    hasHidden: own.length === 0 && data.events.some((event) => isOn(event, days)),
  });

  const unsaid = view === 'agenda' ? '' : emptyText;
  const note = isLoading ? texts.loading : unsaid;

  const choice = (
    <CalendarChoice
      isLoading={events.isPending}
      calendars={events.data?.calendars}
      hasHere={data.events.some(({ calendar_ids }) => calendar_ids.length === 0)}
      tones={tones}
      shown={shown}
    />
  );
  // The grid is drawn again for what it shows, not for who listens.
  const listeners = {
    onOpen: useCallbackRef((event: CalendarEvent) =>
      startTransition(() => setOpened({ kind: 'event', event })),
    ),
    onMove: useCallbackRef(onMove),
    onNew: useCallbackRef((place: Place) =>
      setOpened({ kind: 'new', begun: newValues(place, timeZone) }),
    ),
    onDay: useCallbackRef((day: string) => go({ view: 'day', date: day })),
  };
  return (
    <div className={classes.page} data-wide={view === 'agenda' ? 'page' : 'screen'}>
      <CalendarToolbar
        view={view}
        date={date}
        weeks={weeks}
        today={today}
        heading={heading}
        onGo={go}
        onNew={() => setOpened({ kind: 'new', begun: {} })}
        calendars={
          isWide
            ? { isOpen: isBeside, panelId: PANEL, onToggle: () => shown.setBeside(!isBeside) }
            : { isOpen: areCalendarsOpen, panelId: undefined, onToggle: calendars.open }
        }
      />
      <ConnectionHint />
      <QueryError query={events} />
      <div className={classes.columns}>
        {isBeside && (
          <aside id={PANEL} aria-label={texts.calendars} className={classes.side}>
            {choice}
          </aside>
        )}
        <div className={classes.main}>
          <CalendarNotes
            lastDay={last}
            timeZone={timeZone}
            isLoading={isLoading}
            cutAt={data.cut_at}
            busyCut={busy.cut}
          />
          <div className={classes.frame}>
            <output className={classes.note}>{note}</output>
            <div className={classes.grid} hidden={view === 'agenda' && events.isLoadingError}>
              <CalendarGrid
                view={view}
                date={date}
                firstDay={firstDay}
                timeZone={timeZone}
                inputs={inputs}
                isNarrow={isNarrow}
                isWide={isWide}
                isLoading={isLoading}
                emptyText={emptyText}
                {...listeners}
              />
              {rest > 0 && (
                <Button variant="default" m="md" onClick={showMore}>
                  {texts.showMore(Math.min(rest, AGENDA_STEP))}
                </Button>
              )}
            </div>
          </div>
        </div>
      </div>
      <Drawer
        opened={areCalendarsOpen && !isWide}
        onClose={calendars.close}
        title={texts.calendars}
        size={320}
        closeButtonProps={{ 'aria-label': common.close }}
      >
        {choice}
      </Drawer>
      <CalendarDialogs
        opened={opened}
        setOpened={setOpened}
        reload={async () => (await events.refetch()).data?.events ?? []}
        onGone={keepFocusNear}
      />
      {dialog}
    </div>
  );
}

/** The panel of calendars, in the page. */
const PANEL = 'calendars';

const atOnce = { getInitialValueInEffect: false };

/** View and date stand in the address. A phone has room for a list, and a desk for weeks. */
function usePlace(isNarrow: boolean, today: string) {
  const search = useSearch({ from: '/frame/calendar' });
  const navigate = useNavigate();
  const view = search.view ?? (isNarrow ? 'agenda' : 'week');
  const date = search.date ?? today;
  const go = (to: { view?: View; date?: string }) =>
    void navigate({ to: '/calendar', search: { view, date, ...to }, resetScroll: false });
  return { view, date, go };
}

/** When the chosen colleagues have no time. */
function useBusy(people: readonly string[], window: TimeWindow, days: Days) {
  const colleagues = useQuery({ ...colleaguesQuery, enabled: people.length > 0 });
  const found = useQueries({
    queries: people.map((id) => busyQuery(id, window)),
    combine: dataOf,
  });
  const known = colleagues.data?.colleagues;
  return useMemo(() => {
    const named = people.flatMap((id, index) => {
      const name = known?.find((person) => person.id === id)?.name;
      const busy = found[index];
      return name !== undefined && busy ? [{ id, name, busy }] : [];
    });
    return {
      placed: named.flatMap(({ id, name, busy }) =>
        placeBusy(busy, { id, name, tone: toneOfPerson(people, id) }, days),
      ),
      cut: named.filter(({ busy }) => busy.cut_at !== null).map(({ name }) => name),
    };
  }, [people, known, found, days]);
}

const dataOf = (results: { data: Busy | undefined }[]) => results.map(({ data }) => data);

/** How much of a day a month has room for, and to say how many more there are. */
const narrowMonth = { max: 3, toMore: (count: number) => isolate(texts.moreShort(count)) };
const wideMonth = { max: 4, toMore: (count: number) => isolate(texts.moreEvents(count)) };

/** What is drawn of what there is: every view has its bound. */
function useInputs(placed: Placed[], view: View, days: Days, isNarrow: boolean) {
  const place = `${view} ${days.first}`;
  const [asked, setAsked] = useState({ place, count: AGENDA_STEP });
  const count = asked.place === place ? asked.count : AGENDA_STEP;
  const inputs = useMemo(() => {
    if (view === 'month') return capMonth(placed, days, isNarrow ? narrowMonth : wideMonth);
    const all = placed.map(({ input }) => input);
    return view === 'agenda' ? all.toSorted(byStart).slice(0, count) : all;
  }, [placed, view, days, isNarrow, count]);
  const rest = view === 'agenda' ? placed.length - inputs.length : 0;
  const showMore = () => setAsked({ place, count: count + AGENDA_STEP });
  return { inputs, rest, showMore };
}

const byStart = (a: EventInput, b: EventInput) => (String(a.start) < String(b.start) ? -1 : 1);
