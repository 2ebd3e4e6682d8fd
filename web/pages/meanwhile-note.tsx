import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Activity, FieldsView } from '../../src/api/schemas/activities.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { eventForm as texts, unitWords } from '../texts.ts';
import { describeValue } from './event-fields.ts';
import type { EventValues } from './event-values.ts';
import { listChanged, type Typed } from './rebase.ts';

interface MeanwhileNoteProps {
  typed: Typed;
  newer: { activity: Activity; values: EventValues };
  onDiscard: () => void;
}

/** What others changed while somebody typed, and what becomes of what was typed. */
export function MeanwhileNote({ typed, newer, onDiscard }: MeanwhileNoteProps) {
  const [isDiscarded, setDiscarded] = useState(false);
  const { activity, values } = newer;
  const changed = listChanged(typed.before, values);
  const both = listChanged(typed.before, typed.values).filter((unit) => changed.includes(unit));
  if (isDiscarded) return null;
  const theirs = changed.map(
    (unit) => `${unitWords[unit]} ${describeValue(unit, viewOf(activity))}`,
  );
  const sentences = [
    changed.length > 0 ? texts.meanwhile(theirs.join(', ')) : texts.unchangedMeanwhile,
    both.length > 0 ? texts.alsoTyped(both.map((unit) => unitWords[unit]).join(', ')) : '',
  ];
  return (
    <FormProblem text={sentences.join(' ').trim()}>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => {
          setDiscarded(true);
          onDiscard();
        }}
      >
        {texts.discardTyped}
      </Button>
    </FormProblem>
  );
}

function viewOf(activity: Activity): FieldsView {
  const { start, end, time_zone, is_all_day, ...fields } = activity;
  return { ...fields, when: { start, end, time_zone, is_all_day } };
}
