import { Button, Group, NativeSelect } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Activity, Shows } from '../../src/api/schemas/activities.ts';
import { useAddMirror } from '../api/activities.ts';
import { describeError } from '../api/client.ts';
import { connectionsQuery } from '../api/connections.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { mirrors as texts } from '../texts.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { describeWhen } from './event-when.ts';
import { focusEvent } from './focus-event.ts';
import { asShown } from './series-words.ts';

interface AddMirrorProps {
  activity: Activity;
  /** Of an occurrence: it is there with its series, and only with it. */
  series: Activity | undefined;
  now: Date;
}

/** Puts an event that is not over into another calendar of its owner's, where there is one that it is not in. */
export function AddMirror({ activity, series, now }: AddMirrorProps) {
  const zone = useViewerZone();
  const { data: connections = [] } = useQuery(connectionsQuery);
  const [isOpen, open] = useDisclosure(false);
  const [chosen, setChosen] = useState<string>();
  const [shows, setShows] = useState<Shows>('all');
  const add = useAddMirror(activity.id);
  const others = connections.filter(
    ({ id, state, write_calendar }) =>
      state === 'active' &&
      write_calendar !== null &&
      !activity.copies.some(({ connection_id }) => connection_id === id),
  );
  const first = others[0];
  const { isPast } = describeWhen(asShown(series ?? activity), zone, now);
  if (!first || isPast) return null;
  if (!isOpen) {
    return (
      <div>
        <Button
          mt={4}
          ms={-8}
          size="compact-sm"
          variant="subtle"
          aria-label={`${texts.open}: ${activity.title}`}
          onClick={open.open}
        >
          {texts.open}
        </Button>
      </div>
    );
  }
  // The control goes when it has worked; a failure is told by `isError`.
  const submit = () =>
    void add.mutateAsync({ connection_id: chosen ?? first.id, shows }).then(
      () => focusEvent(activity.id),
      () => undefined,
    );
  return (
    <div>
      <Group align="flex-end" gap="xs" mt={8}>
        <NativeSelect
          label={texts.calendar}
          value={chosen ?? first.id}
          onChange={(change) => setChosen(change.currentTarget.value)}
          data={others.map(({ id, email }) => ({ value: id, label: email }))}
        />
        <NativeSelect
          label={texts.shows}
          value={shows}
          onChange={(change) => setShows(change.currentTarget.value === 'busy' ? 'busy' : 'all')}
          data={[
            { value: 'all', label: texts.all },
            { value: 'busy', label: texts.busy },
          ]}
        />
        <Button variant="default" loading={add.isPending} onClick={submit}>
          {texts.add}
        </Button>
      </Group>
      {add.isError && <FormProblem text={describeError(add.error)} />}
    </div>
  );
}
