import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Activity, ActivityPatch } from '../../../src/api/schemas/activities.ts';
import { calendarPage as texts, common, guests as guestTexts } from '../../texts.ts';
import { useViewerZone } from '../../time/viewer-zone.ts';
import { inviterOf } from '../guests-field.tsx';
import type { OccurrenceEdit, Scope } from '../scope.ts';
import { ScopeDialog } from '../scope-dialog.tsx';
import { describeSpan } from './describe-span.ts';
import type { Move } from './moves.ts';

/** What is to be asked before a move is saved. */
export interface Question {
  move: Move;
  activity: Activity;
  patch: ActivityPatch;
  /** Of an occurrence: which ones it is meant for is asked, too. */
  edit: OccurrenceEdit | undefined;
}

/** Whether somebody would be mailed of a change. */
export const hasToTell = (activity: Activity) =>
  activity.attendees.length > 0 && inviterOf(activity) !== undefined;

interface MoveQuestionProps {
  question: Question;
  isOpen: boolean;
  isPending: boolean;
  error: unknown;
  onAnswer: (scope: Scope, isSilent: boolean) => void;
  onCancel: () => void;
  onGone: () => void;
}

/** For which occurrences, and whether guests are told. */
export function MoveQuestion(props: MoveQuestionProps) {
  const { question, isOpen, isPending, onAnswer, onCancel, onGone } = props;
  const { activity, edit } = question;
  const [tellsGuests, setTellsGuests] = useState(true);
  const isSilent = hasToTell(activity) && !tellsGuests;
  const guests = hasToTell(activity) && (
    <Guests activity={activity} value={tellsGuests} onChange={setTellsGuests} />
  );
  if (edit?.series) {
    return (
      <ScopeDialog
        edit={edit}
        isOpen={isOpen}
        isPending={isPending}
        error={props.error}
        onSave={(scope) => onAnswer(scope, isSilent)}
        onClose={onCancel}
        onGone={onGone}
      >
        {guests}
      </ScopeDialog>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAnswer('this', isSilent);
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onCancel}
      onExitTransitionEnd={onGone}
      title={texts.moveTitle}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <form onSubmit={submit}>
        <Stack>
          <MoveText question={question} />
          {guests}
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onCancel}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={isPending} data-autofocus>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function MoveText({ question: { activity, move } }: { question: Question }) {
  const zone = useViewerZone();
  const { isAllDay, start, end } = move.to;
  const [from, to] = [start, end].map((at) => (typeof at === 'string' ? at : at.toISOString()));
  const span = { is_all_day: isAllDay, start: from ?? '', end: to ?? '' };
  const when = describeSpan({ ...span, starts_at: span.start, ends_at: span.end }, zone);
  return <Text style={{ overflowWrap: 'anywhere' }}>{texts.moveText(activity.title, when)}</Text>;
}

interface GuestsProps {
  activity: Activity;
  value: boolean;
  onChange: (tells: boolean) => void;
}

function Guests({ activity, value, onChange }: GuestsProps) {
  const inviter = inviterOf(activity);
  if (!inviter?.canKeepSilent) {
    return (
      <Text size="sm" c="dimmed">
        {guestTexts.always(inviter?.provider)}
      </Text>
    );
  }
  return (
    <Checkbox
      label={guestTexts.tell}
      checked={value}
      onChange={(change) => onChange(change.currentTarget.checked)}
    />
  );
}
