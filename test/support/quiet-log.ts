import type { Log } from '../../src/runtime.ts';

/** For tests that do not look at the log. */
export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
