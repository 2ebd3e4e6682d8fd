import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Calendar } from '../../src/api/schemas/calendars.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { runsQuery, useSyncNow } from '../api/calendars.ts';
import { describeError } from '../api/client.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { calendars as calendarTexts, syncNow as texts } from '../texts.ts';
import { formatMoment } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import classes from './calendar-list.module.css';

/** A start that is no longer ago than this is told of as a look is. */
const JUST_STARTED_MS = 60_000;

/** The button, how far the look is, and what it brought; also after the start. */
export function SyncNow(props: { connection: Connection; calendars: Calendar[] }) {
  const { connection, calendars } = props;
  const connectionId = connection.id;
  const sync = useSyncNow();
  const startedAt = useJustStarted(connection);
  const asked = calendars.filter(({ asked_at }) => asked_at !== null);
  return (
    <>
      <Group gap="sm">
        <output className={classes.progress} data-busy={asked.length > 0}>
          {/* What an earlier look brought would read as if this one had. */}
          {!sync.isPending && !sync.isError && (
            <Progress
              connectionId={connectionId}
              asked={asked}
              since={[startedAt, sync.data?.asked_at].filter((at) => at !== undefined)}
            />
          )}
        </output>
        <Button
          size="xs"
          variant="default"
          disabled={calendars.every(({ direction }) => direction === 'none')}
          loading={sync.isPending}
          onClick={() => sync.mutate(connectionId)}
        >
          {calendarTexts.syncNow}
        </Button>
      </Group>
      {sync.isError && (
        <div className={classes.failure}>
          <FormProblem text={describeError(sync.error)} />
        </div>
      )}
    </>
  );
}

function Progress(props: {
  connectionId: string;
  asked: Calendar[];
  /** When looks were asked for on this page, as far as it did so itself. */
  since: string[];
}) {
  const { connectionId, asked } = props;
  const zone = useViewerZone();
  const now = useNow();
  const seen = useFirstAsked(asked);
  const since = [...props.since, ...(seen ? [seen] : [])].sort().at(-1);
  const isOver = asked.length === 0 && since !== undefined;
  const runs = useQuery({ ...runsQuery(connectionId), enabled: isOver });
  const [first] = asked;
  if (first) return asked.length === 1 ? texts.one(first.name) : texts.several(asked.length);
  const own = (runs.data ?? []).filter(({ ended_at }) => isOver && ended_at >= since);
  const [last] = own.toSorted((one, other) => other.ended_at.localeCompare(one.ended_at));
  if (!last) return null;
  // By the clock: "two minutes ago" would be read out anew with each minute.
  const momentOf = (at: string) => formatMoment(new Date(at), zone, now);
  const failed = own.find(({ error }) => error !== null);
  if (failed?.error) return texts.failed(momentOf(failed.ended_at), failed.error);
  const sum = (count: (run: (typeof own)[number]) => number) =>
    own.reduce((total, run) => total + count(run), 0);
  return texts.done(
    momentOf(last.ended_at),
    sum((run) => run.changes_in),
    sum((run) => run.changes_out),
  );
}

/** When the look that goes on, or the last one that this page saw, was asked for. */
function useFirstAsked(asked: Calendar[]): string | undefined {
  const [since, setSince] = useState<string>();
  const [wasLooking, setLooking] = useState(false);
  const isLooking = asked.length > 0;
  if (isLooking !== wasLooking) {
    setLooking(isLooking);
    if (isLooking) setSince(asked.map(({ asked_at }) => asked_at ?? '').sort()[0]);
  }
  return since;
}

/** When it was started, if that was as good as now as this was first shown. */
function useJustStarted({ first_sync_at }: Connection): string | undefined {
  const now = useNow();
  const [startedAt] = useState(() =>
    first_sync_at && now.getTime() - Date.parse(first_sync_at) < JUST_STARTED_MS
      ? first_sync_at
      : undefined,
  );
  return startedAt;
}
