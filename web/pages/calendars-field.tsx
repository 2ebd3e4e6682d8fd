import { Checkbox, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Connection } from '../../src/api/schemas/connections.ts';
import { connectionsQuery } from '../api/connections.ts';
import { calendarsField as texts, providerNames } from '../texts.ts';

/** Those that new events go to, the oldest first. */
export const takesEvents = ({ is_active, sync_enabled, write_calendar }: Connection) =>
  is_active && sync_enabled && write_calendar !== null;

interface CalendarsFieldProps {
  /** Ids of connections; undefined: all. */
  value: string[] | undefined;
  error: ReactNode;
  onChange: (ids: string[] | undefined) => void;
}

/** Which calendars a new event goes to: all of them, unless one is left out. */
export function CalendarsField({ value, error, onChange }: CalendarsFieldProps) {
  const { data: connections = [] } = useQuery(connectionsQuery);
  const offered = connections.filter(takesEvents);
  if (offered.length === 0) return null;
  const ids = offered.map(({ id }) => id);
  const chosen = value ?? ids;
  const change = (wanted: string[]) =>
    onChange(ids.every((id) => wanted.includes(id)) ? undefined : wanted);
  return (
    <Checkbox.Group label={texts.label} value={chosen} error={error} onChange={change}>
      <Stack gap="sm" mt={4}>
        {offered.map(({ id, provider, email, state, write_calendar }) => (
          <Checkbox
            key={id}
            value={id}
            label={email}
            description={texts.where(
              providerNames[provider],
              // Google names the first calendar of an account after it.
              write_calendar === email ? '' : (write_calendar ?? ''),
              state === 'needs_reconnect',
            )}
            styles={{ label: { overflowWrap: 'anywhere' } }}
          />
        ))}
      </Stack>
      {chosen.length === 0 && (
        <Text size="sm" c="dimmed" mt={8} component="output" display="block">
          {texts.nowhere}
        </Text>
      )}
    </Checkbox.Group>
  );
}
