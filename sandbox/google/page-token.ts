/** Page tokens: where a listing goes on, and of which query it is a page. */

import { invalid } from './errors.ts';
import { isObject } from './json.ts';
import { hashOf } from './sync-token.ts';

export interface PageToken {
  /** Go on behind this stamp, key or count, as the listing likes. */
  readonly after: number;
  readonly skip: number;
  /** How many pages were given before, for the switch that makes some of them empty. */
  readonly page: number;
}

export function printPageToken(token: PageToken, queryIdentity: string): string {
  const parts = { a: token.after, s: token.skip, p: token.page, q: hashOf(queryIdentity) };
  return btoa(JSON.stringify(parts)).replaceAll('=', '');
}

/** Throws 400 for a token that is garbled or belongs to another query. */
export function readPageToken(text: string, queryIdentity: string): PageToken {
  let parts: unknown;
  try {
    parts = JSON.parse(atob(text));
  } catch {
    parts = undefined;
  }
  if (!isObject(parts) || parts.q !== hashOf(queryIdentity)) throw invalidPageToken();
  const { a, s, p } = parts;
  if (typeof a !== 'number' || typeof s !== 'number' || typeof p !== 'number') {
    throw invalidPageToken();
  }
  return { after: a, skip: s, page: p };
}

function invalidPageToken(): Error {
  return invalid('Invalid page token value.', 'pageToken');
}
