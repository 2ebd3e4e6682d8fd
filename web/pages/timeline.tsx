import { Button, Title } from '@mantine/core';
import { memo, useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { lead as texts } from '../texts.ts';
import { formatMonth } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { EventRow } from './event-row.tsx';
import { describeWhen } from './event-when.ts';
import { asShown } from './series-words.ts';
import classes from './timeline.module.css';

interface TimelineProps {
  leadId: string;
  activities: Activity[];
  /** There are more than these, further back. */
  hasEarlier: boolean;
  onEdit: (activity: Activity) => void;
  onDelete: (activity: Activity) => void;
  onHistory: (activity: Activity) => void;
}

/** Past events beyond these wait behind a button: the coming ones matter more. */
const PAST_SHOWN_FIRST = 10;

/**
 * What is coming, soonest first, then what is past, latest first; by month. A series is there once.
 * Drawn anew only for other events: there may be hundreds, and a form opens beside them.
 */
export const Timeline = memo(function Timeline(props: TimelineProps) {
  const { leadId, activities, hasEarlier, onEdit, onDelete, onHistory } = props;
  const zone = useViewerZone();
  const now = useNow();
  const [isPastShown, setPastShown] = useState(false);
  const dated = activities
    .map((activity) => {
      const shown = asShown(activity);
      return { activity, shown, when: describeWhen(shown, zone, now) };
    })
    .sort(
      (a, b) =>
        a.shown.starts_at.localeCompare(b.shown.starts_at) || a.shown.id.localeCompare(b.shown.id),
    );
  const coming = dated.filter(({ when }) => !when.isPast);
  const past = dated.filter(({ when }) => when.isPast).reverse();
  const pastShown = isPastShown ? past : past.slice(0, PAST_SHOWN_FIRST);

  const months = (events: typeof dated) =>
    groupByMonth(events).map(({ month, events: inMonth }) => (
      <div key={month}>
        <p className={classes.month}>{month}</p>
        <ul className={classes.events}>
          {inMonth.map(({ activity }) => (
            <EventRow
              key={activity.id}
              leadId={leadId}
              series={activities.find(({ id }) => id === activity.series_id)}
              activity={activity}
              now={now}
              onEdit={onEdit}
              onDelete={onDelete}
              onHistory={onHistory}
            />
          ))}
        </ul>
      </div>
    ));

  return (
    <>
      <section aria-labelledby="coming">
        <Title order={3} id="coming" className={classes.heading}>
          {texts.coming}
        </Title>
        {coming.length === 0 && <p className={classes.nothing}>{texts.nothingComing}</p>}
        {months(coming)}
      </section>
      {past.length > 0 && (
        <section aria-labelledby="past">
          <Title order={3} id="past" className={classes.heading}>
            {texts.past}
          </Title>
          {months(pastShown)}
          {pastShown.length < past.length && (
            <Button mt="md" variant="default" onClick={() => setPastShown(true)}>
              {texts.showPast(past.length - pastShown.length)}
            </Button>
          )}
          {hasEarlier && pastShown.length === past.length && (
            <p className={classes.nothing}>{texts.earlier}</p>
          )}
        </section>
      )}
    </>
  );
});

function groupByMonth<T extends { when: { day: string } }>(events: T[]) {
  const groups: { month: string; events: T[] }[] = [];
  for (const event of events) {
    const month = formatMonth(event.when.day);
    const last = groups.at(-1);
    if (last?.month === month) last.events.push(event);
    else groups.push({ month, events: [event] });
  }
  return groups;
}
