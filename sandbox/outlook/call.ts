import type { Json } from './json.ts';
import type { Prefer, Query } from './query.ts';
import type { Mine } from './state.ts';

/** One request for one mailbox, read but not yet understood. */
export interface Call extends Mine {
  method: string;
  version: 'v1.0' | 'beta';
  /** `https://host`, for the links in answers. */
  origin: string;
  /** As requested, for links to further pages: `/v1.0/me/events`. */
  pathname: string;
  query: Query;
  prefer: Prefer;
  ifMatch: string | null;
  body: Json;
  /** What the journal of calls will say; operations fill it in as they learn it. */
  log: CallLog;
}

export interface CallLog {
  operation: string;
  calendarId: string | null;
  eventId: string | null;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** `https://host/v1.0/$metadata#users('…')/events`. */
export function contextOf(call: Call, path: string): string {
  return `${call.origin}/${call.version}/$metadata#users('${call.mailbox.account.id}')/${path}`;
}

/** The next page: the same request further on. Source: paging. */
export function nextLink(call: Call, changed: Record<string, string>): string {
  const names = new Set(Object.keys(changed).map((name) => name.toLowerCase()));
  const kept = call.query.entries.filter(([name]) => !names.has(name.toLowerCase()));
  const parts = [...kept, ...Object.entries(changed)].map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return `${call.origin}${call.pathname}?${parts.join('&')}`;
}
