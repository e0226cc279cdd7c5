// Bringing back what was: everything or field by field, with a look at what will change first.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Annals } from "./support/annals";
import { edited, lily } from "./support/lily";
import { look } from "./support/look";
import { dialog, message, see, seeNoMore, signIn } from "./support/steps";
import { test } from "./support/test";

const details = (page: Page) => page.getByRole("region", { name: "Details" });
const timeline = (page: Page) => page.getByRole("region", { name: "Timeline" });
const ask = (page: Page) => dialog(page, /^Restore /);
const preview = (page: Page) => ask(page).getByRole("region", { name: "What will change" });
const restore = (page: Page) => ask(page).getByRole("button", { name: "Restore", exact: true });

async function record(annals: Annals): Promise<Record<string, unknown>> {
  return annals.send("editor", "GET", "/customers/lily?min_version=6");
}

test("a record is restored whole, after a look at what will change", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily?version=2");
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(ask(page).getByText("Restore Lily Ari as of version 2"));
  await see(preview(page).getByRole("deletion").getByText("hello@ari.example"));
  await see(preview(page).getByRole("insertion").getByText("lily@ari.example"));
  await ask(page).getByRole("textbox", { name: "Reason (optional)" }).fill("Entered for the wrong customer");
  await look(page, "restore-whole");
  await restore(page).click();
  await see(message(page, "Lily Ari was restored as of version 2."));
  // Back to now, and it is there at once.
  await expect.poll(() => new URL(page.url()).search).toBe("");
  await see(page.getByText("Version 6", { exact: true }));
  await see(details(page).getByRole("link", { name: "lily@ari.example" }));
  const newest = timeline(page).getByRole("article").first();
  await see(newest.getByText("Entered for the wrong customer"));
  await see(newest.getByText("Emil Editor"));
  await see(newest.getByText(/Caused by version 2/));
  await look(page, "restored");
  const now = await record(annals);
  expect(now).toMatchObject({ version: 6, email: "lily@ari.example", phone: "+43 1 5550111", tags: ["vip"] });
  expect(now["address"]).toBeUndefined();

  await page.getByRole("button", { name: "Undo" }).click();
  await see(message(page, "Lily Ari is as it was before."));
  await see(details(page).getByRole("link", { name: "hello@ari.example" }));
});

test("a record is restored field by field", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily?version=1");
  await page.getByRole("button", { name: "Restore…" }).click();
  await ask(page).getByRole("radio", { name: "Only what I choose" }).check();
  await see(preview(page).getByText("Choose at least one field."));
  await expect.poll(() => restore(page).getAttribute("aria-disabled")).toBe("true");
  await ask(page).getByRole("checkbox", { name: /^Phone/ }).check();
  await see(preview(page).getByRole("insertion").getByText("+43 1 5550100"));
  await expect.poll(() => preview(page).getByText("lily@ari.example").count()).toBe(0);
  await ask(page).getByRole("checkbox", { name: /^Tags/ }).check();
  await see(preview(page).getByRole("deletion").getByText("press"));
  await look(page, "restore-fields");
  await restore(page).click();
  await seeNoMore(ask(page));
  await see(details(page).getByText("+43 1 5550100"));
  const now = await record(annals);
  expect(now).toMatchObject({ version: 6, phone: "+43 1 5550100", tags: ["vip"], email: "hello@ari.example" });
});

test("an archived record is restored, and is back among the others", async ({ annals, visits }) => {
  await lily(annals);
  await annals.send("admin", "POST", "/customers/lily/archive", { reason: "Moved abroad" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily?version=3");
  await see(page.getByText("As of version 3"));
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(ask(page).getByText("It is archived, so “Reinstate” is done first."));
  await see(preview(page).getByRole("insertion").getByText("Active"));
  await look(page, "restore-archived");
  await restore(page).click();
  await seeNoMore(ask(page));
  await see(page.getByRole("button", { name: "Archive" }));
  await see(details(page).getByRole("link", { name: "office@ari.example" }));
  await page.getByRole("navigation", { name: "Records" }).getByRole("link", { name: "Customers" }).click();
  await see(page.getByRole("link", { name: "Lily Ari" }));
});

test("where reinstating needs a reason, restoring does too", async ({ annals, visits }) => {
  await annals.create("editor", "todos", { id: "call", title: "Call Lily back", notes: "At the old number." });
  await annals.send("editor", "PATCH", "/todos/call", { notes: "At the new number." }, { "If-Match": '"1"' });
  await annals.send("editor", "POST", "/todos/call/drop", { reason: "Not needed" });
  const { page } = await visits();
  await signIn(page, "editor", "/r/todos/call?version=1");
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(preview(page).getByRole("insertion").getByText("At the old number."));
  await restore(page).click();
  await see(ask(page).getByText("Please say why."));
  await look(page, "restore-reason");
  await ask(page).getByRole("textbox", { name: "Reason" }).fill("Needed after all");
  await restore(page).click();
  await seeNoMore(ask(page));
  await see(details(page).getByText("At the old number."));
  await see(timeline(page).getByText("Needed after all").first());
});

test("what today's rules forbid is told before anything is sent", async ({ annals, visits }) => {
  await lily(annals);
  await annals.send("admin", "POST", "/customers/lily/archive", { reason: "Moved abroad" });
  const { page, guard } = await visits();
  guard.expect(422);
  await signIn(page, "editor", "/r/customers/lily?version=1");
  await page.getByRole("button", { name: "Restore…" }).click();
  await ask(page).getByRole("radio", { name: "Only what I choose" }).check();
  await ask(page).getByRole("checkbox", { name: /^Phone/ }).check();
  await see(preview(page).getByRole("alert"));
  await expect.poll(() => restore(page).getAttribute("aria-disabled")).toBe("true");
  await look(page, "restore-refused");
});

test("a colleague's change of the same thing is told, and the preview is made again", async ({ annals, visits }) => {
  await signIn((await visits()).page, "admin");
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(412);
  await signIn(page, "editor", "/r/customers/lily?version=2");
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(preview(page).getByRole("deletion").getByText("hello@ari.example"));
  await edited(annals, "admin", 5, { email: "new@ari.example" });
  await restore(page).click();
  await see(ask(page).getByText(/Anna Admin changed e-mail meanwhile/));
  await see(preview(page).getByRole("deletion").getByText("new@ari.example"));
  await look(page, "restore-meanwhile");
  await restore(page).click();
  await seeNoMore(ask(page));
  await see(details(page).getByRole("link", { name: "lily@ari.example" }));
  await see(page.getByText("Version 7", { exact: true }));
});

test("a colleague's change is noticed before anything is sent", async ({ annals, visits }) => {
  await signIn((await visits()).page, "admin");
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(412);
  await signIn(page, "editor", "/r/customers/lily?version=2");
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(preview(page).getByRole("deletion").getByText("hello@ari.example"));
  await edited(annals, "admin", 5, { email: "new@ari.example" });
  await ask(page).getByRole("radio", { name: "Only what I choose" }).check();
  await ask(page).getByRole("checkbox", { name: /^E-mail/ }).check();
  await see(ask(page).getByText(/Anna Admin changed e-mail meanwhile/));
  await see(preview(page).getByRole("deletion").getByText("new@ari.example"));
  await see(ask(page).getByRole("checkbox", { name: /^E-mail.*new@ari\.example/ }));
});

test("a colleague's change of something else is kept beside it, without a question", async ({ annals, visits }) => {
  await signIn((await visits()).page, "admin");
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(412);
  await signIn(page, "editor", "/r/customers/lily?version=1");
  await page.getByRole("button", { name: "Restore…" }).click();
  await ask(page).getByRole("radio", { name: "Only what I choose" }).check();
  await ask(page).getByRole("checkbox", { name: /^Phone/ }).check();
  await see(preview(page).getByRole("insertion").getByText("+43 1 5550100"));
  await edited(annals, "admin", 5, { company: "Ari AG" });
  await restore(page).click();
  await see(message(page, /Anna Admin also changed company/));
  await see(details(page).getByText("+43 1 5550100"));
  await see(details(page).getByText("Ari AG"));
});

test("a typed reason is not thrown away by Escape without being asked", async ({ annals, visits }) => {
  await lily(annals);
  const { page } = await visits();
  await signIn(page, "editor", "/r/customers/lily?version=2");
  await page.getByRole("button", { name: "Restore…" }).click();
  await ask(page).getByRole("textbox", { name: "Reason (optional)" }).fill("Entered for");
  await page.keyboard.press("Escape");
  await dialog(page, "Discard what you typed?").getByRole("button", { name: "Keep editing" }).click();
  await expect.poll(() => ask(page).getByRole("textbox", { name: "Reason (optional)" }).inputValue()).toBe("Entered for");
  await ask(page).getByRole("button", { name: "Cancel" }).click();
  await dialog(page, "Discard what you typed?").getByRole("button", { name: "Discard" }).click();
  await seeNoMore(ask(page));
  await see(page.getByText("As of version 2"));
});

test("whoever lost the right to write meanwhile is told which right it is", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(403);
  await page.route("**/customers/lily/restore?**", (route) =>
    route.fulfill({ status: 403, contentType: "application/problem+json", json: { title: "This is not allowed", status: 403 } }));
  await signIn(page, "editor", "/r/customers/lily?version=2");
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(preview(page).getByText("You do not have the right to create and change records"));
  await look(page, "restore-forbidden");
});

test("an answer that is lost restores once", async ({ annals, visits }) => {
  await lily(annals);
  const { page, guard } = await visits();
  guard.expect(0);
  await signIn(page, "editor", "/r/customers/lily?version=2");
  await page.getByRole("button", { name: "Restore…" }).click();
  await see(preview(page).getByRole("deletion").getByText("hello@ari.example"));
  const keys = new Set<string | undefined>();
  let lost = 0;
  await page.route("**/customers/lily/restore", async (route) => {
    keys.add(route.request().headers()["idempotency-key"]);
    lost += 1;
    if (lost > 3) return route.fallback();
    // It is done, but the answer is lost.
    await route.fetch();
    return route.abort("connectionreset");
  });
  await restore(page).click();
  await see(ask(page).getByRole("alert"));
  await look(page, "restore-no-answer");
  await restore(page).click();
  await seeNoMore(ask(page));
  await see(page.getByText("Version 6", { exact: true }));
  expect(keys.size).toBe(1);
});
