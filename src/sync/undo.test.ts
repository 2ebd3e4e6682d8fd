import { expect, test } from 'vitest';
import type { EventFields } from '../calendar/event.ts';
import { planUndo, type UndoEntry } from './undo.ts';

const now = new Date('2026-11-24T12:00:00Z');
const day = 24 * 60 * 60_000;
const fields: EventFields = {
  title: 'Late lunch',
  description: '',
  location: 'Roof',
  when: { kind: 'all-day', startDate: '2026-11-25', endDate: '2026-11-26' },
  recurrence: null,
  visibility: 'default',
  showAs: 'busy',
  attendees: [],
};
const live = { fields, isLive: true };
const gone = { fields, isLive: false };
const entry = (changes: Partial<UndoEntry>): UndoEntry => ({
  change: 'updated',
  at: now,
  isImported: false,
  before: { title: 'Lunch' },
  after: { title: 'Late lunch' },
  ...changes,
});

test('[U2] an edit is taken back by the values before it, and only those', () => {
  expect(planUndo(entry({}), live, now)).toEqual({
    kind: 'edit',
    changes: { title: 'Lunch' },
    overwritten: [],
  });
});

test('[U2] what was changed again since is set all the same, and listed', () => {
  const both = entry({
    before: { title: 'Lunch', location: 'Canteen' },
    after: { title: 'Late lunch', location: 'Garden' },
  });
  expect(planUndo(both, live, now)).toEqual({
    kind: 'edit',
    changes: { title: 'Lunch', location: 'Canteen' },
    overwritten: ['location'],
  });
});

test('[U2] what is as it was before needs no undo, and what is not there no edit', () => {
  const same = entry({ before: { title: 'Late lunch' }, after: { title: 'x' } });
  expect(planUndo(same, live, now)).toEqual({ kind: 'impossible', why: 'done-already' });
  expect(planUndo(entry({}), gone, now)).toEqual({ kind: 'impossible', why: 'not-live' });
});

test('[U2] each kind of change has its opposite, where the event is still as it left it', () => {
  const plan = (changes: Partial<UndoEntry>, state = live) =>
    planUndo(entry(changes), state, now).kind;
  expect(plan({ change: 'deleted' }, gone)).toBe('restore');
  expect(plan({ change: 'cancelled' }, gone)).toBe('restore');
  expect(plan({ change: 'cancelled' })).toBe('impossible');
  expect(plan({ change: 'restored' })).toBe('delete');
  expect(plan({ change: 'restored' }, gone)).toBe('impossible');
  expect(plan({ change: 'created', isImported: true })).toBe('delete');
  expect(plan({ change: 'created' })).toBe('impossible');
  expect(plan({ change: 'conflict' })).toBe('impossible');
});

test('[U2] after 30 days a change stands', () => {
  const at = (days: number) => new Date(now.getTime() - days * day);
  expect(planUndo(entry({ at: at(30) }), live, now).kind).toBe('edit');
  expect(planUndo(entry({ at: at(30.01) }), live, now)).toEqual({
    kind: 'impossible',
    why: 'too-old',
  });
});
