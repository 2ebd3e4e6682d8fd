import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { AHEAD_MS, occurrencesQuery } from '../api/activities.ts';
import { LoadError, LoadingRows } from '../components/page-states.tsx';
import { series as texts } from '../texts.ts';
import { formatDate } from '../time/format.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { describeWhen } from './event-when.ts';
import classes from './occurrence-list.module.css';
import { describeException } from './series-words.ts';

interface OccurrenceListProps {
  leadId: string;
  series: Activity;
  onEdit: (activity: Activity) => void;
  onDelete: (activity: Activity) => void;
}

const SHOWN_FIRST = 8;

/** The coming dates of a series, with those that were changed on their own. */
export function OccurrenceList({ leadId, series, onEdit, onDelete }: OccurrenceListProps) {
  const zone = useViewerZone();
  const [now] = useState(() => new Date());
  const [shown, setShown] = useState(SHOWN_FIRST);
  // Where nothing of it comes soon, what comes later; what was moved is on the timeline in any case.
  const next = new Date(series.nearest?.starts_at ?? now);
  const isFarOff = next.getTime() > now.getTime() + AHEAD_MS;
  const list = useQuery(occurrencesQuery(leadId, isFarOff ? next : now));
  const found = list.data?.activities.filter(({ series_id }) => series_id === series.id) ?? [];
  const canChange = series.can_edit && series.status !== 'cancelled';
  return (
    <div className={classes.occurrences}>
      {list.isPending && <LoadingRows count={2} height={32} />}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && found.length === 0 && <p className={classes.note}>{texts.none}</p>}
      <ul className={classes.list} aria-label={texts.showOf(series.title)}>
        {found.slice(0, shown).map((one) => {
          const when = describeWhen(one, zone, now);
          const date = formatDate(when.day);
          const note = one.recurrence === null ? describeException(one, '') : '';
          return (
            <li key={one.original_start} className={classes.occurrence}>
              <div className={classes.when}>
                <time dateTime={one.starts_at}>{date}</time>
                <span className={classes.note}>{when.text}</span>
                {note && (
                  <span className={classes.note}>
                    {one.title === series.title ? note : `${one.title}. ${note}`}
                  </span>
                )}
              </div>
              {canChange && (
                <div className={classes.actions}>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    aria-label={texts.editOne(date)}
                    onClick={() => onEdit(one)}
                  >
                    {texts.editShort}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="gray"
                    className={classes.delete}
                    aria-label={texts.deleteOne(date)}
                    onClick={() => onDelete(one)}
                  >
                    {texts.deleteShort}
                  </Button>
                </div>
              )}
            </li>
          );
        })}
      </ul>
      {found.length > shown && (
        <Button size="compact-sm" variant="default" onClick={() => setShown(found.length)}>
          {texts.more(found.length - shown)}
        </Button>
      )}
    </div>
  );
}
