import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { describeError } from '../api/client.ts';
import { useRestore } from '../api/history.ts';
import { useSession } from '../api/session.ts';
import { Address } from '../components/address.tsx';
import { FormProblem } from '../components/form-problem.tsx';
import { Icon } from '../components/icons.tsx';
import { event as texts, series as seriesTexts, showAsWords, visibilityWords } from '../texts.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { AddMirror } from './add-mirror.tsx';
import { CopyList } from './copy-list.tsx';
import classes from './event-row.module.css';
import { describeWhen } from './event-when.ts';
import { eventHeadingId, focusEvent } from './focus-event.ts';
import { GuestList } from './guest-list.tsx';
import { ROW_ATTRIBUTE } from './lead-shortcuts.ts';
import { OccurrenceList } from './occurrence-list.tsx';
import { OwnAnswer } from './own-answer.tsx';
import { asShown, describeRepeating } from './series-words.ts';
import { SyncEvent } from './sync-event.tsx';

interface EventRowProps {
  leadId: string;
  activity: Activity;
  /** Of an occurrence that is an event of its own. */
  series: Activity | undefined;
  now: Date;
  onEdit: (activity: Activity) => void;
  onDelete: (activity: Activity) => void;
  onHistory: (activity: Activity) => void;
}

/** One event on the timeline; a colleague's hidden one tells no more than that they are busy. */
export function EventRow(props: EventRowProps) {
  const { leadId, activity, series, now, onEdit, onDelete } = props;
  const { user } = useSession();
  const zone = useViewerZone();
  const titleId = eventHeadingId(activity.id);
  const shown = asShown(activity);
  const when = describeWhen(shown, zone, now);
  const [isUnfolded, unfold] = useDisclosure(false);
  const hasDates = activity.recurrence !== null && !activity.is_hidden && !when.isPast;
  const title = activity.is_hidden ? texts.busy : activity.title;
  const isCancelled = activity.status === 'cancelled';
  return (
    <li>
      <article
        className={classes.row}
        aria-labelledby={titleId}
        data-cancelled={isCancelled}
        {...{ [ROW_ATTRIBUTE]: activity.id }}
      >
        <div className={classes.leaf} data-today={when.isToday} aria-hidden="true">
          <span className={classes.month}>{when.leaf.month}</span>
          <span className={classes.day}>{when.leaf.day}</span>
          <span className={classes.weekday}>{when.leaf.weekday}</span>
        </div>
        <div>
          <div className={classes.head}>
            <h4 id={titleId} tabIndex={-1} className={classes.title}>
              {title}
            </h4>
            <Badges activity={activity} isNow={when.isNow} isToday={when.isToday} />
          </div>
          <p className={classes.when}>
            <time dateTime={shown.starts_at}>{when.text}</time>
            {when.zoneText && <span className={classes.zone}>{when.zoneText}</span>}
          </p>
        </div>
        <div className={classes.body}>
          {describeRepeating(activity, series, zone, now).map((line, index) => (
            <p key={line} className={classes.detail}>
              {index === 0 && <Icon name="arrows" size={16} />}
              <span className={index > 0 ? classes.indented : undefined}>{line}</span>
            </p>
          ))}
          <Details activity={activity} />
          {hasDates && !isCancelled && (
            <Button
              mt={6}
              ms={-8}
              size="compact-sm"
              variant="subtle"
              aria-expanded={isUnfolded}
              aria-describedby={titleId}
              onClick={unfold.toggle}
            >
              {seriesTexts.show}
            </Button>
          )}
          {hasDates && isUnfolded && (
            <OccurrenceList leadId={leadId} series={activity} onEdit={onEdit} onDelete={onDelete} />
          )}
          <GuestList activity={activity} />
          <Notes activity={activity} />
          <OwnAnswer activity={activity} />
          <CopyList activity={activity} now={now} />
          {activity.owner.id === user.id && !isCancelled && (
            <AddMirror activity={activity} series={series} now={now} />
          )}
        </div>
        {activity.owner.id === user.id && <Actions {...props} titleId={titleId} />}
      </article>
    </li>
  );
}

function Actions(props: EventRowProps & { titleId: string }) {
  const { activity, titleId, onEdit, onDelete, onHistory } = props;
  const isSeries = activity.recurrence !== null;
  const restore = useRestore();
  const isCancelled = activity.status === 'cancelled';
  // The button goes when it has worked; a failure is told by `isError`.
  const bringBack = () =>
    void restore.mutateAsync(activity.id).then(
      () => focusEvent(activity.id),
      () => undefined,
    );
  const look = { size: 'compact-sm', variant: 'subtle', 'aria-describedby': titleId } as const;
  return (
    <div className={classes.actions}>
      {isCancelled && (
        <Button {...look} loading={restore.isPending} onClick={bringBack}>
          {texts.restore}
        </Button>
      )}
      {activity.can_edit && !isCancelled && (
        <Button {...look} onClick={() => onEdit(activity)}>
          {isSeries ? seriesTexts.edit : texts.edit}
        </Button>
      )}
      <Button {...look} onClick={() => onHistory(activity)}>
        {texts.history}
      </Button>
      <SyncEvent activity={activity} {...look} />
      {activity.can_edit && (
        <Button
          {...look}
          color="gray"
          className={classes.delete}
          onClick={() => onDelete(activity)}
        >
          {isSeries ? seriesTexts.delete : texts.delete}
        </Button>
      )}
      {restore.isError && <FormProblem text={describeError(restore.error)} />}
    </div>
  );
}

const describeCancelled = ({ cancelled_in: place }: Activity) =>
  place ? texts.wasCancelledIn(place.provider, place.account) : texts.wasCancelled;

/** What a person has to know about the event as a whole. */
export function Notes({ activity }: { activity: Activity }) {
  const { user } = useSession();
  if (activity.owner.id !== user.id) return null;
  const foreign = !activity.can_edit && activity.copies.find((copy) => !copy.can_edit);
  return (
    <>
      {activity.status === 'cancelled' && (
        <p className={classes.detail}>
          <span>
            <Address text={describeCancelled(activity)} />
          </span>
        </p>
      )}
      {foreign && <p className={classes.detail}>{texts.organisedBy(foreign.organizer ?? '')}</p>}
    </>
  );
}

export function Badges(props: { activity: Activity; isNow: boolean; isToday: boolean }) {
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

export function Details({ activity }: { activity: Activity }) {
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
