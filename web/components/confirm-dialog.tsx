import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { describeError } from '../api/client.ts';
import { common } from '../texts.ts';
import { FormProblem } from './form-problem.tsx';

interface ConfirmDialogProps {
  title: string;
  text: string;
  confirmLabel: string;
  isPending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before what cannot be taken back. The harmless answer has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <Stack>
        {props.error ? <FormProblem text={describeError(props.error)} /> : null}
        <Text style={{ overflowWrap: 'anywhere' }}>{props.text}</Text>
        {props.children}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={props.onClose} data-autofocus>
            {common.cancel}
          </Button>
          <Button color="danger" onClick={props.onConfirm} loading={props.isPending}>
            {props.confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
