/** Everything the sandbox's Google knows. Plain maps of immutable records; no clock, no HTTP. */

import type { StoredEvent } from './events/event.ts';
import type { JsonObject } from './json.ts';

export type AccessRole =
  | 'none'
  | 'freeBusyReader'
  | 'reader'
  | 'writerWithoutPrivateAccess'
  | 'writer'
  | 'owner';

export interface AclRule {
  readonly id: string;
  readonly role: AccessRole;
  readonly scope: { readonly type: string; readonly value?: string | undefined };
  readonly stamp: number;
  readonly isDeleted: boolean;
}

export interface CalendarState {
  readonly id: string;
  /** The account that owns the data; its primary calendar has the account's address as id. */
  readonly ownerEmail: string;
  readonly isPrimary: boolean;
  /** The OAuth client that made it, for `calendar.app.created`. */
  readonly createdByClient: string | null;
  summary: string;
  description: string | undefined;
  location: string | undefined;
  timeZone: string;
  labelProperties: JsonObject | undefined;
  /** Of the calendar resource itself. */
  stamp: number;
  /** When its events last changed. */
  eventsStamp: number;
  /** Sync tokens older than this end with 410: access rules changed, or everything was cleared. */
  tokensValidFrom: number;
  readonly acl: Map<string, AclRule>;
  readonly events: Map<string, StoredEvent>;
  /** Events in the order of change. Where an event changed again its older entry is empty. */
  log: LogEntry[];
  /** Each event's living entry. Derived, like `log`, from `events`. */
  readonly places: Map<string, LogEntry>;
  /** Ids of the exceptions of each series. Derived from `events`. */
  readonly exceptions: Map<string, Set<string>>;
  /** Ids by iCalUID. Derived from `events`. */
  readonly byUid: Map<string, Set<string>>;
}

export interface LogEntry {
  readonly stamp: number;
  event: StoredEvent | null;
}

/** A calendar as it stands in one user's list. */
export interface ListEntry {
  readonly calendarId: string;
  readonly stamp: number;
  readonly isDeleted: boolean;
  readonly isHidden: boolean;
  readonly isSelected: boolean;
  readonly summaryOverride?: string | undefined;
  readonly colorId: string;
  readonly backgroundColor: string;
  readonly foregroundColor: string;
  readonly defaultReminders: readonly JsonObject[];
  readonly notifications: readonly JsonObject[];
}

export interface UserState {
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly entries: Map<string, ListEntry>;
  readonly settings: Map<string, { readonly value: string; readonly stamp: number }>;
}

export interface ChannelState {
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  readonly address: string;
  readonly token: string | undefined;
  readonly expiresAt: number;
  /** `events:<calendar>`, `calendarList:<account>`, `settings:<account>`, `acl:<calendar>`. */
  readonly topic: string;
  readonly eventTypes: readonly string[] | null;
  messageNumber: number;
  stoppedAt: number | null;
  isPending: boolean;
}

export interface GoogleState {
  /** The last stamp given out, in microseconds. */
  lastStamp: number;
  readonly users: Map<string, UserState>;
  readonly calendars: Map<string, CalendarState>;
  readonly channels: Map<string, ChannelState>;
  /** Every channel id ever used, by client: they may never be used again. */
  readonly usedChannelIds: Set<string>;
  /** Request times and weights of the last minute, by quota bucket. */
  readonly quota: Map<string, { at: number; units: number }[]>;
}

export function createState(): GoogleState {
  return {
    lastStamp: 0,
    users: new Map(),
    calendars: new Map(),
    channels: new Map(),
    usedChannelIds: new Set(),
    quota: new Map(),
  };
}

/** A microsecond no other change has, never before `now` (milliseconds). */
export function nextStamp(state: GoogleState, now: number): number {
  state.lastStamp = Math.max(now * 1000, state.lastStamp + 1);
  return state.lastStamp;
}

/** Puts the event in its place in the change log and under its id. */
export function putEvent(calendar: CalendarState, event: StoredEvent): void {
  calendar.events.set(event.id, event);
  const older = calendar.places.get(event.id);
  if (older) older.event = null;
  const entry = { stamp: event.stamp, event };
  calendar.places.set(event.id, entry);
  calendar.log.push(entry);
  calendar.eventsStamp = Math.max(calendar.eventsStamp, event.stamp);
  indexEvent(calendar, event);
  if (calendar.log.length > 2 * calendar.events.size + 1_000) compactLog(calendar);
}

/** Replaces the event in its place in the log: no listing tells of it as a change. */
export function putQuietly(calendar: CalendarState, event: StoredEvent): void {
  calendar.events.set(event.id, event);
  const entry = calendar.places.get(event.id);
  if (entry) entry.event = event;
}

/** Enters the event into the derived indexes. */
export function indexEvent(
  indexes: Pick<CalendarState, 'exceptions' | 'byUid'>,
  event: StoredEvent,
): void {
  const { recurringEventId, iCalUID } = event.data;
  if (recurringEventId !== undefined) addTo(indexes.exceptions, recurringEventId, event.id);
  addTo(indexes.byUid, iCalUID, event.id);
}

/** What changed after `stamp`, in order; each event once, where it last changed. */
export function* changesAfter(calendar: CalendarState, stamp: number): Generator<StoredEvent> {
  const { log } = calendar;
  for (let index = firstAfter(log, stamp); index < log.length; index++) {
    const event = log[index]?.event;
    if (event) yield event;
  }
}

export function exceptionsOf(calendar: CalendarState, masterId: string): StoredEvent[] {
  const found: StoredEvent[] = [];
  for (const id of calendar.exceptions.get(masterId) ?? []) {
    const event = calendar.events.get(id);
    if (event) found.push(event);
  }
  return found;
}

function addTo(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function firstAfter(log: readonly LogEntry[], stamp: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((log[middle]?.stamp ?? 0) <= stamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compactLog(calendar: CalendarState): void {
  calendar.log = calendar.log.filter(({ event }) => event !== null);
}
