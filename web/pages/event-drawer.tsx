import { Drawer } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { useOpener } from '../components/use-opener.ts';
import { common, eventForm as texts } from '../texts.ts';
import classes from './event-drawer.module.css';
import { EventForm } from './event-form.tsx';

interface EventDrawerProps {
  leadId: string;
  /** Undefined: a new one. */
  activity: Activity | undefined;
  onReload: () => void;
  /** It has closed, and the focus is back where it was. */
  onGone: () => void;
}

/** The form beside the timeline it belongs to; over everything on a phone. */
export function EventDrawer(props: EventDrawerProps) {
  const { leadId, activity, onReload, onGone } = props;
  const [isOpen, open] = useDisclosure(true);
  const returnFocus = useOpener();
  const leave = () => {
    returnFocus();
    onGone();
  };
  const isNarrow = useMediaQuery('(max-width: 600px)');
  return (
    <Drawer
      opened={isOpen}
      onClose={open.close}
      onExitTransitionEnd={leave}
      size={isNarrow ? '100%' : 500}
      title={activity ? texts.editTitle : texts.newTitle}
      closeButtonProps={{ 'aria-label': common.close }}
      closeOnClickOutside={false}
      classNames={{
        content: classes.content,
        body: classes.body,
        header: classes.header,
      }}
    >
      <EventForm leadId={leadId} activity={activity} onReload={onReload} onClose={open.close} />
    </Drawer>
  );
}
