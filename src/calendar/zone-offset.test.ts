import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { findClearMs, getOffsetMs } from './zone-offset.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Gaza',
];
const anyZone = fc.constantFrom(...zones);
const readClock = (instant: number, zone: string) =>
  new Date(instant + getOffsetMs(instant, zone)).toISOString().slice(0, 19);
const anyInstant = fc
  .integer({ min: Date.UTC(1950, 0, 1) / 1_000, max: Date.UTC(2060, 0, 1) / 1_000 })
  .map((seconds) => seconds * 1_000);

test('clocks show what Temporal says they do', () => {
  fc.assert(
    fc.property(anyInstant, anyZone, (instant, zone) => {
      const expected = Temporal.Instant.fromEpochMilliseconds(instant)
        .toZonedDateTimeISO(zone)
        .toPlainDateTime()
        .toString({ smallestUnit: 'second' });
      expect(readClock(instant, zone)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test('a time that clocks show once is found where Temporal finds it', () => {
  fc.assert(
    fc.property(anyInstant, anyZone, (wall, zone) => {
      const local = new Date(wall).toISOString().slice(0, 19);
      const found = findClearMs(local, zone);
      if (found === undefined) return;
      expect(found).toBe(
        Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('around every change of the clocks both are exact or silent', () => {
  for (const zone of zones) {
    let at: Temporal.ZonedDateTime | null = Temporal.ZonedDateTime.from(
      `2005-01-01T00:00[${zone}]`,
    );
    for (let changes = 0; at && changes < 60; changes++) {
      at = at.getTimeZoneTransition('next');
      if (!at) break;
      for (const minutes of [-4_000, -61, -1, 0, 1, 61, 4_000]) {
        const near = at.add({ minutes });
        const local = near.toPlainDateTime().toString({ smallestUnit: 'second' });
        expect(readClock(near.epochMilliseconds, zone)).toBe(local);
        const found = findClearMs(local, zone);
        if (found !== undefined) expect(found).toBe(near.epochMilliseconds);
      }
    }
  }
});

test('what is no time is nothing, and an unknown zone is an error', () => {
  expect(findClearMs('2026-02-30T09:00:00', 'UTC')).toBeUndefined();
  expect(findClearMs('tomorrow', 'UTC')).toBeUndefined();
  expect(() => findClearMs('2026-02-03T09:00:00', 'Europe/Atlantis')).toThrow(RangeError);
});
