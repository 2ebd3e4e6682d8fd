import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { describeError } from '../api/client.ts';
import { common, scopes as texts } from '../texts.ts';
import { formatDate } from '../time/format.ts';
import {
  type OccurrenceEdit,
  describeShift,
  isAboutScope,
  isWholeShift,
  listScopes,
  type Scope,
} from './scope.ts';
import { ScopeChoice } from './scope-choice.tsx';

interface ScopeDialogProps {
  edit: OccurrenceEdit;
  isOpen: boolean;
  isPending: boolean;
  error: unknown;
  onSave: (scope: Scope) => void;
  onClose: () => void;
  /** It has closed. */
  onGone?: () => void;
  /** What else is asked. */
  children?: ReactNode;
}

/** Which occurrences an edit is meant for, asked when it is saved. */
export function ScopeDialog(props: ScopeDialogProps) {
  const { edit, isOpen, isPending, error, onSave, onClose } = props;
  const { before, patch, series } = edit;
  const offered = listScopes(series, patch);
  const [scope, setScope] = useState<Scope>(offered[0] ?? 'this');
  const submit = (event: FormEvent) => {
    // The form that the dialog is asked from would hear it, too.
    event.preventDefault();
    event.stopPropagation();
    onSave(scope);
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={props.onGone}
      title={texts.editTitle}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <form onSubmit={submit}>
        <Stack>
          <ScopeChoice
            label={texts.legend(before.title, formatDate(before.startDate))}
            offered={offered}
            value={scope}
            onChange={setScope}
            error={isAboutScope(error) ? describeError(error) : undefined}
            descriptions={describeScopes(edit)}
          />
          {!offered.includes('this') && (
            <Text size="sm" c="dimmed">
              {texts.ruleForMore}
            </Text>
          )}
          {props.children}
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={isPending}>
              {texts.continue}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What it comes to for more than one. */
function describeScopes(edit: OccurrenceEdit) {
  const { before, wanted, patch } = edit;
  if (patch.recurrence === null) return {};
  const by = describeShift(before, wanted);
  const { repeat } = wanted;
  const isCounted = repeat.kind === 'pattern' && repeat.pattern.ends.kind === 'after';
  const all = [
    by && (isWholeShift(edit) ? texts.movedAll(by) : texts.movedStart(by)),
    patch.recurrence && isCounted && texts.countedFromFirst,
  ].filter(Boolean);
  return {
    ...(by && { following: texts.moved(by) }),
    ...(all.length > 0 && { all: all.join(' ') }),
  };
}
