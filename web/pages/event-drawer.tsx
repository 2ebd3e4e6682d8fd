import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { common, eventForm as texts } from '../texts.ts';
import classes from './event-drawer.module.css';
import { EventForm } from './event-form.tsx';

interface EventDrawerProps {
  leadId: string;
  /** Undefined: a new one. */
  activity: Activity | undefined;
  onReload: () => void;
  onClose: () => void;
}

/** The form beside the timeline it belongs to; over everything on a phone. */
export function EventDrawer(props: EventDrawerProps) {
  const { activity, onClose } = props;
  const isNarrow = useMediaQuery('(max-width: 600px)');
  return (
    <Drawer
      opened
      onClose={onClose}
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
      <EventForm {...props} />
    </Drawer>
  );
}
