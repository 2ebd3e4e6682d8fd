import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import type { CalendarEvent } from '../../../src/api/schemas/calendar-events.ts';
import { activityQuery } from '../../api/calendar-events.ts';
import { restoreActivity } from '../../api/history.ts';
import { calendarPage as texts, event as eventTexts, scopes as scopeTexts } from '../../texts.ts';
import { DeleteEvent } from '../delete-event.tsx';
import type { EventValues } from '../event-values.ts';
import type { Typed } from '../rebase.ts';
import type { Scope } from '../scope.ts';
import { keyOf, toActivity } from './moves.ts';
import { OpenedEvent } from './opened-event.tsx';
import { showUndo } from './undo-note.tsx';

/** The form is only fetched by those who open it. */
const EventDrawer = lazy(() =>
  import('../event-drawer.tsx').then((module) => ({ default: module.EventDrawer })),
);
const EventHistory = lazy(() =>
  import('../event-history.tsx').then((module) => ({ default: module.EventHistory })),
);

interface OfActivity {
  event: CalendarEvent;
  activity: Activity;
  /** Of an occurrence. */
  series: Activity | undefined;
}

/** What is open beside the calendar; one thing at a time. */
export type Opened =
  | { kind: 'new'; begun: Partial<EventValues> }
  | { kind: 'event'; event: CalendarEvent }
  | ({ kind: 'edit'; typed?: Typed } & OfActivity)
  | ({ kind: 'delete' } & OfActivity)
  | { kind: 'history'; activity: Activity };

interface CalendarDialogsProps {
  opened: Opened | undefined;
  setOpened: (opened: Opened | undefined) => void;
  /** Asks for the events anew. */
  reload: () => Promise<CalendarEvent[]>;
  /** Everything has closed. */
  onGone: () => void;
}

export function CalendarDialogs({ opened, setOpened, reload, onGone }: CalendarDialogsProps) {
  const queryClient = useQueryClient();
  const leave = () => {
    setOpened(undefined);
    onGone();
  };
  const load = (id: string) => queryClient.fetchQuery({ ...activityQuery(id), staleTime: 0 });
  const editNewer = async (event: CalendarEvent, typed: Typed) => {
    const newer = (await reload()).find((one) => keyOf(one) === keyOf(event) || isSame(one, event));
    if (!newer) return leave();
    const loaded = await load(newer.id);
    const series = newer.series_id === null ? undefined : await load(newer.series_id);
    const activity = toActivity(loaded, newer);
    setOpened({ kind: 'edit', event: newer, activity, series, typed });
  };
  const tellDeleted = (activity: Activity, scope: Scope | 'single') => {
    if (scope === 'this' || scope === 'following') {
      return notifications.show({ message: scopeTexts.deleted[scope] });
    }
    const id = activity.series_id ?? activity.id;
    showUndo(texts.deleted(activity.title), async () => {
      await restoreActivity(id);
      await queryClient.invalidateQueries({ queryKey: ['activities'] });
      return eventTexts.restored;
    });
  };

  switch (opened?.kind) {
    case undefined:
      return null;
    case 'event':
      return (
        <Opening key={keyOf(opened.event)} event={opened.event} onGone={leave} onNext={setOpened} />
      );
    case 'new':
      return (
        <Suspense fallback={null}>
          <EventDrawer
            leadId={undefined}
            activity={undefined}
            series={undefined}
            begun={opened.begun}
            onReload={() => undefined}
            onGone={leave}
          />
        </Suspense>
      );
    case 'edit':
      return (
        <Suspense fallback={null}>
          <EventDrawer
            key={`${keyOf(opened.event)} ${opened.activity.version}`}
            leadId={opened.activity.lead_id ?? undefined}
            activity={opened.activity}
            series={opened.series}
            typed={opened.typed}
            onReload={(typed) => void editNewer(opened.event, typed)}
            onGone={leave}
          />
        </Suspense>
      );
    case 'delete':
      return (
        <DeleteEvent
          activity={opened.activity}
          series={opened.series}
          onDeleted={(scope) => tellDeleted(opened.activity, scope)}
          onGone={leave}
        />
      );
    case 'history':
      return (
        <Suspense fallback={null}>
          <EventHistory activity={opened.activity} onGone={leave} />
        </Suspense>
      );
  }
}

/** An occurrence may have become an event of its own. */
const isSame = (one: CalendarEvent, other: CalendarEvent) =>
  one.series_id !== null &&
  one.series_id === other.series_id &&
  one.original_start === other.original_start;

interface OpeningProps {
  event: CalendarEvent;
  onGone: () => void;
  onNext: (next: Opened) => void;
}

/** The event closes before what was chosen of it opens. */
function Opening({ event, onGone, onNext }: OpeningProps) {
  const [isOpen, open] = useDisclosure(true);
  const [next, setNext] = useState<Opened>();
  const goOn = (to: Opened) => {
    setNext(to);
    open.close();
  };
  return (
    <OpenedEvent
      event={event}
      isOpen={isOpen}
      onClose={open.close}
      onGone={() => (next ? onNext(next) : onGone())}
      onEdit={(activity, series) => goOn({ kind: 'edit', event, activity, series })}
      onDelete={(activity, series) => goOn({ kind: 'delete', event, activity, series })}
      onHistory={(activity) => goOn({ kind: 'history', activity })}
    />
  );
}
