import { expect, test } from 'vitest';
import { providerErrorKinds } from '../providers/provider-error.ts';
import { backOffMs, reactionTo } from './reaction.ts';

test('[R1] every kind of provider error has its reaction, and no other has', () => {
  expect(Object.keys(reactionTo).sort()).toEqual([...providerErrorKinds].sort());
});

test('[R1] what may have taken effect is never taken for undone', () => {
  const unknown = providerErrorKinds.filter((kind) => reactionTo[kind].effect === 'unknown');
  expect(unknown.sort()).toEqual([
    'already-exists',
    'malformed-answer',
    'slowed-after-write',
    'unavailable',
  ]);
});

test('[R1] what a person is told about is told in words', () => {
  const silent = ['look', 'note-gone', 'look-for-ours'];
  for (const kind of providerErrorKinds) {
    const { next, reason } = reactionTo[kind];
    expect([kind, reason !== '']).toEqual([kind, !silent.includes(next)]);
  }
});

test('[R4] pauses double from 2 s to 15 min, spread by a quarter', () => {
  expect(backOffMs(1, 0.5)).toBe(2_000);
  expect(backOffMs(2, 0.5)).toBe(4_000);
  expect(backOffMs(5, 0.5)).toBe(32_000);
  expect(backOffMs(500, 0.5)).toBe(15 * 60_000);
  expect(backOffMs(3, 0)).toBe(6_000);
  expect(backOffMs(3, 1)).toBe(10_000);
});
