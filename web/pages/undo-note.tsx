import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { describeError } from '../api/client.ts';
import { undoNote as texts } from '../texts.ts';

/** How long the way back is offered, which afterwards is in the event's history, and a failure told. */
export const SHOWN_MS = 15_000;

let latest: string | undefined;

/**
 * Says what was done, with its way back: of the latest only, so that "Undo" is never unclear. `undo`
 * answers what to say of that.
 */
export function showUndo(text: string, undo: () => Promise<string>): void {
  if (latest !== undefined) notifications.hide(latest);
  const id = notifications.show({
    autoClose: SHOWN_MS,
    message: <UndoNote text={text} undo={undo} onDone={() => notifications.hide(id)} />,
  });
  latest = id;
}

interface UndoNoteProps {
  text: string;
  undo: () => Promise<string>;
  onDone: () => void;
}

function UndoNote({ text, undo, onDone }: UndoNoteProps) {
  const [isPending, setPending] = useState(false);
  const takeBack = async () => {
    setPending(true);
    try {
      notifications.show({ message: await undo() });
    } catch (error) {
      const message = texts.notUndone(describeError(error));
      notifications.show({ message, color: 'red', autoClose: SHOWN_MS });
    }
    onDone();
  };
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {text}
      </Text>
      <Button
        size="compact-sm"
        variant="default"
        loading={isPending}
        style={{ flex: 'none' }}
        onClick={() => void takeBack()}
      >
        {texts.undo}
      </Button>
    </Group>
  );
}
