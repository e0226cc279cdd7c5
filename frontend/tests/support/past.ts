// A folder in which something happened last week: filled by the real program, whose clock was behind.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dayOf, daysLater, instantAt } from "../../src/lib/zone";
import { Annals, type Answer, type Username } from "./annals";

/** Where the readers of these tests are. */
export const ZONE = "Europe/Vienna";
const TUESDAY = 2;

/** The day of last Tuesday, `2026-11-17`: today does not count. */
export function lastTuesday(now = Date.now()): string {
  const today = dayOf(now, ZONE);
  const weekday = new Date(`${today}T00:00Z`).getUTCDay();
  return daysLater(today, -(((weekday - TUESDAY + 6) % 7) + 1));
}

/** What was done on a day, told to a program whose clock shows noon of that day. */
export async function onDay(folder: string, day: string, happened: (annals: Annals) => Promise<unknown>): Promise<void> {
  const noon = instantAt(`${day}T12:00`, ZONE) ?? 0;
  const behind = Math.round((Date.now() - noon) / 60_000);
  const annals = await Annals.start({ DATA: folder, CLOCK_BEHIND: String(behind) });
  try {
    await happened(annals);
  } finally {
    await annals.finish();
  }
}

/** A folder in which last week's things have happened: filled once for all tests of a file. */
export async function lastWeek({}: object, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = newFolder();
  const tuesday = lastTuesday();
  await onDay(folder, daysLater(tuesday, -3), theSaturdayBefore);
  await onDay(folder, tuesday, onTuesday);
  await use(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** Settings of a server that goes on where last week ended: `test.override({ settings: sinceLastWeek })`. */
export async function sinceLastWeek({ past }: { past: string }, use: (settings: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = newFolder();
  cpSync(past, folder, { recursive: true });
  await use({ DATA: folder });
  rmSync(folder, { recursive: true, force: true });
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "annals-past-"));
}

async function theSaturdayBefore(annals: Annals): Promise<void> {
  await annals.send("admin", "PUT", "/me", { display_name: "Anna Admin" });
  await annals.send("editor", "PUT", "/me", { display_name: "Emil Editor" });
  await annals.send("auditor", "PUT", "/me", { display_name: "Ada Auditor" });
  const address = { line1: "Mariahilfer Straße 1", postal_code: "1060", city: "Wien" };
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari", email: "lily@ari.example", address });
  await annals.create("editor", "customers", { id: "max", name: "Max Other", email: "max@other.example" });
  await annals.create("editor", "customers", { id: "ines", name: "Ines Weber", email: "ines@weber.example" });
  await annals.create("editor", "todos", { id: "call", title: "Call Lily back", customer_id: "lily" });
}

async function onTuesday(annals: Annals): Promise<void> {
  await change(annals, "editor", "/customers/max", 1, { phone: "+43 1 5550144" });
  await change(annals, "admin", "/customers/lily", 1, { email: "office@ari.example", phone: "+43 1 5550199" }, because("The customer called"));
  await change(annals, "editor", "/customers/lily", 2, { notes: "Prefers to be called in the morning." });
  await oneOperation(annals);
}

/** The customer goes, and with them what was to be done for them. */
async function oneOperation(annals: Annals): Promise<void> {
  const together = { "X-Correlation-Id": "farewell-of-ines" };
  await annals.send("admin", "POST", "/customers/ines/archive", { reason: "Moved abroad" }, together);
  const byInes = { ...together, "X-Causation-Id": await commit(annals, "/customers/ines/history/2") };
  await annals.send("admin", "POST", "/todos/call/drop", { reason: "Nobody to call any more" }, byInes);
  await change(annals, "admin", "/customers/max", 2, { notes: "Takes over what Ines ordered." }, byInes);
  const byMax = { ...together, "X-Causation-Id": await commit(annals, "/customers/max/history/3") };
  await change(annals, "admin", "/customers/lily", 3, { tags: ["told"] }, byMax);
}

function change(annals: Annals, as: Username, path: string, version: number, fields: Answer, more: Record<string, string> = {}): Promise<Answer> {
  return annals.send(as, "PATCH", path, fields, { "If-Match": `"${version}"`, ...more });
}

function because(reason: string): Record<string, string> {
  return { "X-Change-Reason": encodeURIComponent(reason) };
}

/** The id of a commit. */
async function commit(annals: Annals, path: string): Promise<string> {
  return String((await annals.send("admin", "GET", path))["commit_id"]);
}
