import { defineConfig } from 'vitest/config';

/** What the command line prints is compared as text: without colours, whatever the machine would say to them. */
const shared = { restoreMocks: true, env: { NO_COLOR: '1' } } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          maxWorkers: 2,
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/quiet.ts'],
        },
      },
      {
        test: {
          ...shared,
          name: 'contract',
          maxWorkers: 2,
          include: ['test/contract/**/*.test.ts'],
          setupFiles: ['test/support/quiet.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...shared,
          // Calls at real pace, after the tests that only compute.
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['test/integration/**/*.test.ts'],
          setupFiles: ['test/support/quiet.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          // Alone: a browser that plays and records in real time bears no company on two cores.
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/support/quiet.ts'],
          globalSetup: 'test/e2e/build-page.ts',
          testTimeout: 60_000,
        },
      },
    ],
  },
});
