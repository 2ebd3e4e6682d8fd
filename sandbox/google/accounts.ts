/** What an account has from its first day: a primary calendar, its list, its settings. */

import type { Account } from '../world.ts';
import { nextStamp, type AccessRole, type AclRule, type CalendarState } from './state.ts';
import type { GoogleState, ListEntry, UserState } from './state.ts';

const DEFAULT_REMINDERS = [{ method: 'popup', minutes: 30 }];
const NOTIFICATIONS = ['eventCreation', 'eventChange', 'eventCancellation', 'eventResponse'].map(
  (type) => ({ type, method: 'email' }),
);

export function addAccount(state: GoogleState, account: Account, now: number): void {
  if (state.users.has(account.id)) return;
  const email = account.email.toLowerCase();
  const stamp = nextStamp(state, now);
  const user: UserState = {
    accountId: account.id,
    email,
    name: account.name,
    entries: new Map(),
    settings: new Map(
      Object.entries(settingsOf(account)).map(([id, value]) => [id, { value, stamp }]),
    ),
  };
  state.users.set(account.id, user);
  const calendar = createCalendar(state, now, {
    id: email,
    ownerEmail: email,
    isPrimary: true,
    createdByClient: null,
    summary: email,
    timeZone: account.timeZone,
  });
  user.entries.set(calendar.id, newListEntry(calendar, nextStamp(state, now)));
}

export function createCalendar(
  state: GoogleState,
  now: number,
  fields: Pick<
    CalendarState,
    'id' | 'ownerEmail' | 'isPrimary' | 'createdByClient' | 'summary' | 'timeZone'
  > & { description?: string | undefined; location?: string | undefined },
): CalendarState {
  const stamp = nextStamp(state, now);
  const owner = newRule('user', fields.ownerEmail, 'owner', stamp);
  const calendar: CalendarState = {
    ...fields,
    description: fields.description,
    location: fields.location,
    labelProperties: undefined,
    stamp,
    eventsStamp: stamp,
    tokensValidFrom: 0,
    acl: new Map([[owner.id, owner]]),
    events: new Map(),
    log: [],
    places: new Map(),
    exceptions: new Map(),
    byUid: new Map(),
  };
  state.calendars.set(calendar.id, calendar);
  return calendar;
}

export function newRule(
  type: string,
  value: string | undefined,
  role: AccessRole,
  stamp: number,
): AclRule {
  const id = value === undefined ? type : `${type}:${value}`;
  return {
    id,
    role,
    scope: value === undefined ? { type } : { type, value },
    stamp,
    isDeleted: false,
  };
}

export function newListEntry(calendar: CalendarState, stamp: number): ListEntry {
  const isPrimary = calendar.isPrimary;
  return {
    calendarId: calendar.id,
    stamp,
    isDeleted: false,
    isHidden: false,
    isSelected: true,
    colorId: '14',
    backgroundColor: '#9fe1e7',
    foregroundColor: '#000000',
    defaultReminders: isPrimary ? DEFAULT_REMINDERS : [],
    notifications: isPrimary ? NOTIFICATIONS : [],
  };
}

function settingsOf(account: Account): Record<string, string> {
  return {
    autoAddHangouts: 'true',
    dateFieldOrder: 'DMY',
    defaultEventLength: '60',
    format24HourTime: 'true',
    hideInvitations: 'false',
    hideWeekends: 'false',
    locale: 'en',
    remindOnRespondedEventsOnly: 'false',
    showDeclinedEvents: 'true',
    timezone: account.timeZone,
    useKeyboardShortcuts: 'true',
    weekStart: '1',
  };
}
