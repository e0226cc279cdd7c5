// A whole rebuild with a poison record in it, against the real thing: parked, skipped, rebuilt around, promoted,
// rolled back, and taken up again once it can be folded.

import type { Page } from "playwright-core";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { Annals } from "./support/annals";
import { look } from "./support/look";
import { mend, poison } from "./support/poison";
import { dialog, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const LILY = "t.demo#customer#lily";
const CUSTOMERS = 40;
/** The last commits are witnesses of how long the log was: a poison among them could not be mended by changing it. */
const LATER = 10;

/** Runs the program in a folder, with a clock so many minutes behind. */
async function earlier(folder: string, minutes: number, settings: Record<string, string>, happened: (annals: Annals) => Promise<void>): Promise<void> {
  const annals = await Annals.start({ DATA: folder, CLOCK_BEHIND: String(minutes), ...settings });
  await happened(annals);
  await annals.finish();
}

async function add(annals: Annals, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n += 1) await annals.create("editor", "customers", { id: `C-${n}`, name: `Customer ${n}` });
}

/** A folder in which Lily's newest commit, of an hour ago, is in no view yet and cannot be folded. */
async function poisoned(use: (settings: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "annals-poison-"));
  await earlier(folder, 120, {}, async (annals) => {
    await annals.create("editor", "customers", { id: "lily", name: "Lily Ari", email: "lily@ari.example" });
    await add(annals, 1, CUSTOMERS - LATER);
    // The whole log is gone through once at the beginning.
    await expect.poll(async () => (await annals.send("auditor", "GET", "/audit/commits"))["complete_through"]).toBeDefined();
  });
  await earlier(folder, 60, { STREAM_LOSS: "1000" }, async (annals) => {
    await annals.send("editor", "PATCH", "/customers/lily", { phone: "+43 1 5550199" }, { "If-Match": '"1"' });
    await add(annals, CUSTOMERS - LATER + 1, CUSTOMERS);
  });
  poison(folder, LILY);
  await use({ DATA: folder });
  rmSync(folder, { recursive: true, force: true });
}

test.override({ settings: ({}, use) => poisoned(use) });

test("a rebuild goes around a poison record, is promoted and rolled back; mended, the record is taken up again", async ({ annals, settings, visits }) => {
  const { page } = await visits();
  await signIn(page, "operator", "/operations");
  await see(page.getByRole("article", { name: "records" }).getByRole("link", { name: "1 parked" }));
  await look(page, "whole-parked-badge");

  await page.goto("/operations/views/records");
  await page.getByRole("button", { name: "Start a rebuild…" }).click();
  const start = dialog(page, "Rebuild records");
  await start.getByRole("textbox", { name: "Segments at once" }).fill("2");
  await start.getByRole("textbox", { name: "Reason" }).fill("To see whether it holds");
  await start.getByRole("button", { name: "Start" }).click();
  await see(message(page, "It was started."));
  // Whoever started it is led to it.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Rebuild of records, generation 2");
  const outcome = page.getByRole("alert").filter({ hasText: /Rebuild of records, generation 2: verified, 4\d records/ });
  await see(outcome.getByText("1 record is parked and not in it."));
  await look(page, "whole-verified");
  // What is parked, and not accepted by anybody, hinders.
  await page.getByRole("button", { name: "Promote…" }).click();
  await see(dialog(page, "Promote generation 2 of records").getByText(/records of it are parked that nobody has accepted/));
  await page.keyboard.press("Escape");

  await seeNoMore(dialog(page, "Promote generation 2 of records"));
  await page.getByRole("link", { name: "To what is parked" }).click();
  const row = page.getByRole("row").filter({ hasText: "customer/lily" }).filter({ hasText: "generation 2" });
  await row.getByRole("button", { name: "Skip: customer/lily" }).click();
  const skip = dialog(page, "Skip customer/lily");
  await skip.getByRole("textbox", { name: "Reason" }).fill("A fix is on its way");
  await skip.getByRole("button", { name: "Skip" }).click();
  await see(message(page, "customer/lily was skipped."));
  await see(row.getByText("A fix is on its way"));
  await look(page, "whole-skipped");

  await page.goto("/operations/views/records");
  await page.getByRole("button", { name: "Promote…" }).click();
  const promote = dialog(page, "Promote generation 2 of records");
  await promote.getByRole("textbox", { name: "Reason" }).fill("Verified");
  await promote.getByRole("button", { name: "Promote" }).click();
  await see(message(page, "Generation 2 of records is active."));
  await see(page.getByText(/^Generation 1 is kept warm until/));
  await look(page, "whole-promoted");
  await expect.poll(async () => (await annals.send("editor", "GET", "/customers?limit=100"))["items"]).toHaveLength(CUSTOMERS + 1);

  await page.getByRole("button", { name: "Roll back…" }).click();
  const back = dialog(page, "Roll records back");
  await back.getByRole("textbox", { name: "Reason" }).fill("To see that it works");
  await back.getByRole("button", { name: "Roll back" }).click();
  await see(message(page, "Generation 1 of records is active."));
  await expect.poll(async () => (await annals.send("editor", "GET", "/customers/lily"))["stale"]).toBe(true);

  // The fix: another build, which can fold it.
  await annals.finish();
  mend(String(settings["DATA"]), LILY);
  const fixed = await Annals.start({ ...settings, PORT: new URL(annals.url).port });
  try {
    await signInAgain(page);
    await page.goto("/operations/parked");
    await page.getByRole("button", { name: "Try all again…" }).click();
    const retry = dialog(page, "Try all parked records again");
    await retry.getByRole("textbox", { name: "Reason" }).fill("It can be folded now");
    await retry.getByRole("button", { name: "Try again" }).click();
    await see(page.getByRole("heading", { name: "Nothing is parked" }));
    await look(page, "whole-taken-up");
    await expect.poll(async () => (await fixed.send("editor", "GET", "/customers/lily"))["phone"]).toBe("+43 1 5550199");
    await seeNoMore(page.getByText("customer/lily"));
  } finally {
    await fixed.stop();
  }
});

/** The sessions of the first server are not those of the second. */
async function signInAgain(page: Page): Promise<void> {
  await page.evaluate(() => localStorage.clear());
  await signIn(page, "operator", "/operations");
}
