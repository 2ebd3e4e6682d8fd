import { useEffect, useState } from 'react';

const TICK_MS = 30_000;

/** The present moment, fresh enough for "in 2 minutes" and for what moves from coming to past. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
