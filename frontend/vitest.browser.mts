// How the browser tests run: against the real `annals-local` and the built screens, in Chromium.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    globalSetup: "tests/support/once.ts",
    // Chromium and the server share the machine with them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
