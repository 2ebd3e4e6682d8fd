/** Browsers list some places under names that they have not had for years. */
const newerNames: Record<string, string> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Louisville': 'America/Kentucky/Louisville',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** The zones to choose from, by their present names, and those that are wanted as they are. */
export function listTimeZones(...wanted: string[]): string[] {
  const listed = Intl.supportedValuesOf('timeZone').map(presentName);
  return [...new Set([...listed, 'UTC', ...wanted])].filter(Boolean).sort();
}

function presentName(zone: string): string {
  const newer = newerNames[zone];
  return newer && isKnownTimeZone(newer) ? newer : zone;
}

/** Where the browser is, by its present name; undefined where it does not know. */
export function browserZone(): string | undefined {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return timeZone && isKnownTimeZone(timeZone) ? presentName(timeZone) : undefined;
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
