import { badQuery, GraphError } from './graph-error.ts';
import { parseInstant } from './wall-clock.ts';
import { getZone } from './zones.ts';

/** Query options; names are taken in any case and with or without `$`. */
export interface Query {
  get(name: string): string | undefined;
  entries: [string, string][];
}

export function readQuery(search: string): Query {
  const entries = [...new URLSearchParams(search)];
  const values = new Map(entries.map(([name, value]) => [plainName(name), value]));
  return { entries, get: (name) => values.get(plainName(name)) };
}

const plainName = (name: string) => name.replace(/^\$/, '').toLowerCase();

/** What the `Prefer` header asked for, and the parts of it that `Preference-Applied` will name. */
export interface Prefer {
  /** The zone as the client named it, and its IANA name. */
  timeZone: { label: string; zone: string };
  bodyType: 'html' | 'text';
  isImmutableId: boolean;
  maxPageSize: number | null;
  allowsUnsafeHtml: boolean;
  applied: string[];
}

/** Source: event-get (zone, body type), outlook-immutable-id, event-delta (page size). */
export function readPrefer(header: string | null): Prefer {
  const prefer: Prefer = {
    timeZone: { label: 'UTC', zone: 'UTC' },
    bodyType: 'html',
    isImmutableId: false,
    maxPageSize: null,
    allowsUnsafeHtml: false,
    applied: [],
  };
  for (const match of (header ?? '').matchAll(/([\w.-]+)(?:\s*=\s*(?:"([^"]*)"|([^,;\s]+)))?/g)) {
    applyPreference(prefer, match[1]?.toLowerCase() ?? '', match[2] ?? match[3] ?? '');
  }
  return prefer;
}

function applyPreference(prefer: Prefer, name: string, value: string): void {
  switch (name) {
    case 'outlook.timezone':
      prefer.timeZone = { label: value, zone: getZone(value) };
      prefer.applied.push(`outlook.timezone="${value}"`);
      return;
    case 'outlook.body-content-type':
      if (value !== 'text' && value !== 'html') return;
      prefer.bodyType = value;
      prefer.applied.push(`outlook.body-content-type="${value}"`);
      return;
    case 'outlook.allow-unsafe-html':
      prefer.allowsUnsafeHtml = true;
      prefer.applied.push('outlook.allow-unsafe-html');
      return;
    case 'idtype':
      prefer.isImmutableId = value.toLowerCase() === 'immutableid';
      if (prefer.isImmutableId) prefer.applied.push('IdType="ImmutableId"');
      return;
    case 'odata.maxpagesize':
      if (!/^[1-9]\d{0,5}$/.test(value)) return;
      prefer.maxPageSize = Number(value);
      prefer.applied.push(`odata.maxpagesize=${value}`);
      return;
    default:
  }
}

/** Source: query-parameters; the default page of events is 10. */
const PAGE_SIZE = 10;
const PAGE_SIZE_MAX = 1_000;

export function readPage(query: Query): { top: number; skip: number } {
  const top = readCount(query, 'top') ?? PAGE_SIZE;
  return { top: Math.min(Math.max(top, 1), PAGE_SIZE_MAX), skip: readCount(query, 'skip') ?? 0 };
}

function readCount(query: Query, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badQuery(`Invalid value '${text}' for $${name} query option.`);
  return Number(text);
}

/** Source: calendar-list-calendarview: both ends are required; 1825 days at most (observed). */
export function readWindow(query: Query): { from: number; to: number } {
  const [from, to] = ['startDateTime', 'endDateTime'].map((name) => {
    const text = query.get(name);
    if (!text) {
      throw new GraphError(
        400,
        'ErrorInvalidParameter',
        'This request requires a time window specified by the query string parameters ' +
          'StartDateTime and EndDateTime.',
      );
    }
    // An unencoded plus sign of an offset has become a blank.
    const at = parseInstant(text.replace(/ (?=\d\d:?\d\d$)/, '+'));
    if (at === undefined) {
      throw new GraphError(400, 'ErrorInvalidParameter', `The value of '${name}' is invalid.`);
    }
    return at;
  });
  if (from === undefined || to === undefined) throw badQuery('No window.');
  if (to < from) throw windowError('The end of the window is earlier than its start.');
  if (to - from > WINDOW_MAX_MS) {
    throw windowError('The requested time window exceeds the maximum of 1825 days.');
  }
  return { from, to };
}

const WINDOW_MAX_MS = 1_825 * 86_400_000;
const windowError = (message: string) => new GraphError(400, 'ErrorInvalidRequest', message);
