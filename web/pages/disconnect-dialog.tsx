import { Checkbox } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { disconnectRuleQuery, useDisconnect } from '../api/connections.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { disconnectDialog as texts, settings } from '../texts.ts';

export interface Farewell {
  connectionId: string;
  /** For those who do not see the card change. */
  done: string;
  /** What is left for the person to do; often nothing. */
  rest: string;
}

interface DisconnectDialogProps {
  connection: Connection;
  /** Receives what the page should say afterwards. */
  onDone: (farewell: Farewell) => void;
  onGone: () => void;
}

export function DisconnectDialog({ connection, onDone, onGone }: DisconnectDialogProps) {
  const { id, provider, email } = connection;
  const [isOpen, open] = useDisclosure(true);
  const { data: isRule = false } = useQuery(disconnectRuleQuery);
  const [ticked, setTicked] = useState<boolean>();
  const deleteCopies = ticked ?? isRule;
  const disconnect = useDisconnect();
  const confirm = () =>
    disconnect.mutate(
      { id, deleteCopies },
      {
        onSuccess(reply) {
          const rest = reply.is_revoked ? '' : texts.notRevoked[provider];
          onDone({ connectionId: id, done: texts.done(email), rest });
          open.close();
        },
      },
    );
  return (
    <ConfirmDialog
      title={texts.title(provider)}
      text={texts.text(email)}
      confirmLabel={settings.disconnect}
      isPending={disconnect.isPending}
      error={disconnect.error}
      onConfirm={confirm}
      isOpen={isOpen}
      onClose={open.close}
      onGone={onGone}
    >
      <Checkbox
        label={texts.deleteCopies}
        description={isRule ? texts.deleteCopiesRule : texts.deleteCopiesHint}
        checked={deleteCopies}
        onChange={(change) => setTicked(change.currentTarget.checked)}
      />
    </ConfirmDialog>
  );
}
