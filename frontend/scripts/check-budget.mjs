// Fails when what is built in dist/ is larger than somebody on a slow line should have to load: at a first
// visit (the entry and whatever it imports at once), and for the parts that are loaded when they are needed.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** The most bytes after gzip: of a first visit's scripts, of all later ones together, of all styles. */
const BUDGET_BYTES = { first: 150_000, later: 60_000, styles: 15_000 };

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
const files = readdirSync(dist, { recursive: true }).map(String);
const scripts = files.filter((file) => file.endsWith(".js"));
const first = atOnce(Object.values(manifest).filter((chunk) => chunk.isEntry));
const later = scripts.filter((file) => !first.includes(file));

const fit = [
  within("first visit's scripts", first, BUDGET_BYTES.first),
  within("scripts loaded later", later, BUDGET_BYTES.later),
  within("styles", files.filter((file) => file.endsWith(".css")), BUDGET_BYTES.styles),
];
for (const file of later) console.log(`      ${kilobytes(size(file))} kB  ${file}`);
process.exit(fit.every(Boolean) && first.length > 0 ? 0 : 1);

/** The files of some chunks and of all that they import at once. */
function atOnce(chunks) {
  const found = new Set();
  const open = [...chunks];
  for (let chunk = open.pop(); chunk; chunk = open.pop()) {
    if (found.has(chunk.file)) continue;
    found.add(chunk.file);
    open.push(...(chunk.imports ?? []).map((name) => manifest[name]));
  }
  return [...found];
}

/** Prints how much some files are together, and says whether that is within the budget. */
function within(what, found, budget) {
  const bytes = found.reduce((sum, file) => sum + size(file), 0);
  const fits = bytes <= budget;
  console.log(`${fits ? "ok  " : "FAIL"} ${what}: ${kilobytes(bytes)} kB gzip of ${budget / 1000} kB, ${found.length} file(s)`);
  return fits;
}

function size(file) {
  return gzipSync(readFileSync(dist + file), { level: 9 }).length;
}

function kilobytes(bytes) {
  return (bytes / 1000).toFixed(1);
}
