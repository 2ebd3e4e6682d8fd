import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { getOffsetMs } from '../../src/providers/zone-offset.ts';
import { readTimes } from '../../src/providers/wall-time.ts';

const zones = Intl.supportedValuesOf('timeZone');
const MINUTE_MS = 60_000;

const offsetOf = (epochMs: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone).offsetNanoseconds /
  1e6;

test('the remembered offset is the right one on both sides of every change of the clocks', () => {
  for (const timeZone of zones) {
    let time: Temporal.ZonedDateTime | null =
      Temporal.Instant.from('2026-01-01T00:00:00Z').toZonedDateTimeISO(timeZone);
    for (let count = 0; count < 2; count++) {
      time = time.getTimeZoneTransition('next');
      if (!time) break;
      const at = time.epochMilliseconds;
      // In an order in which an earlier answer could be taken for a later one.
      for (const epochMs of [at, at - 1, at + 1, at - MINUTE_MS, at + MINUTE_MS, at]) {
        const what = `${timeZone} ${new Date(epochMs).toISOString()}`;
        expect([what, getOffsetMs(epochMs, timeZone)]).toEqual([what, offsetOf(epochMs, timeZone)]);
      }
    }
  }
}, 60_000);

test('the wall time is the one of Temporal, at any instant in any zone', () => {
  const anyMs = fc.oneof(
    fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) }),
    fc.integer({ min: Date.UTC(1901, 0, 1), max: Date.UTC(2199, 0, 1) }),
  );
  fc.assert(
    fc.property(anyMs, fc.constantFrom(...zones), fc.boolean(), (epochMs, timeZone, isOffset) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone);
      const instant = isOffset
        ? zoned.toString({ timeZoneName: 'never', offset: 'auto' })
        : new Date(epochMs).toISOString();
      const { when } = readTimes(instant, instant, { timeZone, warning: null });
      // An offset is printed in whole minutes, which those of long ago were not.
      fc.pre(Temporal.Instant.from(instant).epochMilliseconds === epochMs);
      expect(when).toMatchObject({
        start: zoned.toPlainDateTime().toString({ smallestUnit: 'second' }),
      });
    }),
    { numRuns: 150 },
  );
}, 60_000);
