import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunList } from '../../src/api/schemas/calendars.ts';
import { runsQuery } from '../api/calendars.ts';
import { Address } from '../components/address.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { StackingTable } from '../components/stacking-table.tsx';
import { runs as texts } from '../texts.ts';
import { formatAgo } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import classes from './calendar-list.module.css';

/** What the latest runs of a connection did; asked for when it is opened. */
export function RecentRuns({ connectionId }: { connectionId: string }) {
  const [isOpen, setOpen] = useState(false);
  const list = useQuery({ ...runsQuery(connectionId), enabled: isOpen });
  return (
    <details
      className={classes.details}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{texts.title}</summary>
      {isOpen && list.isPending && <LoadingRows count={1} height={60} />}
      <QueryError query={list} />
      {list.data?.length === 0 && <p className={classes.note}>{texts.none}</p>}
      {list.data && list.data.length > 0 && <RunTable runs={list.data} />}
    </details>
  );
}

function RunTable({ runs }: RunList) {
  const zone = useViewerZone();
  const now = useNow();
  return (
    <div className={classes.table}>
      <StackingTable
        label={texts.title}
        columns={Object.values(texts.columns)}
        rows={runs.map((run) => ({
          key: run.id,
          cells: [
            <When
              key="when"
              when={formatAgo(new Date(run.started_at), zone, now)}
              error={run.error}
            />,
            <Address key="calendar" text={run.calendar} />,
            run.changes_in,
            run.changes_out,
            run.conflicts,
            run.errors,
            run.calls,
            <span key="took" className={classes.nowrap}>
              {texts.seconds(Date.parse(run.ended_at) - Date.parse(run.started_at))}
            </span>,
          ],
        }))}
      />
    </div>
  );
}

function When({ when, error }: { when: string; error: string | null }) {
  return (
    <>
      {when}
      {error && (
        <div className={`${classes.note} ${classes.reason}`}>{texts.endedEarly(error)}</div>
      )}
    </>
  );
}
