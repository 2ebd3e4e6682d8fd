import { findIana, findWindows, WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { GraphError } from './graph-error.ts';

/**
 * Zones that Node knows and the CLDR table of the library does not, or not where they are now.
 * Source: CLDR 48, windowsZones.
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

const ownIanaNames: Record<string, string> = {
  'Central Asia Standard Time': 'Asia/Bishkek',
  'Mountain Standard Time (Mexico)': 'America/Mazatlan',
};

/** What events answer whose zone was described by an old client, not named; no request may say it. */
export const CUSTOM_ZONE = 'tzone://Microsoft/Custom';

const windowsNames = new Map<string, string>(
  WINDOWS_TO_IANA_MAP.map(({ windowsName }) => [windowsName.toLowerCase(), windowsName]),
);
const ianaNames = new Map<string, string | undefined>();

/**
 * The IANA zone behind a Windows or IANA name, undefined when the mailbox server does not know it.
 * Source: dateTimeTimeZone; UTC has a third spelling in old items.
 */
function findZone(name: string): string | undefined {
  if (!ianaNames.has(name)) ianaNames.set(name, lookUp(name));
  return ianaNames.get(name);
}

function lookUp(name: string): string | undefined {
  if (/^(utc|etc\/utc|gmt|etc\/gmt|tzone:\/\/microsoft\/utc)$/i.test(name)) return 'UTC';
  const windowsName = windowsNames.get(name.toLowerCase());
  if (windowsName) return ownIanaNames[windowsName] ?? findIana(windowsName as never)[0];
  // An offset such as `+01:00` is a zone to Intl and none to Exchange.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return name;
  } catch {
    return undefined;
  }
}

/** Throws `TimeZoneNotSupportedException`: there is no fallback, neither here nor at Microsoft. */
export function getZone(name: unknown): string {
  const zone = typeof name === 'string' ? findZone(name) : undefined;
  if (zone) return zone;
  throw new GraphError(
    400,
    'TimeZoneNotSupportedException',
    `A valid TimeZone value must be specified. The following TimeZone value is not supported: ` +
      `'${typeof name === 'string' ? name : ''}'.`,
  );
}

const windowsNamesOut = new Map<string, string>();

/** How Exchange names a zone in `originalStartTimeZone` and `recurrenceTimeZone`. */
export function windowsNameOf(zone: string): string {
  let name = windowsNamesOut.get(zone);
  if (name === undefined) {
    name = zone === 'UTC' ? 'UTC' : findWindowsName(zone);
    windowsNamesOut.set(zone, name);
  }
  return name;
}

function findWindowsName(zone: string): string {
  const own = ownWindowsNames[zone];
  if (own) return own;
  const canonical = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  if (canonical === 'UTC') return 'UTC';
  return ownWindowsNames[canonical] ?? findWindows(canonical)[0] ?? findWindows(zone)[0] ?? zone;
}

export function listZones(standard: 'windows' | 'iana'): { alias: string; displayName: string }[] {
  if (standard === 'windows') {
    return [...windowsNames.values()].map((alias) => ({ alias, displayName: alias }));
  }
  return Intl.supportedValuesOf('timeZone').map((alias) => ({ alias, displayName: alias }));
}
