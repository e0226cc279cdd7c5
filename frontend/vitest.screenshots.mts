// How README's screenshots are made again: `npm run screenshots`. They are kept in docs/screenshots/.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/readme.screenshots.ts"],
    environment: "node",
    // An assertion that waits gives up after this.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: "tests/support/once.ts",
    testTimeout: 120_000,
  },
});
