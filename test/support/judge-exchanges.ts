import { afterEach, expect } from 'vitest';
import { takeViolations } from './exchanges.ts';

/*
 * The test during which an exchange with the sandbox is found wrong fails (exchanges.ts). The
 * projects of vitest.config.ts set this up; of the histories it is the first part that imports it, for
 * a fifth of what they cost.
 */

afterEach(() => {
  expect(takeViolations().slice(0, 5)).toEqual([]);
});
