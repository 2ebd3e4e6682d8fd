import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { useDeleteActivity } from '../api/activities.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { event as texts } from '../texts.ts';

export function DeleteEvent({ activity, onGone }: { activity: Activity; onGone: () => void }) {
  const [isOpen, open] = useDisclosure(true);
  const remove = useDeleteActivity();
  const confirm = () =>
    remove.mutate(activity, {
      onSuccess() {
        notifications.show({ message: texts.deleted });
        open.close();
      },
    });
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
    />
  );
}
