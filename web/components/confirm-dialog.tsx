import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { describeError } from '../api/client.ts';
import { common } from '../texts.ts';
import { FormProblem } from './form-problem.tsx';
import { useOpener } from './use-opener.ts';

interface ConfirmDialogProps {
  title: string;
  /** '' where the children say it. */
  text: string;
  confirmLabel: string;
  isPending: boolean;
  error: unknown;
  isOpen: boolean;
  onConfirm: () => void;
  onClose: () => void;
  /** It has closed, and the focus is back where it was. */
  onGone: () => void;
  children?: ReactNode;
}

/** Asks before what cannot be taken back. The harmless answer has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, onConfirm, onClose, onGone } = props;
  const returnFocus = useOpener();
  const leave = () => {
    returnFocus();
    onGone();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={leave}
      title={props.title}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <Stack>
        {props.error ? <FormProblem text={describeError(props.error)} /> : null}
        {props.text && <Text style={{ overflowWrap: 'anywhere' }}>{props.text}</Text>}
        {props.children}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {common.cancel}
          </Button>
          <Button color="danger" onClick={onConfirm} loading={props.isPending}>
            {props.confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
