// How the browser tests run: against the real `annals-local` and the built screens, in Chromium.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    // An assertion that waits gives up after this.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: "tests/support/once.ts",
    // Chromium and the server share the machine with them.
    maxWorkers: 2,
    // One that fails and then passes is told with its number of tries: a test to be mended.
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
