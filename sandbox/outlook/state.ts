import type { Account, Caller, World } from '../world.ts';
import type { Rule } from './recurrence-days.ts';

/**
 * A wall-clock time, its zone (IANA) and the instant that follows; for an all-day event the wall is
 * the instant.
 */
export interface Moment {
  wall: number;
  zone: string;
  at: number;
}

interface Person {
  name: string;
  address: string;
}

type Response =
  | 'none'
  | 'organizer'
  | 'tentativelyAccepted'
  | 'accepted'
  | 'declined'
  | 'notResponded';

export interface Attendee {
  type: 'required' | 'optional' | 'resource';
  status: { response: Response; time: string };
  emailAddress: Person;
  proposedNewTime?: { start: WireTime; end: WireTime };
}

export interface WireTime {
  dateTime: string;
  timeZone: string;
}

/** What one occurrence can have of its own. */
export interface Content {
  subject: string | null;
  /** Always HTML, sanitised. */
  body: string;
  /** As sent, where sanitising took something away. */
  unsafeBody: string | null;
  bodyPreview: string;
  start: Moment;
  end: Moment;
  isAllDay: boolean;
  importance: string;
  sensitivity: string;
  showAs: string;
  isReminderOn: boolean;
  reminderMinutesBeforeStart: number;
  categories: string[];
  location: Record<string, unknown>;
  locations: Record<string, unknown>[];
  attendees: Attendee[];
  hideAttendees: boolean;
  responseRequested: boolean;
  allowNewTimeProposals: boolean;
  isOnlineMeeting: boolean;
  onlineMeetingProvider: string;
  onlineMeeting: Record<string, unknown> | null;
  isCancelled: boolean;
  responseStatus: { response: Response; time: string };
}

export interface Exception {
  overrides: Partial<Content>;
  createdAt: number;
  modifiedAt: number;
}

export interface Series {
  rule: Rule;
  /** IANA: the pattern runs on this zone's clock. */
  zone: string;
  /** Of every occurrence that is no exception, on the clock of `zone`. */
  timeOfDayMs: number;
  durationMs: number;
  /** Last day of the rule, or null without end. */
  lastDay: number | null;
  /** By slot: the date of the original start in the series' zone. */
  exceptions: Record<string, Exception>;
  cancelled: string[];
}

export interface StoredEvent {
  key: string;
  calendarKey: string;
  /**
   * Rises when the item moves to another folder: default ids change with it, immutable ones do not.
   */
  version: number;
  iCalUId: string;
  transactionId: string | null;
  createdAt: number;
  modifiedAt: number;
  /** Number of the last change in the mailbox; the change key follows from it. */
  changedSeq: number;
  deletedAt: number | null;
  isOrganizer: boolean;
  organizer: Person;
  /** Zones as last written; Windows names. */
  originalStartTimeZone: string;
  originalEndTimeZone: string;
  content: Content;
  series: Series | null;
  extendedProperties: { id: string; value: string }[];
  multiValueProperties: { id: string; value: string[] }[];
  extensions: Record<string, unknown>[];
}

/**
 * Where a calendar's change feed mentions an event. `goneVersion` is set when the event has left
 * this calendar.
 */
export interface Change {
  seq: number;
  goneVersion: number | null;
}

export interface StoredCalendar {
  key: string;
  groupKey: string;
  name: string;
  color: string;
  hexColor: string;
  isDefault: boolean;
  canEdit: boolean;
  isRemovable: boolean;
  changedSeq: number;
  /** In order of creation; live events only. */
  events: Map<string, StoredEvent>;
  /** In order of change, tombstones included. */
  changes: Map<string, Change>;
}

export interface CalendarGroup {
  key: string;
  name: string;
  classId: string;
  changedSeq: number;
}

export interface Mailbox {
  account: Account;
  /** Marks ids and change keys of this mailbox. */
  tag: string;
  /** A Windows or IANA name, as the user chose it. */
  timeZone: string;
  isEnabled: boolean;
  groups: Map<string, CalendarGroup>;
  calendars: Map<string, StoredCalendar>;
  /** Deleted ones too, for those stay in Deleted Items. */
  events: Map<string, StoredEvent>;
  transactions: Map<string, { key: string; body: string }>;
  /** Newest event by iCalUId: the copies of one meeting find each other by it. */
  byICalUId: Map<string, string>;
}

export interface Subscription {
  id: string;
  accountId: string;
  clientId: string;
  resource: string;
  calendarKey: string;
  changeTypes: string[];
  changeType: string;
  notificationUrl: string;
  lifecycleNotificationUrl: string | null;
  clientState: string | null;
  latestSupportedTlsVersion: string | null;
  isImmutableId: boolean;
  /** With the data of events, for the holder of this certificate; not so in states of before. */
  rich?: { certificate: string; certificateId: string; select: string } | null;
  createdAt: number;
  expiresAt: number;
  /** When it was last renewed and last reauthorized; absent until then. */
  renewedAt?: number;
  reauthorizedAt?: number;
}

/** One POST that waits for its time, or for another try. */
export interface Delivery {
  id: string;
  subscriptionId: string;
  url: string;
  item: Record<string, unknown>;
  isLifecycle: boolean;
  dueAt: number;
  /** After this the delivery is given up. */
  giveUpAt: number;
  attempts: number;
}

/** How a notification endpoint has been answering. */
export interface Endpoint {
  answers: { at: number; isSlow: boolean; isVerySlow: boolean }[];
  slowUntil: number;
  dropUntil: number;
}

export interface State {
  seq: number;
  mailboxes: Map<string, Mailbox>;
  subscriptions: Map<string, Subscription>;
  deliveries: Map<string, Delivery>;
  endpoints: Map<string, Endpoint>;
  /** Requests and bytes by limit and ten-second slot. */
  usage: Map<string, Map<number, number>>;
}

/** The machine: the people and the clock outside, everything remembered inside. */
export interface Graph {
  world: World;
  state: State;
}

/** A request for one mailbox, as every operation sees it. */
export interface Mine extends Graph {
  caller: Caller;
  mailbox: Mailbox;
}

export function newState(): State {
  return {
    seq: 0,
    mailboxes: new Map(),
    subscriptions: new Map(),
    deliveries: new Map(),
    endpoints: new Map(),
    usage: new Map(),
  };
}

/**
 * Plain JSON; maps become marked lists of entries, so that their order survives. A calendar names
 * its events by key: its mailbox has them already.
 */
export function toSnapshot(state: State): unknown {
  return JSON.parse(
    JSON.stringify(state, function (this: object, name: string, value: unknown) {
      if (!(value instanceof Map)) return value;
      const isOfCalendar = name === 'events' && 'changes' in this;
      return { $entries: isOfCalendar ? [...value.keys()].map((key) => [key, null]) : [...value] };
    }),
  );
}

export function fromSnapshot(snapshot: unknown): State {
  const state = JSON.parse(JSON.stringify(snapshot), (_name, value: unknown) =>
    typeof value === 'object' && value !== null && '$entries' in value
      ? new Map(value.$entries as [string, unknown][])
      : value,
  ) as State;
  for (const { events } of state.mailboxes.values()) {
    // States that were saved before there were such properties.
    for (const event of events.values()) event.multiValueProperties ??= [];
  }
  // A live event is one object, reachable by its mailbox and by its calendar.
  for (const mailbox of state.mailboxes.values()) {
    for (const calendar of mailbox.calendars.values()) {
      for (const key of calendar.events.keys()) {
        const event = mailbox.events.get(key);
        if (event) calendar.events.set(key, event);
      }
    }
  }
  return state;
}

export function nextSeq(state: State): number {
  return ++state.seq;
}
