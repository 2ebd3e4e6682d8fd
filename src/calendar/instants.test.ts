import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { toInstants, wallToEpochMs } from './instants.ts';

const startOf = (start: string, timeZone: string) =>
  toInstants({ kind: 'timed', start, end: start, timeZone }).startsAt.toISOString();

test('an ordinary time is that instant of its zone', () => {
  expect(startOf('2026-07-01T09:00:00', 'Europe/Berlin')).toBe('2026-07-01T07:00:00.000Z');
  expect(startOf('2026-12-01T09:00:00', 'Europe/Berlin')).toBe('2026-12-01T08:00:00.000Z');
  expect(startOf('2026-07-01T09:00:00', 'Asia/Kolkata')).toBe('2026-07-01T03:30:00.000Z');
});

test('a time that does not exist moves forward by the gap', () => {
  // Berlin skips from 02:00 to 03:00: 02:30 is 03:30.
  expect(startOf('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  // Lord Howe Island skips half an hour.
  expect(startOf('2026-10-04T02:15:00', 'Australia/Lord_Howe')).toBe('2026-10-03T15:45:00.000Z');
});

test('a time that happens twice is the first', () => {
  expect(startOf('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
  expect(startOf('2026-11-01T01:30:00', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
});

test('a start that moves past its end makes an event that takes no time', () => {
  const { startsAt, endsAt } = toInstants({
    kind: 'timed',
    start: '2026-03-29T02:30:00',
    end: '2026-03-29T03:00:00',
    timeZone: 'Europe/Berlin',
  });
  expect(endsAt).toEqual(startsAt);
});

test('an all-day event is UTC midnights, whatever the machine’s zone', () => {
  expect(toInstants({ kind: 'all-day', startDate: '2026-03-29', endDate: '2026-03-30' })).toEqual({
    startsAt: new Date('2026-03-29T00:00:00Z'),
    endsAt: new Date('2026-03-30T00:00:00Z'),
  });
});

const zones = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'UTC',
);
const localTimes = fc
  .date({
    min: new Date('1970-01-02T00:00:00Z'),
    max: new Date('2037-12-30T00:00:00Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString().slice(0, 19))
  // Clocks are changed at night: half of the times are made to lie there.
  .chain((time) => fc.constantFrom(time, time.replace(/T\d\d/, 'T02')));

const formatters = new Map<string, Intl.DateTimeFormat>();

/** An oracle of its own: what a clock on the wall of that zone shows at an instant. */
function wallClock(instant: Date, timeZone: string): string {
  const formatter = formatters.get(timeZone) ?? newFormatter(timeZone);
  formatters.set(timeZone, formatter);
  const parts = formatter.formatToParts(instant);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}`;
}

function newFormatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

test('the clock of the zone shows the local time at the instant, or a later one in a gap', () => {
  fc.assert(
    fc.property(localTimes, zones, (local, timeZone) => {
      const instant = new Date(startOf(local, timeZone));
      const shown = wallClock(instant, timeZone);
      if (shown === local) {
        // No earlier instant within a day shows the same: it is the first.
        for (const hours of [0.5, 1, 2, 3]) {
          const earlier = new Date(instant.getTime() - hours * 3_600_000);
          expect(wallClock(earlier, timeZone)).not.toBe(local);
        }
        return;
      }
      // In a gap: an instant before it shows an earlier time, the chosen one is later by the gap.
      expect(shown > local).toBe(true);
      const gapMs = Date.parse(`${shown}Z`) - Date.parse(`${local}Z`);
      const before = wallClock(new Date(instant.getTime() - gapMs), timeZone);
      expect(before < local).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test('no event ends before it starts', () => {
  fc.assert(
    fc.property(localTimes, localTimes, zones, (one, other, timeZone) => {
      const [start = '', end = ''] = [one, other].toSorted();
      const { startsAt, endsAt } = toInstants({ kind: 'timed', start, end, timeZone });
      expect(endsAt >= startsAt).toBe(true);
    }),
  );
});

test('a wall-clock time is found where Temporal finds it, around every change of the clocks', () => {
  for (const zone of [
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  ]) {
    let at = Temporal.ZonedDateTime.from(`2005-01-01T00:00[${zone}]`);
    for (let changes = 0; changes < 30; changes++) {
      const next = at.getTimeZoneTransition('next');
      if (!next) break;
      at = next;
      for (const minutes of [-1_500, -90, -31, -1, 0, 1, 29, 45, 90, 1_500]) {
        const local = at.toPlainDateTime().add({ minutes });
        const wallMs = Date.parse(`${local.toString({ smallestUnit: 'second' })}Z`);
        expect(wallToEpochMs(wallMs, zone)).toBe(local.toZonedDateTime(zone).epochMilliseconds);
      }
    }
  }
});
