import { Button, type ButtonProps } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { SyncReply } from '../../src/api/schemas/calendars.ts';
import { calendarsQuery, runsQuery, useEventSync, useSyncEvent } from '../api/calendars.ts';
import { describeError } from '../api/client.ts';
import { useSession } from '../api/session.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { calendars as calendarTexts, syncEvent as texts, syncNow } from '../texts.ts';
import { formatMoment } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import classes from './copy-list.module.css';

/** Nothing is looked at in there, whoever asks. */
const unreachable: readonly string[] = ['needs_reconnect', 'paused', 'closed'];

type Look = Pick<ButtonProps, 'size' | 'variant' | 'px'> & { 'aria-describedby'?: string };

/** Looks at the calendars that an event of one's own is in; nothing where none can be looked at. */
export function SyncEvent({ activity, ...look }: { activity: Activity } & Look) {
  const sync = useSyncEvent(activity.id);
  if (!useCanSync(activity)) return null;
  return (
    <Button {...look} loading={sync.isPending} onClick={() => sync.mutate()}>
      {calendarTexts.syncNow}
    </Button>
  );
}

/** How far that is, and what came of it. */
export function SyncOutcome({ activity }: { activity: Activity }) {
  const sync = useEventSync(activity.id);
  if (!useCanSync(activity)) return null;
  return (
    <>
      <output className={classes.progress}>
        {sync?.data && (
          <Progress activity={activity} reply={sync.data} askedMs={sync.submittedAt} />
        )}
      </output>
      {sync?.error && <FormProblem text={describeError(sync.error)} />}
    </>
  );
}

function useCanSync({ owner, status, deleted_at, copies }: Activity): boolean {
  const { user } = useSession();
  const isLive = status === 'confirmed' && deleted_at === null;
  return owner.id === user.id && isLive && copies.some(({ state }) => !unreachable.includes(state));
}

interface ProgressProps {
  activity: Activity;
  reply: SyncReply;
  /** When that was, by this browser's clock. */
  askedMs: number;
}

function Progress({ activity, reply, askedMs }: ProgressProps) {
  const zone = useViewerZone();
  const now = useNow();
  const { asked, asked_at: since } = reply;
  const connectionIds = [...new Set(asked.map(({ connection_id }) => connection_id))];
  const lists = useQueries({ queries: connectionIds.map((id) => calendarsQuery(id)) });
  const runLists = useQueries({ queries: connectionIds.map((id) => runsQuery(id)) });
  if (asked.length === 0) return texts.nowhere;
  // What was known before is no answer.
  const isNew = ({ dataUpdatedAt }: { dataUpdatedAt: number }) => dataUpdatedAt > askedMs;
  const known = lists.flatMap((list) => (isNew(list) ? (list.data ?? []) : []));
  const isOver = (id: string) => known.some((one) => one.id === id && one.asked_at === null);
  const looking = asked.filter(({ id }) => !isOver(id));
  if (looking[0]) {
    return looking.length === 1 ? syncNow.one(looking[0].name) : syncNow.several(looking.length);
  }
  const names = asked.map(({ name }) => name);
  const runs = runLists
    .flatMap((list) => (isNew(list) ? (list.data ?? []) : []))
    .filter(({ calendar, ended_at }) => names.includes(calendar) && ended_at >= since)
    .toSorted((one, other) => one.ended_at.localeCompare(other.ended_at));
  const last = runs.at(-1);
  if (!last) return null;
  // By the clock: "two minutes ago" would be read out anew with each minute.
  const momentOf = (at: string) => formatMoment(new Date(at), zone, now);
  const failed = runs.find(({ error }) => error !== null);
  if (failed?.error) return syncNow.failed(momentOf(failed.ended_at), failed.error);
  const isInStep = activity.copies.every(({ state }) => state === 'synced');
  return texts.done[isInStep ? 'inStep' : 'open'](momentOf(last.ended_at));
}
