// How README's screenshots are made again: `npm run screenshots`. They are kept in docs/screenshots/.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/readme.screenshots.ts"],
    environment: "node",
    globalSetup: "tests/support/once.ts",
    testTimeout: 120_000,
  },
});
