/** The zones to choose from; browsers leave out UTC and may lack the newest names. */
export function listTimeZones(...wanted: string[]): string[] {
  const known = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', ...wanted]);
  return [...known].filter(Boolean).sort();
}

/** `Europe/Berlin` → `Berlin`; the whole name stays the value. */
export function cityOf(timeZone: string): string {
  return (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');
}

/** `GMT+1` at an instant, or '' for a zone that this browser does not know. */
export function offsetOf(timeZone: string, instant: Date): string {
  try {
    const parts = new Intl.DateTimeFormat('en', {
      timeZone,
      timeZoneName: 'shortOffset',
    }).formatToParts(instant);
    return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  } catch {
    return '';
  }
}

export function isKnownTimeZone(timeZone: string): boolean {
  return offsetOf(timeZone, new Date()) !== '';
}

/** Where the browser knows no such zone, times are still shown, in UTC. */
export function usableZone(timeZone: string): string {
  return isKnownTimeZone(timeZone) ? timeZone : 'UTC';
}
