// Two people, two windows, one record.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { look } from "./support/look";
import { dialog, message, see, seeNoMore, signIn } from "./support/steps";
import { test, type Visits } from "./support/test";

/** Two windows with the same record in the edit dialog: Emil's and Anna's. */
async function twoWindows(annals: Annals, visits: Visits): Promise<[Page, Page]> {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari", phone: "+43 1 5550100", company: "Ari GmbH" });
  // Who has signed in is known by name.
  const [emil, anna] = [await visits(), await visits()];
  await signIn(anna.page, "admin", "/r/customers/lily?edit");
  await signIn(emil.page, "editor", "/r/customers/lily?edit");
  emil.guard.expect(412);
  await see(dialog(emil.page, "Edit Lily Ari"));
  await see(dialog(anna.page, "Edit Lily Ari"));
  return [emil.page, anna.page];
}

async function save(page: Page, fields: Record<string, string>, reason?: string): Promise<void> {
  const form = dialog(page, "Edit Lily Ari");
  for (const [name, value] of Object.entries(fields)) await form.getByRole("textbox", { name, exact: true }).fill(value);
  if (reason !== undefined) await form.getByRole("textbox", { name: "Reason (optional)" }).fill(reason);
  await form.getByRole("button", { name: "Save" }).click();
}

test("edits of different fields are both kept, without a question", async ({ annals, visits }) => {
  const [emil, anna] = await twoWindows(annals, visits);
  await save(anna, { Phone: "+43 1 5550111" });
  await seeNoMore(dialog(anna, "Edit Lily Ari"));
  await save(emil, { Company: "Ari & Co" });
  await see(message(emil, /Anna Admin also changed phone/i));
  await look(emil, "conflict-merged");
  const details = emil.getByRole("region", { name: "Details" });
  await see(details.getByText("+43 1 5550111"));
  await see(details.getByText("Ari & Co"));
  await see(emil.getByText("Version 3", { exact: true }));
});

for (const kept of ["theirs", "mine"] as const) {
  test(`edits of the same field are shown side by side, and ${kept} can be kept`, async ({ annals, visits }) => {
    const [emil, anna] = await twoWindows(annals, visits);
    await save(anna, { Phone: "+43 1 5550111", Company: "Ari AG" }, "New office");
    await seeNoMore(dialog(anna, "Edit Lily Ari"));
    await save(emil, { Phone: "+43 1 5550122" }, "She called");
    const choice = dialog(emil, "Lily Ari was changed meanwhile");
    const phone = choice.getByRole("group", { name: "Phone" });
    await see(phone.getByText("+43 1 5550100"));
    await expect.poll(() => phone.getByRole("radio", { name: /^Yours/ }).isChecked()).toBe(true);
    // Only what overlaps is asked.
    await expect.poll(() => choice.getByRole("group", { name: "Company" }).count()).toBe(0);
    await phone.getByRole("radio", { name: kept === "theirs" ? /^Anna Admin’s/ : /^Yours/ }).check();
    await look(emil, `conflict-${kept}`);
    await choice.getByRole("button", { name: "Save" }).click();
    await seeNoMore(choice);
    const details = emil.getByRole("region", { name: "Details" });
    await see(details.getByText(kept === "theirs" ? "+43 1 5550111" : "+43 1 5550122"));
    await see(details.getByText("Ari AG"));
    const timeline = emil.getByRole("region", { name: "Timeline" });
    await see(timeline.getByText("New office"));
    // Nothing is recorded where nothing is changed.
    if (kept === "mine") await see(timeline.getByText("She called"));
    await see(emil.getByText(kept === "mine" ? "Version 3" : "Version 2", { exact: true }));
    await look(emil, `conflict-${kept}-history`);
  });
}

test("a third change while the conflict is being solved is noticed too", async ({ annals, visits }) => {
  const [emil] = await twoWindows(annals, visits);
  await annals.edit("admin", "/customers/lily", { phone: "+43 1 5550111" });
  await save(emil, { Phone: "+43 1 5550122" });
  const choice = dialog(emil, "Lily Ari was changed meanwhile");
  await see(choice);
  await annals.edit("admin", "/customers/lily", { phone: "+43 1 5550133" });
  await choice.getByRole("button", { name: "Save" }).click();
  await see(choice.getByText("+43 1 5550133"));
  await choice.getByRole("button", { name: "Save" }).click();
  await seeNoMore(choice);
  await see(emil.getByRole("region", { name: "Details" }).getByText("+43 1 5550122"));
});

test("archiving what a colleague edits is no conflict, and reinstating what a colleague has is told", async ({ annals, visits }) => {
  await annals.create("editor", "customers", { id: "lily", name: "Lily Ari" });
  const { page, guard } = await visits();
  guard.expect(412, 422);
  await signIn(page, "editor", "/r/customers/lily");
  await page.getByRole("button", { name: "Archive" }).click();
  const ask = dialog(page, "Archive Lily Ari");
  await ask.getByRole("textbox", { name: "Reason" }).fill("Moved abroad");
  await annals.edit("admin", "/customers/lily", { phone: "+43 1 5550111" });
  await ask.getByRole("button", { name: "Archive" }).click();
  await see(page.getByRole("button", { name: "Reinstate" }));
  await see(page.getByRole("region", { name: "Details" }).getByText("+43 1 5550111"));

  await page.getByRole("button", { name: "Reinstate" }).click();
  await see(dialog(page, "Reinstate Lily Ari"));
  await annals.send("admin", "POST", "/customers/lily/reinstate", {});
  await dialog(page, "Reinstate Lily Ari").getByRole("button", { name: "Reinstate" }).click();
  await see(message(page, /“Reinstate” is not possible any more/));
  await see(page.getByRole("button", { name: "Archive" }));
  await look(page, "conflict-action");
});
