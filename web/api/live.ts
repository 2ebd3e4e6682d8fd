import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { StreamTopic } from '../../src/api/schemas/connections.ts';
import { sessionQuery } from './session.ts';

/** What to look at again when the server says that a topic changed. */
const staleKeys: Record<StreamTopic, string[]> = {
  activities: ['activities', 'decisions', 'leads'],
  connections: ['connections', 'decisions', 'activities', 'policies'],
};

/** A blink of the network is nobody's business; an outage longer than this is told. */
const OFFLINE_AFTER_MS = 4_000;
const REOPEN_AFTER_MS = 5_000;

/**
 * Keeps the pages true to the server, and tells whether the line to it is up. What was missed while
 * it was down is fetched when it is up again.
 */
export function useLiveUpdates(): { isOnline: boolean } {
  const queryClient = useQueryClient();
  const [isOnline, setIsOnline] = useState(true);

  useEffect(() => openLine(queryClient, setIsOnline), [queryClient]);
  return { isOnline };
}

function openLine(queryClient: QueryClient, setIsOnline: (isOnline: boolean) => void) {
  let source: EventSource | undefined;
  let offlineTimer: ReturnType<typeof setTimeout> | undefined;
  let reopenTimer: ReturnType<typeof setTimeout> | undefined;
  let wasDown = false;

  const lookAgain = (keys: string[]) => {
    for (const key of keys) void queryClient.invalidateQueries({ queryKey: [key] });
  };

  const open = () => {
    source = new EventSource('/api/stream');
    source.addEventListener('open', () => {
      clearTimeout(offlineTimer);
      offlineTimer = undefined;
      setIsOnline(true);
      if (wasDown) lookAgain([...new Set(Object.values(staleKeys).flat())]);
      wasDown = false;
    });
    for (const [topic, keys] of Object.entries(staleKeys)) {
      source.addEventListener(topic, () => lookAgain(keys));
    }
    source.addEventListener('error', () => {
      wasDown = true;
      offlineTimer ??= setTimeout(() => setIsOnline(false), OFFLINE_AFTER_MS);
      // The browser reconnects by itself, except after an answer such as 401 or 503.
      if (source?.readyState !== EventSource.CLOSED) return;
      reopenTimer = setTimeout(open, REOPEN_AFTER_MS);
      void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
    });
  };

  open();
  return () => {
    clearTimeout(offlineTimer);
    clearTimeout(reopenTimer);
    source?.close();
  };
}
