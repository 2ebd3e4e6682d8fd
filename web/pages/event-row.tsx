import { Button, Text } from '@mantine/core';
import { useId } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { useSession } from '../api/session.ts';
import { Icon } from '../components/icons.tsx';
import { event as texts, showAsWords, visibilityWords } from '../texts.ts';
import { CopyList } from './copy-list.tsx';
import classes from './event-row.module.css';
import { describeWhen } from './event-when.ts';

interface EventRowProps {
  activity: Activity;
  now: Date;
  onEdit: (activity: Activity) => void;
  onDelete: (activity: Activity) => void;
}

/** One event on the timeline; a colleague's hidden one tells no more than that they are busy. */
export function EventRow({ activity, now, onEdit, onDelete }: EventRowProps) {
  const { user } = useSession();
  const titleId = useId();
  const when = describeWhen(activity, user.time_zone, now);
  const title = activity.is_hidden ? texts.busy : activity.title;
  const isCancelled = activity.status === 'cancelled';
  return (
    <li>
      <article className={classes.row} aria-labelledby={titleId} data-cancelled={isCancelled}>
        <div className={classes.leaf} data-today={when.isToday} aria-hidden="true">
          <span className={classes.month}>{when.leaf.month}</span>
          <span className={classes.day}>{when.leaf.day}</span>
          <span className={classes.weekday}>{when.leaf.weekday}</span>
        </div>
        <div className={classes.body}>
          <div className={classes.head}>
            <h4 id={titleId} className={classes.title}>
              {title}
            </h4>
            <Badges activity={activity} isNow={when.isNow} isToday={when.isToday} />
          </div>
          <p className={classes.when}>
            <time dateTime={activity.starts_at}>{when.text}</time>
            {when.zoneText && <span className={classes.zone}>{when.zoneText}</span>}
          </p>
          <Details activity={activity} />
          <CopyList copies={activity.copies} now={now} />
        </div>
        {activity.can_edit && (
          <div className={classes.actions}>
            {!isCancelled && (
              <Button
                size="compact-sm"
                variant="subtle"
                aria-describedby={titleId}
                onClick={() => onEdit(activity)}
              >
                {texts.edit}
              </Button>
            )}
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              className={classes.delete}
              aria-describedby={titleId}
              onClick={() => onDelete(activity)}
            >
              {texts.delete}
            </Button>
          </div>
        )}
      </article>
    </li>
  );
}

function Badges(props: { activity: Activity; isNow: boolean; isToday: boolean }) {
  const { visibility, show_as: showAs, status, is_hidden: isHidden } = props.activity;
  const words = [
    status === 'cancelled' && texts.cancelled,
    props.isNow ? texts.now : props.isToday && texts.today,
    !isHidden && visibility !== 'default' && visibilityWords[visibility],
    !isHidden && showAs !== 'busy' && showAsWords[showAs],
  ].filter((word): word is string => Boolean(word));
  if (words.length === 0) return null;
  return (
    <ul className={classes.badges}>
      {words.map((word) => (
        <li key={word} className={classes.badge}>
          {word}
        </li>
      ))}
    </ul>
  );
}

function Details({ activity }: { activity: Activity }) {
  const { user } = useSession();
  if (activity.is_hidden) {
    return <p className={classes.detail}>{texts.hidden(activity.owner.name)}</p>;
  }
  return (
    <>
      {activity.location && (
        <p className={classes.detail}>
          <Icon name="pin" size={16} />
          <span>{activity.location}</span>
        </p>
      )}
      {activity.description && (
        <Text size="sm" className={classes.notes} lineClamp={4}>
          {activity.description}
        </Text>
      )}
      {activity.owner.id !== user.id && (
        <p className={classes.detail}>{texts.plannedBy(activity.owner.name)}</p>
      )}
    </>
  );
}
