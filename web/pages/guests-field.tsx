import { Checkbox, Text, Textarea } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import type { Activity } from '../../src/api/schemas/activities.ts';
import { connectionsQuery } from '../api/connections.ts';
import { guests as texts, type Provider } from '../texts.ts';
import { takesEvents } from './calendars-field.tsx';
import type { EventValues } from './event-values.ts';

/** Where guests are invited from; undefined where from nowhere. */
export interface Inviter {
  account: string;
  provider: Provider | undefined;
  canKeepSilent: boolean;
}

/** Of an event that there is, what its copies say; of a new one, the first calendar that it goes to. */
export function useInviter(
  activity: Activity | undefined,
  connectionIds: readonly string[] | undefined,
): Inviter | undefined {
  const { data: connections = [] } = useQuery(connectionsQuery);
  if (activity) return inviterOf(activity);
  const first = connections.find(
    (one) => takesEvents(one) && (connectionIds?.includes(one.id) ?? true),
  );
  return (
    first && {
      account: first.email,
      provider: first.provider,
      canKeepSilent: first.can_keep_silent,
    }
  );
}

export function inviterOf({ invitations, copies }: Activity): Inviter | undefined {
  if (!invitations) return undefined;
  const copy = copies.find(({ connection_id }) => connection_id === invitations.connection_id);
  return {
    account: invitations.account,
    provider: copy?.provider,
    canKeepSilent: invitations.can_keep_silent,
  };
}

interface GuestsFieldProps {
  form: UseFormReturnType<EventValues>;
  inviter: Inviter | undefined;
  /** Whether there are guests to be told of a change. */
  hasGuests: boolean;
}

/** Who is invited, and before anything is sent: from where, and whether they are mailed. */
export function GuestsField({ form, inviter, hasGuests }: GuestsFieldProps) {
  return (
    <div>
      <Textarea
        label={texts.label}
        description={texts.hint}
        autosize
        minRows={2}
        maxRows={8}
        {...form.getInputProps('guests')}
      />
      <Text size="sm" c="dimmed" mt={6}>
        {inviter ? texts.from(inviter.account) : texts.fromNowhere}
        {inviter && !inviter.canKeepSilent && ` ${texts.always(inviter.provider)}`}
      </Text>
      {inviter?.canKeepSilent && hasGuests && (
        <Checkbox
          mt={8}
          label={texts.tell}
          {...form.getInputProps('tellGuests', { type: 'checkbox' })}
        />
      )}
    </div>
  );
}
