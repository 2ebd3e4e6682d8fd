import { Button, Group } from '@mantine/core';
import type { Activity, Copy } from '../../src/api/schemas/activities.ts';
import { describeError } from '../api/client.ts';
import { useResolve } from '../api/history.ts';
import { FormProblem } from '../components/form-problem.tsx';
import classes from './copy-list.module.css';
import { type Choice, type DecisionWords, describeDecision } from './decision-words.ts';
import { focusEvent } from './focus-event.ts';
import { Versions } from './versions.tsx';

/** What a person is asked about one copy, as it is asked among the decisions: the event stands above it. */
export function CopyQuestion({ activity, copy }: { activity: Activity; copy: Copy }) {
  const resolve = useResolve(activity.id);
  const words = describeDecision({ activity, copy_id: copy.id, lead: null });
  if (!words) return null;
  // The buttons go when one has worked; a failure is told by `isError`.
  const decide = (choice: Choice) =>
    void resolve.mutateAsync({ id: copy.id, choice }).then(
      () => focusEvent(activity.id),
      () => undefined,
    );
  const rest = { words, isBusy: resolve.isPending, onChoose: decide };
  return (
    <div className={classes.question}>
      {words.kind === 'conflict' ? <Versions {...rest} /> : <Answers {...rest} />}
      {resolve.isError && <FormProblem text={describeError(resolve.error)} />}
    </div>
  );
}

/** Where the other version is that there is none; what leaves everything as it is stands first. */
function Answers(props: {
  words: DecisionWords;
  isBusy: boolean;
  onChoose: (choice: Choice) => void;
}) {
  const { words, isBusy, onChoose } = props;
  const [one, other] = words.versions;
  const choices = (one.isInForce ? [one, other] : [other, one]).flatMap(
    ({ choice }) => choice ?? [],
  );
  return (
    <Group gap="xs">
      {choices.map(({ value, label }) => (
        <Button
          key={value}
          size="compact-sm"
          variant="default"
          disabled={isBusy}
          aria-label={`${label}: ${words.title}, ${words.account}`}
          onClick={() => onChoose(value)}
        >
          {label}
        </Button>
      ))}
    </Group>
  );
}
