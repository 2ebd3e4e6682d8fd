import { findIana, findWindows } from 'windows-iana';
import type { TimeZone } from './event.ts';

/**
 * Zones that Node knows and the CLDR table of the library does not, or not where they are since
 * Mexico gave up daylight saving (2022) and Kazakhstan its second zone (2024). Source: CLDR 48,
 * windowsZones.
 */
const ownWindowsNames: Record<string, string> = {
  'America/Chihuahua': 'Central Standard Time (Mexico)',
  'America/Ojinaga': 'Central Standard Time',
  'Asia/Almaty': 'West Asia Standard Time',
  'Asia/Qostanay': 'West Asia Standard Time',
  'America/Ciudad_Juarez': 'Mountain Standard Time',
  'America/Coyhaique': 'Magallanes Standard Time',
  'Antarctica/Troll': 'Greenwich Standard Time',
};
/** Windows zones of which the library's table names a zone that has left them. Source: as above. */
const ownIanaNames: Record<string, TimeZone> = {
  'central asia standard time': 'Asia/Bishkek',
  'mountain standard time (mexico)': 'America/Mazatlan',
};
/** Longer than every name there is; what is longer is not worth asking about. */
const NAME_LENGTH_MAX = 64;

/** Canonical spelling by name as given; only names that exist are kept, so it cannot grow for ever. */
const canonicalNames = new Map<string, string>();

/**
 * The IANA zone that a provider's name means: an IANA name is returned as it was given, a Windows
 * name becomes its CLDR zone. Undefined for names that are neither (`tzone://Microsoft/Custom`):
 * the caller keeps the instants and warns, and never guesses.
 */
export function findIanaZone(name: string): TimeZone | undefined {
  if (/^tzone:\/\/[a-z]+\/utc$/i.test(name)) return 'UTC';
  if (findCanonicalName(name)) return name;
  return ownIanaNames[name.toLowerCase()] ?? findIana(name)[0];
}

/**
 * The Windows name for an IANA zone, or undefined where it has none. The table knows old spellings
 * only (`Europe/Kiev`), so the name is made canonical first.
 */
export function findWindowsZone(timeZone: TimeZone): string | undefined {
  const canonicalName = findCanonicalName(timeZone);
  if (!canonicalName) return undefined;
  return (
    ownWindowsNames[timeZone] ??
    ownWindowsNames[canonicalName] ??
    findWindows(canonicalName)[0] ??
    findWindows(timeZone)[0]
  );
}

function findCanonicalName(name: string): string | undefined {
  // An offset such as `+01:00` is a zone to some versions of Intl and to neither provider.
  if (!/^[a-z]/i.test(name) || name.length > NAME_LENGTH_MAX) return undefined;
  const known = canonicalNames.get(name);
  if (known) return known;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    canonicalNames.set(name, timeZone);
    return timeZone;
  } catch {
    return undefined;
  }
}
