import { defineConfig } from 'vitest/config';

/** Kinds of test by what they need: nothing, a PostgreSQL, a PostgreSQL and time, and a browser. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/support/judge-exchanges.ts'],
          include: [
            'src/**/*.test.ts',
            'sandbox/**/*.test.ts',
            'test/conformance/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/recurrence/**/*.test.ts',
            'test/*.test.ts',
          ],
          // Properties over many cases take their time on a busy machine.
          testTimeout: 60_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'server',
          setupFiles: ['test/support/judge-exchanges.ts'],
          include: ['test/server/**/*.test.ts'],
          globalSetup: ['test/support/postgres.ts'],
          // On a busy machine a product takes half a minute to start.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 10_000 } },
          isolate: false,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/*.test.ts'],
          globalSetup: ['test/support/postgres.ts'],
          testTimeout: 2 * 60 * 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          setupFiles: ['test/support/judge-exchanges.ts'],
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/postgres.ts'],
          // To look at all six looks of each state takes longer.
          testTimeout: process.env['LOOKS_DIR'] ? 600_000 : 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 10_000 } },
          fileParallelism: false,
          isolate: false,
          // After the others: it has another number of workers.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
