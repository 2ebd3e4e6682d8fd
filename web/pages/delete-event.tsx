import { Checkbox, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { useDeleteActivity } from '../api/activities.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { event as texts, guests as guestTexts } from '../texts.ts';
import { inviterOf } from './guests-field.tsx';

export function DeleteEvent({ activity, onGone }: { activity: Activity; onGone: () => void }) {
  const [isOpen, open] = useDisclosure(true);
  const remove = useDeleteActivity();
  const [tellGuests, setTellGuests] = useState(true);
  const inviter = activity.attendees.length > 0 ? inviterOf(activity) : undefined;
  const confirm = () =>
    remove.mutate(
      { id: activity.id, tellGuests },
      {
        onSuccess() {
          notifications.show({ message: texts.deleted });
          open.close();
        },
      },
    );
  return (
    <ConfirmDialog
      title={texts.deleteTitle}
      text={texts.deleteText(activity.title)}
      confirmLabel={texts.delete}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      isOpen={isOpen}
      onClose={open.close}
      onGone={onGone}
    >
      {inviter && !inviter.canKeepSilent && (
        <Text size="sm" c="dimmed">
          {guestTexts.always(inviter.provider)}
        </Text>
      )}
      {inviter?.canKeepSilent && (
        <Checkbox
          label={guestTexts.tell}
          checked={tellGuests}
          onChange={(change) => setTellGuests(change.currentTarget.checked)}
        />
      )}
    </ConfirmDialog>
  );
}
