import { Drawer } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { useOpener } from '../components/use-opener.ts';
import { useScrollLock } from '../components/use-scroll-lock.ts';
import { common, eventForm as texts, series as seriesTexts } from '../texts.ts';
import classes from './event-drawer.module.css';
import { EventForm } from './event-form.tsx';
import type { EventValues } from './event-values.ts';
import type { Typed } from './rebase.ts';

interface EventDrawerProps {
  /** Undefined: the form of a new event asks for it. */
  leadId: string | undefined;
  /** Undefined: a new one. */
  activity: Activity | undefined;
  /** Of an occurrence. */
  series: Activity | undefined;
  /** What is known of a new one. */
  begun?: Partial<EventValues>;
  /** Into the form of an older state of the event. */
  typed?: Typed | undefined;
  /** Opens the form anew on the event as it is now, with what was typed; false: it is gone. */
  onReload: (typed: Typed) => Promise<boolean>;
  /** It has closed, and the focus is back where it was. */
  onGone: () => void;
}

/** The form beside the timeline it belongs to; over everything on a phone. */
export function EventDrawer(props: EventDrawerProps) {
  const { leadId, activity, series, begun, typed, onReload, onGone } = props;
  const [isOpen, open] = useDisclosure(true);
  const returnFocus = useOpener();
  const leave = () => {
    returnFocus();
    onGone();
  };
  useScrollLock();
  const isNarrow = useMediaQuery('(max-width: 600px)');
  return (
    <Drawer
      opened={isOpen}
      onClose={open.close}
      onExitTransitionEnd={leave}
      size={isNarrow ? '100%' : 500}
      title={titleOf(activity)}
      closeButtonProps={{ 'aria-label': common.close }}
      closeOnClickOutside={false}
      lockScroll={false}
      classNames={{
        content: classes.content,
        body: classes.body,
        header: classes.header,
      }}
    >
      <EventForm
        leadId={leadId}
        activity={activity}
        series={series}
        begun={begun}
        typed={typed}
        onReload={onReload}
        onClose={open.close}
      />
    </Drawer>
  );
}

function titleOf(activity: Activity | undefined): string {
  if (!activity) return texts.newTitle;
  if (activity.series_id !== null) return seriesTexts.editOneTitle;
  return activity.recurrence ? seriesTexts.editTitle : texts.editTitle;
}
