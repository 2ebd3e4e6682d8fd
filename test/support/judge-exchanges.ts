import { afterEach, expect } from 'vitest';
import { takeViolations } from './exchanges.ts';

/*
 * The test during which an exchange with the sandbox is found wrong fails (exchanges.ts). Every project
 * of vitest.config.ts sets this up.
 */

afterEach(() => {
  expect(takeViolations().slice(0, 5)).toEqual([]);
});
