import { Button, Drawer } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import type { Activity, Unit } from '../../src/api/schemas/activities.ts';
import type { HistoryEntry } from '../../src/api/schemas/history.ts';
import { describeError } from '../api/client.ts';
import { historyQuery, useUndo } from '../api/history.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { useOpener } from '../components/use-opener.ts';
import { changeWords, common, history as texts, unitWords } from '../texts.ts';
import { formatMoment } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { describeValue, listUnits } from './event-fields.ts';
import classes from './event-history.module.css';
import { describeWho, findKeptSide, tookOther } from './history-words.ts';

/** What happened to one event, the latest first, each change with its way back. */
export function EventHistory({ activity, onGone }: { activity: Activity; onGone: () => void }) {
  const [isOpen, open] = useDisclosure(true);
  const returnFocus = useOpener();
  const isNarrow = useMediaQuery('(max-width: 600px)');
  const list = useQuery(historyQuery(activity.id));
  const leave = () => {
    returnFocus();
    onGone();
  };
  return (
    <Drawer
      opened={isOpen}
      onClose={open.close}
      onExitTransitionEnd={leave}
      size={isNarrow ? '100%' : 500}
      title={texts.title}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <p className={classes.of}>{texts.of(activity.title)}</p>
      {list.isPending && <LoadingRows count={3} height={60} />}
      <QueryError query={list} />
      {list.data?.length === 0 && <p>{texts.empty}</p>}
      <ol className={classes.list}>
        {list.data?.map((entry) => (
          <Entry key={entry.id} activity={activity} entry={entry} entries={list.data} />
        ))}
      </ol>
    </Drawer>
  );
}

interface EntryProps {
  activity: Activity;
  entry: HistoryEntry;
  /** All of them, the latest first. */
  entries: readonly HistoryEntry[];
}

function Entry({ activity, entry, entries }: EntryProps) {
  const zone = useViewerZone();
  const now = useNow();
  const undo = useUndo(activity.id);
  const when = formatMoment(new Date(entry.at), zone, now);
  const change = changeWords[entry.change];
  const tell = (overwritten: string[]) =>
    notifications.show({
      message: overwritten.length > 0 ? texts.overwritten(overwritten.join(', ')) : texts.undone,
    });
  return (
    <li className={classes.entry}>
      <div className={classes.head}>
        <strong>{change}</strong>
        <time dateTime={entry.at} className={classes.quiet}>
          {when}
        </time>
      </div>
      <p className={classes.quiet}>{describeWho(entry)}</p>
      {entry.undoes && <p className={classes.quiet}>{texts.isUndo}</p>}
      {tookOther(entry, entries) && <p className={classes.quiet}>{texts.tookOther}</p>}
      {['updated', 'conflict', 'settled'].includes(entry.change) && (
        <Changes activity={activity} entry={entry} entries={entries} />
      )}
      {entry.can_undo && (
        <Button
          mt={6}
          size="compact-sm"
          variant="default"
          loading={undo.isPending}
          aria-label={texts.undoOf(change, when)}
          onClick={() =>
            undo.mutate(entry.id, {
              onSuccess: ({ overwritten }) => tell(overwritten.map((unit) => unitWords[unit])),
            })
          }
        >
          {texts.undo}
        </Button>
      )}
      {undo.isError && <FormProblem text={describeError(undo.error)} />}
    </li>
  );
}

function Changes({ activity, entry, entries }: EntryProps) {
  const { before, after } = entry;
  const say = (unit: Unit, old: string, current: string) => {
    const name = unitWords[unit];
    if (entry.change === 'settled') return texts.settled(name, current, old);
    return entry.change === 'conflict'
      ? texts.kept[findKeptSide(entry, unit, entries)](name, current, old)
      : texts.became(name, old, current);
  };
  const units = listUnits(before, after);
  if (units.length === 0) return null;
  return (
    <ul className={classes.changes}>
      {units.map((unit) => (
        <li key={unit}>
          {say(
            unit,
            describeValue(unit, before ?? {}, before?.when ?? activity),
            describeValue(unit, after ?? {}, after?.when ?? activity),
          )}
        </li>
      ))}
    </ul>
  );
}
