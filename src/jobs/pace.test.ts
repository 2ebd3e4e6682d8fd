import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

const quota = { units: 600, perMs: 60_000 };

test('[R7] whatever is asked for when, no window of the provider ever sees more than its quota', () => {
  const asks = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom(1, 3)), {
    minLength: 200,
    maxLength: 2_000,
  });
  fc.assert(
    fc.property(asks, fc.integer({ min: 0, max: 10 ** 12 }), (steps, start) => {
      let now = start;
      let pace = createPace(quota, []);
      const taken: [number, number][] = [];
      for (const [index, [pauseMs, units]] of steps.entries()) {
        now += pauseMs > 4_000 ? pauseMs : pauseMs % 20;
        // A run ends, and the next one goes on from what it left.
        if (index % 50 === 0) pace = createPace(quota, pace.usage(now));
        if (pace.take(units, now) === 0) taken.push([now, units]);
      }
      for (const [at] of taken) {
        const window = taken.filter(([when]) => when <= at && when > at - quota.perMs);
        expect(window.reduce((sum, [, units]) => sum + units, 0)).toBeLessThanOrEqual(600);
      }
    }),
    { numRuns: 60 },
  );
});

test('[R7] who waits as long as told gets through, and the quota is nearly used up', () => {
  const pace = createPace(quota, []);
  let now = 1_000_000;
  let count = 0;
  while (now < 1_000_000 + 600_000) {
    const waitMs = pace.take(1, now);
    if (waitMs === 0) count++;
    else {
      expect(pace.take(1, now + waitMs)).toBe(0);
      count++;
    }
    now += Math.max(waitMs, 1);
  }
  expect(count).toBeGreaterThan(0.94 * 6_000);
});
