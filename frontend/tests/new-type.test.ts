// A record type of which the screens have never heard: they are drawn from what the API tells of it.
//
// The program is the one that `tests/new_type.rs` builds: this one, with `invoice` in its registry.

import { look } from "./support/look";
import { WITH_INVOICES } from "./support/places";
import { dialog, heading, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

test.override({ program: WITH_INVOICES });

test("an invoice is drafted, refused where a rule says so, issued, paid and found in its list", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(422);
  await signIn(page, "editor", "/r/customers");
  const records = page.getByRole("navigation", { name: "Records" });
  await records.getByRole("link", { name: "Invoices" }).click();
  await page.getByRole("button", { name: "New invoice" }).first().click();
  const form = dialog(page, "New invoice");
  await form.getByRole("textbox", { name: "Subject" }).fill("Consulting in May");
  await form.getByRole("textbox", { name: "Total" }).fill("much");
  await form.getByRole("button", { name: "Save" }).click();
  await see(form.getByText(/a total is an amount and a currency/i));
  await look(page, "new-type-refused");
  await form.getByRole("textbox", { name: "Total" }).fill("1250.00 EUR");
  await form.getByLabel("Due").fill("2026-12-24");
  await form.getByRole("button", { name: "Save" }).click();
  await see(message(page, "Consulting in May was created."));
  await see(heading(page, "Consulting in May"));

  // It has no customer yet.
  await page.getByRole("button", { name: "Issue" }).click();
  const issue = dialog(page, "Issue Consulting in May");
  await issue.getByRole("button", { name: "Issue" }).click();
  await see(issue.getByText(/an invoice is issued to a customer/i));
  await look(page, "new-type-incomplete");
  await issue.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const edit = dialog(page, "Edit Consulting in May");
  await edit.getByRole("combobox", { name: "Customer" }).fill("Lil");
  await page.getByRole("option", { name: /Lily Ari/ }).click();
  await edit.getByRole("button", { name: "Save" }).click();
  await seeNoMore(edit);
  await page.getByRole("button", { name: "Issue" }).click();
  await issue.getByRole("button", { name: "Issue" }).click();
  await page.getByRole("button", { name: "Mark as paid" }).click();
  const pay = dialog(page, /Consulting in May/);
  await pay.getByLabel("Paid on").fill("2026-12-20");
  await pay.getByRole("button", { name: "Mark as paid" }).click();
  await seeNoMore(pay);
  const timeline = page.getByRole("region", { name: "Timeline" });
  await see(timeline.getByRole("listitem").nth(3));
  await look(page, "new-type-paid");

  await records.getByRole("link", { name: "Invoices" }).click();
  const table = page.getByRole("table", { name: "Invoices" });
  await see(table.getByRole("link", { name: "Consulting in May" }));
  await see(table.getByText("1250.00 EUR"));
  await look(page, "new-type-list");
});
