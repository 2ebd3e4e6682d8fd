import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Calendar } from '../../src/api/schemas/calendars.ts';
import { runsQuery, useSyncNow } from '../api/calendars.ts';
import { describeError } from '../api/client.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { calendars as calendarTexts, syncNow as texts } from '../texts.ts';
import classes from './calendar-list.module.css';

/** The button, how far the look is, and what it brought. */
export function SyncNow(props: { connectionId: string; calendars: Calendar[] }) {
  const { connectionId, calendars } = props;
  const sync = useSyncNow();
  const asked = calendars.filter(({ asked_at }) => asked_at !== null);
  return (
    <Group gap="sm">
      <output className={classes.progress} data-busy={asked.length > 0}>
        <Progress connectionId={connectionId} asked={asked} />
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
      {sync.isError && <FormProblem text={describeError(sync.error)} />}
    </Group>
  );
}

function Progress({ connectionId, asked }: { connectionId: string; asked: Calendar[] }) {
  const since = useFirstAsked(asked);
  const isOver = asked.length === 0 && since !== undefined;
  const runs = useQuery({ ...runsQuery(connectionId), enabled: isOver });
  const [first] = asked;
  if (first) return asked.length === 1 ? texts.one(first.name) : texts.several(asked.length);
  if (!isOver || !runs.data || runs.isFetching) return null;
  const own = runs.data.filter(({ ended_at }) => ended_at >= since);
  const failed = own.find(({ error }) => error !== null);
  if (failed?.error) return texts.failed(failed.error);
  const sum = (count: (run: (typeof own)[number]) => number) =>
    own.reduce((total, run) => total + count(run), 0);
  return texts.done(
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
