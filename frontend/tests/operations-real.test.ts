// The operator's pages against the real thing, where nothing is wrong: looked at, dry-run, verified, repaired,
// reconciled, counted and sent again.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { look } from "./support/look";
import { dialog, heading, message, see, signIn } from "./support/steps";
import { test } from "./support/test";

async function some(annals: Annals): Promise<void> {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari", email: "lily@ari.example" });
  await annals.edit("editor", "/customers/lily", { phone: "+43 1 5550199" });
  await annals.create("editor", "todos", { id: "call", title: "Call Lily back", customer_id: "lily" });
}

/** Orders what a button asks for, with a reason. */
async function order(page: Page, open: string, title: string, button: string, reason: string): Promise<void> {
  await page.getByRole("button", { name: open }).click();
  const ask = dialog(page, title);
  await ask.getByRole("textbox", { name: "Reason" }).fill(reason);
  await ask.getByRole("button", { name: button, exact: true }).click();
}

test("a view is dry-run, verified and repaired, and each says how it ended", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "operator");
  await see(heading(page, "Operations"));
  await see(page.getByRole("article", { name: "records" }).getByText("Up to date"));
  await look(page, "real-operations");
  await page.getByRole("article", { name: "records" }).getByRole("link", { name: "records" }).click();

  await order(page, "Dry run…", "Dry run of records", "Start the dry run", "Before the release");
  await see(page.getByText(/^Dry run of records, generation 2: verified, \d+ records and \d+ commits\.$/).first());
  await see(page.getByText("No row of the live view would change."));
  await look(page, "real-dry-run");

  await order(page, "Verify…", "Verify records", "Start the verification", "A look now and then");
  await see(page.getByText(/^Verification of records, generation 1: verified, \d+ records and \d+ commits\.$/).first());
  await see(page.getByText("Nothing differs, and nothing is parked."));

  await page.getByRole("button", { name: "Repair…" }).click();
  const repair = dialog(page, "Repair records");
  await repair.getByRole("textbox", { name: "Records, one a line" }).fill("customer/lily\ntodo/call");
  await repair.getByRole("textbox", { name: "Reason" }).fill("To be sure");
  await repair.getByRole("button", { name: "Start the repair" }).click();
  await see(page.getByText(/^Repair of records, generation 1: verified, 2 records/).first());
  await see(page.getByText("0 rows were rewritten."));
  const history = page.getByRole("region", { name: "What was done to it" });
  await expect.poll(() => history.getByRole("row").count()).toBe(4);
  await look(page, "real-view");
});

test("what was written is counted and sent again, and nothing is parked or put aside", async ({ annals, visits }) => {
  await some(annals);
  const { page } = await visits();
  await signIn(page, "operator", "/operations");
  await page.getByRole("button", { name: "Reconcile…" }).click();
  const reconcile = dialog(page, "Reconcile views with the log");
  await reconcile.getByRole("radio", { name: /^Full/ }).check();
  await reconcile.getByRole("textbox", { name: "Reason" }).fill("After an outage");
  await reconcile.getByRole("button", { name: "Reconcile", exact: true }).click();
  await see(message(page, "3 passes were started."));
  const parts = page.getByRole("navigation", { name: "Parts of operations" });
  await parts.getByRole("link", { name: "Rebuilds" }).click();
  await expect.poll(() => page.getByRole("row").filter({ hasText: "Full pass of" }).filter({ hasText: "Verified" }).count()).toBe(3);
  await look(page, "real-rebuilds");

  await parts.getByRole("link", { name: "Parked" }).click();
  await see(page.getByRole("heading", { name: "Nothing is parked" }));
  await parts.getByRole("link", { name: "Failures" }).click();
  await see(page.getByRole("heading", { name: "Nothing was put aside" }));
  await parts.getByRole("link", { name: "Replays" }).click();
  await page.getByRole("combobox", { name: "Which changes" }).selectOption({ label: "Customers" });
  await order(page, "Count first…", "Count what would be sent", "Count", "The mail service lost a day");
  await see(page.getByText("2 events of 2 commits would be sent."));
  await order(page, "Send 2 events…", "Send 2 events again", "Send", "The mail service lost a day");
  await see(page.getByRole("article").filter({ hasText: "2 of 2 events sent" }).getByText("Done"));
  await look(page, "real-replays");
});
