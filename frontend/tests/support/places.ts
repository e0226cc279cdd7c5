// Where things are that the browser tests use.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = resolve(root, process.env["CARGO_TARGET_DIR"] ?? "target");

export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
export const PROGRAM = process.env["ANNALS_LOCAL"] ?? `${target}/debug/annals-local`;
/** The command line. */
export const COMMAND_LINE = process.env["ANNALS"] ?? `${target}/debug/annals`;
/** The same program with one record type more, as `tests/new_type.rs` of the repository leaves it. */
export const WITH_INVOICES = `${target}/scratch/new-type/target/debug/annals-local`;
export const DIST = process.env["FRONTEND"] ?? `${root}frontend/dist`;
export const SCREENSHOTS = `${root}target/screenshots`;
