// The screenshots of README.md.

import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { dayOf, daysLater } from "../src/lib/zone";
import { change, chosen } from "./support/audit";
import { dialog, heading, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const WINDOW = { viewport: { width: 1200, height: 750 } };

async function kept(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: "disabled", caret: "hide" });
}

test("README's screenshots", async ({ annals, visits }) => {
  // The people are known once they have signed in.
  for (const username of ["admin", "editor"] as const) await signIn((await visits(WINDOW)).page, username);
  for (const customer of CUSTOMERS) await annals.create(customer.by, "customers", customer.fields);
  await annals.edit("admin", "/customers/lily", { company: "Ari & Partner" });
  await annals.edit("editor", "/customers/lily", { address: { line1: "Neubaugasse 12", postal_code: "1070", city: "Wien" } }, "Moved to the new office");
  await annals.edit("admin", "/customers/lily", { tags: ["vip", "press"] }, "Interview in the spring");

  const today = dayOf(Date.now(), Intl.DateTimeFormat().resolvedOptions().timeZone);
  for (const { days, ...fields } of TODOS) await annals.create("editor", "todos", { ...fields, ...(days === undefined ? {} : { due_on: daysLater(today, days) }) });

  const { page, guard } = await visits(WINDOW);
  guard.expect(412);
  await signIn(page, "editor", "/r/customers");
  await see(page.getByRole("link", { name: "Lily Ari" }));
  await kept(page, "list");

  await page.getByRole("link", { name: "Lily Ari" }).click();
  await see(heading(page, "Lily Ari"));
  await see(page.getByRole("region", { name: "Timeline" }).getByText("Moved to the new office"));
  await kept(page, "record");

  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const form = dialog(page, "Edit Lily Ari");
  await form.getByRole("textbox", { name: "Phone" }).fill("+43 1 5550122");
  await form.getByRole("textbox", { name: "Company" }).fill("Ari & Berg");
  await annals.edit("admin", "/customers/lily", { phone: "+43 1 5550199", company: "Ari AG", email: "office@ari.example" });
  await form.getByRole("button", { name: "Save" }).click();
  const choice = dialog(page, "Lily Ari was changed meanwhile");
  await see(choice);
  await kept(page, "conflict");
  await choice.getByRole("button", { name: "Save" }).click();
  await seeNoMore(choice);

  await page.goto("/r/todos");
  await see(page.getByRole("link", { name: "Renew the insurance" }));
  await page.getByRole("checkbox", { name: "Complete: Thank Priya for the referral" }).click();
  await see(page.getByRole("button", { name: "Undo" }));
  await kept(page, "todos");

  const auditor = await visits({ viewport: { width: 1200, height: 1000 } });
  await signIn(auditor.page, "auditor", "/audit?type=customer");
  await change(auditor.page, "Moved to the new office").click();
  await see(chosen(auditor.page, "Lily Ari").getByText("Neubaugasse 12"));
  await kept(auditor.page, "audit");
});

const TODOS = [
  { title: "Send the price list", days: -1, customer_id: "lily" },
  { title: "Call the harbour office about the order", days: 0 },
  { title: "Thank Priya for the referral", days: 0 },
  { title: "Write the offer for Weber Druck", days: 3 },
  { title: "Book the stand for the spring fair", days: 30 },
  { title: "Renew the insurance" },
];

const CUSTOMERS = [
  { by: "editor", fields: { name: "Hafen & Söhne", email: "kontor@hafen.example", company: "Hafen & Söhne OHG", tags: ["wholesale"] } },
  { by: "admin", fields: { name: "Priya Nair", email: "priya@nair.example", phone: "+44 20 7946 0018", company: "Nair Studio", tags: ["design"] } },
  { by: "editor", fields: { name: "Café Zentral", email: "hallo@zentral.example", phone: "+43 1 5550144", tags: ["vip"] } },
  { by: "editor", fields: { name: "Tomás Duarte", email: "tomas@duarte.example", company: "Duarte Lda." } },
  { by: "admin", fields: { name: "Ines Weber", email: "ines.weber@example.org", phone: "+49 30 5550162", company: "Weber Druck", tags: ["print", "wholesale"] } },
  { by: "editor", fields: { id: "lily", name: "Lily Ari", email: "lily@ari.example", phone: "+43 1 5550100", company: "Ari GmbH", tags: ["vip"] } },
] as const;
