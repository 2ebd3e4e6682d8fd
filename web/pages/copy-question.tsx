import { Button, Group } from '@mantine/core';
import type { Activity, Copy, FieldsView, Unit } from '../../src/api/schemas/activities.ts';
import { describeError } from '../api/client.ts';
import { useResolve } from '../api/history.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { copies as texts, unitWords } from '../texts.ts';
import classes from './copy-list.module.css';
import { describeValue } from './event-fields.ts';
import { focusEvent } from './focus-event.ts';

/** What a person is asked about one copy: both versions where there are two, and the answers. */
export function CopyQuestion({ activity, copy }: { activity: Activity; copy: Copy }) {
  const resolve = useResolve(activity.id);
  const label = (choice: Copy['choices'][number]) =>
    choice === 'delete' && copy.is_revived ? texts.deleteBoth : texts.choices[choice];
  // The buttons go when one has worked; a failure is told by `isError`.
  const decide = (choice: Copy['choices'][number]) =>
    void resolve.mutateAsync({ id: copy.id, choice }).then(
      () => focusEvent(activity.id),
      () => undefined,
    );
  return (
    <div className={classes.question}>
      {copy.conflict.map((conflict) => (
        <Versions key={conflict.unit} activity={activity} conflict={conflict} />
      ))}
      <Group gap="xs">
        {copy.choices.map((choice) => (
          <Button
            key={choice}
            size="compact-sm"
            variant="default"
            disabled={resolve.isPending}
            aria-label={`${label(choice)}: ${activity.title}, ${copy.account}`}
            onClick={() => decide(choice)}
          >
            {label(choice)}
          </Button>
        ))}
      </Group>
      {resolve.isError && <FormProblem text={describeError(resolve.error)} />}
    </div>
  );
}

function Versions(props: { activity: Activity; conflict: Copy['conflict'][number] }) {
  const { activity, conflict } = props;
  const isOurs = conflict.winner === 'crm';
  return (
    <dl className={classes.versions}>
      <dt>
        {unitWords[conflict.unit]}. {isOurs ? texts.keptHere : texts.keptThere}
      </dt>
      <dd>{describeValue(conflict.unit, fieldsOf(activity))}</dd>
      <dt>{isOurs ? texts.otherThere : texts.otherHere}</dt>
      <dd>{describeValue(conflict.unit, conflict.lost, conflict.lost.when ?? activity)}</dd>
    </dl>
  );
}

function fieldsOf(activity: Activity): Required<FieldsView> {
  const { title, description, location, recurrence, visibility, show_as, attendees } = activity;
  const { is_all_day, start, end, time_zone } = activity;
  const when = { is_all_day, start, end, time_zone };
  const rest = { recurrence, visibility, show_as, attendees };
  return { title, description, location, when, ...rest } satisfies Record<Unit, unknown>;
}
