import { Button, Drawer, Group } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Activity } from '../../../src/api/schemas/activities.ts';
import type { CalendarEvent } from '../../../src/api/schemas/calendar-events.ts';
import { activityQuery } from '../../api/calendar-events.ts';
import { ApiError } from '../../api/client.ts';
import { Icon } from '../../components/icons.tsx';
import { EmptyState, LoadError, LoadingRows } from '../../components/page-states.tsx';
import { calendarPage as texts, common, event as eventTexts } from '../../texts.ts';
import { useNow } from '../../time/use-now.ts';
import { useViewerZone } from '../../time/viewer-zone.ts';
import { AddMirror } from '../add-mirror.tsx';
import { CopyList } from '../copy-list.tsx';
import { Badges, Details, Notes } from '../event-row.tsx';
import { describeWhen } from '../event-when.ts';
import { GuestList } from '../guest-list.tsx';
import { OwnAnswer } from '../own-answer.tsx';
import { describeRepeating } from '../series-words.ts';
import { SyncEvent } from '../sync-event.tsx';
import { describeSpan } from './describe-span.ts';
import { toActivity } from './moves.ts';
import classes from './opened-event.module.css';

interface OpenedEventProps {
  event: CalendarEvent;
  isOpen: boolean;
  onClose: () => void;
  /** It has closed. */
  onGone: () => void;
  onEdit: (activity: Activity, series: Activity | undefined) => void;
  onDelete: (activity: Activity, series: Activity | undefined) => void;
  onHistory: (activity: Activity) => void;
}

/** One event, as it is in each calendar, and what can be done with it. */
export function OpenedEvent(props: OpenedEventProps) {
  const { event, isOpen, onClose, onGone } = props;
  const isNarrow = useMediaQuery('(max-width: 600px)');
  const found = useQuery(activityQuery(event.id));
  const series = useQuery({
    ...activityQuery(event.series_id ?? ''),
    enabled: event.series_id !== null,
  });
  const isGone = found.error instanceof ApiError && found.error.status === 404;
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={onGone}
      size={isNarrow ? '100%' : 460}
      title={event.title || texts.untitled}
      closeButtonProps={{ 'aria-label': common.close }}
      classNames={{ title: classes.title, header: classes.header, body: classes.body }}
    >
      {found.isPending && <LoadingRows count={3} height={48} />}
      {isGone && (
        <EmptyState order={3} icon="calendar" title={texts.goneTitle} text={texts.goneText} />
      )}
      {found.isError && !isGone && (
        <LoadError error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.data && !found.isError && (
        <Content {...props} activity={toActivity(found.data, event)} series={series.data} />
      )}
    </Drawer>
  );
}

/** All of them are in one line on a phone, too. */
const slim = { px: 'sm' } as const;

function Content(props: OpenedEventProps & { activity: Activity; series: Activity | undefined }) {
  const { event, activity, series } = props;
  const zone = useViewerZone();
  const now = useNow();
  const when = describeWhen(activity, zone, now);
  return (
    <>
      <Badges activity={activity} isNow={when.isNow} isToday={when.isToday} />
      <p className={classes.when}>
        <time dateTime={activity.starts_at}>{describeSpan(activity, zone)}</time>
        {when.zoneText && <span className={classes.quiet}>{when.zoneText}</span>}
      </p>
      {describeRepeating(activity, series, zone, now).map((line) => (
        <p key={line} className={classes.line}>
          <Icon name="arrows" size={16} />
          {line}
        </p>
      ))}
      <p className={classes.line}>
        <Icon name="leads" size={16} />
        {event.lead ? (
          <Link to="/leads/$leadId" params={{ leadId: event.lead.id }}>
            {event.lead.name}
          </Link>
        ) : (
          texts.noLead
        )}
      </p>
      <Details activity={activity} />
      <GuestList activity={activity} />
      <Notes activity={activity} />
      <OwnAnswer activity={activity} />
      <CopyList activity={activity} now={now} />
      <AddMirror activity={activity} series={series} now={now} />
      <Group gap="xs" className={classes.actions}>
        {activity.can_edit && (
          <Button {...slim} onClick={() => props.onEdit(activity, series)}>
            {eventTexts.edit}
          </Button>
        )}
        <Button {...slim} variant="default" onClick={() => props.onHistory(activity)}>
          {eventTexts.history}
        </Button>
        <SyncEvent activity={activity} {...slim} variant="default" />
        {activity.can_edit && (
          <Button
            {...slim}
            variant="subtle"
            color="gray"
            className={classes.delete}
            onClick={() => props.onDelete(activity, series)}
          >
            {eventTexts.delete}
          </Button>
        )}
      </Group>
    </>
  );
}
