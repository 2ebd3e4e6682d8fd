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
/** At least this long from one look at something to the next; what is told meanwhile is one look. */
const PAUSE_MS = 1_000;
/** An answer that takes longer is not waited for before the next look. */
const PATIENCE_MS = 10_000;

/**
 * Keeps the pages true to the server, and tells whether the line to it is up. What may have been missed
 * before it was up is fetched once it is.
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

  const allKeys = [...new Set(Object.values(staleKeys).flat())];
  const looks = new Map(
    allKeys.map((key) => [key, fold(() => queryClient.invalidateQueries({ queryKey: [key] }))]),
  );
  const lookAgain = (keys: string[]) => {
    for (const key of keys) looks.get(key)?.();
  };

  const open = () => {
    source = new EventSource('/api/stream');
    source.addEventListener('open', () => {
      clearTimeout(offlineTimer);
      offlineTimer = undefined;
      setIsOnline(true);
      // Also at first: what was asked for before the line was up may have changed since.
      lookAgain(allKeys);
    });
    for (const [topic, keys] of Object.entries(staleKeys)) {
      source.addEventListener(topic, () => lookAgain(keys));
    }
    source.addEventListener('error', () => {
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

/**
 * Looks at once, and while that lasts no second time: what was told meanwhile is one look afterwards,
 * which is never left out. So a long sync, or a slow line, costs a look each now and then.
 */
function fold(look: () => Promise<void>): () => void {
  let isWanted = false;
  let isLooking = false;
  const lookWhileWanted = async () => {
    isLooking = true;
    while (isWanted) {
      isWanted = false;
      await Promise.all([pause(PAUSE_MS), Promise.race([look(), pause(PATIENCE_MS)])]);
    }
    isLooking = false;
  };
  return () => {
    isWanted = true;
    if (!isLooking) void lookWhileWanted();
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
