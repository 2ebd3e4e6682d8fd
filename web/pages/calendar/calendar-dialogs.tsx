import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import type { CalendarEvent } from '../../../src/api/schemas/calendar-events.ts';
import { activityQuery } from '../../api/calendar-events.ts';
import { DeleteEvent } from '../delete-event.tsx';
import type { EventValues } from '../event-values.ts';
import type { Typed } from '../rebase.ts';
import { keyOf, toActivity } from './moves.ts';
import { OpenedEvent } from './opened-event.tsx';

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
    if (!newer) return false;
    const loaded = await load(newer.id);
    const series = newer.series_id === null ? undefined : await load(newer.series_id);
    const activity = toActivity(loaded, newer);
    setOpened({ kind: 'edit', event: newer, activity, series, typed });
    return true;
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
            onReload={() => Promise.resolve(true)}
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
            onReload={(typed) => editNewer(opened.event, typed)}
            onGone={leave}
          />
        </Suspense>
      );
    case 'delete':
      return <DeleteEvent activity={opened.activity} series={opened.series} onGone={leave} />;
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
