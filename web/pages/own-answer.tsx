import { Button, Group } from '@mantine/core';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { OwnAnswer as Answer } from '../../src/calendar/event.ts';
import { useAnswer } from '../api/activities.ts';
import { describeError } from '../api/client.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { answerWords, ownAnswer as texts } from '../texts.ts';
import classes from './event-row.module.css';

/** What one says to somebody else's meeting: the one thing of it that is one's own. */
export function OwnAnswer({ activity }: { activity: Activity }) {
  const answer = useAnswer(activity.id);
  const own = activity.own_answer;
  if (!own) return null;
  const current = own.wanted ?? own.answer;
  const words = answerWords[current];
  return (
    <>
      <p className={classes.detail}>{own.wanted ? texts.wanted(words) : texts.said(words)}</p>
      <Group gap="xs" mt={4}>
        {Object.entries(texts.choices).map(([choice, label]) => (
          <Button
            key={choice}
            size="compact-sm"
            variant="default"
            className={classes.answer}
            aria-pressed={choice === current}
            aria-label={`${label}: ${activity.title}`}
            disabled={answer.isPending}
            onClick={() => answer.mutate(choice as Answer)}
          >
            {label}
          </Button>
        ))}
      </Group>
      {answer.isError && <FormProblem text={describeError(answer.error)} />}
    </>
  );
}
