import { type ReactNode, useEffect } from 'react';
import { useSession, useTellTimeZone } from '../api/session.ts';
import { useNow } from '../time/use-now.ts';
import { ViewerZoneContext } from '../time/viewer-zone.ts';
import { browserZone, usableZone } from '../time/zones.ts';

/**
 * Times are shown where the viewer is, as their browser says; where it does not, as the server last
 * heard. The server is told when the two differ (docs/decisions/0018-viewers-zone.md).
 */
export function ViewerZone({ children }: { children: ReactNode }) {
  const stored = useSession().user.time_zone;
  // Looked at again now and then: who travels does not load the page anew.
  useNow();
  const here = browserZone();
  const { mutate: tell } = useTellTimeZone();
  useEffect(() => {
    if (here !== undefined && here !== stored) tell(here);
  }, [here, stored, tell]);
  return <ViewerZoneContext value={here ?? usableZone(stored)}>{children}</ViewerZoneContext>;
}
