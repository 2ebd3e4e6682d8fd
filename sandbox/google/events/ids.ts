/** Event ids and iCalendar uids. */

import { invalid } from '../errors.ts';

const BASE32HEX = '0123456789abcdefghijklmnopqrstuv';

/** Throws unless the id keeps the rules for client-made ids. Source: Event.id. */
export function checkClientId(id: string): void {
  if (!/^[0-9a-v]{5,1024}$/.test(id)) throw invalid('Invalid resource id value.');
}

/** 26 base32hex characters, as Google makes them. */
export function makeId(random: () => number): string {
  return Array.from({ length: 26 }, () => BASE32HEX[Math.floor(random() * 32)]).join('');
}

/** Imported events have ids that start with an underscore and spell out the foreign uid. */
export function importedId(iCalUID: string): string {
  let bits = 0;
  let held = 0;
  let id = '_';
  for (const byte of new TextEncoder().encode(iCalUID)) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      id += BASE32HEX[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) id += BASE32HEX[(held << (5 - bits)) & 31];
  return id.slice(0, 1024);
}
