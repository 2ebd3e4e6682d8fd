import { describe, expect, test } from 'vitest';
import type { Activity } from '../src/api/schemas/activities.ts';
import type { RecurrencePattern } from '../src/calendar/recurrence-pattern.ts';
import { untilNextIsOver } from '../web/api/activities.ts';
import { describeValue, listUnits } from '../web/pages/event-fields.ts';
import {
  type EventValues,
  fieldOf,
  findErrors,
  newEventValues,
  toNewActivity,
  toPatch,
  valuesOf,
} from '../web/pages/event-values.ts';
import {
  describePattern,
  describeSeries,
  findFirstDate,
  findPreset,
  listDates,
  listPlaces,
  listPresets,
  patternAt,
} from '../web/pages/repeat.ts';
import { describeShift, listScopes, occurrenceOf, toChange } from '../web/pages/scope.ts';
import { asShown, describeRepeating } from '../web/pages/series-words.ts';
import { formatNames } from '../web/texts.ts';
import { formatDayOfMonth, formatTime, formatWholeDate } from '../web/time/format.ts';

const berlin = 'Europe/Berlin';
/** The fourth Tuesday of its month, and not the last. */
const TUESDAY = '2026-11-24';
const now = new Date('2026-11-24T07:40:00Z');
const series = {
  id: 'series',
  title: 'Visit',
  location: '',
  description: '',
  is_all_day: false,
  start: '2026-03-03T09:00:00',
  end: '2026-03-03T10:00:00',
  time_zone: berlin,
  recurrence: { rules: ['FREQ=WEEKLY;BYDAY=TU'], exrules: [], rdates: [], exdates: [] },
  series_id: null,
  original_start: null,
  nearest: null,
  starts_at: '2026-03-03T08:00:00.000Z',
  ends_at: '2026-03-03T09:00:00.000Z',
  visibility: 'default',
  show_as: 'busy',
  attendees: [],
  version: 7,
} as unknown as Activity;
const occurrence: Activity = {
  ...series,
  series_id: 'series',
  original_start: `${TUESDAY}T09:00:00`,
  start: `${TUESDAY}T09:00:00`,
  end: `${TUESDAY}T10:00:00`,
  starts_at: `${TUESDAY}T08:00:00.000Z`,
  ends_at: `${TUESDAY}T09:00:00.000Z`,
};
/** Changed on its own: it is at three, and a day later than it was. */
const exception: Activity = {
  ...occurrence,
  id: 'exception',
  recurrence: null,
  start: '2026-11-25T15:00:00',
  end: '2026-11-25T16:00:00',
  version: 2,
};

const repeating = (pattern: RecurrencePattern, changes: Partial<EventValues> = {}) => ({
  ...newEventValues(now, berlin),
  title: 'Visit',
  isRepeatChanged: true,
  repeat: { kind: 'pattern', pattern, anchor: TUESDAY, isCustom: false } as const,
  ...changes,
});

describe('how an event repeats, in its form', () => {
  const { weekly, monthly, monthlyDate, yearly } = listPresets(TUESDAY);

  test('what is offered is about the day of the start, and said as the row will say it', () => {
    const said = Object.values(listPresets(TUESDAY)).map((one) => describePattern(one, TUESDAY));
    expect(said).toEqual([
      'Every day',
      'Every Tuesday',
      'Every month on the fourth Tuesday',
      'Every month on the 24th',
      `Every year on ${formatDayOfMonth(11, 24)}`,
    ]);
    expect(findPreset({ ...monthly, ends: { kind: 'after', count: 3 } }, TUESDAY)).toBe('monthly');
    expect(findPreset({ ...weekly, every: 2 }, TUESDAY)).toBeUndefined();
  });

  test('[Z9] dates, times and lists in it are written as the viewer writes them', () => {
    const say = (rule: string) =>
      describeSeries(
        { rules: [rule], exrules: [], rdates: [], exdates: [] },
        { is_all_day: true, start: TUESDAY, end: TUESDAY, time_zone: null },
      );
    expect(say('FREQ=DAILY;UNTIL=20310630')).toBe(
      `Every day until ${formatWholeDate('2031-06-30')}`,
    );
    expect(say('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29')).toBe(
      `Every year on ${formatDayOfMonth(2, 29)}`,
    );
    // No year has it.
    expect(say('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30')).toBe('Every year on 30 February');
    expect(say('FREQ=DAILY;BYHOUR=9')).toBe(`Every day at ${formatTime('09:00')}`);
    expect(say('FREQ=WEEKLY;BYDAY=MO,WE,FR')).toBe(
      `Every week on ${formatNames(['Monday', 'Wednesday', 'Friday'])}`,
    );
  });

  test('a fifth weekday is offered as the last, and the last day of a month as such', () => {
    expect(listPresets('2026-12-29').monthly.on).toEqual({ nth: -1, weekday: 'TU' });
    expect(listPlaces('2026-06-30')).toEqual([
      { monthDay: 30 },
      { monthDay: -1 },
      { nth: -1, weekday: 'TU' },
    ]);
    expect(listPlaces(TUESDAY)).toContainEqual({ nth: -1, weekday: 'TU' });
  });

  test('another start takes along what is plainly of its day, and nothing else', () => {
    const at = (pattern: RecurrencePattern, date: string) =>
      patternAt({ pattern, anchor: TUESDAY }, date);
    expect(at(weekly, '2026-11-26').weekdays).toEqual(['TH']);
    expect(at({ ...weekly, weekdays: ['MO', 'TU'] }, '2026-11-26').weekdays).toEqual(['MO', 'TU']);
    expect(at(monthly, '2026-12-02').on).toEqual({ nth: 1, weekday: 'WE' });
    expect(at(monthlyDate, '2026-12-02').on).toEqual({ monthDay: 2 });
    expect(at(yearly, '2026-12-02')).toMatchObject({ on: { monthDay: 2 }, month: 12 });
    expect(at(weekly, '2026-1')).toBe(weekly);
  });

  test('the next dates are those of the rule from today on, and the start in any case', () => {
    const dates = (pattern: RecurrencePattern, since = TUESDAY, skipped: string[] = []) =>
      listDates(pattern, { date: TUESDAY, since, skipped, max: 3 });
    expect(dates(weekly)).toEqual([TUESDAY, '2026-12-01', '2026-12-08']);
    expect(dates({ ...weekly, weekdays: ['WE'] })).toEqual([TUESDAY, '2026-11-25', '2026-12-02']);
    expect(dates(weekly, '2027-01-01', ['2027-01-12'])).toEqual([
      '2027-01-05',
      '2027-01-19',
      '2027-01-26',
    ]);
    expect(dates({ ...weekly, ends: { kind: 'after', count: 2 } })).toHaveLength(2);
    expect(dates({ ...weekly, ends: { kind: 'on', date: '2026-12-01' } })).toHaveLength(2);
    expect(dates({ ...weekly, ends: { kind: 'on', date: '2026-12-01' } }, '2027-01-01')).toEqual(
      [],
    );
    expect(findFirstDate({ ...weekly, weekdays: ['WE'] }, TUESDAY)).toBe('2026-11-25');
  });

  test('is sent as a rule; its last date is whole, by the clock of the event', () => {
    const until = { ...weekly, ends: { kind: 'on', date: '2026-12-15' } as const };
    expect(toNewActivity(repeating(until), 'lead').recurrence).toEqual({
      rules: ['FREQ=WEEKLY;BYDAY=TU;UNTIL=20261215T235959'],
    });
    expect(toNewActivity(repeating(until, { isAllDay: true }), 'lead').recurrence).toEqual({
      rules: ['FREQ=WEEKLY;BYDAY=TU;UNTIL=20261215'],
    });
    expect(toNewActivity(newEventValues(now, berlin), 'lead')).not.toHaveProperty('recurrence');
  });

  test('what is missing is pointed at', () => {
    const errors = (changes: Partial<RecurrencePattern>) =>
      Object.keys(findErrors(repeating({ ...weekly, ...changes })));
    expect(errors({})).toEqual([]);
    expect(errors({ every: 0 })).toEqual(['repeatEvery']);
    expect(errors({ weekdays: [] })).toEqual(['repeatWeekdays']);
    expect(errors({ ends: { kind: 'after', count: 1.5 } })).toEqual(['repeatCount']);
    expect(errors({ ends: { kind: 'on', date: '2026-11-23' } })).toEqual(['repeatUntil']);
    expect(errors({ ends: { kind: 'on', date: 'June' } })).toEqual(['repeatUntil']);
  });

  test('a rule that is not touched is not sent, and one that the form cannot hold is kept', () => {
    const before = valuesOf(series, berlin);
    expect(before.repeat).toMatchObject({ kind: 'pattern', isCustom: false });
    expect(toPatch({ ...before, startDate: '2026-03-04' }, before, 7)).not.toHaveProperty(
      'recurrence',
    );
    const rules = ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1'];
    const recurrence = { rules, exrules: [], rdates: [], exdates: [] };
    const odd = valuesOf({ ...series, recurrence }, berlin);
    expect(odd).toMatchObject({
      repeat: { kind: 'kept' },
      keptSentence: 'Every month on the last weekday',
    });
    expect(toPatch({ ...odd, isRepeatChanged: true }, odd, 7)).toBeUndefined();
    const single = { ...odd, isRepeatChanged: true, repeat: { kind: 'none' } as const };
    expect(toPatch(single, odd, 7)).toEqual({ version: 7, recurrence: null });
  });

  test('dates that were left out stay left out under another rule', () => {
    const exdates = ['2026-12-01T09:00:00'];
    const recurrence = { rules: ['FREQ=WEEKLY'], exrules: [], rdates: [], exdates };
    const before = valuesOf({ ...series, recurrence }, berlin);
    const wanted = { ...repeating(weekly), ...before, isRepeatChanged: true };
    expect(toPatch(wanted, before, 7)?.recurrence).toMatchObject({ exdates });
  });
});

test('what the server says of a rule is said where the rule is', () => {
  expect(['recurrence', 'recurrence/rules/0'].map((member) => fieldOf(member, false))).toEqual([
    'repeat',
    'repeat',
  ]);
});

describe('which occurrences an edit is for', () => {
  const editOf = (activity: Activity, changes: Partial<EventValues>) => {
    const before = valuesOf(activity, berlin);
    const wanted = { ...before, ...changes };
    const patch = toPatch(wanted, before, activity.version) ?? { version: 0 };
    const named = occurrenceOf(activity) ?? { seriesId: '', originalStart: '' };
    return { occurrence: named, series, before, wanted, patch };
  };

  test('one alone is the occurrence by its name, with its own version', () => {
    expect(toChange(editOf(exception, { title: 'Call' }), 'this')).toEqual({
      kind: 'occurrence',
      seriesId: 'series',
      originalStart: `${TUESDAY}T09:00:00`,
      body: { scope: 'this', version: 2, title: 'Call' },
    });
  });

  test('this and what follows have the version of the series', () => {
    expect(toChange(editOf(exception, { title: 'Call' }), 'following')).toMatchObject({
      originalStart: `${TUESDAY}T09:00:00`,
      body: { scope: 'following', version: 7, title: 'Call' },
    });
  });

  test('all are moved by what this one is moved by, from the start of the series', () => {
    const edit = editOf(exception, {
      startDate: '2026-11-26',
      startTime: '16:30',
      endDate: '2026-11-26',
      endTime: '18:30',
    });
    expect(describeShift(edit.before, edit.wanted)).toBe(
      `${formatNames(['1 day', '1 hour', '30 minutes'])} later`,
    );
    expect(toChange(edit, 'all')).toEqual({
      kind: 'update',
      id: 'series',
      body: {
        version: 7,
        start: '2026-03-04T10:30',
        end: '2026-03-04T12:30',
        time_zone: berlin,
      },
    });
    expect(toChange(edit, 'following')).toMatchObject({
      body: { start: '2026-11-25T10:30', end: '2026-11-25T12:30' },
    });
  });

  test('all become all-day on dates of their own', () => {
    const edit = editOf(occurrence, { isAllDay: true });
    expect(toChange(edit, 'all')).toMatchObject({
      body: { start: '2026-03-03', end: '2026-03-04' },
    });
    expect(describeShift(edit.before, edit.wanted)).toBe('');
  });

  test('a series that is to be one event is left where it was edited', () => {
    const edit = editOf(occurrence, { isRepeatChanged: true, repeat: { kind: 'none' } });
    expect(toChange(edit, 'all')).toMatchObject({
      body: { recurrence: null, start: `${TUESDAY}T09:00`, end: `${TUESDAY}T10:00` },
    });
  });

  test('how it repeats is nothing for one alone, and without its series there is only the one', () => {
    expect(listScopes(series, { version: 1, title: 'Call' })).toEqual(['this', 'following', 'all']);
    expect(listScopes(series, { version: 1, recurrence: null })).toEqual(['following', 'all']);
    expect(listScopes(undefined, undefined)).toEqual(['this']);
  });
});

describe('what is said of a series', () => {
  const nearest = {
    is_all_day: false,
    start: `${TUESDAY}T09:00:00`,
    end: `${TUESDAY}T10:00:00`,
    time_zone: berlin,
    original_start: `${TUESDAY}T09:00:00`,
    starts_at: `${TUESDAY}T08:00:00.000Z`,
    ends_at: `${TUESDAY}T09:00:00.000Z`,
  };

  test('a series is where its next occurrence is, and once all are over, where its last was', () => {
    expect(asShown({ ...series, nearest })).toMatchObject({
      id: 'series',
      starts_at: nearest.starts_at,
    });
    const say = (at: Date) => describeRepeating({ ...series, nearest }, undefined, berlin, at);
    expect(say(now)).toEqual(['Every Tuesday', expect.stringContaining('Next: ')]);
    expect(say(new Date('2027-01-01T00:00:00Z'))[1]).toContain('Last: ');
    expect(say(now)[1]).toContain('24');
  });

  test('the page asks again when the next occurrence is over, and not after the last', () => {
    const listed = [series, { ...series, nearest }];
    expect(untilNextIsOver(listed, Date.parse('2026-11-24T08:59:00Z'))).toBe(61_000);
    expect(untilNextIsOver(listed, Date.parse('2026-01-01T00:00:00Z'))).toBe(
      24 * 60 * 60_000 + 1_000,
    );
    expect(untilNextIsOver(listed, Date.parse('2026-12-01T00:00:00Z'))).toBe(false);
  });

  test('one that was changed on its own says of which series it is, and which date it was', () => {
    const say = (activity: Activity) => describeRepeating(activity, series, berlin, now)[0];
    expect(say(exception)).toMatch(/^One of “Visit”, instead of .*24.*2026$/);
    expect(say({ ...exception, start: `${TUESDAY}T15:00:00` })).toMatch(/instead of 9:00/);
    expect(say({ ...exception, start: `${TUESDAY}T09:00:00` })).toContain('changed on its own');
  });

  test('the history says rules in words', () => {
    const { recurrence } = series;
    expect(listUnits({ recurrence: null }, { recurrence })).toEqual(['recurrence']);
    expect(describeValue('recurrence', { recurrence }, series)).toBe('“Every Tuesday”');
    expect(describeValue('recurrence', { recurrence: null }, series)).toBe('not repeating');
  });
});
