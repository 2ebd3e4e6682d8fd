import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import type { Preview } from '../../src/api/schemas/calendars.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { previewQuery, useStart } from '../api/calendars.ts';
import { describeError } from '../api/client.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { LoadError, LoadingRows } from '../components/page-states.tsx';
import { StackingTable } from '../components/stacking-table.tsx';
import { attention, firstSync as texts } from '../texts.ts';
import classes from './calendar-list.module.css';

/** What a first sync would do, and the button that lets it. */
export function FirstSync({ connection: { id, provider, email } }: { connection: Connection }) {
  const preview = useQuery(previewQuery(id));
  const start = useStart();
  const titleId = useId();
  // This question goes when it is answered; a failure is told by `isError`.
  const begin = () =>
    void start.mutateAsync(id).then(
      () => notifications.show({ message: texts.started(attention.account(provider, email)) }),
      () => undefined,
    );
  return (
    <section className={classes.question} aria-labelledby={titleId}>
      <h4 id={titleId} className={classes.title}>
        {texts.title}
      </h4>
      <p>{texts.intro}</p>
      {preview.isPending && <LoadingRows count={1} height={70} />}
      {preview.isError && (
        <LoadError error={preview.error} onRetry={() => void preview.refetch()} />
      )}
      {preview.data && <PreviewTable preview={preview.data} />}
      <Group gap="sm" mt="sm">
        <Button size="sm" loading={start.isPending} aria-describedby={titleId} onClick={begin}>
          {texts.start}
        </Button>
        <Button
          size="sm"
          variant="default"
          loading={preview.isFetching}
          onClick={() => void preview.refetch()}
        >
          {texts.count}
        </Button>
      </Group>
      {start.isError && <FormProblem text={describeError(start.error)} />}
    </section>
  );
}

function PreviewTable({ preview }: { preview: Preview }) {
  const { calendars } = preview;
  if (calendars.length === 0) return <p>{texts.nothing}</p>;
  const sum = (count: (one: Preview['calendars'][number]) => number) =>
    calendars.reduce((total, one) => total + count(one), 0);
  const rest = [
    { count: sum((one) => one.series_count), say: texts.series },
    { count: sum((one) => one.left_out_count), say: texts.leftOut },
    { count: sum((one) => one.unreadable_count), say: texts.unreadable },
  ].filter(({ count }) => count > 0);
  return (
    <>
      <div className={classes.table}>
        <StackingTable
          label={texts.title}
          columns={Object.values(texts.columns)}
          rows={calendars.map((one) => ({
            key: one.id,
            cells: [
              one.name,
              texts.atLeast(one.in_count, one.is_whole),
              texts.atLeast(one.out_count, true),
              texts.atLeast(one.ours_count, one.is_whole),
            ],
          }))}
        />
      </div>
      <p className={classes.note}>{texts.back(preview.import_days_back)}</p>
      {rest.map(({ count, say }) => (
        <p key={say(count)} className={classes.note}>
          {say(count)}
        </p>
      ))}
    </>
  );
}
