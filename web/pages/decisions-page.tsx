import { Button, Group } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useRef, useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { decisionsQuery } from '../api/decisions.ts';
import { PageHeader } from '../components/page-header.tsx';
import { EmptyState, LoadingRows, QueryError } from '../components/page-states.tsx';
import { common, decisions as texts } from '../texts.ts';
import { BrakeDecisionCard } from './brake-decision-card.tsx';
import { CopyDecisionCard } from './copy-decision-card.tsx';
import classes from './decisions-page.module.css';
import { SelectionBar } from './selection-bar.tsx';

const EventHistory = lazy(() =>
  import('./event-history.tsx').then((module) => ({ default: module.EventHistory })),
);

/** Everything that waits for a word of the reader's, with both versions and the answers. */
export function DecisionsPage() {
  useDocumentTitle(`${texts.title} · ${common.product}`);
  const list = useInfiniteQuery(decisionsQuery);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [told, setTold] = useState<Activity>();
  const status = useRef<HTMLOutputElement>(null);

  const pages = list.data?.pages ?? [];
  const count = pages[0]?.count ?? 0;
  const brakes = pages[0]?.brakes ?? [];
  // A question that was asked anew while pages were read may be on two of them.
  const copies = [
    ...new Map(pages.flatMap((page) => page.copies).map((one) => [one.copy_id, one])).values(),
  ];
  const chosen = copies.filter(({ copy_id }) => selected.has(copy_id));
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  // The button that had the focus is gone with what it settled.
  const onSettled = () => {
    setSelected(new Set());
    status.current?.focus();
  };

  return (
    <>
      <PageHeader title={texts.title} intro={texts.intro} />
      <output ref={status} tabIndex={-1} className={classes.status}>
        {list.isSuccess && texts.left(count)}
      </output>
      {list.isPending && <LoadingRows count={3} height={190} />}
      <QueryError query={list} />
      {list.isSuccess && brakes.length + copies.length === 0 && (
        <div className={classes.card}>
          <EmptyState order={2} icon="check" title={texts.emptyTitle} text={texts.emptyText} />
        </div>
      )}
      {copies.length > 1 && (
        <SelectionBar
          copies={copies}
          chosen={chosen}
          onSelect={(ids) => setSelected(new Set(ids))}
          onSettled={onSettled}
        />
      )}
      <ul className={classes.list} aria-label={texts.title}>
        {brakes.map((decision) => (
          <BrakeDecisionCard key={decision.calendar_id} decision={decision} onSettled={onSettled} />
        ))}
        {copies.map((decision) => (
          <CopyDecisionCard
            key={decision.copy_id}
            decision={decision}
            isSelected={selected.has(decision.copy_id)}
            onToggle={copies.length > 1 ? () => toggle(decision.copy_id) : undefined}
            onHistory={() => setTold(decision.activity)}
            onSettled={onSettled}
          />
        ))}
      </ul>
      {list.hasNextPage && (
        <Group justify="center" mt="lg">
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {texts.more}
          </Button>
        </Group>
      )}
      {told && (
        <Suspense fallback={null}>
          <EventHistory activity={told} onGone={() => setTold(undefined)} />
        </Suspense>
      )}
    </>
  );
}
