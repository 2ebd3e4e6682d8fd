import { expect, test } from 'vitest';
import { isBraked } from './brake.ts';

test('[D6] more than 10 deletions and more than 10 % of a calendar are asked about first', () => {
  expect(isBraked({ count: 11, total: 109 })).toBe(true);
  expect(isBraked({ count: 10, total: 10 })).toBe(false);
  expect(isBraked({ count: 11, total: 110 })).toBe(false);
  expect(isBraked({ count: 0, total: 0 })).toBe(false);
});
