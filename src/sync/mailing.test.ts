import { expect, test } from 'vitest';
import type { EventFields } from '../calendar/event.ts';
import { planMailing, type Write } from './mailing.ts';

const ada = { email: 'ada@fontaine.example', name: '', isOptional: false };
const lunch: EventFields = {
  title: 'Lunch',
  description: '',
  location: '',
  when: { kind: 'all-day', startDate: '2026-11-24', endDate: '2026-11-25' },
  recurrence: null,
  visibility: 'default',
  showAs: 'busy',
  attendees: [ada],
};
const copy = { guests: [ada], carriesGuests: true, isSilent: false, canKeepSilent: true };
const alone = { ...copy, guests: [] };
const create: Write = { kind: 'create', fields: lunch };
const move: Write = { kind: 'update', changes: { when: lunch.when } };

test('[G4] guests are told of what is made, changed and called off, by the copy that invites them', () => {
  for (const write of [create, move, { kind: 'delete' } as const]) {
    expect(planMailing(write, copy)).toBe('tell');
    expect(planMailing(write, { ...copy, carriesGuests: false })).toBe('silent');
  }
});

test('[G4] who comes and who goes is told; an event without guests concerns nobody', () => {
  const [first, last]: Write[] = [
    { kind: 'update', changes: { attendees: [ada] } },
    { kind: 'update', changes: { attendees: [] } },
  ] as const;
  expect(planMailing(first as Write, alone)).toBe('tell');
  expect(planMailing(last as Write, copy)).toBe('tell');
  expect(planMailing({ kind: 'create', fields: { ...lunch, attendees: [] } }, alone)).toBe(
    'silent',
  );
  expect(planMailing(move, alone)).toBe('silent');
  expect(planMailing({ kind: 'delete' }, alone)).toBe('silent');
});

test('[G4] whether the owner is free meanwhile is told to nobody', () => {
  expect(planMailing({ kind: 'update', changes: { showAs: 'free' } }, copy)).toBe('silent');
});

test('[G5] what is not to be told is not, or it is known that it would be', () => {
  for (const write of [create, move, { kind: 'delete' } as const]) {
    expect(planMailing(write, { ...copy, isSilent: true })).toBe('silent');
    const loud = { ...copy, isSilent: true, canKeepSilent: false };
    expect(planMailing(write, loud)).toBe('would-tell');
    expect(planMailing(write, { ...loud, isSilent: false })).toBe('tell');
  }
});
