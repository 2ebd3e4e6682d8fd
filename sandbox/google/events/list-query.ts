/** The parameters of events.list, and which of them do not go together. */

import type { Call } from '../call.ts';
import { fullSyncRequired, GoogleError, invalid, timeRangeEmpty } from '../errors.ts';
import type { CalendarState } from '../state.ts';
import { readSyncToken, type SyncToken } from '../sync-token.ts';
import { parseTimestamp } from './time.ts';

export const EVENT_TYPES = [
  'birthday',
  'default',
  'focusTime',
  'fromGmail',
  'outOfOffice',
  'workingLocation',
] as const;

/** Source: events.list, maxResults. Larger values are cut, not refused. */
const PAGE_SIZE = 250;
const PAGE_SIZE_MAX = 2_500;
/** Seen in practice for `updatedMin`; not documented. */
const HORIZON_DAYS = 30;
const DAY_MS = 86_400_000;

const NOT_WITH_SYNC_TOKEN = [
  'iCalUID',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];

export interface ListQuery {
  readonly identity: string;
  readonly tokenScope: string;
  readonly isIncremental: boolean;
  /** List only what changed after this stamp. */
  readonly since: number;
  readonly maxResults: number;
  readonly singleEvents: boolean;
  /** As asked: incremental listings hold tombstones either way, but without details if false. */
  readonly showDeleted: boolean;
  readonly orderBy: 'startTime' | 'updated' | undefined;
  readonly timeMin: number | undefined;
  readonly timeMax: number | undefined;
  readonly updatedMin: number | undefined;
  readonly search: string | undefined;
  readonly iCalUID: string | undefined;
  readonly eventTypes: readonly string[];
  readonly privateProperties: readonly string[];
  readonly sharedProperties: readonly string[];
}

/** Reads and checks. Throws 400 for forbidden combinations, 410 for an ended token. */
export function readListQuery(call: Call, calendar: CalendarState): ListQuery {
  const { query } = call;
  const singleEvents = query.flag('singleEvents') ?? false;
  const orderBy = query.choice('orderBy', ['startTime', 'updated']);
  const tokenScope = `events ${calendar.id}`;
  const token = readToken(call, calendar, tokenScope);
  if (orderBy === 'startTime' && !singleEvents) {
    throw invalid('The requested ordering is not available for the particular query.', 'orderBy');
  }
  const timeMin = readTimestamp(call, 'timeMin');
  const timeMax = readTimestamp(call, 'timeMax');
  if (timeMin !== undefined && timeMax !== undefined && timeMax <= timeMin) throw timeRangeEmpty();
  return {
    identity: query.identity(['pageToken', 'maxResults', 'fields', 'alt', 'prettyPrint', 'key']),
    tokenScope,
    isIncremental: token !== undefined,
    since: token?.stamp ?? 0,
    maxResults: readPageSize(call),
    singleEvents,
    showDeleted: query.flag('showDeleted') ?? false,
    orderBy,
    timeMin: token ? token.timeMin : timeMin,
    timeMax: token ? token.timeMax : timeMax,
    updatedMin: readUpdatedMin(call),
    search: query.text('q') || undefined,
    iCalUID: query.text('iCalUID') || undefined,
    eventTypes: query.choices('eventTypes', EVENT_TYPES),
    privateProperties: query.texts('privateExtendedProperty'),
    sharedProperties: query.texts('sharedExtendedProperty'),
  };
}

export function readPageSize(call: Call): number {
  return Math.min(call.query.integer('maxResults', 1) ?? PAGE_SIZE, PAGE_SIZE_MAX);
}

/** How far back tombstones and tokens reach, in milliseconds. */
export function horizonMs(call: Call, name: string): number {
  return call.world.getSwitch(`google.${name}`, HORIZON_DAYS) * DAY_MS;
}

function readToken(call: Call, calendar: CalendarState, scope: string): SyncToken | undefined {
  const { query } = call;
  const text = query.text('syncToken');
  if (text === undefined) return undefined;
  if (query.has('orderBy')) {
    throw badCombination('Sync token cannot be used with non-default ordering.');
  }
  if (NOT_WITH_SYNC_TOKEN.some((name) => query.has(name)) || query.flag('showDeleted') === false) {
    throw badCombination('Sync token cannot be used with other request restrictions.');
  }
  const token = readSyncToken(text, scope);
  if (token === 'garbled') throw invalid('Invalid sync token value.', 'syncToken');
  if (token === 'foreign' || token.stamp < calendar.tokensValidFrom) throw fullSyncRequired();
  const oldest = call.now - horizonMs(call, 'syncTokenDays');
  if (token.stamp < oldest * 1000) throw fullSyncRequired();
  return token;
}

function readUpdatedMin(call: Call): number | undefined {
  const updatedMin = readTimestamp(call, 'updatedMin');
  if (updatedMin === undefined) return undefined;
  if (updatedMin < call.now - horizonMs(call, 'updatedMinDays')) {
    throw new GoogleError(
      410,
      'updatedMinTooLongAgo',
      'The requested minimum modification time lies too far in the past.',
      { domain: 'calendar', locationType: 'parameter', location: 'updatedMin' },
    );
  }
  return updatedMin;
}

/** An RFC 3339 time with offset. A query string turns an unescaped `+` into a blank: 400. */
export function readTimestamp(call: Call, name: string): number | undefined {
  const text = call.query.text(name);
  if (text === undefined) return undefined;
  const at = parseTimestamp(text);
  if (at === undefined) throw new GoogleError(400, 'badRequest', 'Bad Request');
  return at;
}

function badCombination(message: string): GoogleError {
  return new GoogleError(400, 'invalid', message, {
    locationType: 'parameter',
    location: 'syncToken',
  });
}
