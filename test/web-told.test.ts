import { expect, test } from 'vitest';
import type { Activity, Copy } from '../src/api/schemas/activities.ts';
import type { AuditEntry } from '../src/api/schemas/audit.ts';
import type { Calendar } from '../src/api/schemas/calendars.ts';
import type { Connection } from '../src/api/schemas/connections.ts';
import type { HistoryEntry } from '../src/api/schemas/history.ts';
import { describeChanges } from '../web/pages/audit-words.ts';
import { tellLastSync } from '../web/pages/connection-words.ts';
import { describeDecision } from '../web/pages/decision-words.ts';
import { describeWho, findKeptSide, tookOther } from '../web/pages/history-words.ts';
import { findNextTry } from '../web/pages/next-try.ts';
import { findWhyOnlyHere } from '../web/pages/only-here.ts';

const connected = { state: 'active', first_sync_at: '2026-11-10T00:00:00.000Z' } as Connection;
const gone = { ...connected, state: 'disconnected' } as Connection;
const unstarted = { ...connected, first_sync_at: null } as Connection;
const event = {
  created_at: '2026-11-01T00:00:00.000Z',
  ends_at: '2026-11-05T10:00:00.000Z',
  last_synced_at: null,
  recurrence: null,
};
const coming = { ...event, ends_at: '2026-11-30T10:00:00.000Z' };
const once = { ...coming, last_synced_at: '2026-11-11T00:00:00.000Z' };
const series = { ...event, recurrence: { rules: [], exrules: [], rdates: [], exdates: [] } };

test.each([
  ['nothing is connected', event, [], 'none-connected'],
  ['it was in a calendar that is disconnected', once, [gone, connected], 'disconnected'],
  ['it was over before the start', event, [connected], 'over-before'],
  ['it may have been kept out', coming, [connected], null],
  [
    'it was planned after the start, in the past',
    { ...event, created_at: once.last_synced_at ?? '' },
    [connected],
    null,
  ],
  ['its first date is over, and others may come', series, [connected], null],
  ['a calendar waits for its start', event, [connected, unstarted], null],
  ['it was taken out of a calendar that is still connected', once, [connected], null],
])('why an event is only in Kalends, where %s', (_, one, connections, why) => {
  expect(findWhyOnlyHere(one, connections)).toBe(why);
});

test('a next try is told of what waits, and not while one is on its way', () => {
  const now = new Date('2026-11-29T12:00:00.000Z');
  const told = (state: Copy['state'], next_attempt_at: string | null) =>
    findNextTry({ state, next_attempt_at }, now)?.toISOString();
  const soon = '2026-11-29T12:00:25.000Z';
  expect(told('retrying', soon)).toBe(soon);
  expect(told('syncing', soon)).toBeUndefined();
  expect(told('pending', now.toISOString())).toBeUndefined();
  expect(told('retrying', null)).toBeUndefined();
});

const entry = (changes: Partial<HistoryEntry>): HistoryEntry => ({
  id: 'conflict',
  at: '2026-11-29T08:53:00.000Z',
  user: null,
  account: 'anna@northwind.sandbox',
  change: 'conflict',
  before: { title: 'At our office' },
  after: { title: 'By video' },
  undoes: null,
  can_undo: false,
  ...changes,
});

test('of a conflict the history says whose value was kept', () => {
  const conflict = entry({});
  const other = entry({ id: 'time', change: 'updated', before: {}, after: { location: 'Yard' } });
  expect(findKeptSide(conflict, 'title', [conflict, other])).toBe('here');
  const taken = entry({ id: 'taken', change: 'updated' });
  expect(findKeptSide(conflict, 'title', [taken, conflict])).toBe('calendar');
  const revived = entry({ id: 'revived', change: 'restored', before: null, after: null });
  expect(findKeptSide(conflict, 'title', [revived, conflict])).toBe('unknown');
  expect(describeWho(conflict)).toBe('In Kalends and in the calendar of anna@northwind.sandbox');
});

test('a person who takes what had given way in a conflict is said to have done so', () => {
  const conflict = entry({});
  const taken = entry({
    id: 'taken',
    user: 'Anna Berg',
    account: null,
    change: 'updated',
    before: conflict.after,
    after: conflict.before,
  });
  expect(tookOther(taken, [taken, conflict])).toBe(true);
  const otherwise = { ...taken, after: { title: 'By phone' } };
  expect(tookOther(otherwise, [otherwise, conflict])).toBe(false);
  expect(tookOther(taken, [taken])).toBe(false);
  // A question that was settled before is none.
  const settled = entry({ id: 'settled', user: 'Anna Berg', account: null, change: 'settled' });
  expect(tookOther(taken, [taken, settled])).toBe(false);
  expect(describeWho(settled)).toBe('Anna Berg, in Kalends');
});

test('a decision says when its event is and with whom, unless its versions say when', () => {
  const copy = {
    id: 'copy',
    account: 'anna@northwind.sandbox',
    state: 'conflict',
    is_revived: false,
    choices: ['keep', 'take-other'],
    conflict: [{ unit: 'title', winner: 'crm', lost: { title: 'Theirs' } }],
  } as unknown as Copy;
  const activity = {
    title: 'Offer',
    is_all_day: false,
    start: '2030-02-01T09:00:00',
    end: '2030-02-01T10:00:00',
    time_zone: 'Europe/Berlin',
    copies: [copy],
  } as unknown as Activity;
  const lead = { id: 'lead', name: 'Carla' };
  const about = (decided: Activity) =>
    describeDecision({ activity: decided, copy_id: 'copy', lead })?.about;
  expect(about(activity)).toMatch(/2030.*Berlin · With Carla$/);
  const missing = { ...copy, state: 'detached', choices: ['delete'] } as unknown as Copy;
  expect(about({ ...activity, copies: [missing] })).toBe('With Carla');
});

test('[U16] the audit trail says which calendar, by its name only to whom it belongs', () => {
  const changed = {
    action: 'direction-changed',
    choice: null,
    count: null,
    changes: [{ what: 'direction', from: 'both', to: 'none' }],
  };
  const told = (calendar: AuditEntry['calendar'], changes: object = {}) =>
    describeChanges({ ...changed, calendar, ...changes } as AuditEntry);
  const own = { name: 'Work', is_primary: false };
  const main = { name: null, is_primary: true };
  const other = { name: null, is_primary: false };
  expect(told(own)).toEqual(['Work: “Both ways” became “Not synced”.']);
  expect(told(main)).toEqual(['Its main calendar: “Both ways” became “Not synced”.']);
  expect(told(other)).toEqual(['Another of its calendars: “Both ways” became “Not synced”.']);
  const alike = { name: 'anna@northwind.sandbox', is_primary: true };
  expect(told(alike, { account: 'anna@northwind.sandbox' })).toEqual(told(main));
  // As it was noted before calendars were, or of one that is forgotten.
  expect(told(null)).toEqual(['“Both ways” became “Not synced”.']);

  const target = { action: 'write-target-changed', choice: 'chosen', changes: [] };
  expect(told(own, target)).toEqual(['To “Work”.']);
  expect(told(main, target)).toEqual(['To its main calendar.']);
  expect(told(other, target)).toEqual(['To another of its calendars.']);
  const brake = { action: 'brake-settled', choice: 'keep', count: 12, changes: [] };
  expect(told(own, brake)).toEqual(['Work: 12 deletions were refused.']);
});

test('before its first look nothing of a connection is called synced, whatever was just planned', () => {
  const now = new Date('2026-11-29T12:00:00.000Z');
  const connection = { ...connected, last_synced_at: now.toISOString() };
  const calendar = (direction: Calendar['direction'], last_pulled_at: string | null) =>
    ({ direction, last_pulled_at }) as Calendar;
  const told = (...calendars: Calendar[]) => tellLastSync(connection, calendars, 'UTC', now);
  const looked = calendar('both', now.toISOString());
  expect(told(calendar('both', null), calendar('none', null))).toBe('Not yet');
  expect(told(calendar('in', null), looked)).not.toBe('Not yet');
  // What only goes out is never looked at.
  expect(told(calendar('out', null))).not.toBe('Not yet');
  expect(tellLastSync(connection, undefined, 'UTC', now)).not.toBe('Not yet');
});
