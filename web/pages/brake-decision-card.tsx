import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { BrakeDecision } from '../../src/api/schemas/decisions.ts';
import { describeError } from '../api/client.ts';
import { useAnswerBrake } from '../api/decisions.ts';
import { Address } from '../components/address.tsx';
import { FormProblem } from '../components/form-problem.tsx';
import { DecisionChip } from '../components/state-chip.tsx';
import { decisions, held as texts } from '../texts.ts';
import { describeHeld } from './decision-words.ts';
import classes from './decisions-page.module.css';
import sideClasses from './versions.module.css';

/** Whether many deletions are meant: how many events are gone on which side, and the two answers. */
export function BrakeDecisionCard(props: { decision: BrakeDecision; onSettled: () => void }) {
  const { decision, onSettled } = props;
  const answer = useAnswerBrake(decision);
  const words = describeHeld(decision);
  const headingId = `decision-${decision.calendar_id}`;
  const decide = (choice: 'delete' | 'keep') =>
    // The card goes when it has worked; a failure is told by `isError`.
    void answer.mutateAsync(choice).then(
      () => {
        notifications.show({ message: texts.heard });
        onSettled();
      },
      () => undefined,
    );
  const sides = [
    { name: decisions.here, lines: words.here },
    { name: words.account, lines: words.there },
  ];
  return (
    <li>
      <article className={`${classes.card} ${classes.decision}`} aria-labelledby={headingId}>
        <div className={classes.head}>
          <div className={classes.words}>
            <DecisionChip kind="brake" />
            <h2 id={headingId} className={classes.sentence}>
              <Address text={words.sentence} />
            </h2>
            {words.details.map((detail) => (
              <p key={detail} className={classes.reason}>
                {detail}
              </p>
            ))}
          </div>
        </div>
        {/* Where an answer was acted on a moment ago there is nothing to count any more. */}
        {words.here.length > 0 && (
          <div className={sideClasses.room}>
            <div className={sideClasses.versions}>
              {sides.map(({ name, lines }) => (
                <section key={name} className={sideClasses.version} aria-label={name}>
                  <p className={sideClasses.side}>
                    <Address text={name} />
                  </p>
                  {lines.map((line) => (
                    <p key={line} className={classes.figure}>
                      {line}
                    </p>
                  ))}
                </section>
              ))}
            </div>
          </div>
        )}
        <div className={classes.answers}>
          <Button variant="default" disabled={answer.isPending} onClick={() => decide('keep')}>
            {words.keep}
          </Button>
          <Button
            variant="outline"
            color="danger"
            className={classes.delete}
            disabled={answer.isPending}
            onClick={() => decide('delete')}
          >
            {words.delete}
          </Button>
        </div>
        {answer.isError && <FormProblem text={describeError(answer.error)} />}
      </article>
    </li>
  );
}
