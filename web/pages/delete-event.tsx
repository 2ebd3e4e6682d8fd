import { Checkbox, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { type Deletion, useDeleteActivity } from '../api/activities.ts';
import { describeError } from '../api/client.ts';
import { findCancelled, useRestore } from '../api/history.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import {
  event as texts,
  guests as guestTexts,
  scopes as scopeTexts,
  series as seriesTexts,
} from '../texts.ts';
import { formatDate } from '../time/format.ts';
import { focusEvent } from './focus-event.ts';
import { inviterOf } from './guests-field.tsx';
import {
  isAboutScope,
  listScopes,
  type OccurrenceName,
  occurrenceOf,
  type Scope,
} from './scope.ts';
import { ScopeChoice } from './scope-choice.tsx';
import { showUndo } from './undo-note.tsx';

interface DeleteEventProps {
  activity: Activity;
  /** Of an occurrence. */
  series: Activity | undefined;
  onGone: () => void;
}

/** Asks, deletes, and offers the way back. */
export function DeleteEvent({ activity, series, onGone }: DeleteEventProps) {
  const [isOpen, open] = useDisclosure(true);
  const remove = useDeleteActivity();
  const restore = useRestore();
  const [tellGuests, setTellGuests] = useState(true);
  const [scope, setScope] = useState<Scope>('this');
  const occurrence = occurrenceOf(activity);
  const inviter = activity.attendees.length > 0 ? inviterOf(activity) : undefined;
  const confirm = () =>
    remove.mutate(toDeletion(activity, scope, tellGuests), {
      onSuccess() {
        tellDeleted();
        open.close();
      },
    });
  const tellDeleted = () => {
    const isWhole = scope === 'all' || (scope === 'following' && isFirst(activity, series));
    if (occurrence && !isWhole) {
      if (scope === 'this') return showUndo(scopeTexts.deleted.this, () => putBack(occurrence));
      return notifications.show({ message: scopeTexts.deleted[scope] });
    }
    const id = occurrence?.seriesId ?? activity.id;
    showUndo(texts.deleted(activity.title), async () => {
      await restore.mutateAsync(id);
      focusEvent(id);
      return texts.restored;
    });
  };
  const putBack = async (one: OccurrenceName) => {
    const id = await findCancelled(activity.lead_id, one);
    await restore.mutateAsync(id);
    focusEvent(id);
    return scopeTexts.putBack;
  };
  return (
    <ConfirmDialog
      {...describeDeletion(activity, occurrence !== undefined)}
      confirmLabel={texts.delete}
      isPending={remove.isPending}
      error={isAboutScope(remove.error) ? null : remove.error}
      onConfirm={confirm}
      isOpen={isOpen}
      onClose={open.close}
      onGone={onGone}
    >
      {occurrence && (
        <ScopeChoice
          label={scopeTexts.legend(activity.title, formatDate(activity.start.slice(0, 10)))}
          offered={listScopes(series, undefined)}
          value={scope}
          onChange={setScope}
          error={isAboutScope(remove.error) ? describeError(remove.error) : undefined}
        />
      )}
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

/** From its first date on there is nothing left of a series. */
const isFirst = ({ original_start }: Activity, series: Activity | undefined) =>
  original_start !== null && original_start === series?.start;

function toDeletion(activity: Activity, scope: Scope, tellGuests: boolean): Deletion {
  const occurrence = occurrenceOf(activity);
  if (!occurrence) return { id: activity.id, tellGuests };
  const { seriesId: id, originalStart } = occurrence;
  return { id, tellGuests, occurrence: scope === 'all' ? undefined : { originalStart, scope } };
}

function describeDeletion({ title, recurrence }: Activity, isOccurrence: boolean) {
  if (isOccurrence) return { title: scopeTexts.deleteTitle, text: '' };
  return recurrence
    ? { title: seriesTexts.deleteTitle, text: seriesTexts.deleteText(title) }
    : { title: texts.deleteTitle, text: texts.deleteText(title) };
}
