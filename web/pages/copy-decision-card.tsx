import { Button, Checkbox } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Link } from '@tanstack/react-router';
import type { CopyDecision } from '../../src/api/schemas/decisions.ts';
import { describeError } from '../api/client.ts';
import { useResolveMany } from '../api/decisions.ts';
import { Address } from '../components/address.tsx';
import { FormProblem } from '../components/form-problem.tsx';
import { DecisionChip } from '../components/state-chip.tsx';
import { decisions as texts } from '../texts.ts';
import { type Choice, describeDecision } from './decision-words.ts';
import classes from './decisions-page.module.css';
import { Versions } from './versions.tsx';

interface CopyDecisionCardProps {
  decision: CopyDecision;
  isSelected: boolean;
  /** Undefined where there is only one to select. */
  onToggle: (() => void) | undefined;
  onHistory: () => void;
  onSettled: () => void;
}

/** What is asked about one copy: a sentence, both versions side by side, and a button under each. */
export function CopyDecisionCard(props: CopyDecisionCardProps) {
  const { decision, isSelected, onToggle, onHistory, onSettled } = props;
  const resolve = useResolveMany();
  const words = describeDecision(decision);
  if (!words) return null;
  const { title, account } = words;
  const headingId = `decision-${decision.copy_id}`;
  const decide = (choice: Choice) =>
    // The card goes when it has worked; a failure is told by `isError`.
    void resolve.mutateAsync({ choice, copy_ids: [decision.copy_id] }).then(
      ([result]) => {
        const message = result === 'done' ? texts.settled(1) : texts.notSettled(1);
        notifications.show({ message });
        onSettled();
      },
      () => undefined,
    );
  return (
    <li>
      <article
        className={`${classes.card} ${classes.decision}`}
        aria-labelledby={headingId}
        data-selected={isSelected}
      >
        <div className={classes.head}>
          {onToggle && (
            <Checkbox
              className={classes.check}
              aria-label={texts.select(title, account)}
              checked={isSelected}
              onChange={onToggle}
            />
          )}
          <div className={classes.words}>
            <DecisionChip kind={words.kind} />
            <h2 id={headingId} className={classes.sentence}>
              <Address text={words.sentence} />
            </h2>
            {words.about && <p className={classes.reason}>{words.about}</p>}
            {words.reason && <p className={classes.reason}>{words.reason}</p>}
          </div>
          <div className={classes.ways}>
            {decision.activity.lead_id && (
              <Link
                to="/leads/$leadId"
                params={{ leadId: decision.activity.lead_id }}
                aria-label={`${texts.lead}: ${title}`}
              >
                {texts.lead}
              </Link>
            )}
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={`${texts.history}: ${title}`}
              onClick={onHistory}
            >
              {texts.history}
            </Button>
          </div>
        </div>
        <Versions words={words} isBusy={resolve.isPending} onChoose={decide} />
        {resolve.isError && <FormProblem text={describeError(resolve.error)} />}
      </article>
    </li>
  );
}
