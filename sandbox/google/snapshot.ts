/** The whole state as plain JSON, and back. Event records are immutable, so they are shared. */

import {
  createState,
  indexEvent,
  type CalendarState,
  type ChannelState,
  type GoogleState,
  type UserState,
} from './state.ts';

/** Cheap: copies the containers, not the records. */
export function takeSnapshot(state: GoogleState): SnapshotJson {
  return {
    lastStamp: state.lastStamp,
    users: [...state.users.values()].map((user) => ({
      ...user,
      entries: [...user.entries.values()],
      settings: Object.fromEntries(user.settings),
    })),
    calendars: [...state.calendars.values()].map(snapshotCalendar),
    channels: [...state.channels.values()].map((channel) => ({ ...channel })),
    usedChannelIds: [...state.usedChannelIds],
    quota: Object.fromEntries([...state.quota].map(([key, uses]) => [key, [...uses]])),
  };
}

/** Reads what `takeSnapshot` gave; the snapshot stays usable. Throws TypeError on anything else. */
export function readSnapshot(snapshot: unknown): GoogleState {
  const source = snapshot as SnapshotJson;
  const state = createState();
  state.lastStamp = source.lastStamp;
  for (const user of source.users) {
    state.users.set(user.accountId, {
      ...user,
      entries: new Map(user.entries.map((entry) => [entry.calendarId, entry])),
      settings: new Map(Object.entries(user.settings)),
    });
  }
  for (const calendar of source.calendars) {
    state.calendars.set(calendar.id, restoreCalendar(calendar));
  }
  for (const channel of source.channels) state.channels.set(channel.id, { ...channel });
  for (const id of source.usedChannelIds) state.usedChannelIds.add(id);
  for (const [key, uses] of Object.entries(source.quota)) state.quota.set(key, [...uses]);
  return state;
}

/** Without what `restoreCalendar` can derive from the events. */
function snapshotCalendar(calendar: CalendarState): CalendarJson {
  const { log: _l, places: _p, exceptions: _e, byUid: _b, acl, events, ...plain } = calendar;
  return { ...plain, acl: [...acl.values()], events: [...events.values()] };
}

function restoreCalendar(source: CalendarJson): CalendarState {
  const events = new Map(source.events.map((event) => [event.id, event]));
  const exceptions = new Map<string, Set<string>>();
  const byUid = new Map<string, Set<string>>();
  for (const event of source.events) indexEvent({ exceptions, byUid }, event);
  const log = source.events
    .map((event) => ({ stamp: event.stamp, event }))
    .sort((left, right) => left.stamp - right.stamp);
  const places = new Map(log.map((entry) => [entry.event.id, entry]));
  const acl = new Map(source.acl.map((rule) => [rule.id, rule]));
  return { ...source, acl, events, log, places, exceptions, byUid };
}

type ValueOf<M> = M extends Map<string, infer V> ? V : never;
type CalendarJson = Omit<
  CalendarState,
  'acl' | 'events' | 'log' | 'places' | 'exceptions' | 'byUid'
> & {
  acl: ValueOf<CalendarState['acl']>[];
  events: ValueOf<CalendarState['events']>[];
};
type UserJson = Omit<UserState, 'entries' | 'settings'> & {
  entries: ValueOf<UserState['entries']>[];
  settings: Record<string, ValueOf<UserState['settings']>>;
};

/** What a snapshot looks like. */
interface SnapshotJson {
  lastStamp: number;
  users: UserJson[];
  calendars: CalendarJson[];
  channels: ChannelState[];
  usedChannelIds: string[];
  quota: Record<string, { at: number; units: number }[]>;
}
