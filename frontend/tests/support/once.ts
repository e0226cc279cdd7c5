// Before any browser test: what they need is there, or the run ends with a sentence that says what is not.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { CHROMIUM, COMMAND_LINE, DIST, PROGRAM, SCREENSHOTS } from "./places";

export default function once(): void {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: cargo build --workspace --examples --bin annals-local`);
  if (!existsSync(COMMAND_LINE)) throw new Error(`${COMMAND_LINE} is missing: cargo build --workspace --examples --bin annals`);
  if (!existsSync(`${DIST}/index.html`)) throw new Error(`${DIST} is empty: make frontend`);
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: scripts/chromium.sh, or name one with CHROMIUM=`);
  rmSync(SCREENSHOTS, { recursive: true, force: true });
  mkdirSync(SCREENSHOTS, { recursive: true });
}
