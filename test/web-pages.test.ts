import { describe, expect, test } from 'vitest';
import type { Activity } from '../src/api/schemas/activities.ts';
import {
  findErrors,
  lengthOf,
  moveStart,
  newEventValues,
  parseGuests,
  toNewActivity,
  toPatch,
  valuesOf,
} from '../web/pages/event-values.ts';
import { describeWhen } from '../web/pages/event-when.ts';
import { listChanged, rebase } from '../web/pages/rebase.ts';
import { parseDate, parseTime } from '../web/time/wall-clock.ts';

const berlin = 'Europe/Berlin';
const visit = {
  ...newEventValues(new Date('2026-11-24T07:40:00Z'), berlin),
  title: 'Site visit',
};

const activity: Activity = {
  id: '0196f1c2-0000-7000-8000-000000000001',
  lead_id: null,
  owner: { id: '0196f1c2-0000-7000-8000-000000000002', name: 'Anna' },
  title: 'Site visit',
  description: '',
  location: '',
  is_all_day: false,
  start: '2026-11-24T15:00:00',
  end: '2026-11-24T16:00:00',
  time_zone: 'America/New_York',
  recurrence: null,
  series_id: null,
  original_start: null,
  nearest: null,
  split_from: null,
  starts_at: '2026-11-24T20:00:00.000Z',
  ends_at: '2026-11-24T21:00:00.000Z',
  visibility: 'default',
  show_as: 'busy',
  attendees: [],
  own_answer: null,
  invitations: null,
  status: 'confirmed',
  cancelled_in: null,
  is_hidden: false,
  can_edit: true,
  can_restore: false,
  deleted_at: null,
  google_event_id: null,
  outlook_event_id: null,
  last_synced_at: null,
  version: 3,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: '2026-11-01T00:00:00.000Z',
  copies: [],
};

describe('what people type', () => {
  test('a date is read as ISO and in the order of the locale', () => {
    expect(parseDate('2026-11-24')).toBe('2026-11-24');
    expect(parseDate('24.11.2026', 'de')).toBe('2026-11-24');
    expect(parseDate('11/24/2026', 'en-US')).toBe('2026-11-24');
    expect(parseDate('4.3.27', 'de')).toBe('2027-03-04');
  });

  test('what is no date is not bent into one', () => {
    for (const text of ['', 'soon', '2026-02-30', '24/11', '2026-13-01']) {
      expect(parseDate(text, 'de')).toBeUndefined();
    }
  });

  test('a time is read with and without minutes, in 12 and 24 hours', () => {
    const read = ['09:00', '9', '930', '9.30', '3pm', '3:30 p.m.', '12am', '12:15\u202fPM'].map(
      parseTime,
    );
    expect(read).toEqual(['09:00', '09:00', '09:30', '09:30', '15:00', '15:30', '00:00', '12:15']);
    for (const text of ['', '25', '9:61', '13pm', 'nine']) expect(parseTime(text)).toBeUndefined();
  });
});

describe('the event form', () => {
  test("a new event begins at the next full hour in the user's zone and lasts one", () => {
    expect(visit).toMatchObject({
      startDate: '2026-11-24',
      startTime: '09:00',
      endDate: '2026-11-24',
      endTime: '10:00',
      timeZone: berlin,
    });
  });

  test('moving the start takes the end along, over midnight too', () => {
    expect(moveStart(visit, { startTime: '23:30' }, lengthOf(visit))).toMatchObject({
      endDate: '2026-11-25',
      endTime: '00:30',
    });
  });

  test('a start that is still being typed leaves the end alone', () => {
    expect(moveStart(visit, { startDate: '2026-1' }, 60)).toMatchObject({ endDate: visit.endDate });
  });

  test('the end of an all-day event is sent excluded and shown included', () => {
    const fair = { ...visit, isAllDay: true, endDate: '2026-11-26' };
    expect(toNewActivity(fair, 'lead')).toMatchObject({ start: '2026-11-24', end: '2026-11-27' });
    expect(toNewActivity(fair, 'lead')).not.toHaveProperty('time_zone');
    const stored = { ...activity, is_all_day: true, start: '2026-11-24', end: '2026-11-27' };
    expect(valuesOf(stored, berlin)).toMatchObject({ isAllDay: true, endDate: '2026-11-26' });
  });

  test('only what was changed is sent, and nothing when nothing was', () => {
    const before = valuesOf(activity, berlin);
    expect(toPatch(before, before, 3)).toBeUndefined();
    expect(toPatch({ ...before, title: 'Late visit' }, before, 3)).toEqual({
      version: 3,
      title: 'Late visit',
    });
    expect(toPatch({ ...before, timeZone: 'Asia/Tokyo' }, before, 3)).toEqual({
      version: 3,
      start: '2026-11-24T15:00',
      end: '2026-11-24T16:00',
      time_zone: 'Asia/Tokyo',
    });
  });

  test('an event that ends before it starts, or has no title or no date, is pointed at', () => {
    expect(findErrors(visit)).toEqual({});
    expect(Object.keys(findErrors({ ...visit, endTime: '08:59' }))).toEqual(['endTime']);
    expect(findErrors({ ...visit, endTime: visit.startTime })).toEqual({});
    expect(Object.keys(findErrors({ ...visit, endDate: '2026-11-23' }))).toEqual(['endDate']);
    expect(Object.keys(findErrors({ ...visit, title: ' ', startDate: 'soon' }))).toEqual([
      'title',
      'startDate',
    ]);
  });
});

describe('when an event is', () => {
  const now = new Date('2026-11-24T12:00:00Z');

  test("it is shown in the viewer's zone, with its own where that reads differently", () => {
    expect(describeWhen(activity, berlin, now).zoneText).toContain('New York');
    expect(describeWhen(activity, 'America/Toronto', now).zoneText).toBeUndefined();
  });

  test('a day that differs there is said', () => {
    const { day, zoneText } = describeWhen(activity, 'Asia/Tokyo', now);
    expect(day).toBe('2026-11-25');
    expect(zoneText).toContain('Nov 24');
  });

  test('an all-day event is the same date everywhere, and past only after its last day', () => {
    const fair = {
      ...activity,
      is_all_day: true,
      start: '2026-11-23',
      end: '2026-11-25',
      time_zone: null,
    };
    for (const zone of ['Pacific/Kiritimati', berlin, 'Pacific/Pago_Pago']) {
      expect(describeWhen(fair, zone, now).day).toBe('2026-11-23');
    }
    expect(describeWhen(fair, berlin, now)).toMatchObject({ isToday: true, isPast: false });
    expect(describeWhen(fair, berlin, new Date('2026-11-25T00:00:00Z')).isPast).toBe(true);
  });

  test('a viewer whose browser does not know their zone sees UTC rather than nothing', () => {
    expect(describeWhen(activity, 'Moon/Tycho', now).day).toBe('2026-11-24');
  });
});

describe('guests as people type them', () => {
  test('are addresses between commas and line ends, with or without their names', () => {
    const typed =
      'Ada@Fontaine.example, Ben Okafor <ben@x.example>;\n\ncleo@x.example,ada@fontaine.example';
    expect(parseGuests(typed)).toEqual(['ada@fontaine.example', 'ben@x.example', 'cleo@x.example']);
    expect(findErrors({ ...visit, guests: typed }).guests).toBeUndefined();
  });

  test('that are no addresses are named', () => {
    expect(findErrors({ ...visit, guests: 'ada@fontaine.example, ben' }).guests).toContain('“ben”');
    const many = Array.from({ length: 201 }, (_, index) => `g${index}@x.example`).join('\n');
    expect(findErrors({ ...visit, guests: many }).guests).toMatch(/200/);
  });

  test('are sent when they change, with what is known of them, and told unless that is not wished', () => {
    const ada = { email: 'ada@fontaine.example', name: 'Ada', is_optional: true };
    const before = valuesOf({ ...activity, attendees: [{ ...ada, answer: 'accepted' }] }, berlin);
    expect(toPatch(before, before, 3)).toBeUndefined();
    const more = { ...before, guests: `${before.guests}, ben@x.example` };
    expect(toPatch(more, before, 3)).toEqual({
      version: 3,
      attendees: [ada, { email: 'ben@x.example' }],
    });
    const none = { ...before, guests: '', tellGuests: false };
    expect(toPatch(none, before, 3)).toEqual({ version: 3, attendees: [], notify_guests: false });
    expect(toNewActivity({ ...visit, tellGuests: false }, 'x')).not.toHaveProperty('notify_guests');
    expect(toNewActivity(visit, 'x')).not.toHaveProperty('attendees');
  });
});

describe('the event changed while somebody typed', () => {
  const before = { ...visit, guests: 'ada@a.example\nbea@a.example', location: 'Roof' };

  test('what was typed stays, and all else is as it is now', () => {
    const values = { ...before, startTime: '15:00', endTime: '16:00', title: 'Late visit' };
    const newer = { ...before, startTime: '08:00', endTime: '09:30', location: 'Yard' };
    expect(rebase({ before, values }, newer)).toEqual({ ...values, location: 'Yard' });
    expect(listChanged(before, newer)).toEqual(['when', 'location']);
    expect(listChanged(before, values)).toEqual(['title', 'when']);
  });

  test('guests of both are invited, but for those that either struck out', () => {
    const values = { ...before, guests: 'bea@a.example, cem@a.example' };
    const newer = { ...before, guests: 'ada@a.example\ndan@a.example' };
    const { guests } = rebase({ before, values }, newer);
    expect(parseGuests(guests)).toEqual(['cem@a.example', 'dan@a.example']);
  });
});
