import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { RunList } from '../../src/api/schemas/calendars.ts';
import { runsQuery } from '../api/calendars.ts';
import { useSession } from '../api/session.ts';
import { LoadError, LoadingRows } from '../components/page-states.tsx';
import { runs as texts } from '../texts.ts';
import { formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { usableZone } from '../time/zones.ts';
import classes from './calendar-list.module.css';

/** What the latest runs of a connection did; asked for when it is opened. */
export function RecentRuns({ connectionId }: { connectionId: string }) {
  const [isOpen, setOpen] = useState(false);
  const list = useQuery({ ...runsQuery(connectionId), enabled: isOpen });
  const titleId = useId();
  return (
    <details
      className={classes.details}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary id={titleId}>{texts.title}</summary>
      {isOpen && list.isPending && <LoadingRows count={1} height={60} />}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <p className={classes.note}>{texts.none}</p>}
      {list.data && list.data.length > 0 && <RunTable runs={list.data} labelledBy={titleId} />}
    </details>
  );
}

function RunTable({ runs, labelledBy }: RunList & { labelledBy: string }) {
  const zone = usableZone(useSession().user.time_zone);
  const now = useNow();
  return (
    <section
      className={classes.scroll}
      aria-labelledby={labelledBy}
      // A wide table scrolls by itself, so the keyboard must be able to reach it.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            {Object.values(texts.columns).map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td className={classes.nowrap}>
                {formatRelative(new Date(run.started_at), zone, now)}
                {run.error && <div className={classes.note}>{texts.endedEarly(run.error)}</div>}
              </td>
              <th scope="row">{run.calendar}</th>
              <td>{run.changes_in}</td>
              <td>{run.changes_out}</td>
              <td>{run.conflicts}</td>
              <td>{run.errors}</td>
              <td>{run.calls}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
