import { createContext, use } from 'react';

/** The zone that the pages show times in; their frame provides it (web/components/viewer-zone.tsx). */
export const ViewerZoneContext = createContext<string | null>(null);

/** Where the viewer is: an IANA zone that this browser knows. Every page takes it from here. */
export function useViewerZone(): string {
  const zone = use(ViewerZoneContext);
  if (zone === null) throw new Error('useViewerZone outside the pages behind the sign-in');
  return zone;
}
