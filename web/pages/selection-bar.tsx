import { Button, Checkbox } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { CopyDecision, ResolveManyReply } from '../../src/api/schemas/decisions.ts';
import { describeError } from '../api/client.ts';
import { useResolveMany } from '../api/decisions.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { FormProblem } from '../components/form-problem.tsx';
import { decisions as texts } from '../texts.ts';
import {
  type Choice,
  type DecisionKind,
  describeDecision,
  findCommonChoices,
} from './decision-words.ts';
import classes from './selection-bar.module.css';

interface SelectionBarProps {
  copies: CopyDecision[];
  chosen: CopyDecision[];
  onSelect: (ids: string[]) => void;
  onSettled: () => void;
}

/** Several decisions at once: which ones, and the answers that all of them have. */
export function SelectionBar({ copies, chosen, onSelect, onSettled }: SelectionBarProps) {
  const resolve = useResolveMany();
  const [isAsking, setAsking] = useState<'asked' | 'open'>();
  const choices = findCommonChoices(chosen);
  const kinds = groupByKind(copies);
  const idsOf = (some: CopyDecision[]) => some.map(({ copy_id }) => copy_id);
  const settle = (choice: Choice) =>
    // A failure is told by `isError`.
    void resolve.mutateAsync({ choice, copy_ids: idsOf(chosen) }).then(
      (results) => {
        notifications.show({ message: sumUp(results) });
        if (isAsking) setAsking('asked');
        onSettled();
      },
      () => undefined,
    );
  return (
    <div className={classes.bar} data-active={chosen.length > 0}>
      <Checkbox
        label={chosen.length > 0 ? texts.selected(chosen.length) : texts.selectAll}
        checked={chosen.length === copies.length}
        indeterminate={chosen.length > 0 && chosen.length < copies.length}
        onChange={() => onSelect(chosen.length > 0 ? [] : idsOf(copies))}
      />
      {chosen.length === 0 && kinds.size > 1 && (
        <div className={classes.kinds}>
          <span className={classes.hint}>{texts.only}</span>
          <div>
            {[...kinds].map(([kind, some]) => (
              <Button
                key={kind}
                size="compact-sm"
                variant="subtle"
                aria-label={texts.selectKind(texts.kinds[kind], some.length)}
                onClick={() => onSelect(idsOf(some))}
              >
                {texts.kindCount(texts.kinds[kind], some.length)}
              </Button>
            ))}
          </div>
        </div>
      )}
      <div className={classes.choices}>
        {chosen.length > 0 && choices.length === 0 && (
          <span className={classes.hint}>{texts.noCommonChoice}</span>
        )}
        {chosen.length > 0 &&
          choices.map((choice) => (
            <Button
              key={choice}
              size="xs"
              variant="default"
              loading={resolve.isPending && resolve.variables.choice === choice}
              disabled={resolve.isPending}
              onClick={() => (choice === 'delete' ? setAsking('open') : settle(choice))}
            >
              {texts.many[choice]}
            </Button>
          ))}
      </div>
      {resolve.isError && !isAsking && <FormProblem text={describeError(resolve.error)} />}
      {isAsking && (
        <ConfirmDialog
          title={texts.deleteTitle(chosen.length)}
          text={texts.deleteText(chosen.length)}
          confirmLabel={texts.many.delete}
          isPending={resolve.isPending}
          error={resolve.error}
          isOpen={isAsking === 'open'}
          onConfirm={() => settle('delete')}
          onClose={() => setAsking('asked')}
          onGone={() => setAsking(undefined)}
        />
      )}
    </div>
  );
}

function sumUp(results: ResolveManyReply['results']): string {
  const done = results.filter((result) => result === 'done').length;
  const rest = results.length - done;
  return rest === 0 ? texts.settled(done) : `${texts.settled(done)}. ${texts.notSettled(rest)}`;
}

function groupByKind(copies: CopyDecision[]): Map<DecisionKind, CopyDecision[]> {
  const kinds = new Map<DecisionKind, CopyDecision[]>();
  for (const decision of copies) {
    const kind = describeDecision(decision)?.kind;
    if (kind) kinds.set(kind, [...(kinds.get(kind) ?? []), decision]);
  }
  return kinds;
}
