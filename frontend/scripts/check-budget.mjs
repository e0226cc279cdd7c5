// Fails when what is built in dist/ is larger than a first visit on a slow line should have to load.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** The most bytes after gzip, by the ending of the file. */
const BUDGET_BYTES = { js: 150_000, css: 15_000 };

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const files = readdirSync(dist, { recursive: true }).map(String);
let failed = false;
for (const [ending, budget] of Object.entries(BUDGET_BYTES)) {
  const found = files.filter((file) => file.endsWith(`.${ending}`));
  const bytes = found.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length, 0);
  const fits = found.length > 0 && bytes <= budget;
  failed ||= !fits;
  console.log(`${fits ? "ok  " : "FAIL"} ${ending}: ${(bytes / 1000).toFixed(1)} kB gzip of ${budget / 1000} kB, ${found.length} file(s)`);
}
process.exit(failed ? 1 : 0);
