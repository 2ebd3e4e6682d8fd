import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { describeError } from '../api/client.ts';
import { deletedQuery, useRestore } from '../api/history.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { event, history as texts } from '../texts.ts';
import classes from './calendar-list.module.css';
import { describeValue } from './event-fields.ts';
import { focusEvent } from './focus-event.ts';
import { describeSeries } from './repeat.ts';

/** One's own events with the lead, and dates of series, that were deleted lately, each with its way back. */
export function DeletedEvents({ leadId }: { leadId: string }) {
  const [isOpen, setOpen] = useState(false);
  const list = useQuery({ ...deletedQuery(leadId), enabled: isOpen });
  return (
    <details
      className={classes.details}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{texts.deletedTitle}</summary>
      <p className={classes.note}>{texts.deletedIntro}</p>
      {isOpen && list.isPending && <LoadingRows count={1} height={50} />}
      <QueryError query={list} />
      {list.data?.length === 0 && <p className={classes.note}>{texts.deletedNone}</p>}
      {list.data && list.data.length > 0 && (
        <div className={classes.list}>
          {list.data.map((activity) => (
            <DeletedEvent key={activity.id} activity={activity} />
          ))}
        </div>
      )}
    </details>
  );
}

function DeletedEvent({ activity }: { activity: Activity }) {
  const restore = useRestore();
  const bringBack = () =>
    void restore.mutateAsync(activity.id).then(
      () => {
        notifications.show({ message: event.restored });
        focusEvent(activity.id);
      },
      // It is told below.
      () => undefined,
    );
  return (
    <article className={classes.calendar} aria-label={activity.title}>
      <div className={classes.top}>
        <span className={classes.name}>
          {activity.title}
          <span className={classes.note}>{describeValue('when', { when: activity })}</span>
          {activity.series_id !== null && (
            <span className={classes.note}>{texts.deletedOccurrence}</span>
          )}
          {activity.recurrence && (
            <span className={classes.note}>{describeSeries(activity.recurrence, activity)}</span>
          )}
        </span>
        <Button
          size="compact-sm"
          variant="default"
          loading={restore.isPending}
          aria-label={`${event.restore}: ${activity.title}`}
          onClick={bringBack}
        >
          {event.restore}
        </Button>
      </div>
      {restore.isError && <FormProblem text={describeError(restore.error)} />}
    </article>
  );
}
