import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWhen, WhenError } from './parse-when.ts';

const berlin = 'Europe/Berlin';
const timed = (start: string, end: string, timeZone: string | undefined = berlin) =>
  parseWhen({ start, end, timeZone });

function refusalOf(parse: () => unknown): [string, string] {
  try {
    parse();
  } catch (error) {
    if (error instanceof WhenError) return [error.field, error.message];
    throw error;
  }
  throw new Error('was not refused');
}

const fieldOf = (parse: () => unknown) => refusalOf(parse)[0];

test('two dates are an all-day event', () => {
  expect(parseWhen({ start: '2026-11-24', end: '2026-11-25' })).toEqual({
    kind: 'all-day',
    startDate: '2026-11-24',
    endDate: '2026-11-25',
  });
});

test('two times and a zone are a timed event, to the second', () => {
  expect(timed('2026-11-24T09:00', '2026-11-24T10:30:15')).toEqual({
    kind: 'timed',
    start: '2026-11-24T09:00:00',
    end: '2026-11-24T10:30:15',
    timeZone: berlin,
  });
});

test('an event may take no time, and not less', () => {
  expect(timed('2026-11-24T09:00', '2026-11-24T09:00').kind).toBe('timed');
  expect(fieldOf(() => timed('2026-11-24T09:00', '2026-11-24T08:59:59'))).toBe('end');
});

test('an all-day event ends after the day it starts on', () => {
  expect(fieldOf(() => parseWhen({ start: '2026-11-24', end: '2026-11-24' }))).toBe('end');
});

test.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '2026-01-00'])(
  'the date %s, which is in no calendar, is refused',
  (date) => {
    expect(fieldOf(() => parseWhen({ start: date, end: '2027-01-01' }))).toBe('start');
    expect(fieldOf(() => timed(`${date}T09:00`, '2027-01-01T00:00'))).toBe('start');
  },
);

test('the 29th of February is a date in leap years', () => {
  expect(parseWhen({ start: '2028-02-29', end: '2028-03-01' }).kind).toBe('all-day');
  expect(fieldOf(() => parseWhen({ start: '2100-02-29', end: '2100-03-01' }))).toBe('start');
});

test.each([
  '2026-11-24T24:00',
  '2026-11-24T09:60',
  '2026-11-24T09:00:60',
  '2026-11-24T9:00',
  '2026-11-24 09:00',
  '2026-11-24T09:00Z',
  '2026-11-24T09:00+01:00',
  '2026-11-24T09:00:00.000',
  'tomorrow',
  '',
  '２０２６-11-24T09:00',
])('%j is not a time as it is written here', (start) => {
  expect(fieldOf(() => timed(start, '2026-11-25T10:00'))).toBe('start');
});

test('a date and a time do not go together', () => {
  expect(fieldOf(() => timed('2026-11-24', '2026-11-24T10:00'))).toBe('end');
  expect(fieldOf(() => timed('2026-11-24T10:00', '2026-11-25'))).toBe('end');
});

describe('zones', () => {
  test.each(['Asia/Kolkata', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+5'])(
    '%s is known and keeps its spelling',
    (timeZone) => {
      const when = timed('2026-11-24T09:00', '2026-11-24T10:00', timeZone);
      expect(when).toMatchObject({ timeZone });
    },
  );

  test.each(['Mars/Olympus', 'europe/berlin', '+01:00', 'UTC+1', 'W. Europe Standard Time', ''])(
    '%j is refused',
    (timeZone) => {
      const parse = () => timed('2026-11-24T09:00', '2026-11-24T10:00', timeZone);
      expect(fieldOf(parse)).toBe('timeZone');
    },
  );

  test('a timed event needs one, an all-day event has none', () => {
    const start = '2026-11-24';
    expect(fieldOf(() => parseWhen({ start: `${start}T09:00`, end: `${start}T09:00` }))).toBe(
      'timeZone',
    );
    expect(fieldOf(() => parseWhen({ start, end: '2026-11-25', timeZone: 'UTC' }))).toBe(
      'timeZone',
    );
  });
});

test('an event lies between 1900 and 2200 and lasts five years at most', () => {
  expect(parseWhen({ start: '1900-01-01', end: '1905-01-01' }).kind).toBe('all-day');
  expect(fieldOf(() => parseWhen({ start: '1899-12-31', end: '1900-01-01' }))).toBe('start');
  expect(fieldOf(() => parseWhen({ start: '2200-12-31', end: '2201-01-01' }))).toBe('end');
  expect(fieldOf(() => parseWhen({ start: '2026-01-01', end: '2031-01-02' }))).toBe('end');
  expect(fieldOf(() => timed('2026-01-01T00:00', '2031-01-01T00:00:01'))).toBe('end');
});

test('whatever is written is read or refused with a sentence, quickly', () => {
  fc.assert(
    fc.property(
      fc.record({
        start: fc.oneof(fc.string({ maxLength: 40 }), fc.constant('2026-11-24T09:00')),
        end: fc.oneof(fc.string({ maxLength: 40 }), fc.constant('2026-11-24T10:00')),
        timeZone: fc.option(fc.string({ maxLength: 64 }), { nil: undefined }),
      }),
      (written) => {
        try {
          expect(parseWhen(written)).toHaveProperty('kind');
        } catch (error) {
          expect(error).toBeInstanceOf(WhenError);
          expect(String(error)).toMatch(/^WhenError: [A-Z].*\.$/s);
        }
      },
    ),
  );
  const longName = `A${'/A'.repeat(30_000)}`;
  // The best of three: other work on the machine is not the name's fault.
  const times = [1, 2, 3].map(() => {
    const startedAt = performance.now();
    expect(fieldOf(() => timed('2026-11-24T09:00', '2026-11-24T10:00', longName))).toBe('timeZone');
    return performance.now() - startedAt;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
